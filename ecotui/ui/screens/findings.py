"""What stored and published runs support."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen

from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import TopBar


class FindingsScreen(Screen[None]):
    """What stored and published runs support."""

    def compose(self) -> ComposeResult:
        yield TopBar(active="findings")
        yield KeyLine()
