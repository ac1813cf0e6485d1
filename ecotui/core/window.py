"""The joules of a window, from ticks of the board's counter or from its instant power.

A counter that is read at both ends of a window is wrong by up to one tick an edge. This estimator uses
only ticks inside the window and carries their mean power out to both edges (docs/measuring.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecotui.core.clock import NS

Stamps = NDArray[np.int64]
Values = NDArray[np.float64]

PUBLICATION_LAG_S = 0.020
"""How late a board may publish its counter; unknown a board, so it counts as uncertainty."""


@dataclass(frozen=True, slots=True)
class Energy:
    """Joules of a window and how far its edges may be off."""

    joules: float
    edge_error_j: float
    source: str
    """ "counter" or "integral"."""


def counter_energy(at_ns: Stamps, joules: Values, half_width_ns: Stamps, t0_ns: int, t1_ns: int) -> Energy | None:
    """Energy in [t0, t1] from counter ticks; None with fewer than two ticks inside, or a counter that went back.

    at_ns, joules, half_width_ns: (ticks,), ascending in time.

    E = (C_b - C_a) + P_in·[(τ_a - t0) + (t1 - τ_b)], a and b the first and last tick inside.
    U = √2·|P_in - P_out|·(s + δ) + R·Δ/4, s the stamp error, δ the publication lag, R the range of power
    from tick to tick, Δ the tick's period; P_out is the power before the window.
    """
    inside = np.flatnonzero((at_ns > t0_ns) & (at_ns < t1_ns))
    if len(inside) < 2:
        return None
    a, b = int(inside[0]), int(inside[-1])
    times = at_ns[a : b + 1].astype(np.float64) / NS
    gained = joules[a : b + 1]
    if np.any(np.diff(gained) < 0):
        return None
    span = times[-1] - times[0]
    if span <= 0:
        return None
    inner = float(gained[-1] - gained[0])
    p_in = inner / span
    stubs = (at_ns[a] - t0_ns + t1_ns - at_ns[b]) / NS
    powers = np.diff(gained) / np.diff(times)
    p_out = p_in
    if a >= 2 and joules[a - 1] >= joules[a - 2]:
        p_out = float((joules[a - 1] - joules[a - 2]) / max((at_ns[a - 1] - at_ns[a - 2]) / NS, 1e-9))
    stamp_s = float(np.median(half_width_ns[a : b + 1])) / NS
    period = span / (b - a)
    edge = math.sqrt(2) * abs(p_in - p_out) * (stamp_s + PUBLICATION_LAG_S) + float(np.ptp(powers)) * period / 4
    return Energy(float(inner + p_in * stubs), float(edge), "counter")


def integral_energy(at_ns: Stamps, watts: Values, t0_ns: int, t1_ns: int) -> Energy | None:
    """Energy in [t0, t1] as the integral of instant power; None without two readings inside.

    at_ns, watts: (readings,), ascending; NaN where the board did not answer. Between readings by trapezoids,
    to the edges with the nearest value inside.
    """
    inside = (at_ns > t0_ns) & (at_ns < t1_ns) & np.isfinite(watts)
    if np.count_nonzero(inside) < 2:
        return None
    times = at_ns[inside].astype(np.float64) / NS
    power = watts[inside]
    start, stop = times[0] - t0_ns / NS, t1_ns / NS - times[-1]
    joules = float(np.trapezoid(power, times) + power[0] * start + power[-1] * stop)
    period = (times[-1] - times[0]) / (len(times) - 1)
    return Energy(joules, float(np.ptp(power)) * period / 2, "integral")
