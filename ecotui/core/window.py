"""The joules of a window, from ticks of the board's counter or from its power.

A counter that is read at both ends of a window is wrong by up to one tick an edge. This estimator uses
only ticks inside the window; what lies between them and the edges comes from the driver's ring of samples
where it has any, else from the mean power between the ticks (docs/measuring.md).
"""

from __future__ import annotations

import math

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.energy import HOLE, PUBLICATION_LAG_S, Energy, Stamps, Values, jumps_w
from ecotui.core.ring import held_joules, ring_energy, spread_j

__all__ = [
    "SOURCES_BAR_PCT",
    "Energy",
    "counter_energy",
    "doubt",
    "integral_energy",
    "ring_energy",
    "sources_bar_pct",
]

ABOVE_LIMIT = 1.3
"""A counter that rises faster than this many times the power limit is not believed."""
VAGUE = 2.0
"""A tick whose stamp is this many times less sure than the median begins and ends nothing."""
SURE_NS, REACH = 4_000_000, 2
"""A stamp at most so wide is sure; of so many ticks at an edge the first sure one is taken, where there is one."""
SOURCES_BAR_PCT = 2.0
"""Counter and integral may differ by this much, before their edges' errors."""


def counter_energy(
    at_ns: Stamps,
    joules: Values,
    half_width_ns: Stamps,
    t0_ns: int,
    t1_ns: int,
    *,
    sample_ns: Stamps | None = None,
    watts: Values | None = None,
    limit_w: float | None = None,
) -> Energy | None:
    """Energy in [t0, t1] from counter ticks; None where the counter cannot be believed, so that the integral counts.

    at_ns, joules, half_width_ns: (ticks,), ascending in time. sample_ns, watts: (samples,) of the driver's ring.
    What is not believed and why: `doubt`.

    E = (C_b - C_a) + stubs, a and b the first and last well stamped tick inside; stubs = ∫p over [t0, τ_a] and
    [τ_b, t1] of the ring's samples, else P_in·[(τ_a - t0) + (t1 - τ_b)].
    U = √(J0² + J1²)·(s + δ) + R·Δ/4, J0 and J1 the jumps of power at the edges, s the stamp error, δ the publication
    lag, R the range of power from tick to tick, Δ the ticks' period. Where the ring tells the stubs, R and Δ are the
    ring's, and what remains is that τ_a and τ_b are off: √2·P_in·s.
    """
    if doubt(at_ns, joules, half_width_ns, t0_ns, t1_ns, limit_w=limit_w):
        return None
    first, end = _inside(at_ns, t0_ns, t1_ns)
    a, b = _well_stamped(half_width_ns, first, end)
    inner_s, inner_j = (int(at_ns[b]) - int(at_ns[a])) / NS, float(joules[b] - joules[a])
    period, p_in = inner_s / (b - a), inner_j / inner_s
    stubs = (t0_ns, int(at_ns[a])), (int(at_ns[b]), t1_ns)
    held = [_held_j(begin_ns, end_ns, sample_ns, watts) for begin_ns, end_ns in stubs]
    stubs_j = sum(p_in * (e - b) / NS if h is None else h for h, (b, e) in zip(held, stubs, strict=True))
    before = _powers(at_ns[max(first - 2, 0) : first], joules[max(first - 2, 0) : first])
    after = _powers(at_ns[end : end + 2], joules[end : end + 2])
    stamp_s = float(np.median(half_width_ns[first:end])) / NS
    jump_j = jumps_w(p_in, before, after) * (stamp_s + PUBLICATION_LAG_S)
    spread = None if None in held else spread_j(sample_ns, watts, t0_ns, t1_ns)
    if spread is not None:
        return Energy(inner_j + stubs_j, jump_j + spread + math.sqrt(2) * p_in * stamp_s, "counter")
    unseen_j = float(np.ptp(_powers(at_ns[first:end], joules[first:end]))) * period / 4
    return Energy(inner_j + stubs_j, jump_j + unseen_j, "counter")


def doubt(
    at_ns: Stamps, joules: Values, half_width_ns: Stamps, t0_ns: int, t1_ns: int, *, limit_w: float | None = None
) -> str | None:
    """Why the counter cannot be believed in [t0, t1], to follow "the counter"; None where it can.

    Arguments as of `counter_energy`.
    """
    first, end = _inside(at_ns, t0_ns, t1_ns)
    if end - first < 2:
        return f"told {end - first} tick{'s' * (end - first != 1)}, and two make an energy"
    inside = slice(first, end)
    if why := _incredible(at_ns[inside], joules[inside], half_width_ns[inside], limit_w):
        return why
    a, b = _well_stamped(half_width_ns, first, end)
    silent_ns = max(int(at_ns[a]) - t0_ns, t1_ns - int(at_ns[b]))
    if silent_ns > HOLE * (int(at_ns[b]) - int(at_ns[a])) / (b - a):
        return f"was silent for {silent_ns / NS:.1f} s at an edge"
    return None


def integral_energy(at_ns: Stamps, watts: Values, t0_ns: int, t1_ns: int) -> Energy | None:
    """Energy in [t0, t1] as the integral of instant power; None without two readings inside.

    at_ns, watts: (readings,), ascending; NaN or 0 where the board did not answer. Between readings by trapezoids,
    to the edges with the nearest value inside.
    """
    inside = (at_ns > t0_ns) & (at_ns < t1_ns) & (watts > 0)
    if np.count_nonzero(inside) < 2:
        return None
    times = (at_ns[inside] - t0_ns) / NS
    power = watts[inside]
    start, stop = times[0], (t1_ns - t0_ns) / NS - times[-1]
    joules = float(np.trapezoid(power, times) + power[0] * start + power[-1] * stop)
    period = (times[-1] - times[0]) / (len(times) - 1)
    return Energy(joules, float(np.ptp(power) * period / 2), "readings")


def sources_bar_pct(counter: Energy, integral: Energy) -> float:
    """How far counter and integral of a window may differ, in percent: 2 and both edges' errors."""
    return SOURCES_BAR_PCT + (counter.edge_error_pct or 0.0) + (integral.edge_error_pct or 0.0)


def _well_stamped(half_width_ns: Stamps, first: int, end: int) -> tuple[int, int]:
    """The first and last tick of [first, end) whose stamps can be trusted; a late look leaves one vague."""
    widths = half_width_ns[first:end]
    good = first + np.flatnonzero(widths <= VAGUE * np.median(widths))
    if len(good) < 2:
        return first, end - 1
    near = min(REACH, len(good) // 2)
    return _surest(half_width_ns, good[:near]), _surest(half_width_ns, good[: -near - 1 : -1])


def _surest(half_width_ns: Stamps, ticks: Stamps) -> int:
    """The first of some ticks that is stamped surely; where none is, the first."""
    sure = ticks[half_width_ns[ticks] <= SURE_NS]
    return int(sure[0] if len(sure) else ticks[0])


def _held_j(begin_ns: int, end_ns: int, sample_ns: Stamps | None, watts: Values | None) -> float | None:
    """Joules between an edge and its tick from the ring's samples; None where they do not tell."""
    return None if sample_ns is None or watts is None else held_joules(sample_ns, watts, begin_ns, end_ns)


def _inside(at_ns: Stamps, t0_ns: int, t1_ns: int) -> tuple[int, int]:
    """The ticks between both edges, as first and end."""
    return int(np.searchsorted(at_ns, t0_ns, side="right")), int(np.searchsorted(at_ns, t1_ns))


def _incredible(at_ns: Stamps, joules: Values, half_width_ns: Stamps, limit_w: float | None) -> str | None:
    """What of the ticks cannot be: the counter only rises, and no faster than the board can draw.

    Stamps may be off both ways.
    """
    gained, passed_ns = np.diff(joules), np.diff(at_ns)
    if not np.all(np.isfinite(gained)):
        return "has ticks without a value"
    if not np.all(gained >= 0):
        return f"went back by {-float(gained.min()):.0f} J"
    if not np.all(passed_ns > 0):
        return "has ticks out of order"
    if limit_w is None:
        return None
    seconds = (passed_ns + half_width_ns[1:] + half_width_ns[:-1]) / NS
    if np.all(gained <= ABOVE_LIMIT * limit_w * seconds):
        return None
    most_w = float((gained / seconds).max())
    return f"rose at {most_w:.0f} W, over {ABOVE_LIMIT:g} times the power limit of {limit_w:.0f} W"


def _powers(at_ns: Stamps, joules: Values) -> Values:
    """(ticks - 1,) watts from tick to tick, without steps back."""
    gained, seconds = np.diff(joules), np.diff(at_ns) / NS
    there = (gained >= 0) & (seconds > 0)
    return gained[there] / seconds[there]
