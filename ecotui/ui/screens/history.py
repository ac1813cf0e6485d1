"""Every stored run: found while one types, marked for Compare, opened in full, removed and restored."""

from __future__ import annotations

import asyncio
from typing import ClassVar, cast

from textual import on, work
from textual.binding import BindingType
from textual.widgets import Input

from ecotui.core.errors import EcotuiError, UsageError
from ecotui.store.removing import Doomed, carry_out, counted
from ecotui.store.trash import OWN, Removal, undo
from ecotui.ui.copying import Copied
from ecotui.ui.keys import keyed
from ecotui.ui.screens.history_keys import KEYS
from ecotui.ui.screens.history_view import HistoryView
from ecotui.ui.undo import FILTER, MARKS, REMOVAL, Step
from ecotui.ui.widgets.history_entry import Entry
from ecotui.ui.widgets.history_published import is_published
from ecotui.ui.widgets.history_rows import Order
from ecotui.ui.widgets.history_table import RunTable

MOST = 4
"""Runs that Compare can hold."""
HOW_TO_MARK = "Mark two to four runs with {history.mark|Space}, the baseline first; then press {history.compare|c}."
NO_LOG = (
    "The log of this session is gone, so it cannot be replayed. Its figures are kept: {history.open|Enter} shows them."
)
KINDS = (REMOVAL, MARKS, FILTER)
NOT_OWN = (
    "Samples and published figures come with ecotui, so they cannot be removed; `ecotui import --remove TABLE` takes "
    "out a table that was imported."
)
ON_ENTRY = ("open", "mark", "replay", "turn", "sort")
"""Actions that take a run under the cursor."""


class HistoryScreen(HistoryView):
    """What keys do."""

    BINDINGS: ClassVar[list[BindingType]] = cast(list[BindingType], KEYS)

    @property
    def urged(self) -> tuple[str, ...]:
        """With two runs marked, comparing them comes next."""
        return ("compare",) if len(self._marked) > 1 else ()

    @on(RunTable.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    @on(Input.Submitted, "#history-filter")
    def _submitted(self) -> None:
        if self.words.value.strip():
            self.action_to_table()
        else:
            self.action_clear()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not now where there is no run to do it to."""
        if action in ON_ENTRY:
            return True if self.is_mounted and self.table.entry is not None else None
        if action == "filter":
            comes = self._loaded is None  # whoever types ahead does not wait for the list
            return (self.focused is not self.words) and (True if comes or self._filterable else None)
        if action == "clear":
            return self.is_mounted and self.words.display
        if action == "remove":
            return (
                True if self.is_mounted and self.table.entry is not None and (self._own or self._marked_own) else None
            )
        if action == "undo":
            return True if self._removed or self.ecotui.steps.last(KINDS) else None
        return True

    def action_open(self) -> None:
        from ecotui.ui.screens.history_published import page_of
        from ecotui.ui.screens.record import RecordScreen

        if (entry := self.table.entry) is None:
            return
        self.app.push_screen(page_of(entry) or RecordScreen(entry.row.run_id))

    def action_mark(self) -> None:
        """The run joins the marked, in order, or leaves them."""
        if (entry := self.table.entry) is None:
            return
        marked, run_id = self._marked, entry.row.run_id
        if run_id in marked:
            self.ecotui.steps.marks(marked)
            marked.remove(run_id)
        elif sum(is_published(other) == is_published(run_id) for other in marked) >= MOST:
            what = "published figures" if is_published(run_id) else "runs"
            self._notice(f"Compare holds {MOST} {what}. Take one out with {{history.mark|Space}} first.")
        else:
            marked.append(run_id)
        self._remark()

    def action_compare(self) -> None:
        own = sum(not is_published(run_id) for run_id in self._marked)
        if own < 2 and own == len(self._marked):
            self._notice(HOW_TO_MARK)
        else:
            self.ecotui.show_compare(list(self._marked))

    def action_replay(self) -> None:
        if (entry := self.table.entry) is None:
            return
        if entry.published:
            said = f"A published {entry.noun} has no log to replay."
            self._notice(f"{said} {{history.open|Enter}} says where it comes from.")
        elif entry.log is None or not entry.log.is_file():
            self._notice(NO_LOG)
        else:
            self.ecotui.replay(entry.log)

    def action_sort(self) -> None:
        self._order = self._order.next(column.key for column, _ in self.table.columns.columns)
        self._list()

    def action_turn(self) -> None:
        self._order = Order(self._order.key, not self._order.reverse)
        self._list()

    def action_look(self) -> None:
        self.look()

    def action_filter(self) -> None:
        self.words.display = True
        self.words.focus()

    def action_clear(self) -> None:
        if self.words.value.strip():
            self.ecotui.steps.add(Step(FILTER, self.words.value))
        self._refilter("")

    def action_to_table(self) -> None:
        if self.table.display:
            self.table.focus()

    @property
    def _own(self) -> bool:
        """Whether the run under the cursor can be removed."""
        entry = self.table.entry
        return entry is not None and entry.group in OWN

    @property
    def _marked_own(self) -> tuple[str, ...]:
        """The marked runs that can be removed."""
        own = self._loaded.own if self._loaded is not None else frozenset()
        return tuple(run_id for run_id in self._marked if run_id in own)

    def action_remove(self) -> None:
        """Ask what goes, and move it to the trash."""
        from ecotui.ui.screens.history_remove import RemoveScreen

        entry, marked = self.table.entry, self._marked_own
        one = entry.row.run_id if entry is not None and self._own else ""
        if not one and not marked:
            self._notice(NOT_OWN)
            return
        self.app.push_screen(RemoveScreen(one, marked), self._answered)

    def _answered(self, it: Doomed | None) -> None:
        if it is not None:
            self._remove(it)

    @work(group="history-remove")
    async def _remove(self, it: Doomed) -> None:
        try:
            made = await asyncio.to_thread(carry_out, self.ecotui.store, it)
        except EcotuiError as error:
            self.ecotui.tell(error)
            return
        self.ecotui.steps.add(Step(REMOVAL, made.key, tuple(self._marked)))
        gone = {run_id for ids in made.runs.values() for run_id in ids}
        self._marked[:] = [run_id for run_id in self._marked if run_id not in gone]
        self._remark()
        restores = keyed("{history.undo|u} restores.")
        self.notify(f"{_said(made)} moved to the trash. {restores}", title="Removed", markup=False)
        self.look()

    @work(group="history-undo")
    async def action_undo(self) -> None:
        """Restore what was taken away last; when nothing was since the start, the last removal that is in the trash."""
        step = self.ecotui.steps.take(KINDS)
        if step is None or step.kind == REMOVAL:
            await self._restore(step)
        elif step.kind == MARKS:
            self._marked[:] = step.before
            self._remark()
        else:
            self._refilter(str(step.before))

    async def _restore(self, step: Step | None) -> None:
        key = str(step.before) if step else None
        try:
            made = await asyncio.to_thread(undo, self.ecotui.parts.home, key)
        except UsageError:
            self._notice("There is nothing to undo: the trash is empty." if step is None else "It left the trash.")
            return
        except EcotuiError as error:
            self.ecotui.tell(error)
            return
        if step is not None:
            self._marked[:] = step.marks
            self._remark()
        self.notify(f"{_said(made)} back from the trash.", title="Restored", markup=False)
        self._restored = frozenset(run_id for ids in made.runs.values() for run_id in ids)
        self.look()

    def _refilter(self, text: str) -> None:
        self.words.value = text
        self.words.display = bool(text)
        self._list()
        self.action_to_table()
        self._title()

    def _remark(self) -> None:
        """Say which runs are marked now."""
        self.table.remark(self._marked)
        if self._loaded is not None:
            self._say(self._loaded)
        self.refresh_bindings()

    @property
    def can_copy(self) -> bool:
        """Whether there is a run under the cursor."""
        return self.is_mounted and self.table.entry is not None

    async def to_copy(self) -> Copied | None:
        """The run under the cursor, or the published figure."""
        from ecotui.ui.copying_stored import of_published, of_run

        if (entry := self.table.entry) is None:
            return None
        return of_published(entry) if entry.published else await asyncio.to_thread(of_run, self.ecotui, _id(entry))


def _id(entry: Entry) -> str:
    return entry.row.run_id


def _said(made: Removal) -> str:
    """The run by its name, or how many there are."""
    if made.count == 1:
        (run_id,) = (run_id for ids in made.runs.values() for run_id in ids)
        return f"{made.names.get(run_id, '')} ({run_id})".strip()
    return counted(made.count)
