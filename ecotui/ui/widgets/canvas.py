"""A widget of ready rows that repaints only the cells that changed: what makes four looks a second cheap over SSH."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style as Letters
from textual.color import Color
from textual.containers import Horizontal, Vertical
from textual.filter import LineFilter
from textual.geometry import Region, Spacing
from textual.strip import Strip
from textual.widget import Widget

from ecotui.ui.theme import letters

NEAR = 12
"""Cells that are as cheap to send again as a leap of the cursor over them."""
NO_GUTTER = Spacing()


class Ink(NamedTuple):
    """Letters in a role; never markup."""

    text: str
    role: str = "text"
    bold: bool = False
    reverse: bool = False


Row = Sequence[Ink]


def cells(row: Row) -> int:
    """How many cells a row takes."""
    return sum(cell_len(bit.text) for bit in row)


def fit(row: Row, width: int, fill: str = " ", role: str = "text") -> list[Ink]:
    """The row cut or filled to exactly `width` cells."""
    out: list[Ink] = []
    left = width
    for bit in row:
        size = cell_len(bit.text)
        if size <= left:
            out.append(bit)
            left -= size
            continue
        out.append(bit._replace(text=_cut(bit.text, left)))
        left -= cell_len(out[-1].text)
        break
    return [*out, Ink(fill * left, role)] if left > 0 else out


def _cut(text: str, width: int) -> str:
    if width < 1:
        return ""
    while cell_len(text) > width - 1:
        text = text[: max(width - 1, 0)] if len(text) >= width else text[:-1]
    return text + "…"


def wrap(text: str, width: int, role: str = "text") -> list[Row]:
    """Words in rows of at most `width` cells; a longer word is cut into pieces."""
    rows: list[Row] = []
    line = ""
    if width < 2:  # a letter may take two cells
        return rows
    for word in text.split():
        rest = word
        while cell_len(line) + cell_len(rest) + bool(line) > width:
            if line:
                rows.append([Ink(line, role)])
                line = ""
            else:
                piece = chop_cells(rest, width)[0]
                rows.append([Ink(piece, role)])
                rest = rest[len(piece) :]
        line = f"{line} {rest}".strip()
    return [*rows, [Ink(line, role)]] if line else rows


def frame(title: Row, body: Sequence[Row], note: Row, size: tuple[int, int], role: str = "border") -> list[Row]:
    """A box around rows: `title` in its upper border, `note` in its lower, exactly `size` cells."""
    width, height = size
    if width < 8 or height < 2:
        return [fit([], width) for _ in range(height)]
    top, bottom = edges(title, note, width, role)
    rows = [[Ink("│ ", role), *fit(row, width - 4), Ink(" │", role)] for row in body[: height - 2]]
    blank = [Ink("│", role), Ink(" " * (width - 2)), Ink("│", role)]
    return [top, *rows, *[blank] * (height - 2 - len(rows)), bottom]


def edges(title: Row, note: Row, width: int, role: str = "border") -> tuple[Row, Row]:
    """The upper and the lower border of a box of `width` cells, 8 at least."""
    inner = width - 4
    head = fit([Ink(" "), *title, Ink(" ")], min(cells(title) + 2, inner)) if title else []
    foot = fit([Ink(" "), *note, Ink(" ")], min(cells(note) + 2, inner)) if note else []
    top = [Ink("╭─", role), *head, Ink("─" * (width - 3 - cells(head)) + "╮", role)]
    bottom = [Ink("╰" + "─" * (width - 3 - cells(foot)), role), *foot, Ink("─╯", role)]
    return top, bottom


def merged(row: Row) -> list[Ink]:
    """The row with neighbours of one style as one piece."""
    return [
        Ink("".join(bit.text for bit in bits), *look)
        for look, bits in groupby((bit for bit in row if bit.text), itemgetter(1, 2, 3))
    ]


def strip_of(row: Row) -> Strip:
    """A row as what a screen is made of."""
    return Strip([Segment(b.text, letters(b.role, b.bold, b.reverse)) for b in merged(row)])


def changed(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """The spans of cells in which two rows differ, (first, length); fewer than NEAR equal cells part no spans.

    Styles are those of `letters`, which makes each of them once.
    """
    if old == new:
        return []
    before, after = old.text, new.text
    if len(before) != old.cell_length or len(after) != new.cell_length or len(before) != len(after):
        return [(0, max(old.cell_length, new.cell_length))]
    both = zip(before, after, _looks(old), _looks(new), strict=True)
    differ = [i for i, (a, b, c, d) in enumerate(both) if a != b or c is not d]
    firsts = [i for n, i in enumerate(differ) if not n or i - differ[n - 1] > NEAR]
    lasts = [i for n, i in enumerate(differ) if n + 1 == len(differ) or differ[n + 1] - i > NEAR]
    return [(first, last - first + 1) for first, last in zip(firsts, lasts, strict=True)]


def _looks(strip: Strip) -> list[object]:
    """The style of each letter."""
    out: list[object] = []
    for segment in strip:
        out += [segment.style] * len(segment.text)
    return out


class Plain(Widget):
    """A widget of rows without borders, padding or opacity: what Textual reckons anew in every frame is made once."""

    def __init__(self, *children: Widget, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(*children, id=id, classes=classes)
        self._ready: dict[int, Strip] = {}
        """Rows as they go to the screen."""
        self._made_for: object = None
        """The width, the ground and the filters that they were made for."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual's."""
        if self.gutter != NO_GUTTER or self.opacity < 1:
            return super().render_lines(crop)
        width, ground, filters = self.size.width, self.background_colors[1], self.get_line_filters()
        if self._made_for != (width, ground, filters):
            self._ready.clear()
            self._made_for = width, ground, filters
        lines = [self._ready.get(y) or self._finished(y, width, ground, filters) for y in crop.line_range]
        return lines if crop.column_span == (0, width) else [line.crop(*crop.column_span) for line in lines]

    def _finished(self, y: int, width: int, ground: Color, filters: Sequence[LineFilter]) -> Strip:
        line = self.row(y, width, Letters(bgcolor=ground.rich_color))
        for it in filters:
            line = line.apply_filter(it, ground)
        self._ready[y] = line
        return line

    def render_line(self, y: int) -> Strip:
        """One row of the widget."""
        return self.row(y, self.size.width, Letters(bgcolor=self.background_colors[1].rich_color))

    def row(self, y: int, width: int, ground: Letters) -> Strip:
        """One row, on its ground; nothing stands here."""
        return Strip.blank(width, ground)


class Across(Horizontal, Plain):
    """Widgets side by side."""


class Down(Vertical, Plain):
    """Widgets below each other."""


class Canvas(Plain):
    """Draws rows that it is given."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._painted: list[Row] = []
        self._strips: list[Strip] = []

    def paint(self, rows: Iterable[Row]) -> None:
        """Show these rows; only cells that differ from what is shown are sent to the terminal."""
        before, self._painted = self._painted, list(rows)
        old, same = self._strips, len(before) == len(self._painted)
        strips = [
            old[y] if same and (row is before[y] or row == before[y]) else strip_of(row)  # most rows are as they were
            for y, row in enumerate(self._painted)
        ]
        self._strips = strips
        if len(old) != len(strips):
            self._ready.clear()
            self.refresh()
            return
        moved = [y for y, (a, b) in enumerate(zip(old, strips, strict=True)) if a is not b]
        for y in moved:
            self._ready.pop(y, None)
        regions = [Region(first, y, length, 1) for y in moved for first, length in changed(old[y], strips[y])]
        if regions:
            self.refresh(*regions)

    def forget(self) -> None:
        """What was painted is out of date: its colours are others now."""
        self._painted, self._strips = [], []
        self._ready.clear()

    def row(self, y: int, width: int, ground: Letters) -> Strip:
        """A row as it was painted; blank below the last."""
        if y < len(self._strips):
            return self._strips[y].adjust_cell_length(width).apply_style(ground)
        return super().row(y, width, ground)
