"""Sums that are exact however they are made: all at once, or one value after another (Shewchuk 1997)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class Sum:
    """Of the values that are there; None is none."""

    there: int = 0
    _parts: list[float] = field(default_factory=list)
    """What the sum is exactly the sum of; they do not overlap."""

    def add(self, value: float | None) -> None:
        """One more."""
        if value is None:
            return
        self.there += 1
        kept, rest = 0, float(value)
        for part in self._parts:
            big, small = (rest, part) if abs(rest) >= abs(part) else (part, rest)
            rest = big + small
            if low := small - (rest - big):
                self._parts[kept] = low
                kept += 1
        self._parts[kept:] = [rest]

    @property
    def total(self) -> float:
        """The sum, as `math.fsum` gives it."""
        return math.fsum(self._parts)

    @property
    def mean(self) -> float | None:
        """None where nothing is."""
        return self.total / self.there if self.there else None
