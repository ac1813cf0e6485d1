"""What a board does with work: draws power, warms up, and publishes sensors that are slower than it is.

Modelled on an H100: counter, power and temperature are published every 100 ms; instant power is the mean of the
last 25 ms, average power of the last second; a ring holds 118 samples, each the mean of 20 ms. Electrical power
follows the work at once, temperature follows power with one time constant, T' = (T_ambient + R·P - T) / τ, and
leakage follows temperature.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass

from ecotui.core.clock import NS

STEP_NS = 5_000_000
REFRESH_STEPS, INSTANT_STEPS, AVERAGE_STEPS = 20, 5, 200
SAMPLE_STEPS, SAMPLES = 4, 118
"""The driver's ring: a sample every 20 ms, 2.36 s deep."""

AMBIENT_C = 32.0
RESISTANCE_C_PER_W = 0.065
TAU_S = 8.0
"""Shorter than a real heat sink's 15 to 90 s, so that a gate of 5 s settles while somebody watches."""
LEAKAGE_PER_C = 0.0015
"""Share of power gained with each degree above `COOL_C`."""
COOL_C = 37.0
"""Where an idle card settles; powers are given for this temperature."""

LEAP_AFTER_NS = 20 * NS
"""A model that nobody asked for longer than this catches up in coarse steps, `LEAP_STEPS` at most."""
LEAP_STEPS = 4_000


@dataclass(frozen=True, slots=True)
class Published:
    """What the sensors show until the next refresh."""

    power_w: float
    power_average_w: float
    energy_j: float
    temperature_c: float
    busy: float
    """Share of the last 100 ms in which there was work, 0 to 1."""
    capped: bool
    """Whether the power limit held the work back."""
    capped_s: float
    """How long it has done so since the start."""


class Physics:
    """The board's state, integrated on demand; the same calls give the same values, however often it is asked."""

    def __init__(self, at_ns: int, power_w: float, limit_w: float, noise: float, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._noise = noise * math.sqrt(INSTANT_STEPS)  # a share of the instant power, which is a mean of that many
        self._factor = 1.0
        self._limit_w = limit_w
        self._demand_w, self._busy = power_w, False
        self._at_ns = self._origin_ns = at_ns
        self._step = 0
        self._energy_j, self._busy_s, self._capped_s = 0.0, 0.0, 0.0
        self._temperature_c = AMBIENT_C + RESISTANCE_C_PER_W * power_w
        self._history: deque[tuple[float, float]] = deque(maxlen=AVERAGE_STEPS + 1)
        self._remember(power_w, 0.0)
        self.published = self._publish()
        self.ring: deque[tuple[int, float]] = deque(maxlen=SAMPLES)
        """The newest samples: when each ended, and its mean power in watts."""

    @property
    def temperature_c(self) -> float:
        """The die's temperature at the last step, finer than the sensor shows it."""
        return self._temperature_c

    @property
    def energy_j(self) -> float:
        """The true integral of power since the start, up to the last step."""
        return self._energy_j

    def advance(self, to_ns: int) -> None:
        """Integrate up to the last whole step before `to_ns`; a time already passed changes nothing."""
        if to_ns - self._at_ns > LEAP_AFTER_NS:
            self._leap(to_ns - 2 * NS)
        while (boundary := self._origin_ns + (self._step + 1) * STEP_NS) <= to_ns:
            self._move(boundary)
            self._step += 1
            self._factor = 1.0 + self._random.gauss(0.0, self._noise) if self._noise else 1.0
            self._history.append((self._energy_j, self._busy_s))
            if self._step % SAMPLE_STEPS == 0:
                self.ring.append((boundary, self._mean(0, SAMPLE_STEPS)))
            if self._step % REFRESH_STEPS == 0:
                self.published = self._publish()

    def switch(self, at_ns: int, demand_w: float, busy: bool) -> None:
        """From `at_ns` on the work asks for `demand_w`; a time already integrated counts as now."""
        self.advance(at_ns)
        self._move(max(at_ns, self._at_ns))
        self._demand_w, self._busy = demand_w, busy

    def _wanted_w(self) -> float:
        return self._demand_w * (1.0 + LEAKAGE_PER_C * (self._temperature_c - COOL_C))

    def _move(self, to_ns: int) -> None:
        span_s = (to_ns - self._at_ns) / NS
        power_w = min(self._wanted_w() * self._factor, self._limit_w)
        settled_c = AMBIENT_C + RESISTANCE_C_PER_W * power_w
        self._temperature_c = settled_c + (self._temperature_c - settled_c) * math.exp(-span_s / TAU_S)
        self._energy_j += power_w * span_s
        self._busy_s += span_s if self._busy else 0.0
        self._capped_s += span_s if self._capped() else 0.0
        self._at_ns = to_ns

    def _leap(self, to_ns: int) -> None:
        steps = (to_ns - self._origin_ns) // STEP_NS
        target_ns = self._origin_ns + steps * STEP_NS
        stride_ns = max(REFRESH_STEPS * STEP_NS, -(-(target_ns - self._at_ns) // LEAP_STEPS))
        while self._at_ns < target_ns:
            self._move(min(self._at_ns + stride_ns, target_ns))
        self._step = steps
        self._remember(min(self._wanted_w(), self._limit_w), float(self._busy))
        self.ring.clear()

    def _remember(self, power_w: float, busy: float) -> None:
        """Fills the history with an even past that ends now."""
        span_s = STEP_NS / NS
        past = range(-AVERAGE_STEPS, 1)
        self._history.extend((self._energy_j + k * power_w * span_s, self._busy_s + k * busy * span_s) for k in past)

    def _capped(self) -> bool:
        return self._wanted_w() > 0.97 * self._limit_w

    def _mean(self, column: int, steps: int) -> float:
        return (self._history[-1][column] - self._history[-1 - steps][column]) * NS / (steps * STEP_NS)

    def _publish(self) -> Published:
        return Published(
            power_w=self._mean(0, INSTANT_STEPS),
            power_average_w=self._mean(0, AVERAGE_STEPS),
            energy_j=self._energy_j,
            temperature_c=self._temperature_c,
            busy=self._mean(1, REFRESH_STEPS),
            capped=self._capped(),
            capped_s=self._capped_s,
        )
