"""Choosing one of the sweeps of this home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ecotui.core.errors import EcotuiError
from ecotui.core.sweep_events import Driven, SweepEnded, SweepRecord
from ecotui.core.units import clean
from ecotui.store.home import Home
from ecotui.ui.theme import ink
from ecotui.ui.widgets.sweep_start import plan_words


class SweepPicker(ModalScreen[str | None]):
    """Answers with a sweep's id, or None."""

    CSS_PATH = "sweep_picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="sweep-picker.back", tooltip="Leave the sweep as it was"),
    ]

    def __init__(self, lines: Sequence[tuple[str, Content]], current: str) -> None:
        super().__init__()
        self._lines = lines
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Sweeps"
            dialog.border_subtitle = "⏎ choose   esc back"
            yield OptionList(*(Option(line) for _, line in self._lines))

    def on_mount(self) -> None:
        ids = [sweep for sweep, _ in self._lines]
        self.query_one(OptionList).highlighted = ids.index(self._current) if self._current in ids else 0

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._lines[event.option_index][0])


def picker_lines(home: Home, ids: Sequence[str], current: str) -> list[tuple[str, Content]]:
    """A line for every sweep, the newest first; reads their logs, so not on the drawing thread."""
    return [(sweep, _line(home, sweep, sweep == current)) for sweep in ids]


def _line(home: Home, sweep: str, current: bool) -> Content:
    from ecotui.recorder.sweep import is_driven, read_record

    mark = ink("● ", "power") if current else ink("  ")
    try:
        record = read_record(home, sweep)
    except EcotuiError as error:
        return Content.assemble(mark, ink(f"{sweep}  ", "muted"), ink(clean(error), "warn"))
    word, role = ("running", "good") if is_driven(home, sweep) else _word(record)
    when = datetime.fromtimestamp(record.at_s, UTC)
    name = ink(f"{clean(record.plan.name, 24)}  ", bold=True)
    simulated = ink("SIMULATED  ", "warn") if record.plan.simulated else ink("")
    words = ink(plan_words(record.plan), "muted")
    return Content.assemble(mark, ink(f"{when:%m-%d %H:%M}  ", "muted"), name, ink(f"{word}  ", role), simulated, words)


def _word(record: SweepRecord) -> tuple[str, str]:
    last = next((e for e in reversed(record.events) if isinstance(e, Driven | SweepEnded)), None)
    if not isinstance(last, SweepEnded):
        return "interrupted", "warn"
    return {"completed": ("finished", "muted"), "failed": ("failed", "bad")}.get(last.outcome, ("stopped", "warn"))
