"""Every stored run: found by words, marked for Compare, opened in full."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus, Resize
from textual.screen import Screen
from textual.widgets import Input, Static

from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_detail import EMPTY, NOTHING_FOUND, READING, detail
from ecotui.ui.widgets.history_entry import Entry, Head
from ecotui.ui.widgets.history_look import first_look, look, problem_line, tidy, trends
from ecotui.ui.widgets.history_published import is_published
from ecotui.ui.widgets.history_rows import Loaded, Order, listed
from ecotui.ui.widgets.history_table import RunTable
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

TITLE = "Runs"
HOW_TO_FILTER = "/ filters"
HOW_TO_KEEP = "type words: ⏎ keeps them, Esc clears them"
HOW_TO_CLEAR = "Esc clears the filter, / changes it"
MOST = 4
"""Runs that Compare can hold."""
HOW_TO_MARK = "Mark two to four runs with Space, the baseline first; then press c."


class HistoryScreen(Screen[None]):
    """A table of runs, a filter above it, and the run under the cursor in words below it."""

    CSS_PATH = "history.tcss"
    AUTO_FOCUS = "RunTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="history.open", tooltip="Everything that is known of the run"),
        Binding(
            "space",
            "mark",
            "Mark",
            key_display="␣",
            id="history.mark",
            tooltip="Choose the run for Compare, the baseline first",
        ),
        Binding("c", "compare", "Compare", id="history.compare", tooltip="The marked runs side by side"),
        Binding(
            "slash", "filter", "Filter", key_display="/", id="history.filter", tooltip="Only runs with these words"
        ),
        Binding("escape", "clear", "Clear", id="history.clear", tooltip="All runs again"),
        Binding("v", "replay", "Replay", id="history.replay", tooltip="Play the run's log in the Monitor"),
        Binding("o", "sort", "Sort", id="history.sort", tooltip="Sort by the next column"),
        Binding("O", "turn", "Reverse", show=False, id="history.turn", tooltip="Sort the other way round"),
        Binding("u", "look", "Refresh", id="history.look", tooltip="Look at the store again"),
        Binding("down", "to_table", "To the table", show=False, id="history.to-table"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._loaded: Loaded | None = None
        self._order = Order()
        self._trends: dict[str, Sequence[float | None]] = {}
        self._wanted: tuple[str, ...] = ()
        self._asked = self._looking = self._loading = False

    @property
    def ecotui(self) -> EcotuiApp:
        """The application, by its own type."""
        return cast("EcotuiApp", self.app)

    @property
    def table(self) -> RunTable:
        """The runs."""
        return self.query_one(RunTable)

    @property
    def words(self) -> Input:
        """The filter line."""
        return self.query_one("#history-filter", Input)

    def compose(self) -> ComposeResult:
        yield TopBar(active="history")
        with Vertical(id="history-pane", classes="pane"):
            yield Input(id="history-filter", placeholder="model, nf4, b8, graph, label, host, INVALID …", compact=True)
            yield Static(READING, id="history-words")
            yield RunTable(id="history-table")
        yield Static(id="history-detail")
        yield Static(id="history-problem")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#history-pane").border_title = TITLE
        self.words.display = self.query_one("#history-problem").display = False

    def on_screen_resume(self) -> None:
        self.look()

    def look(self) -> None:
        """Look at the store; again after the look that goes on, where one does."""
        self._asked = True
        if not self._looking:
            self._looking = True
            self._look()

    @work(group="history-look")
    async def _look(self) -> None:
        """Reads the store beside the screen, which goes on drawing: the newest runs first, where none are shown yet."""
        try:
            while self._asked:
                self._asked = False
                if self._loaded is None:
                    self._take(await asyncio.to_thread(first_look, self.ecotui))
                self._take(await asyncio.to_thread(look, self.ecotui, self._loaded))
                await asyncio.to_thread(tidy, self.ecotui)
        finally:
            self._looking = False

    def _take(self, loaded: Loaded) -> None:
        """What a look brought; nothing is drawn anew where it is what is there."""
        if loaded is self._loaded:
            return
        if self._loaded is not None and self._loaded.source is not None:
            self._trends.clear()
        self._loaded = loaded
        self._list()

    @on(RunTable.Uncovered)
    def _uncovered(self, message: RunTable.Uncovered) -> None:
        self._wanted = message.run_ids
        if self._missing and not self._loading:
            self._loading = True
            self._load_trends()

    @property
    def _missing(self) -> tuple[str, ...]:
        return tuple(run_id for run_id in self._wanted if run_id not in self._trends)

    @work(group="history-trends")
    async def _load_trends(self) -> None:
        """Until the rows in sight have theirs; what comes into sight meanwhile is next, and nothing is begun twice."""
        try:
            while missing := self._missing:
                self._trends |= await asyncio.to_thread(trends, self.ecotui.store, missing)
                self.table.refresh()
        finally:
            self._loading = False

    def _list(self) -> None:
        loaded = self._loaded
        if loaded is None:
            return
        table = self.table
        table.trends = self._trends
        table.show(listed(loaded, self.words.value, self._order), loaded.longest, self._order, tuple(self._marked))
        empty = "\n".join(EMPTY) if not loaded.runs else NOTHING_FOUND if not table.lines else ""
        table.display = bool(table.lines)
        says = self.query_one("#history-words", Static)
        says.update(Content(empty))
        says.display = bool(empty)
        if table.display and self.focused is None:
            table.focus()
        self._say(loaded)
        self._title()
        self.refresh_bindings()

    def _say(self, loaded: Loaded) -> None:
        count = _count(self.table.lines, loaded)
        marked = f" · {len(self._marked)} marked for Compare" if self._marked else ""
        self.query_one("#history-pane").border_subtitle = Content(f"{count}{marked}")
        problem = self.query_one("#history-problem", Static)
        problem.display = bool(loaded.problems)
        if loaded.problems:
            problem.update(ink(problem_line(loaded.problems), "warn"))

    @property
    def _marked(self) -> list[str]:
        return self.ecotui.marked

    @on(RunTable.Moved)
    def _moved(self, message: RunTable.Moved) -> None:
        rows = detail(message.entry, self.size.width - 2)
        self.query_one("#history-detail", Static).update(Content("\n").join(rows))
        self.refresh_bindings()

    @on(RunTable.HeadClicked)
    def _head_clicked(self, message: RunTable.HeadClicked) -> None:
        self._order = self._order.chosen(message.key)
        self._list()

    @on(RunTable.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    @on(Input.Changed, "#history-filter")
    def _filtered(self) -> None:
        self._list()

    @on(Input.Submitted, "#history-filter")
    def _submitted(self) -> None:
        if self.words.value.strip():
            self.action_to_table()
        else:
            self.action_clear()

    def on_resize(self, event: Resize) -> None:
        self.table.post_message(RunTable.Moved(self.table.entry))

    @on(DescendantFocus)
    @on(DescendantBlur)
    def _title(self) -> None:
        """Says where letters go and how the filter ends."""
        how = HOW_TO_FILTER
        if self.words.display:
            how = HOW_TO_KEEP if self.focused is self.words else HOW_TO_CLEAR
        self.query_one("#history-pane").border_title = f"{TITLE} · {how}" if self._filterable else TITLE

    @property
    def _filterable(self) -> bool:
        return self._loaded is not None and bool(self._loaded.entries)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey where there is no run to do it to."""
        if action in ("open", "mark", "replay", "turn", "sort"):
            return True if self.is_mounted and self.table.entry is not None else None
        if action == "filter":
            return (self.focused is not self.words) and (True if self._filterable else None)
        if action == "clear":
            return self.is_mounted and self.words.display
        return True

    def action_open(self) -> None:
        from ecotui.ui.screens.history_published import page_of
        from ecotui.ui.screens.record import RecordScreen

        if (entry := self.table.entry) is None:
            return
        self.app.push_screen(page_of(entry) or RecordScreen(entry.row.run_id))

    def action_mark(self) -> None:
        """The run joins the marked, in order, or leaves them."""
        if (entry := self.table.entry) is None or self._loaded is None:
            return
        marked, run_id = self._marked, entry.row.run_id
        if run_id in marked:
            marked.remove(run_id)
        elif sum(is_published(other) == is_published(run_id) for other in marked) >= MOST:
            what = "published figures" if is_published(run_id) else "runs"
            self._notice(f"Compare holds {MOST} {what}. Take one out with Space before you mark another.")
        else:
            marked.append(run_id)
        self.table.remark(marked)
        self._say(self._loaded)

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
            self._notice(f"A published {entry.noun} has no log to replay. Enter says where it comes from.")
        elif entry.log is None or not entry.log.is_file():
            self._notice("The log of this session is gone, so it cannot be replayed. Its figures are kept: Enter.")
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
        self.words.value = ""
        self.words.display = False
        self._list()
        self.action_to_table()
        self._title()

    def action_to_table(self) -> None:
        if self.table.display:
            self.table.focus()

    def _notice(self, text: str) -> None:
        self.notify(text, severity="warning", markup=False)


def _count(lines: Sequence[Head | Entry], loaded: Loaded) -> str:
    """How many runs are listed, of how many, and how many published rows and ranges."""
    counts: Counter[str] = Counter()
    for line in lines:
        if isinstance(line, Head):
            counts[line.noun] += line.count
    shown, total = counts["run"], loaded.runs
    runs = f"{shown:,} of {total:,} runs" if shown != total else f"{total:,} {'run' if total == 1 else 'runs'}"
    rows = f" · {counts['row']:,} published" if counts["row"] else ""
    return runs + rows + (f" · {counts['range']:,} as a range" if counts["range"] else "")
