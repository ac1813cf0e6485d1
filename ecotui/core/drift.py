"""Fits to the power and temperature of a board under load: how fast power drifts, and how long it goes on."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ecotui.core.energy import Values

COVERED = 0.98
"""Share of a span that the load must have lasted."""
TAU_MOST = 10 / 3
"""The time constant is held between gate_s and this many gate_s. Without the floor, a slow ramp would pass."""
TAU_SWING_C = 1.5
"""A smaller exponential part of the temperature tells no time constant."""


def blocks(at_s: Values, values: Values, width_s: float) -> tuple[Values, Values]:
    """Means over blocks of `width_s`: their centres and values, empty blocks and NaN left out."""
    there = np.isfinite(values)
    if not there.any():
        return np.empty(0), np.empty(0)
    start = at_s[0]
    if not there.all():
        at_s, values = at_s[there], values[there]
    number = ((at_s - start) / width_s).astype(np.int64)  # at_s ascends, so this is the floor
    count = np.bincount(number)
    total = np.bincount(number, values)
    full = count.nonzero()[0]
    return start + (full + 0.5) * width_s, total[full] / count[full]


def slope_with_error(times: Values, values: Values, *beside: Values) -> tuple[float, float, Values]:
    """Least-squares slope a second, two standard errors, and what each of `beside` weighs.

    times, values, each of beside: (n,), n at least 4; beside: what else moves the values, steps a second, say. With it
    the slope is that at constant load, of values = a + b·t + c·load (t and the values freed of what it explains, as
    Frisch and Waugh have it); what itself follows time leaves little of t, and the error says so. The error is widened
    for residuals that follow one another by √((1 + ρ)/(1 - ρ)), ρ their lag-1 autocorrelation within [0, 0.9].
    """
    centred, rest, known, weights = times - times.mean(), values - values.mean(), 2, np.empty((0, 2))
    if beside:
        others = np.array([it - it.mean() for it in beside]).T
        both = np.column_stack((centred, rest))
        weights, _, rank, _ = np.linalg.lstsq(others, both, rcond=None)
        centred, rest = (both - others @ weights).T
        known += int(rank)
    spread = max(float(centred @ centred), 1e-12)
    slope = float(centred @ rest) / spread
    rest = rest - slope * centred
    square = float(rest @ rest)
    rho = min(max(float(rest[1:] @ rest[:-1]) / max(square, 1e-12), 0.0), 0.9)
    error = 2 * math.sqrt(square / max(len(values) - known, 1) / spread * (1 + rho) / (1 - rho))
    return slope, error, weights[:, 1] - slope * weights[:, 0]


def load_of(times: Values, width_s: float, step_at_s: Values, steps: Values) -> Values:
    """Steps a second over blocks of `width_s` about `times`; NaN where a block reaches beyond the steps.

    step_at_s, steps: (m,) when how many steps were done, ascending; between them a step counts by its part.
    """
    if len(step_at_s) < 2:
        return np.full(len(times), np.nan)
    ends = [np.interp(times + side * width_s / 2, step_at_s, steps, np.nan, np.nan) for side in (-1, 1)]
    return (ends[1] - ends[0]) / width_s


def warming(at_s: Values, temperature_c: Values, gate_s: float) -> float | None:
    """τ of T(t) = a + b·e^(-t/τ), fitted to the temperature since the load began.

    None where there is no temperature, too little of it, or |b| is below 1.5 °C. Sixty τ on a grid, a and b by least
    squares in closed form.
    """
    times, values = blocks(at_s, temperature_c, gate_s / 60)
    if len(times) < 4 or times[-1] - times[0] < COVERED * gate_s:
        return None
    taus = _taus(gate_s)
    best, swing = _best(_decays(times, taus), values - values.mean())
    return float(taus[best]) if abs(swing) >= TAU_SWING_C else None


def beside_warming(at_s: Values, temperature_c: Values, gate_s: float) -> float:
    """Degrees a second of the line beside the warming: b of T(t) = a + b·t + c·e^(-t/τ), all of it fitted.

    A board with one time constant has none to speak of; one whose die warms quickly and whose heat sink slowly has.
    """
    times, values = blocks(at_s, temperature_c, gate_s / 60)
    centred, rest = times - times.mean(), values - values.mean()
    square = float(centred @ centred)
    decays = _decays(times, _taus(gate_s))
    along, line = decays @ centred / square, float(rest @ centred) / square
    best, swing = _best(decays - along[:, None] * centred, rest - line * centred)
    return line - swing * float(along[best])


@cache
def _taus(gate_s: float) -> Values:
    """The grid of time constants."""
    taus: Values = np.geomspace(gate_s / 12, gate_s * 20 / 3, 60)
    return taus


def _decays(times: Values, taus: Values) -> Values:
    """e^(-t/τ) of each τ about its mean, (τ, t)."""
    decays: Values = np.exp(-(times - times[0])[None, :] / taus[:, None])
    decays -= decays.mean(axis=1, keepdims=True)
    return decays


def _best(decays: Values, rest: Values) -> tuple[int, float]:
    """Which of them explains the most of what is left, and its weight there."""
    along, power = decays @ rest, np.einsum("ij,ij->i", decays, decays)
    best = int(np.argmax(along**2 / power))
    return best, float(along[best] / power[best])


def held(tau_s: float | None, gate_s: float) -> float:
    """A time constant within [gate_s, 10/3 gate_s]; gate_s of none."""
    return gate_s if tau_s is None else min(max(tau_s, gate_s), TAU_MOST * gate_s)
