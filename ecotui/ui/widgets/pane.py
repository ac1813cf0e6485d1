"""A box of rows."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Resize

from ecotui.ui.keys import keyed
from ecotui.ui.widgets.canvas import Canvas, Ink, Row, cells, fit, frame

WHEEL = 2
"""Rows of a turn of the mouse's wheel."""


class Pane(Canvas):
    """Takes a title and rows; draws them when they differ from what is shown; scrolls where there are more rows."""

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._title: Row = ()
        self._rows: Sequence[Row] = ()
        self._note: Row = ()
        self._top = 0
        self._takes = False

    @property
    def inner(self) -> int:
        """Cells between the borders."""
        return max(self.size.width - 4, 0)

    @property
    def room(self) -> int:
        """Rows between the borders."""
        return max(self.size.height - 2, 0)

    @property
    def beyond(self) -> int:
        """Rows that there is no room for."""
        return max(len(self._rows) - self.room, 0) if self.room else 0

    def show(self, title: Row, rows: Sequence[Row], note: Row = ()) -> None:
        """Other rows, or the same."""
        if (title, rows, note) != (self._title, self._rows, self._note):
            self._title, self._rows, self._note = title, rows, note
            self._draw()

    def scroll_rows(self, by: int) -> None:
        """Some rows down, or up where `by` is below 0; ends at the ends."""
        self._top = max(min(self._top, self.beyond) + by, 0)
        self._draw()

    def on_mouse_scroll_down(self) -> None:
        self.scroll_rows(WHEEL)

    def on_mouse_scroll_up(self) -> None:
        self.scroll_rows(-WHEEL)

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def take_keys(self, take: bool) -> None:
        """Whether the keys of scrolling are this pane's: one that has them says which rows are shown."""
        if take != self._takes:
            self._takes = take
            self._draw()

    def _draw(self) -> None:
        if not self.size.width:
            return
        top = self._top = min(self._top, self.beyond)
        title = self._placed(top) if self._takes and self.beyond else self._title
        self.paint(frame(title, self._rows[top:], self._note, (self.size.width, self.size.height)))

    def _placed(self, top: int) -> Row:
        """The title, and behind it which rows are shown, of how many, and the keys that go on."""
        where = f"{top + 1}–{top + self.room} of {len(self._rows)}"
        place = Ink(f"  {where} {keyed('{monitor.page-up|pgup} {monitor.page-down|pgdn}')}", "muted")
        left = self.inner - 2 - cells([place])
        return [*(self._title if cells(self._title) <= left else fit(self._title, left)), place]


class Lines(Canvas):
    """Rows without a box."""

    def show(self, rows: Sequence[Row]) -> None:
        """Other rows, or the same."""
        self.paint(rows)
