"""A figure in a box; drawn again when it, or the room for it, changes."""

from __future__ import annotations

from textual.events import Resize

from ecotui.core.figure import Figure
from ecotui.core.units import clean
from ecotui.ui.widgets.canvas import Canvas, Ink, frame
from ecotui.ui.widgets.figure_plot import draw


class FigureView(Canvas):
    """Takes a figure, or None."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._figure: Figure | None = None
        self._drawn: tuple[Figure | None, int, int] | None = None

    def show(self, figure: Figure | None) -> None:
        """Another figure, or the same."""
        self._figure = figure
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if not width or not height or (self._figure, width, height) == self._drawn:
            return
        self._drawn = self._figure, width, height
        figure = self._figure
        rows = draw(figure, width - 4, height - 2) if figure else []
        title = [Ink(clean(figure.title))] if figure and figure.title else []
        self.paint(frame(title, rows, [], (width, height)))
