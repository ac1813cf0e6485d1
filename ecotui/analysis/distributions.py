"""Student's t by scipy, imported when it is first asked for: the application starts without it.

`scipy.special` holds the very functions that `scipy.stats.t` calls, and is imported in a third of the time.
"""

from __future__ import annotations

import math


def t_quantile(p: float, df: float) -> float:
    """The p-quantile of Student's t with `df` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


def t_p(t: float, df: float) -> float:
    """Two-sided p of a value of t."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t))) if math.isfinite(t) else 0.0
