"""What goes when a run is removed, asked before it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ecotui.core.errors import EcotuiError
from ecotui.core.units import clean
from ecotui.store.removing import Doomed, counted, doomed, warnings
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ink

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

READING = "looking what goes with it…"
WAY_BACK = "{history.undo|u} in the History restores it, `ecotui trash --empty` deletes it for good."


class RemoveScreen(ModalScreen[Doomed | None]):
    """Answers with what is to go, or None. `one`: the run under the cursor, if it can go; `marked`: the marked ones."""

    CSS_PATH = "history_remove.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "remove", "Remove", key_display="⏎", id="remove.go", tooltip="Move them to the trash"),
        Binding("a", "all", "All marked", id="remove.all", tooltip="All marked runs instead of the one, or back"),
        Binding("escape,n,q", "keep", "Keep", id="remove.keep", tooltip="Nothing goes"),
    ]

    def __init__(self, one: str, marked: Sequence[str]) -> None:
        super().__init__()
        self.one, self.marked = one, tuple(marked)
        self._all = not one
        self._doomed: Doomed | None = None

    @property
    def _turns(self) -> bool:
        """Whether there is a choice between the run under the cursor and the marked ones."""
        return bool(self.one and self.marked and self.marked != (self.one,))

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Remove"
            yield Static(READING, classes="remove--words")

    def on_mount(self) -> None:
        self._look()

    @work(exclusive=True, group="remove-look")
    async def _look(self) -> None:
        """Read beside the screen what goes."""
        self._doomed = None
        words = self.query_one(Static)
        try:
            store = cast("EcotuiApp", self.app).store
            self._doomed = await asyncio.to_thread(doomed, store, self.marked if self._all else (self.one,))
            words.update(Content("\n").join(_rows(self._doomed)))
        except EcotuiError as error:
            words.update(ink(clean(error), "warn"))
        other = "only the one under the cursor   " if self._all else f"all {len(self.marked)} marked   "
        go = "{remove.go|⏎} remove   " if self._doomed else ""
        turn = "{remove.all|a} " + other if self._turns else ""
        self.query_one(VerticalScroll).border_subtitle = Content(keyed(f"{go}{turn}{{remove.keep|esc}} keep"))

    def action_remove(self) -> None:
        if self._doomed is not None:
            self.dismiss(self._doomed)

    def action_all(self) -> None:
        if self._turns:
            self._all = not self._all
            self._look()

    def action_keep(self) -> None:
        self.dismiss(None)


def _rows(it: Doomed) -> Iterator[Content]:
    """What goes, by name; what else is to be known; and the way back."""
    count = len(it.runs)
    whole = f"{count} session{'' if count == 1 else 's'}"
    yield ink(f"{counted(it.count)} of {whole}: rows, traces and log move to the trash.", bold=True)
    yield Content("")
    for ids in it.runs.values():
        for run_id in ids:
            yield Content.assemble(ink(f"  {run_id}  ", "muted"), ink(it.names[run_id]))
    yield Content("")
    for line in warnings(it):
        yield ink(f"▲ {clean(line)}", "warn")
    yield ink(keyed(WAY_BACK), "muted")
