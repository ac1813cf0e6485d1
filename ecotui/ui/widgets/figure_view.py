"""A figure in a box; drawn again when it, or the room for it, changes."""

from __future__ import annotations

from rich.cells import cell_len
from textual.events import Resize

from ecotui.core.figure import Figure
from ecotui.core.units import clean
from ecotui.ui.widgets.canvas import Canvas, Ink, frame
from ecotui.ui.widgets.figure_plot import draw

LOW = 18
"""Rows below which the axes' names stand in the box's border, and leave theirs to the points.

The upper border then has the figure's title and y's name, or where it is too short for both y's name."""


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
        if figure is None:
            self.paint(frame([], [], [], (width, height)))
            return
        title, label = clean(figure.title), clean(figure.y.label)
        inside = height - 2 < LOW and not figure.empty and cell_len(label) <= width - 6
        if inside:
            both = f"{title} · {label}" if title else label
            title = both if cell_len(both) <= width - 6 else label
        rows = draw(figure, width - 4, height - 2, axes_named=not inside)
        note = [Ink(clean(figure.x.label), "muted")] if inside else []
        self.paint(frame([Ink(title)] if title else [], rows, note, (width, height)))
