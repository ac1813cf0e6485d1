"""Energy from the driver's ring of power samples: finer than its counter, but without its memory of what was missed."""

from __future__ import annotations

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.energy import HOLE, PUBLICATION_LAG_S, Energy, Stamps, Values, jumps_w

NEAR = 32
"""So many samples to either side tell the ring's period."""
OUTSIDE = 5
"""So many samples to either side tell the power outside of a bracket."""


def ring_energy(sample_ns: Stamps, watts: Values, t0_ns: int, t1_ns: int) -> Energy | None:
    """Energy in [t0, t1] from the driver's ring; None where it does not cover the bracket.

    sample_ns, watts: (samples,), ascending; NaN where the sensor did not answer. Sample i stands for the time since
    sample i - 1. Covered: to within one period at both ends, without a hole of over three.

    U = √(J0² + J1²)·(Δ/2 + δ) + R·Δ/4, as in `counter_energy`, Δ the samples' period.
    """
    joules = held_joules(sample_ns, watts, t0_ns, t1_ns)
    at, power = _answered(sample_ns, watts)
    first, last = _inside(at, t0_ns, t1_ns)
    inside, spread = power[first:last], spread_j(sample_ns, watts, t0_ns, t1_ns)
    if joules is None or spread is None:
        return None
    period = float(np.median(np.diff(at[first:last]))) / NS
    jumps = jumps_w(float(inside.mean()), power[max(first - OUTSIDE, 0) : first], power[last + 1 : last + 1 + OUTSIDE])
    return Energy(joules, jumps * (period / 2 + PUBLICATION_LAG_S) + spread, "ring")


def spread_j(sample_ns: Stamps | None, watts: Values | None, t0_ns: int, t1_ns: int) -> float | None:
    """R·Δ/4 of the samples inside [t0, t1]: what power may have done between two of them; None below two."""
    if sample_ns is None or watts is None:
        return None
    at, power = _answered(sample_ns, watts)
    first, last = _inside(at, t0_ns, t1_ns)
    if last - first < 2:
        return None
    return float(np.ptp(power[first:last])) * float(np.median(np.diff(at[first:last]))) / NS / 4


def held_joules(sample_ns: Stamps, watts: Values, t0_ns: int, t1_ns: int) -> float | None:
    """∫p over [t0, t1] of samples that stand for the time since the one before; None where they do not cover it."""
    at, power = _answered(sample_ns, watts)
    first, last = _inside(at, t0_ns, t1_ns)
    if t1_ns < t0_ns or not _covered(at, first, last, t0_ns, t1_ns):
        return None
    cuts = np.concatenate(([0], at[first:last] - t0_ns, [t1_ns - t0_ns])) / NS
    held = power[np.minimum(np.arange(first, last + 1), len(power) - 1)]
    return float(np.diff(cuts) @ held)


def _covered(at: Stamps, first: int, last: int, t0_ns: int, t1_ns: int) -> bool:
    """Whether samples reach over the bracket: to within a period at both ends, without a hole."""
    near = at[max(first - NEAR, 0) : last + NEAR]
    if first == len(at) or len(near) < 2:
        return False
    period = float(np.median(np.diff(near)))
    reach = at[max(first - 1, 0) : last + 1]
    whole = len(reach) < 2 or float(np.max(np.diff(reach))) <= HOLE * period
    return whole and int(at[0]) - t0_ns <= period and t1_ns - int(at[-1]) <= period


def _answered(sample_ns: Stamps, watts: Values) -> tuple[Stamps, Values]:
    there = watts > 0
    return sample_ns[there], watts[there]


def _inside(at: Stamps, t0_ns: int, t1_ns: int) -> tuple[int, int]:
    """The first sample after t0, and the first at or after t1."""
    return int(np.searchsorted(at, t0_ns, side="right")), int(np.searchsorted(at, t1_ns))
