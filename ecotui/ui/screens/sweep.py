"""A plan over models, quantizations and batch sizes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen

from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import TopBar


class SweepScreen(Screen[None]):
    """A plan over models, quantizations and batch sizes."""

    def compose(self) -> ComposeResult:
        yield TopBar(active="sweep")
        yield KeyLine()
