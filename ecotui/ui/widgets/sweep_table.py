"""The grid of a sweep: headings and the rows' names stay while the points scroll both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as Letters
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size, Spacing
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ecotui.core.units import clean
from ecotui.ui.theme import letters
from ecotui.ui.widgets.canvas import Ink, fit
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.steps import steps
from ecotui.ui.widgets.sweep_cells import MIDDLE, Cell, Grid, Head, Line, cell_row, width_of

HEAD_ROWS = 2
GAP = 2
LEAST, MOST = 12, 34
"""Cells of the rows' names."""


class SweepTable(ScrollView, can_focus=True):
    """Rows of points; the cursor is on one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *steps("sweep", "point"),
        Binding("left", "across(-1)", "Left", show=False, id="sweep.left", tooltip="The point at the left"),
        Binding("right", "across(1)", "Right", show=False, id="sweep.right", tooltip="The point at the right"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"sweep--head", "sweep--group", "sweep--cursor", "sweep--cursor-blurred"}

    @dataclass
    class Moved(Message):
        """The cursor came to another point, or the point under it changed; None where there is none."""

        cell: Cell | None

    @dataclass
    class Chosen(Message):
        """A point was double-clicked."""

        cell: Cell

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.grid = Grid()
        self.rows: tuple[Head | Line, ...] = ()
        self.flat = False
        """Whether the models' names stand in their rows."""
        self.at = 0
        """The cursor's row."""
        self.column = 0
        self._first = 0
        """The first column in sight."""

    def show(self, grid: Grid, fresh: bool = False) -> None:
        """Other points; the cursor stays where it is unless it is another sweep's grid."""
        if grid == self.grid and not fresh:
            return
        self.grid = grid
        if fresh:
            self.at = self.column = self._first = 0
        self.column = min(self.column, max(len(grid.columns) - 1, 0))
        self._arrange()
        self._settle(scroll=fresh)

    def _arrange(self) -> None:
        """Rows for the room there is: names stand in them where ratios have room beside."""
        here = sum(isinstance(row, Line) for row in self.rows[: self.at])
        self.flat = self.grid.single
        self.flat = self.flat and self.width >= MIDDLE
        self.rows = self.grid.rows(self.flat)
        places = [i for i, row in enumerate(self.rows) if isinstance(row, Line)]
        self.at = places[min(here, len(places) - 1)] if places else 0
        self.virtual_size = Size(self._room, len(self.rows) + HEAD_ROWS)

    @property
    def line(self) -> Line | None:
        """The row under the cursor."""
        found = self.rows[self.at] if 0 <= self.at < len(self.rows) else None
        return found if isinstance(found, Line) else None

    @property
    def cell(self) -> Cell | None:
        """The point under the cursor."""
        line = self.line
        return line.cells[self.column] if line is not None and self.column < len(line.cells) else None

    def action_move(self, by: int) -> None:
        """The cursor up or down, over the heads of models."""
        target = min(max(self.at + by, 0), len(self.rows) - 1)
        self.at = self._line_near(target, 1 if by > 0 else -1)
        self._settle()

    def action_page(self, by: int) -> None:
        """The cursor by as many rows as are in sight."""
        self.action_move(by * max(self._seen - 1, 1))

    def action_across(self, by: int) -> None:
        """The cursor to the left or right; columns out of sight come into it."""
        self.column = min(max(self.column + by, 0), max(len(self.grid.columns) - 1, 0))
        self._settle()

    def _line_near(self, at: int, step: int) -> int:
        """The first row of points from `at` on in a direction, else in the other."""
        for way in (step, -step):
            place = at
            while 0 <= place < len(self.rows):
                if isinstance(self.rows[place], Line):
                    return place
                place += way
        return 0

    @property
    def _room(self) -> int:
        return max(self.scrollable_content_region.width, 20)

    @property
    def _seen(self) -> int:
        return max(self.scrollable_content_region.height - HEAD_ROWS, 1)

    @property
    def names(self) -> int:
        """Cells of the rows' names."""
        longest = max((len(name(line, self.flat)) for line in self.grid.lines), default=0) + GAP
        return min(max(longest, LEAST), MOST, max(self._room // 3, LEAST))

    @property
    def width(self) -> int:
        """Cells of each point."""
        return width_of(self.grid.columns, self._room - self.names, GAP)

    @property
    def _fits(self) -> int:
        """Columns that there is room for."""
        return max((self._room - self.names + GAP) // (self.width + GAP), 1)

    @property
    def sight(self) -> range:
        """Columns in sight."""
        return range(self._first, min(self._first + self._fits, len(self.grid.columns)))

    def _settle(self, scroll: bool = True) -> None:
        """Bring the cursor into sight, with its model's head where that is right above, and say where it is."""
        self._first = min(max(self._first, self.column - self._fits + 1), self.column)
        above = 1 if self.at and isinstance(self.rows[self.at - 1], Head) else 0
        if scroll:
            place = Region(0, self.at + HEAD_ROWS - above, 1, 1 + above)
            self.scroll_to_region(place, animate=False, force=True, spacing=Spacing(HEAD_ROWS, 0, 0, 0))
        self.refresh()
        self.post_message(self.Moved(self.cell))

    def on_resize(self, event: Resize) -> None:
        self._arrange()
        self._settle()

    async def on_click(self, event: Click) -> None:
        """A point takes the cursor; a double click opens it."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < HEAD_ROWS:
            return
        at = offset.y - HEAD_ROWS + self.scroll_offset.y
        if at < len(self.rows) and isinstance(self.rows[at], Line):
            self.at = at
            column = self._first + (offset.x - self.names) // (self.width + GAP)
            if offset.x >= self.names and column < len(self.grid.columns):
                self.column = column
            self._settle()
            if event.chain == 2 and self.cell is not None:
                self.post_message(self.Chosen(self.cell))

    def render_line(self, y: int) -> Strip:
        """One row; the headings stay while the rest scrolls."""
        base = self.rich_style
        if y < HEAD_ROWS:
            return self._heading(y, self.get_component_rich_style("sweep--head"))
        at = y - HEAD_ROWS + self.scroll_offset.y
        if at >= len(self.rows):
            return Strip.blank(self.size.width, base)
        row = self.rows[at]
        if isinstance(row, Head):
            text = f"{clean(row.model, 300)} "
            text = fitted(text, self._room, tail=True) if len(text) > self._room else text.ljust(self._room, "─")
            return Strip([Segment(text, self.get_component_rich_style("sweep--group"))])
        return self._points(row, at == self.at, base)

    def _heading(self, y: int, base: Letters) -> Strip:
        sight, width = self.sight, self.width
        first = self.scroll_offset.y
        top = self.rows[first] if 0 < first < len(self.rows) else None
        left = "model · batch" if self.flat else ("batch" if y else _scrolled(top))
        out = [Segment(fitted(left if y or not self.flat else "", self.names - 2, tail=not y) + "  ", base)]
        for place, column in enumerate(self.grid.columns[i] for i in sight):
            text = fitted(column[y], width)
            more = "›" if y == 0 and place + 1 == len(sight) and sight.stop < len(self.grid.columns) else " "
            less = y == 0 and place == 0 and sight.start > 0
            out.append(Segment(("‹ " if less else "") + (text[:-2] if less else text) + f" {more}", base))
        return Strip(out).adjust_cell_length(self.size.width, base)

    def _points(self, line: Line, here: bool, base: Letters) -> Strip:
        cursor = self.get_component_rich_style("sweep--cursor" if self.has_focus else "sweep--cursor-blurred")
        text = fitted(name(line, self.flat), self.names - 2, tail=self.flat)
        out = [Segment(f"{text}  ", base + letters("text" if here else "muted"))]
        for column in self.sight:
            ground = base + cursor if here and column == self.column else base
            bits = fit(cell_row(line.cells[column], self.width), self.width)
            out += [Segment(bit.text, ground + _style(bit)) for bit in bits]
            out.append(Segment(" " * GAP, base))
        return Strip(out).adjust_cell_length(self.size.width, base)


def name(line: Line, flat: bool) -> str:
    """What a row is called: batch, lengths and board, behind the model where that has no line of its own."""
    parts = [f"b{line.batch}", line.lengths, line.board]
    rest = " ".join(part for part in parts if part)
    return f"{clean(line.model, 300)} {rest}" if flat else f"  {rest}"


def _scrolled(row: Head | Line | None) -> str:
    """The model whose rows are in sight while its own line is not."""
    return clean(row.model, 300) if isinstance(row, Line) else ""


def _style(bit: Ink) -> Letters:
    return letters(bit.role, bit.bold, bit.reverse)
