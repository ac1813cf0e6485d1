"""95 % intervals of a ratio of sums over windows of a text, by a block bootstrap that a simulation keeps honest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ecotui.core.statistics import t_quantile

LEAST_WINDOWS = 5
"""Fewer have no spread to speak of."""
RESAMPLES = 10_000
MOST_BLOCKS = 64
"""Of a resample: of more windows blocks are longer, which costs no coverage."""
SEED = 20260
NORMAL = 1.959964
"""97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and the ends of its 95 % interval; None where there are too few windows for one."""

    value: float
    low: float | None = None
    high: float | None = None


def block_length(windows: int) -> int:
    """Windows that are drawn together, so that what neighbours share stays shared: n^(1/3)."""
    return max(round(math.cbrt(windows)), math.ceil(windows / MOST_BLOCKS))


def ratio_of_sums(above: Sequence[float], below: Sequence[float]) -> Interval | None:
    """Σ above / Σ below over (n,) windows, with its interval; None of nothing, and where it is no number.

    Circular blocks of l windows are drawn, 10,000 times, with a fixed seed. The percentiles' distances from the figure
    are widened by t₀.₉₇₅(n/l - 1)/z₀.₉₇₅·√(n/(n - l)): the quantile and the lost degrees of freedom of so many blocks.
    The plain percentiles undercover. Of windows with heavy tails (Student's t with 4 degrees of freedom) that follow
    an AR(1) with ρ = 0.2, 6,000 samples each, the interval held the truth in this share of cases, percent:

    ======= ====== ====== ======
    windows     8     17     60
    ======= ====== ====== ======
    plain     77.6   82.9   90.6
    widened   95.7   94.8   93.9
    ======= ====== ====== ======

    Of five windows, the fewest, 98.3.
    """
    return _ratio(tuple(above), tuple(below))


@lru_cache(maxsize=256)
def _ratio(above: tuple[float, ...], below: tuple[float, ...]) -> Interval | None:
    """The same; a run's row is made more than once, of the same windows."""
    value = math.fsum(above) / math.fsum(below) if math.fsum(below) else math.nan
    if not math.isfinite(value):
        return None
    if len(above) < LEAST_WINDOWS:
        return Interval(value)
    low, high = np.percentile(resampled(above, below), (2.5, 97.5))
    wider = widening(len(above))
    return Interval(value, value - wider * (value - float(low)), value + wider * (float(high) - value))


def widening(windows: int) -> float:
    """By how much the percentiles' distances from the figure are too short."""
    n, length = windows, block_length(windows)
    return t_quantile(0.975, n / length - 1) / NORMAL * math.sqrt(n / (n - length))


def resampled(above: Sequence[float], below: Sequence[float]) -> NDArray[np.float64]:
    """(RESAMPLES,) ratios of sums over circular blocks of windows."""
    n = len(above)
    length = block_length(n)
    drawn = math.ceil(n / length)
    # Raw bits: numpy promises that these stay the same from version to version, and so will the figures of a log.
    bits = np.random.PCG64(SEED).random_raw((drawn * RESAMPLES + 1) // 2).view(np.uint32)
    starts = (bits[: drawn * RESAMPLES] % n).reshape(drawn, RESAMPLES)
    tops, bottoms = (block_sums(values, length) for values in (above, below))
    alike = np.ptp(bottoms) == 0  # windows of one length, as nearly always
    under = drawn * bottoms[0] if alike else bottoms[starts].sum(axis=0)
    found: NDArray[np.float64] = tops[starts].sum(axis=0) / under
    return found


def block_sums(values: Sequence[float], length: int) -> NDArray[np.float64]:
    """(n,) sums of `length` values from each on, the first after the last."""
    once = np.asarray(values, dtype=np.float64)
    whole = np.concatenate([[0.0], np.cumsum(np.concatenate([once, once[: length - 1]]))])
    summed: NDArray[np.float64] = whole[length:] - whole[:-length]
    return summed
