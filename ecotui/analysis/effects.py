"""How large a difference is, how small a one could be seen, and what it would take to see a smaller one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from ecotui.analysis.distributions import t_quantile
from ecotui.core.statistics import deviation

POWER = 0.8
"""Chance that a difference of the smallest detectable size is found."""
MOST_BLOCKS = 1000
"""Nobody plans more."""


def hedges_g(a: Sequence[float], b: Sequence[float]) -> float | None:
    """(mean(B) - mean(A)) over the pooled standard deviation, times 1 - 3/(4(n + m) - 9); None without a spread.

    For the detail view alone: where windows hardly vary, a difference of 0.3 % may well be "large".
    """
    sa, sb, n, m = deviation(a), deviation(b), len(a), len(b)
    if sa is None or sb is None:
        return None
    pooled = math.sqrt(((n - 1) * sa**2 + (m - 1) * sb**2) / (n + m - 2))
    apart = math.fsum(b) / m - math.fsum(a) / n
    return None if not pooled else apart / pooled * (1 - 3 / (4 * (n + m) - 9))


def detectable_pct(cv_pct: float, windows: int) -> float | None:
    """Before measuring: the smallest difference (%) that so many windows an arm find at a coefficient of variation.

    (t₀.₉₇₅ + t₀.₈)(2n - 2)·CV·√(2/n): 5 % false positives, power 0.8. None below two windows.
    """
    return None if windows < 2 else _both(2 * windows - 2) * cv_pct * math.sqrt(2 / windows)


def detectable_paired_pct(spread: float, blocks: int) -> float | None:
    """After measuring: the smallest difference (%) that so many blocks find, from the spread of their log ratios.

    exp((t₀.₉₇₅ + t₀.₈)(k - 1)·s_d/√k) - 1. None below two blocks.
    """
    return None if blocks < 2 else 100 * math.expm1(_both(blocks - 1) * spread / math.sqrt(blocks))


def detectable_welch_pct(error: float, df: float) -> float | None:
    """After measuring, of runs that did not take turns: the smallest difference (%) that their windows find.

    exp((t₀.₉₇₅ + t₀.₈)(ν)·s) - 1, s the standard error of the difference of both means of logarithms and ν its degrees
    of freedom, as Welch's interval has them. None without a spread.
    """
    return None if not error else 100 * math.expm1(_both(df) * error)


def _both(df: float) -> float:
    return t_quantile(0.975, df) + t_quantile(POWER, df)


def blocks_needed(spread: float, half_width_pct: float, least: int = 2) -> int:
    """Blocks in all until half of the 95 % interval is at most so wide, at this spread of the blocks' log ratios."""
    wanted = math.log1p(half_width_pct / 100)

    def enough(k: int) -> bool:
        return t_quantile(0.975, k - 1) * spread / math.sqrt(k) <= wanted

    low, high = max(least, 2), MOST_BLOCKS
    if enough(low) or not enough(high):
        return low if enough(low) else high
    while high - low > 1:  # the width falls with every block
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def effective_n(values: Sequence[float]) -> float | None:
    """How many independent windows some windows in order are worth, n(1 - r)/(1 + r); None below three.

    r is their autocorrelation at lag 1, 0 where it is negative.
    """
    n = len(values)
    if n < 3:
        return None
    centre = math.fsum(values) / n
    off = [v - centre for v in values]
    whole = math.fsum(v * v for v in off)
    if not whole:
        return float(n)
    r = max(math.fsum(u * v for u, v in pairwise(off)) / whole, 0.0)
    return n * (1 - r) / (1 + r)


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's adjusted p of several contrasts, in their order: times m, m - 1, … from the smallest, never falling."""
    adjusted, most = [0.0] * len(ps), 0.0
    for place, which in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        most = max(most, min((len(ps) - place) * ps[which], 1.0))
        adjusted[which] = most
    return adjusted
