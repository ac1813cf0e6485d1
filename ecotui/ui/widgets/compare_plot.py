"""Ratios as dots with whiskers on a logarithmic axis, and every window in the order in which it ran, as letters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from ecotui.analysis.accounting import BAND_PCT
from ecotui.analysis.order import Point
from ecotui.analysis.paired import Ratio
from ecotui.analysis.verdict import times
from ecotui.ui.theme import ARM_GLYPHS
from ecotui.ui.widgets.canvas import Ink, Row, fit

BAND = 1 + BAND_PCT / 100
LABEL = 18
"""Cells of a candidate's name at the left of the axis, at most."""
LEAST = 24
"""Cells of an axis, at least."""
MARGIN = 0.04
"""Share of the axis that stays free at each end, so that no end of a whisker is the end of the axis."""
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
"""Of a narrow axis's ticks, around 1."""
EVEN = 5
"""Rows of the run order, an odd number: the middle one is the mean."""


@dataclass(frozen=True, slots=True)
class Held:
    """One candidate's place on the axis."""

    number: int
    """Of its arm: glyph and colour."""
    name: str
    ratio: Ratio | None
    each: tuple[float, ...]
    """Ratios of single blocks or sessions; where none took turns, windows or sessions over the baseline's mean."""
    muted: bool = False
    """Whether a verdict is refused."""
    unit: str = "block"
    """What each of `each` is, in a word."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis of ratios, in cells."""

    low: float
    high: float
    width: int

    def at(self, value: float) -> int:
        """The cell of a value, 0 to width - 1."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return min(max(round(share * (self.width - 1)), 0), self.width - 1)

    def ticks(self) -> list[float]:
        """Round values on it, 1 among them."""
        if self.high / self.low > 1.5:
            return [tick for tick in TICKS if self.low <= tick <= self.high]
        span = self.high - self.low
        step = next((s for s in STEPS if span / s <= max(self.width // 10, 2)), STEPS[-1])
        first, last = math.ceil((self.low - 1) / step), math.floor((self.high - 1) / step)
        return [1 + step * i for i in range(first, last + 1)]


def axis_of(held: Sequence[Held], width: int) -> Axis:
    """An axis that holds every whisker, every point, the band, and 1."""
    values = [1 / BAND, BAND]
    for one in held:
        values += [v for v in one.each if v > 0]
        if one.ratio is not None:
            ends = one.ratio.low, one.ratio.high, one.ratio.value
            values += [v for v in ends if v is not None and 0 < v < math.inf]
    low, high = min(values), max(values)
    room = MARGIN * math.log(high / low)
    return Axis(low * math.exp(-room), high * math.exp(room), max(width, LEAST))


def ratio_rows(held: Sequence[Held], baseline: str, width: int) -> list[Row]:
    """Title, ticks, and two rows a candidate: its dot and whisker, and its blocks as points below."""
    name = min(max((cell_len(one.name) for one in held), default=0) + 3, LABEL)
    said = max((cell_len(times(one.ratio)) for one in held), default=0)
    axis = axis_of(held, width - name - said - 3)
    title: Row = [Ink("energy a token over "), *baseline_ink(baseline), Ink(", gross   "), Ink("░", "faint")]
    rows: list[Row] = [fit([*title, Ink(f" ±{BAND_PCT:.0f} % band   {_point(held)}", "muted")], width)]
    for one in held:
        tone = "muted" if one.muted else f"arm-{one.number}"
        label = fit([Ink(f"{ARM_GLYPHS[one.number]} ", tone, True), Ink(one.name, tone)], name)
        rows.append([*label, *_whisker(one, axis, tone), Ink("  "), Ink(times(one.ratio), tone, True)])
        if one.each:
            rows.append([Ink(" " * name), *_points(one, axis, tone)])
    return [*rows, *([Ink(" " * name), *row] for row in _scale(axis))]


def _point(held: Sequence[Held]) -> str:
    """What a point stands for: of runs that did not take turns there are no blocks."""
    kinds = {one.unit for one in held if one.each}
    return "· one " + (" or ".join(sorted(kinds)) or "block")


def baseline_ink(name: str) -> Row:
    """The first run by its glyph and name."""
    return [Ink(f"{ARM_GLYPHS[0]} {name}", "arm-0", True)]


def _ground(axis: Axis) -> list[Ink]:
    """The band and the line of 1."""
    low, one, high = axis.at(1 / BAND), axis.at(1.0), axis.at(BAND)
    cells = [Ink("░", "faint") if low <= x <= high else Ink(" ") for x in range(axis.width)]
    cells[one] = Ink("│", "muted")
    return cells


def _whisker(one: Held, axis: Axis, tone: str) -> list[Ink]:
    cells = _ground(axis)
    it = one.ratio
    if it is None or not 0 < it.value < math.inf:
        return cells
    if it.low is not None and it.high is not None and it.low > 0 and it.high < math.inf:
        first, last = axis.at(it.low), axis.at(it.high)
        for x in range(first, last + 1):
            cells[x] = Ink("├" if x == first else "┤" if x == last else "─", tone)
    cells[axis.at(it.value)] = Ink(ARM_GLYPHS[one.number], tone, True)
    return cells


def _points(one: Held, axis: Axis, tone: str) -> list[Ink]:
    cells = _ground(axis)
    for value in one.each:
        if 0 < value < math.inf:
            x = axis.at(value)
            cells[x] = Ink(":" if cells[x].text in "·:" else "·", tone)
    return cells


def _scale(axis: Axis) -> Iterator[Row]:
    """The axis and its numbers; a number that would touch its neighbour is left out, 1 never."""
    ticks = axis.ticks()
    places = {axis.at(tick): tick for tick in ticks}
    yield [Ink("".join("┼" if x in places else "─" for x in range(axis.width)), "muted")]
    digits = 1 if axis.high / axis.low > 1.5 else 3 if any(abs(t * 100 - round(t * 100)) > 1e-6 for t in ticks) else 2
    line = [" "] * axis.width
    taken: list[tuple[int, int]] = []
    for tick in sorted(ticks, key=lambda t: abs(math.log(t))):
        text = f"{tick:.2f}" if tick < 0.1 else f"{tick:.{digits}f}"
        first = min(max(axis.at(tick) - len(text) // 2, 0), axis.width - len(text))
        if all(first > b + 1 or first + len(text) < a for a, b in taken):
            taken.append((first, first + len(text)))
            line[first : first + len(text)] = text
    yield [Ink("".join(line), "muted")]


def order_rows(
    points: Sequence[Point], sessions: Sequence[str], muted: bool, width: int, even: int = EVEN
) -> list[Row]:
    """Every window's energy a token over its arm's mean, in the order in which they ran.

    sessions: of every run that is compared. Windows of different sessions stand apart.
    """
    if not points:
        return []
    reach = max(0.005, *(abs(p.relative - 1) for p in points))
    half = even // 2
    axis = 8
    place = _places(points, sessions, width - axis)
    grid = [[Ink(" ")] * (width - axis) for _ in range(even)]
    grid[half] = [Ink("┈", "grid")] * (width - axis)
    for x in range(width - axis):
        if place(None, x):
            for line in grid:
                line[x] = Ink("│", "grid")
    for p in points:
        y = half - round((p.relative - 1) / reach * half)
        tone = "bad" if not p.valid else "muted" if muted else f"arm-{p.run}"
        grid[y][place(p, 0)] = Ink(ARM_GLYPHS[p.run], tone, True)
    digits = 2 if reach >= 0.02 else 3
    labels = {0: f"×{1 + reach:.{digits}f}", half: "×1", even - 1: f"×{1 - reach:.{digits}f}"}
    title: list[Row] = [[Ink("run order"), Ink("   energy a token over its arm's mean, every window", "muted")]]
    return title + [
        [Ink(f"{labels.get(y, ''):>{axis - 2}} ┤" if y in labels else f"{'│':>{axis}}", "muted"), *line]
        for y, line in enumerate(grid)
    ]


def _places(points: Sequence[Point], sessions: Sequence[str], width: int) -> Callable[[Point | None, int], int]:
    """Where a window stands; of None, whether a cell parts two sessions. Blocks have a gap between them if it fits."""
    at: dict[tuple[str, int], int] = {}
    parts: list[int] = []
    x, before = 0, points[0]
    for p in points:
        session = sessions[p.run]
        if at and session != sessions[before.run]:
            parts.append(x + 1)
            x += 3
        elif at and p.block != before.block:
            x += 1
        at[session, p.order] = x
        x, before = x + 1, p
    wide = max(x - 1, 1)
    times_ = min((width - 1) / wide, 3.0)
    times_ = float(int(times_)) if times_ >= 1 else times_

    def place(p: Point | None, cell: int) -> int:
        if p is None:
            return int(any(round(part * times_) == cell for part in parts))
        return round(at[sessions[p.run], p.order] * times_)

    return place
