"""Two runs that did not take turns: weaker evidence than a paired session, since a drift passes for a difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.analysis.distributions import t_p, t_quantile
from ecotui.analysis.paired import UNPAIRED, Ratio
from ecotui.core.statistics import deviation


def welch(a: Sequence[float], b: Sequence[float], evidence: str = UNPAIRED, level: float = 0.95) -> Ratio | None:
    """The ratio of geometric means, B over A, by Welch's t on logarithms; None where a value is not above 0.

    s² = s_A²/n + s_B²/m of the logarithms, degrees of freedom by Satterthwaite: s⁴/(s_A⁴/(n²(n - 1)) + …).
    Without a spread in both there is no interval.
    """
    if not a or not b or min(*a, *b, math.inf) <= 0:
        return None
    x, y = [math.log(v) for v in a], [math.log(v) for v in b]
    centre = math.fsum(y) / len(y) - math.fsum(x) / len(x)
    fewest = min(len(x), len(y))
    sa, sb = deviation(x), deviation(y)
    if sa is None or sb is None:
        return Ratio(math.exp(centre), None, None, fewest, evidence)
    error, df = _satterthwaite(sa**2 / len(x), len(x), sb**2 / len(y), len(y))
    if not error:
        return Ratio(math.exp(centre), math.exp(centre), math.exp(centre), fewest, evidence, df, float(centre == 0))
    half = t_quantile((1 + level) / 2, df) * error
    p = t_p(centre / error, df)
    return Ratio(
        math.exp(centre), math.exp(centre - half), math.exp(centre + half), fewest, evidence, df, p, None, error
    )


def _satterthwaite(va: float, n: int, vb: float, m: int) -> tuple[float, float]:
    """Standard error of a difference of means and its degrees of freedom, from both means' variances."""
    whole = va + vb
    below = va**2 / (n - 1) + vb**2 / (m - 1)
    return math.sqrt(whole), whole**2 / below if below else float(n + m - 2)


@dataclass(frozen=True, slots=True)
class Fieller:
    """A ratio, mean of B over mean of A or where a fitted line is 0, with Fieller's interval."""

    value: float
    low: float
    """Minus infinity where the interval is unbounded."""
    high: float

    @property
    def bounded(self) -> bool:
        """Whether there is an interval at all: not where what it is divided by cannot be told from 0."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def fieller(a: Sequence[float], b: Sequence[float], level: float = 0.95) -> Fieller | None:
    """Fieller's interval of mean(B) / mean(A), independent samples; None below two values each or of a mean of 0.

    g = t²·v_A/Ā², v the variances of the means, t with Satterthwaite's degrees of freedom; for g >= 1 no ratio can be
    excluded. It is the cross-check of the interval on logarithms, and holds for net energies at or below 0 too.
    """
    sa, sb = deviation(a), deviation(b)
    if sa is None or sb is None:
        return None
    n, m = len(a), len(b)
    bottom, top = math.fsum(a) / n, math.fsum(b) / m
    va, vb = sa**2 / n, sb**2 / m
    if not bottom:
        return None
    ratio = top / bottom
    _, df = _satterthwaite(va, n, vb, m)
    q = t_quantile((1 + level) / 2, df)
    g = q**2 * va / bottom**2
    if g >= 1:
        return Fieller(ratio, -math.inf, math.inf)
    half = q / abs(bottom) * math.sqrt(max(vb + ratio**2 * va - g * vb, 0.0))
    return Fieller(ratio, (ratio - half) / (1 - g), (ratio + half) / (1 - g))
