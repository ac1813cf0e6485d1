"""A scale of numbers over cells, even or logarithmic, with the round values that are marked on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecotui.core.figure import Axis
from ecotui.ui.plot import cell_of, nice_range

PAD = 0.04
"""Share of a scale that stays free at each end, so that no point lies on its edge."""
STEPS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))
"""Marks within a decade, from coarse to fine."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values between `low` and `high`, both positive where it is logarithmic."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def put(self, value: float) -> float:
        """The value as a place on an even scale; NaN where it has none (0 or less has no logarithm)."""
        if not math.isfinite(value) or (self.log and value <= 0):
            return math.nan
        return math.log10(value) if self.log else value

    @property
    def span(self) -> tuple[float, float]:
        """Both ends as places."""
        return self.put(self.low), self.put(self.high)

    def cell(self, value: float, cells: int) -> int | None:
        """The cell of a value, from the low end; None where it is off the scale."""
        at, (low, high) = self.put(value), self.span
        return cell_of(at, (low, high), cells) if low <= at <= high else None

    def inside(self, value: float) -> float:
        """The value, or the end that it lies beyond."""
        return min(max(value, self.low), self.high)


def scale_of(axis: Axis, values: Iterable[float], marks: int) -> Scale:
    """A scale that holds the values and has about `marks` marks; one of 0 to 1 where there are none."""
    held = [v for v in values if math.isfinite(v) and (v > 0 or not axis.log)]
    low, high = (min(held), max(held)) if held else (0.1, 1.0) if axis.log else (0.0, 1.0)
    return _log(axis, low, high, marks) if axis.log else _even(axis, low, high, marks)


def _log(axis: Axis, low: float, high: float, marks: int) -> Scale:
    if high / low < 1.2:
        middle = math.sqrt(low * high)
        low, high = middle / 1.1, middle * 1.1
    room = (high / low) ** PAD
    low, high = low / room, high * room
    if ticks := tuple(t for t in axis.ticks if low <= t <= high):
        return Scale(low, high, True, ticks)
    found: list[float] = []
    for steps in STEPS:
        finer = _decades(low, high, steps)
        if len(finer) > max(marks, 2):
            break
        found = finer
    if len(found) < 2:  # less than a decade that holds no two of the marks
        found = [t for t in nice_range(low, high, marks)[1] if low <= t <= high]
    return Scale(low, high, True, tuple(found))


def _decades(low: float, high: float, steps: Sequence[float]) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [t for p in powers for s in steps if low <= (t := s * 10.0**p) <= high]


def _even(axis: Axis, low: float, high: float, marks: int) -> Scale:
    if axis.ticks:
        first, last, ticks = min(low, *axis.ticks), max(high, *axis.ticks), axis.ticks
    else:
        (first, last), found = nice_range(low, high, marks)
        ticks = tuple(found)
    room = (last - first or 1.0) * PAD
    return Scale(first - room, last + room, False, ticks)


def words(ticks: Sequence[float]) -> list[str]:
    """The marks as text; over less than a decade all with the same number of decimals."""
    if ticks and min(ticks) > 0 and max(ticks) / min(ticks) >= 10:
        return [_short(t) for t in ticks]
    size = max(map(abs, ticks), default=1.0)
    digits = 2 - math.floor(math.log10(size or 1.0))  # three digits do for marks that are not round
    places = next((p for p in range(6) if all(abs(round(t, p) - t) <= 1e-9 * size for t in ticks)), max(digits, 0))
    return [f"{t:,.{places}f}" for t in ticks]


def _short(value: float) -> str:
    """A mark by itself: 0.02, 1.5, 20, 3,000."""
    if value >= 10 or float(value).is_integer():
        return f"{value:z,.0f}"
    return f"{value:.{max(1, 1 - math.floor(math.log10(value)))}f}".rstrip("0").rstrip(".")
