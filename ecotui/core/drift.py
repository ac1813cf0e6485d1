"""Fits to the power and temperature of a board under load: how fast power drifts, and how long it goes on."""

from __future__ import annotations

import math

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
    number = np.floor((at_s[there] - start) / width_s).astype(np.int64)
    count = np.bincount(number)
    total = np.bincount(number, values[there])
    full = count > 0
    return start + (np.flatnonzero(full) + 0.5) * width_s, total[full] / count[full]


def slope_with_error(times: Values, values: Values, load: Values | None = None) -> tuple[float, float]:
    """Least-squares slope a second and two standard errors, widened for residuals that follow one another.

    times, values: (n,), n at least 4; load: (n,) what else moves the values, steps a second, say. With it the slope is
    that at constant load, of values = a + b·t + c·load (t and the values freed of what load explains, as Frisch and
    Waugh have it); a load that itself follows time leaves little of t, and the error says so. The widening is
    √((1 + ρ)/(1 - ρ)), ρ the lag-1 autocorrelation of the residuals within [0, 0.9].
    """
    centred, rest, known = times - times.mean(), values - values.mean(), 2
    if load is not None and (spread := float((load - load.mean()) @ (load - load.mean()))) > 0:
        beside = load - load.mean()
        centred = centred - float(beside @ centred) / spread * beside
        rest = rest - float(beside @ rest) / spread * beside
        known = 3
    spread = max(float(centred @ centred), 1e-12)
    slope = float(centred @ rest) / spread
    rest = rest - slope * centred
    square = float(rest @ rest)
    rho = min(max(float(rest[1:] @ rest[:-1]) / max(square, 1e-12), 0.0), 0.9)
    return slope, 2 * math.sqrt(square / max(len(values) - known, 1) / spread * (1 + rho) / (1 - rho))


def load_of(times: Values, width_s: float, step_at_s: Values, steps: Values) -> Values:
    """Steps a second over blocks of `width_s` about `times`; NaN where a block reaches beyond the steps.

    step_at_s, steps: (m,) when how many steps were done, ascending; between them a step counts by its part.
    """
    if len(step_at_s) < 2:
        return np.full(len(times), np.nan)
    ends = [np.interp(times + side * width_s / 2, step_at_s, steps, np.nan, np.nan) for side in (-1, 1)]
    return (ends[1] - ends[0]) / width_s


def time_constant(at_s: Values, temperature_c: Values, gate_s: float) -> float:
    """τ of T(t) = a + b·e^(-t/τ), fitted to the temperature since the load began; held in [gate_s, 10/3 gate_s].

    gate_s where there is no temperature, too little of it, or |b| is below 1.5 °C. Sixty τ on a grid, a and b by
    least squares in closed form.
    """
    times, values = blocks(at_s, temperature_c, gate_s / 60)
    if len(times) < 4 or times[-1] - times[0] < COVERED * gate_s:
        return gate_s
    taus = np.geomspace(gate_s / 12, gate_s * 20 / 3, 60)
    decay = np.exp(-(times - times[0])[None, :] / taus[:, None])
    decay -= decay.mean(axis=1, keepdims=True)
    along, power = decay @ (values - values.mean()), np.einsum("ij,ij->i", decay, decay)
    best = int(np.argmax(along**2 / power))
    if abs(along[best] / power[best]) < TAU_SWING_C:
        return gate_s
    return float(np.clip(taus[best], gate_s, TAU_MOST * gate_s))
