"""A sheet as a table that scrolls both ways, its cursor on a whole row."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from ecotui.core.document import Cell, Sheet, perplexity_ratio
from ecotui.core.units import ABSENT, clean, figure
from ecotui.ui.theme import letters

MOST = 2000
"""Rows that are shown; the export has all of them."""
WIDEST, TITLE = 60, 120
"""Letters of a cell and of a title, at most."""
FOLD = 12
"""Letters of a title's line that make no column too wide."""


class SheetTable(DataTable[Text], inherit_bindings=False):
    """Takes a sheet; tells which row was opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Up", show=False, id="sheet.up"),
        Binding("down,j", "cursor_down", "Down", show=False, id="sheet.down"),
        Binding("left", "scroll_left", "Left", show=False, id="sheet.left"),
        Binding("right", "scroll_right", "Right", show=False, id="sheet.right"),
        Binding("pageup", "page_up", "Page up", show=False, id="sheet.page-up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="sheet.page-down"),
        Binding("home", "scroll_top", "First", show=False, id="sheet.first"),
        Binding("end", "scroll_bottom", "Last", show=False, id="sheet.last"),
        Binding("enter", "select_cursor", "Record", id="sheet.open", tooltip="The record of the point's run"),
    ]

    @dataclass
    class Opened(Message):
        """A row was opened."""

        place: int

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, cursor_type="row", classes="pane")
        self._sheet: Sheet | None = None
        self.left_out = 0
        """Columns without any value, which are not shown."""

    def show(self, sheet: Sheet | None) -> None:
        """Other rows, or the same."""
        if sheet == self._sheet and self.columns:
            return
        self._sheet = sheet
        self.clear(columns=True)
        if sheet is None:
            return
        shown = [i for i in range(len(sheet.columns)) if _held(sheet, i)]
        self.left_out = len(sheet.columns) - len(shown) if sheet.rows else 0
        right = {i: _numbers(sheet, i) for i in shown}
        titles = {i: _folded(clean(sheet.titles[i], TITLE)) for i in shown}
        self.header_height = max(map(len, titles.values()), default=1)
        for i in shown:
            blank = [""] * (self.header_height - len(titles[i]))
            self.add_column(_text("\n".join([*blank, *titles[i]]), right[i], "muted"))
        for row in sheet.rows[:MOST]:
            self.add_row(*(_text(perplexity_ratio(sheet, row, i) or words(row[i]), right[i]) for i in shown))

    @property
    def note(self) -> str:
        """How many rows there are, and what is not shown of them."""
        if self._sheet is None:
            return ""
        count = len(self._sheet.rows)
        told = ["1 row" if count == 1 else f"{count:,} rows"]
        if count > MOST:
            told.append(f"the first {MOST:,} shown")
        if self.left_out:
            told.append(f"{self.left_out} column{'s' * (self.left_out != 1)} without a value left out")
        return " · ".join(told)

    @property
    def sheet(self) -> Sheet | None:
        """What is shown."""
        return self._sheet

    @on(DataTable.RowSelected)
    def _row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.Opened(event.cursor_row))


def words(cell: Cell) -> str:
    """A cell for people: the dash where it is missing, a minus that is one."""
    match cell:
        case None:
            return ABSENT
        case bool():
            return "yes" if cell else "no"
        case int() | float():
            return figure(cell)
    return clean(cell, WIDEST)


def _held(sheet: Sheet, place: int) -> bool:
    """Whether a column has any value."""
    return any(row[place] is not None for row in sheet.rows)


def _numbers(sheet: Sheet, place: int) -> bool:
    """Whether a column holds numbers, which stand at its right."""
    held = [row[place] for row in sheet.rows if row[place] is not None]
    return bool(held) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in held)


def _folded(title: str) -> list[str]:
    """In one line where it is short, else in as many, three at most, as make the column narrow."""
    lines = [title]
    for count in (1, 2, 3):
        room = next(w for w in range(1, len(title) + 2) if len(wrap(title, w, break_long_words=False)) <= count)
        lines = wrap(title, room, break_long_words=False)
        if max(map(len, lines), default=0) <= FOLD:
            break
    return lines


def _text(text: str, right: bool, role: str = "text") -> Text:
    return Text(text, style=letters(role), justify="right" if right else "left", no_wrap=True)
