"""Asks for the workload that cost and carbon are reckoned for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from ecotui.analysis.carbon import Workload
from ecotui.core.units import clean
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ink
from ecotui.ui.widgets.field import Field
from ecotui.ui.widgets.finding_workload import ASKED, problems, text_of, wanted

HOW = "⏎ apply   ⇥ next field   {workload.back|esc} leave as it was"


class WorkloadScreen(ModalScreen[Workload | None]):
    """Answers with a workload, or None."""

    CSS_PATH = "findings_workload.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="workload.back", tooltip="Leave the workload as it was"),
        Binding("down", "app.focus_next", "Next", show=False, id="workload.next", tooltip="The next field"),
        Binding("up", "app.focus_previous", "Before", show=False, id="workload.before", tooltip="The field before"),
    ]

    def __init__(self, now: Workload | None) -> None:
        super().__init__()
        self._now = now or Workload()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Workload"
            dialog.border_subtitle = Content(keyed(HOW))
            for asked in ASKED:
                with Horizontal(classes="workload-field"):
                    yield Label(asked.label, classes="workload-label")
                    yield Field(
                        text_of(self._now, asked.name), id=f"workload-{asked.name}", compact=True, max_length=40
                    )
                    yield Label(asked.hint, classes="workload-hint")
            yield Static(id="workload-problem")

    @property
    def texts(self) -> Mapping[str, str]:
        """What is typed, by field."""
        return {asked.name: self.query_one(f"#workload-{asked.name}", Input).value for asked in ASKED}

    @on(Input.Changed)
    def _typed(self) -> None:
        found = problems(self.texts)
        for asked in ASKED:
            self.query_one(f"#workload-{asked.name}").set_class(asked.name in found, "-wrong")
        first = next(iter(found.values()), "")
        self.query_one("#workload-problem", Static).update(ink(f"▲ {clean(first)}" if first else "", "warn"))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        found = problems(self.texts)
        if not found:
            self.dismiss(wanted(self.texts))
        else:
            self.query_one(f"#workload-{next(iter(found))}").focus()
