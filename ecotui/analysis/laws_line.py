"""A straight line through a handful of points, with everything that its scatter leaves open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.analysis.distributions import t_quantile
from ecotui.analysis.unpaired import Fieller


@dataclass(frozen=True, slots=True)
class Line:
    """y = centre_y + slope·(x - centre_x) by ordinary least squares over n points."""

    n: int
    centre_x: float
    centre_y: float
    slope: float
    spread: float
    """Sxx = Σ(x - x̄)²."""
    scatter: float | None
    """s, the residuals' standard deviation with n - 2; None of two points."""
    t: float = 0.0
    """t₀.₉₇₅(n - 2)."""

    def at(self, x: float) -> float:
        """The line's height."""
        return self.centre_y + self.slope * (x - self.centre_x)

    @property
    def slope_interval(self) -> tuple[float, float] | None:
        """slope ± t·s/√Sxx; None of two points."""
        if self.scatter is None:
            return None
        half = self.t * self.scatter / math.sqrt(self.spread)
        return self.slope - half, self.slope + half

    def band(self, x: float) -> tuple[float, float] | None:
        """The 95 % interval of the line's height at x, ± t·s·√(1/n + (x - x̄)²/Sxx)."""
        if self.scatter is None:
            return None
        half = self.t * self.scatter * math.sqrt(1 / self.n + (x - self.centre_x) ** 2 / self.spread)
        return self.at(x) - half, self.at(x) + half

    def root(self) -> Fieller | None:
        """Where the line is 0, and every x at which the band holds 0 (Fieller); None of a level line.

        u = x - x̄ solves (b² - t²s²/Sxx)u² + 2bȳu + ȳ² - t²s²/n <= 0. Where the first factor is not above 0, that is
        g = t²s²/(b²Sxx) >= 1, the set has no two ends.
        """
        if not self.slope:
            return None
        value = self.centre_x - self.centre_y / self.slope
        unbounded = Fieller(value, -math.inf, math.inf)
        if self.scatter is None:
            return unbounded
        noise = (self.t * self.scatter) ** 2
        square = self.slope**2 - noise / self.spread
        if square <= 0:
            return unbounded
        middle = self.slope * self.centre_y
        under = middle**2 - square * (self.centre_y**2 - noise / self.n)
        half = math.sqrt(max(under, 0.0))
        return Fieller(value, self.centre_x + (-middle - half) / square, self.centre_x + (-middle + half) / square)


def line(x: Sequence[float], y: Sequence[float]) -> Line | None:
    """The line through (n,) points; None below two different x."""
    n = len(x)
    if len(set(x)) < 2:
        return None
    centre_x, centre_y = math.fsum(x) / n, math.fsum(y) / n
    spread = math.fsum((v - centre_x) ** 2 for v in x)
    slope = math.fsum((u - centre_x) * (v - centre_y) for u, v in zip(x, y, strict=True)) / spread
    if n < 3:
        return Line(n, centre_x, centre_y, slope, spread, None)
    rest = math.fsum((v - centre_y - slope * (u - centre_x)) ** 2 for u, v in zip(x, y, strict=True))
    return Line(n, centre_x, centre_y, slope, spread, math.sqrt(rest / (n - 2)), t_quantile(0.975, n - 2))
