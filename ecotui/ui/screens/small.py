"""What stands over everything while the terminal is too small to draw in."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static

LEAST = (60, 18)
"""Columns and rows below which nothing is drawn."""


class TooSmall(ModalScreen[None]):
    """Says how large the terminal is and how large it has to be."""

    BINDINGS: ClassVar = []

    def compose(self) -> ComposeResult:
        yield Static(self.sentence())

    def sentence(self) -> Content:
        """The request, with the size of this moment."""
        size = self.app.size
        return Content(
            f"ecotui needs {LEAST[0]} × {LEAST[1]}; this terminal is {size.width} × {size.height}. Enlarge it."
        )

    def on_resize(self, event: Resize) -> None:
        self.query_one(Static).update(self.sentence())
