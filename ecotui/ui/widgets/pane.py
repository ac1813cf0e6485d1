"""A box of rows."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Resize

from ecotui.ui.widgets.canvas import Canvas, Row, frame


class Pane(Canvas):
    """Takes a title and rows; draws them when they differ from what is shown."""

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._title: Row = ()
        self._rows: Sequence[Row] = ()
        self._note: Row = ()

    @property
    def inner(self) -> int:
        """Cells between the borders."""
        return max(self.size.width - 4, 0)

    def show(self, title: Row, rows: Sequence[Row], note: Row = ()) -> None:
        """Other rows, or the same."""
        if (title, rows, note) != (self._title, self._rows, self._note):
            self._title, self._rows, self._note = title, rows, note
            self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        if self.size.width:
            self.paint(frame(self._title, self._rows, self._note, (self.size.width, self.size.height)))


class Lines(Canvas):
    """Rows without a box."""

    def show(self, rows: Sequence[Row]) -> None:
        """Other rows, or the same."""
        self.paint(rows)
