"""The Monitor."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer

from ecotui.ui.widgets.topbar import TopBar


class MonitorScreen(Screen[None]):
    """Shell."""

    recording = False

    def compose(self) -> ComposeResult:
        yield TopBar("monitor")
        yield Footer()

    def show_replay(self, log: Path) -> None:
        """A recorded session."""
