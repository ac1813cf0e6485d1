"""The application: wires screens to each other, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

from ecotui.ui.parts import Parts
from ecotui.ui.theme import DARK

if TYPE_CHECKING:
    from ecotui.store.store import Store


class EcotuiApp(App[int]):
    """The instrument."""

    TITLE = "ecotui"
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.parts = parts
        self.marked: list[str] = list(parts.marked)
        """Run ids chosen for Compare, the baseline first."""

    @cached_property
    def store(self) -> Store:
        """Completed runs; opened on first use, because Polars takes its time."""
        from ecotui.store.store import Store

        return Store(self.parts.home, self.parts.samples)

    def on_mount(self) -> None:
        self.register_theme(DARK)
        self.theme = DARK.name

    def show_monitor(self) -> None:
        """The Monitor, on the session that goes or the live board."""

    def show_history(self) -> None:
        """Every stored run."""

    def show_compare(self, run_ids: Sequence[str]) -> None:
        """Two to four runs side by side, the first the baseline."""

    def replay(self, log: Path) -> None:
        """A recorded session in the Monitor."""
