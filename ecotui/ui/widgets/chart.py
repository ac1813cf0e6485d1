"""A chart over a ribbon of phases, in a box whose title carries the numbers of the moment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.events import Resize

from ecotui.ui.plot import cell_of, cells_of, curve, nice_range
from ecotui.ui.widgets.canvas import Canvas, Ink, Row, edges, frame

if TYPE_CHECKING:
    from ecotui.ui.plot import Values

AXIS = 6
"""Cells of the scale at the left, its line included."""
_DRAWN = re.compile(r"\S+")
SHORT = {
    "loading": "load",
    "context": "ctx",
    "warm-up": "warm",
    "stabilizing": "stab",
    "splitting": "split",
    "cooling": "cool",
    "context-after": "ctx",
    "examining": "exam",
}


@dataclass(frozen=True)
class Mark:
    """A phase begins on the time axis."""

    at_s: float
    text: str
    now: bool = False
    """It lasts still."""


@dataclass(frozen=True)
class Level:
    """A horizontal line with its name, which stands on it where the curve leaves room."""

    value: float
    text: str


@dataclass(frozen=True, eq=False)
class Curve:
    """All that a chart shows below its title."""

    role: str
    x: Values
    """Seconds from the left edge of time."""
    y: Values
    x_range: tuple[float, float]
    low: float
    high: float
    """What has to be in range; the scale is rounded outwards from it."""
    marks: tuple[Mark, ...] = ()
    levels: tuple[Level, ...] = field(default_factory=tuple)
    gap_s: float = 2.0
    """The curve is broken where nothing came for longer."""
    exact: bool = False
    """`low` and `high` are round themselves: the scale ends there."""


class Cells:
    """A row that is drawn on: a letter and its role in each cell."""

    def __init__(self, columns: int, letter: str = " ", role: str = "text") -> None:
        self.letters, self.roles = [letter] * columns, [role] * columns

    def again(self) -> Cells:
        """A copy, to be drawn on by itself."""
        out = Cells(0)
        out.letters, out.roles = self.letters[:], self.roles[:]
        return out

    def put(self, at: int, text: str, role: str) -> None:
        """Letters from a cell on, over what is there."""
        self.letters[at : at + len(text)] = text
        self.roles[at : at + len(text)] = [role] * len(text)

    def runs(self) -> list[Ink]:
        """Neighbours of one role as one piece; a blank has that of the letter before it, which nobody sees."""
        text, start, role, out = "".join(self.letters), 0, "", list[Ink]()
        for i, its in enumerate(self.roles):
            if its != role and text[i] != " ":
                if role:
                    out.append(Ink(text[start:i], role))
                    start = i
                role = its
        return [*out, Ink(text[start:], role or "text")]


def draw(shown: Curve, width: int, height: int) -> list[Row]:
    """Rows of a scale, the curve over its grid, and the ribbon of phases below."""
    rows, columns = height - 1, width - AXIS
    if rows < 1 or columns < 8:
        return []
    (low, high), ticks = nice_range(shown.low, shown.high, max(rows // 3, 1))
    if shown.exact:
        (low, high), ticks = (shown.low, shown.high), [shown.low, shown.high]
    lines, ribbon = _phases(shown.marks, shown.x_range, columns)
    field_ = _background(shown, lines, rows, (low, high))
    _lay_curve(field_, shown, (low, high), columns)
    named = {_row_of(t, (low, high), rows): t for t in ticks}
    out: list[Row] = []
    for y in range(rows):
        label = f"{_scale(named[y]):>5}┤" if y in named else "     │"
        out.append([Ink(label, "muted"), *field_[y].runs()])
    return [*out, [Ink(" " * AXIS), *ribbon]]


def _scale(value: float) -> str:
    return f"{value:z,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:z.1f}"


def _row_of(value: float, span: tuple[float, float], rows: int) -> int:
    return rows - 1 - cell_of(value, span, rows)


Drawn = tuple[Cells, list[Ink]]
_last: tuple[tuple[Mark, ...] | None, object, Drawn] = (None, None, (Cells(0), []))


def _phases(marks: tuple[Mark, ...], x_range: tuple[float, float], columns: int) -> Drawn:
    """Grid lines where phases begin, and the ribbon: drawn once for charts below each other, which have the same."""
    global _last  # noqa: PLW0603
    if marks is not _last[0] or (x_range, columns) != _last[1]:
        lines, starts = Cells(columns), cells_of([mark.at_s for mark in marks], x_range, columns)
        for column in {column for column in starts if column > 0}:
            lines.put(column, "│", "grid")
        _last = marks, (x_range, columns), (lines, _ribbon(marks, starts, columns))
    return _last[2]


def _background(shown: Curve, lines: Cells, rows: int, span: tuple[float, float]) -> list[Cells]:
    """Grid lines in every row, and the levels."""
    out = [lines.again() for _ in range(rows)]
    for level in shown.levels:
        if span[0] <= level.value <= span[1]:
            out[_row_of(level.value, span, rows)] = Cells(len(lines.letters), "┈", "faint")
    return out


def _lay_curve(out: list[Cells], shown: Curve, span: tuple[float, float], columns: int) -> None:
    rows = len(out)
    letters = curve(shown.x, shown.y, shown.x_range, span, width=columns, height=rows, gap=shown.gap_s)
    for row, line in zip(out, letters, strict=True):
        for found in _DRAWN.finditer(line):
            row.put(found.start(), found[0], shown.role)
    taken: set[int] = set()
    for level in shown.levels:
        y = _row_of(level.value, span, rows)
        if not 0 <= y < rows or y in taken or len(level.text) + 4 > columns:
            continue
        taken.add(y)
        text = f" {level.text} "
        for start in range(columns - len(text) - 1, 1, -1):
            if not letters[y][start : start + len(text)].strip():
                out[y].put(start, text, "muted")
                break


def _ribbon(marks: Sequence[Mark], starts: Sequence[int], columns: int) -> list[Ink]:
    """Names of phases at their starts; shortened, then left out, where the next one is too near."""
    cells, free = Cells(columns, " ", "muted"), 0
    for i, (mark, start) in enumerate(zip(marks, starts, strict=True)):
        end = starts[i + 1] if i + 1 < len(starts) else columns
        if start > 0:
            cells.put(start, "│", "grid")
        begin = start + (start > 0)
        room = end - begin
        text = mark.text if len(mark.text) <= room else SHORT.get(mark.text, mark.text)
        if text and len(text) <= room and begin >= free:
            cells.put(begin, text, "text" if mark.now else "muted")
            free = begin + len(text)
    return cells.runs()


def framed(body: list[Row], width: int) -> list[Row]:
    """`frame` of rows that are as wide as it is within: nothing has to be measured."""
    left, right, edge = Ink("│ ", "border"), Ink(" │", "border"), [Ink("─" * width, "border")]
    return [edge, *([left, *row, right] for row in body), edge]


class Chart(Canvas):
    """Takes a title as often as it changes, and a curve as often as it is worth drawing."""

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="chart")
        self._title: Row = ()
        self._note: Row = ()
        self._curve: Curve | None = None
        self._boxed: list[Row] = []
        """The curve within borders that say nothing yet: a title changes more often than a curve."""

    def show(self, shown: Curve) -> None:
        """Another curve."""
        self._curve = shown
        self._redraw()

    def head(self, title: Row, note: Row = ()) -> None:
        """What the borders say."""
        if title != self._title or note != self._note:
            self._title, self._note = title, note
            self._box()

    def on_resize(self, event: Resize) -> None:
        self._redraw()

    def _redraw(self) -> None:
        width, height = self.size
        if width and self.display:
            body = [] if self._curve is None else draw(self._curve, width - 4, height - 2)
            self._boxed = framed(body, width) if len(body) == height - 2 else frame((), body, (), (width, height))
        self._box()

    def _box(self) -> None:
        width, height = self.size
        if not width or not self.display:
            return
        if width >= 8 and len(self._boxed) == height >= 2:
            top, bottom = edges(self._title, self._note, width)
            self._boxed[0], self._boxed[-1] = top, bottom
        self.paint(self._boxed)


def empty() -> Values:
    """No values."""
    import numpy as np

    return np.array([], dtype=np.float64)
