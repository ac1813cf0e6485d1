"""Choosing a model: what is in the cache first, filtered while typing; any other id or path can be typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ecotui.core.units import clean
from ecotui.ui.parts import ModelChoice
from ecotui.ui.theme import ink


def matching(choices: Sequence[ModelChoice], typed: str) -> list[ModelChoice]:
    """Choices that hold every typed word, those of the cache first, otherwise in their order."""
    words = typed.lower().split()
    found = [c for c in choices if all(w in f"{c.name} {c.origin} {c.text}".lower() for w in words)]
    return sorted(found, key=lambda c: c.origin != "cache")


class ModelPicker(ModalScreen[str | None]):
    """Answers with a model's name, or None."""

    CSS_PATH = "picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="picker.back", tooltip="Leave the model as it was"),
        Binding("down", "move(1)", "Down", show=False, id="picker.down", tooltip="The next model"),
        Binding("up", "move(-1)", "Up", show=False, id="picker.up", tooltip="The model before"),
    ]

    def __init__(self, choices: Sequence[ModelChoice], current: str) -> None:
        super().__init__()
        self._choices = choices
        self._current = current
        self.shown: list[ModelChoice] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Model"
            dialog.border_subtitle = "⏎ choose   esc back"
            yield Input(placeholder="type to filter, or any Hugging Face id or path", id="typed")
            yield OptionList(id="choices")

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self._fill("")

    def _fill(self, typed: str) -> None:
        """The matching choices; what was typed itself where it is none of them."""
        self.shown = matching(self._choices, typed)
        typed = clean(typed.strip(), 300)
        if typed and all(c.name != typed for c in self._choices):
            self.shown.append(ModelChoice(typed, "as typed", ""))
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(_line(choice, choice.name == self._current)) for choice in self.shown])
        if self.shown:
            options.highlighted = 0

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        at = self.query_one(OptionList).highlighted
        self.dismiss(self.shown[at].name if at is not None and at < len(self.shown) else None)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.shown[event.option_index].name)

    def action_move(self, steps: int) -> None:
        options = self.query_one(OptionList)
        if self.shown:
            options.highlighted = min(max((options.highlighted or 0) + steps, 0), len(self.shown) - 1)


def _line(choice: ModelChoice, current: bool) -> Content:
    mark = ink("● ", "power") if current else "  "
    return Content.assemble(
        mark, ink(f"{clean(choice.name, 300)}  "), ink(f"{choice.origin}  {clean(choice.text, 60)}", "muted")
    )
