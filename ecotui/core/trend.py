"""Whether the windows of a run moved one way, told after it."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

EXACT_MOST = 10
"""Up to so many values Mann-Kendall counts permutations."""


def halves_pct(values: Sequence[float]) -> float | None:
    """Mean of the second half against the first, in percent; the middle one of an odd number is in neither.

    None below two values or at mean 0.
    """
    half = len(values) // 2
    if half == 0 or (first := math.fsum(values[:half])) == 0:
        return None
    return 100 * (math.fsum(values[-half:]) / first - 1)


def mann_kendall_p(values: Sequence[float]) -> float | None:
    """Two-sided p of the Mann-Kendall test for a trend (Mann 1945, Kendall 1975); None below three values.

    Exact up to ten values without ties; above, or with ties, by the normal approximation with continuity correction
    and var S = [n(n - 1)(2n + 5) - Σ t(t - 1)(2t + 5)] / 18 over groups of t ties.
    """
    seen = Rises()
    for value in values:
        seen.add(value)
    return seen.p


class Rises:
    """Values in order, and how often a later one is above an earlier one: `p` without comparing all of them anew."""

    __slots__ = ("_above", "_sorted")

    def __init__(self) -> None:
        self._sorted = array("d")
        self._above = 0
        """S: pairs whose later value is higher, less those whose later one is lower."""

    def add(self, value: float) -> None:
        """One more."""
        seen = self._sorted
        low, high = bisect_left(seen, value), bisect_right(seen, value)
        self._above += low - (len(seen) - high)
        seen.insert(high, value)

    @property
    def p(self) -> float | None:
        """Of `mann_kendall_p`."""
        n, s = len(self._sorted), self._above
        if n < 3:
            return None
        import numpy as np  # which no first frame needs

        ties = np.unique(np.array(self._sorted), return_counts=True)[1]
        if n <= EXACT_MOST and len(ties) == n:
            return _exact_p(n, s)
        variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
        if s == 0 or variance == 0:
            return 1.0
        return math.erfc((abs(s) - 1) / math.sqrt(2 * variance))


def _exact_p(n: int, s: int) -> float:
    """Share of the permutations of n whose |S| is at least |s|; S is n(n - 1)/2 minus twice the inversions."""
    import numpy as np

    counts = np.ones(1)
    for size in range(2, n + 1):
        counts = np.convolve(counts, np.ones(size))
    scores = n * (n - 1) // 2 - 2 * np.arange(len(counts))
    return float(counts[np.abs(scores) >= abs(s)].sum() / counts.sum())
