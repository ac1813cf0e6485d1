"""Boards with a truth: what an H100-like board would publish of a power that is known to the millisecond.

Constants are those measured on an H100 80GB HBM3: the counter moves every 100 ms (p10 to p90 97.7 to 102.3), its ticks
are stamped to within 4 ms, the driver's ring holds a sample every 20 ms, instant power is a mean over 25 ms published
every 100 ms, the average one over a second. The publication lag of the counter, up to 20 ms, is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.energy import Stamps, Values

GRID_S = 0.001
STAMP_S, LAG_S = 0.004, 0.020
IDLE_W, LOAD_W = 128.0, 400.0
STEP_S, CALL_S, PREFILL_S = 0.027, 1.9, 0.06


@dataclass(frozen=True)
class Told:
    """What a board told; stamps in nanoseconds, watts NaN where a sensor did not answer."""

    tick_ns: Stamps
    """The counter's ticks, as a tracker stamps them."""
    tick_j: Values
    half_ns: Stamps
    published_ns: Stamps
    """When each of `tick_j` was there to be read."""
    sample_ns: Stamps
    """The driver's ring."""
    sample_w: Values
    reading_ns: Stamps
    instant_w: Values
    average_w: Values


@dataclass(frozen=True)
class Course(Told):
    """What a board told, and what it did; stamps since the simulation's start."""

    joules: Values
    """(milliseconds + 1,) energy since the start, the truth."""

    def true_j(self, t0_ns: int, t1_ns: int) -> float:
        """The energy in [t0, t1]."""
        return float(np.diff(energy_at(self.joules, np.array([t0_ns, t1_ns]) / NS))[0])


def energy_at(joules: Values, at_s: Values) -> Values:
    """The truth at any time, linear within a millisecond."""
    return np.interp(at_s, np.arange(len(joules)) * GRID_S, joules)


def inference_w(rng: np.random.Generator, seconds: float, t0_s: float, t1_s: float, *, isolated: bool = True) -> Values:
    """(milliseconds,) watts: idle, a load in [t0, t1] that decodes in steps of ±10 % with a prefill a call, idle.

    The load drifts by ±1 % and its end dies down over 0.1 s. Not isolated: the load goes on outside as well.
    """
    at = np.arange(round(seconds / GRID_S)) * GRID_S
    steps = 0.1 * np.sign(np.sin(2 * np.pi * (at + rng.uniform(0, STEP_S)) / STEP_S))
    prefill = 0.5 * ((at + rng.uniform(0, CALL_S)) % CALL_S < PREFILL_S)
    drift = 0.01 * np.sin(2 * np.pi * (at / rng.uniform(3, 20) + rng.uniform()))
    load: Values = (
        LOAD_W * (1 + steps + prefill + drift) + np.repeat(rng.normal(0, 8, len(at) // 10 + 1), 10)[: len(at)]
    )
    if not isolated:
        return load
    rest = IDLE_W + np.repeat(rng.normal(0, 1, len(at) // 10 + 1), 10)[: len(at)]
    dying = (LOAD_W - IDLE_W) * np.exp(-(at - t1_s).clip(0) / 0.1)
    watts: Values = np.where(at < t0_s, rest, np.where(at < t1_s, load, rest + dying))
    return watts


def observe(rng: np.random.Generator, power_w: Values, *, wander: float = 0.023) -> Course:
    """What an H100-like board tells of a power, its counter at a random phase and with a random, constant lag.

    power_w: (milliseconds,). wander: share of the period by which the counter's ticks wander, to either side.
    """
    seconds = len(power_w) * GRID_S
    joules = np.concatenate(([0.0], np.cumsum(power_w * GRID_S)))
    lag_s = rng.uniform(0, LAG_S)
    ticks = np.arange(rng.uniform(0, 0.1), seconds - 0.2, 0.1)
    published = ticks + rng.uniform(-1, 1, len(ticks)) * wander * 0.1
    stamps = published + rng.uniform(-1, 1, len(ticks)) * STAMP_S
    samples = np.arange(rng.uniform(0.02, 0.04), seconds, 0.02)
    readings = np.arange(1.0 + rng.uniform(0, 0.1), seconds, 0.1)
    updated = readings - (readings - rng.uniform(0, 0.1)) % 0.1

    def mean_w(end_s: Values, span_s: float) -> Values:
        return (energy_at(joules, end_s) - energy_at(joules, (end_s - span_s).clip(0))) / span_s

    return Course(
        joules=joules,
        tick_ns=to_ns(stamps),
        tick_j=np.round(5000 + energy_at(joules, (published - lag_s).clip(0)), 3),
        half_ns=np.full(len(ticks), round(STAMP_S * NS)),
        sample_ns=to_ns(samples),
        sample_w=np.round(mean_w(samples, 0.02), 3),
        reading_ns=to_ns(readings),
        instant_w=np.round(mean_w(updated, 0.025), 3),
        average_w=np.round(mean_w(updated, 1.0), 3),
        published_ns=to_ns(published),
    )


def to_ns(at_s: Values) -> Stamps:
    """Seconds as stamps."""
    return np.round(at_s * NS).astype(np.int64)


@dataclass(frozen=True)
class Warming:
    """Ten readings a second of a board under a constant load."""

    at_s: Values
    power_w: Values
    true_w: Values
    """Power without noise."""
    temperature_c: Values
    """Whole degrees."""
    clock_mhz: Values
    reasons: Values


def warming(
    rng: np.random.Generator, tau_s: float, seconds: float, *, rise_c: float = 25.0, noise_w: float = 3.0
) -> Warming:
    """A board of 400 W whose temperature rises by `rise_c` with time constant `tau_s`, and power with it, 0.15 %/°C."""
    return warming_twice(rng, ((rise_c, tau_s),), seconds, noise_w=noise_w)


def warming_twice(
    rng: np.random.Generator, parts: tuple[tuple[float, float], ...], seconds: float, *, noise_w: float = 3.0
) -> Warming:
    """Such a board with several time constants, as of a die and its heat sink: the rise and τ of each."""
    at = np.arange(round(seconds * 10)) / 10
    rise = np.sum([rise_c * (1 - np.exp(-at / tau_s)) for rise_c, tau_s in parts], axis=0)
    return _noisy(rng, at, LOAD_W * (1 + 0.0015 * rise), np.floor(35 + rise + rng.uniform(0, 1)), noise_w)


def ramp(rng: np.random.Generator, pct_per_min: float, seconds: float, *, noise_w: float = 3.0) -> Warming:
    """A board of 400 W and 60 °C whose power rises in a line that no temperature tells of."""
    at = np.arange(round(seconds * 10)) / 10
    return _noisy(rng, at, LOAD_W * (1 + pct_per_min / 100 * at / 60), np.full(len(at), 60.0), noise_w)


def _noisy(rng: np.random.Generator, at: Values, true_w: Values, temperature: Values, noise_w: float) -> Warming:
    clock, reasons = np.full(len(at), 1755.0), np.zeros(len(at))
    return Warming(at, true_w + rng.normal(0, noise_w, len(at)), true_w, temperature, clock, reasons)


Pace = tuple[Values, Values]


def wandering(rng: np.random.Generator, it: Warming, *, cv: float = 0.15, lasting_s: float = 5.0) -> tuple[Pace, Pace]:
    """The same board under a host whose pace wanders by `cv`: its ring, and when how many steps were done.

    Thirty steps a second; four tenths of the power go with the pace, which keeps for some `lasting_s`. The readings of
    `it` are to be left alone: with a ring they are not looked at.
    """
    at = np.arange(0, it.at_s[-1], 0.02)
    keep = np.exp(-0.02 / lasting_s)
    kicks, pace, now = rng.normal(0, cv * np.sqrt(1 - keep**2), len(at)), np.empty(len(at)), 0.0
    for i, kick in enumerate(kicks):
        now = keep * now + kick
        pace[i] = max(1 + now, 0.1)
    watts = np.interp(at, it.at_s, it.true_w) * (0.6 + 0.4 * pace) + rng.normal(0, 8, len(at))
    done = np.cumsum(30 * pace * 0.02)
    whole = np.arange(1, int(done[-1]))
    return (at, watts), (np.interp(whole, done, at), whole.astype(np.float64))
