"""Choosing one of the sweeps of this home, filtered while typing."""

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
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ecotui.core.errors import EcotuiError
from ecotui.core.sweep_events import Driven, SweepEnded, SweepRecord
from ecotui.core.units import clean
from ecotui.store.home import Home
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ink
from ecotui.ui.widgets.field import Field
from ecotui.ui.widgets.steps import FAR
from ecotui.ui.widgets.sweep_start import plan_words

PAGE = 10
"""Sweeps that page keys go over."""
NOTHING = "No sweep has all of these words."


class SweepPicker(ModalScreen[str | None]):
    """Answers with a sweep's id, or None."""

    CSS_PATH = "sweep_picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="sweep-picker.back", tooltip="Leave the sweep as it was"),
        Binding("down", "move(1)", "Down", show=False, id="sweep-picker.down", tooltip="The next sweep"),
        Binding("up", "move(-1)", "Up", show=False, id="sweep-picker.up", tooltip="The sweep before"),
        Binding("pagedown", f"move({PAGE})", "Page down", show=False, id="sweep-picker.page-down"),
        Binding("pageup", f"move(-{PAGE})", "Page up", show=False, id="sweep-picker.page-up"),
        Binding("home", f"move(-{FAR})", "First", show=False, priority=True, id="sweep-picker.first"),
        Binding("end", f"move({FAR})", "Last", show=False, priority=True, id="sweep-picker.last"),
    ]

    def __init__(self, lines: Sequence[tuple[str, Content]], current: str) -> None:
        super().__init__()
        self._lines = lines
        self._current = current
        self.shown: list[str] = []
        """Ids of those that the filter leaves."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Sweeps"
            dialog.border_subtitle = Content(keyed("type to filter   ⏎ choose   {sweep-picker.back|esc} back"))
            yield Field(placeholder="words of a sweep: name, model, nf4, failed, 11-21 …", compact=True)
            yield OptionList()

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self._fill("")

    def _fill(self, typed: str) -> None:
        """The sweeps that have every typed word, the cursor on the one that is shown, else on the first."""
        words = typed.casefold().split()
        found = [(sweep, line) for sweep, line in self._lines if has_words(f"{sweep} {line.plain}", words)]
        self.shown = [sweep for sweep, _ in found]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(line) for _, line in found] or [Option(ink(NOTHING, "muted"), disabled=True)])
        if self.shown:
            options.highlighted = self.shown.index(self._current) if self._current in self.shown else 0

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self.shown):
            self.dismiss(self.shown[at])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.shown[event.option_index])

    def action_move(self, by: int) -> None:
        options = self.query_one(OptionList)
        if self.shown:
            options.highlighted = min(max((options.highlighted or 0) + by, 0), len(self.shown) - 1)


def has_words(text: str, words: Sequence[str]) -> bool:
    """Whether every word is somewhere in the text, in letters of either case."""
    folded = text.casefold()
    return all(word in folded for word in words)


def picker_lines(home: Home, ids: Sequence[str], current: str, *, sample: bool = False) -> list[tuple[str, Content]]:
    """A line for every sweep, the newest first; reads their logs, so not on the drawing thread.

    sample: they came with ecotui, and say so.
    """
    return [(sweep, _line(home, sweep, sweep == current, sample)) for sweep in ids]


def _line(home: Home, sweep: str, current: bool, sample: bool) -> Content:
    from ecotui.recorder.sweep import is_driven, read_record

    mark = ink("● ", "power") if current else ink("  ")
    try:
        record = read_record(home, sweep)
    except EcotuiError as error:
        return Content.assemble(mark, ink(f"{sweep}  ", "muted"), ink(clean(error), "warn"))
    word, role = ("sample", "muted") if sample else ("running", "good") if is_driven(home, sweep) else _word(record)
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
