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


def slope_with_error(times: Values, values: Values) -> tuple[float, float]:
    """Least-squares slope a second and two standard errors, widened for residuals that follow one another.

    times, values: (n,), n at least 2. The widening is √((1 + ρ)/(1 - ρ)), ρ the lag-1 autocorrelation of the
    residuals within [0, 0.9].
    """
    centred = times - times.mean()
    spread = float(centred @ centred)
    slope = float(centred @ values) / spread
    rest = values - values.mean() - slope * centred
    square = float(rest @ rest)
    rho = min(max(float(rest[1:] @ rest[:-1]) / max(square, 1e-12), 0.0), 0.9)
    return slope, 2 * math.sqrt(square / max(len(values) - 2, 1) / spread * (1 + rho) / (1 - rho))


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
