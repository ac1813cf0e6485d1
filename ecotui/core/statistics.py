"""Small statistics over a handful of windows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

TINY = 1e-300
"""Keeps the continued fraction from dividing by 0."""


def mean(values: Sequence[float | None]) -> float | None:
    """Arithmetic mean of what is there; None where nothing is."""
    there = [v for v in values if v is not None]
    return math.fsum(there) / len(there) if there else None


def deviation(values: Sequence[float]) -> float | None:
    """Standard deviation with n - 1 in the variance; None below two values."""
    if len(values) < 2:
        return None
    centre = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (len(values) - 1))


def cv_pct(values: Sequence[float | None]) -> float | None:
    """Coefficient of variation in percent, with n - 1 in the variance; None below two values or at mean 0."""
    there = [v for v in values if v is not None]
    spread, centre = deviation(there), mean(there)
    return None if spread is None or not centre else 100 * spread / abs(centre)


def percentile(values: ArrayLike, q: float) -> float | None:
    """The q-th percentile (0 to 100), linear between neighbours; None of nothing."""
    array = np.asarray(values, dtype=np.float64)
    return float(np.percentile(array, q)) if array.size else None


@dataclass(frozen=True, slots=True)
class StraightLine:
    """y = at_zero + slope·x by least squares, with the half widths of both 95 % intervals."""

    at_zero: float
    at_zero_ci: float
    slope: float
    slope_ci: float


def straight_line(x: Sequence[float], y: Sequence[float]) -> StraightLine | None:
    """The line through (n,) points; None below three points or two different x.

    s² = Σr²/(n - 2); half widths t₀.₉₇₅(n - 2)·s/√Sxx of the slope and t₀.₉₇₅(n - 2)·s·√(1/n + x̄²/Sxx) at zero.
    """
    n = len(x)
    if n < 3 or len(set(x)) < 2:
        return None
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    centre = float(xs.mean())
    spread = float(((xs - centre) ** 2).sum())
    slope = float((xs - centre) @ ys) / spread
    at_zero = float(ys.mean()) - slope * centre
    rest = ys - at_zero - slope * xs
    width = t_quantile(0.975, n - 2) * math.sqrt(float(rest @ rest) / (n - 2))
    return StraightLine(at_zero, width * math.sqrt(1 / n + centre**2 / spread), slope, width / math.sqrt(spread))


@cache
def t_quantile(p: float, df: float) -> float:
    """The p-quantile of Student's t with `df` degrees of freedom, 0.5 <= p < 1.

    By bisection of P(|T| > t) = I_{df/(df + t²)}(df/2, 1/2), I the regularized incomplete beta function.
    """
    low, high = 0.0, 1.0
    while _above(high, df) > 1 - p:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _above(middle, df) > 1 - p else (low, middle)
    return (low + high) / 2


def _above(t: float, df: float) -> float:
    """P(T > t) for t >= 0."""
    return incomplete_beta(df / 2, 0.5, df / (df + t * t)) / 2


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularized incomplete beta function I_x(a, b), 0 <= x <= 1."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # where the fraction of the other tail is the quick one
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """Continued fraction of the incomplete beta function, by Lentz' method (Abramowitz and Stegun 26.5.8)."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 300):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > TINY else TINY
