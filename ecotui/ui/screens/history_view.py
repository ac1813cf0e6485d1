"""The History as one sees it: the store is read beside it, and a filter leaves what is listed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus, Resize
from textual.screen import Screen
from textual.widgets import Input, Static

from ecotui.core.units import clean
from ecotui.store.trash import holds_any
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ink
from ecotui.ui.widgets.field import RunFilter
from ecotui.ui.widgets.history_columns import TREND
from ecotui.ui.widgets.history_detail import EMPTY, NOTHING_FOUND, READING, detail
from ecotui.ui.widgets.history_entry import Entry, Head
from ecotui.ui.widgets.history_filter import idle_words
from ecotui.ui.widgets.history_look import first_look, look, problem_line, tidy, trends
from ecotui.ui.widgets.history_rows import Loaded, Order, listed
from ecotui.ui.widgets.history_table import RunTable
from ecotui.ui.widgets.history_trend import Curves
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import OVER, Facts, TopBar

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

TITLE = "Runs"
STORED_S = (0.5, 3.0, 10.0)
"""After the end of a session; the last is for a busy machine."""
HOW_TO_FILTER = "{history.filter|/} filters"
HOW_TO_KEEP = "type words: ⏎ keeps them, {history.clear|Esc} clears them"
HOW_TO_CLEAR = "{history.clear|Esc} clears the filter, {history.filter|/} changes it"
HINT = "mistral nf4 b8 · -int8 · w>300 j<=500 tok>=1000 b8..64 on>2026-11-20 · INVALID"


class HistoryView(Screen[None]):
    """A table of runs, a filter above it, and the run under the cursor in words below it."""

    CSS_PATH = "history.tcss"
    AUTO_FOCUS = "RunTable"

    def __init__(self) -> None:
        super().__init__()
        self._loaded: Loaded | None = None
        self._order = Order()
        self._trends: dict[str, Curves] = {}
        self._wanted: tuple[str, ...] = ()
        self._asked = self._looking = self._loading = False
        self._removed = False
        """Whether the trash holds something."""
        self._restored: frozenset[str] = frozenset()
        """Ids of runs that came back from the trash, until a look brings them: the cursor goes to the first."""

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
            yield RunFilter(id="history-filter", placeholder=HINT, compact=True)
            yield Static(READING, id="history-words")
            yield RunTable(id="history-table")
        yield Static(id="history-detail")
        yield Static(id="history-problem")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#history-pane").border_title = TITLE
        self.words.display = self.query_one("#history-problem").display = False
        self.watch(self.app, "facts", self._ended, init=False)

    def _ended(self, before: Facts, now: Facts) -> None:
        """A session that is over is stored within seconds: it joins the list without being asked for."""
        if before.state != now.state and now.state in OVER:
            for seconds in STORED_S:
                self.set_timer(seconds, lambda: self.look() if self.is_current else None)

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
                self._removed = await asyncio.to_thread(holds_any, self.ecotui.parts.home)
                self.refresh_bindings()
                await asyncio.to_thread(tidy, self.ecotui)
        finally:
            self._looking = False

    def _take(self, loaded: Loaded) -> None:
        """What a look brought; nothing is drawn anew where it is what is there."""
        if loaded is self._loaded and not self._restored:
            return
        if self._loaded is not None and self._loaded.source is not None:
            self._trends.clear()
        self._loaded = loaded
        self._list(near=True)
        if self._restored & {entry.row.run_id for entry in loaded.entries}:
            self.table.go_to(self._restored)
            self._restored = frozenset()

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
                self._detail(self.table.entry)
        finally:
            self._loading = False

    def _list(self, near: bool = False) -> None:
        """The runs that the filter leaves; `near`: the cursor stays about where it is, too, where its run is gone."""
        loaded = self._loaded
        if loaded is None:
            return
        table = self.table
        table.trends = self._trends
        table.show(
            listed(loaded, self.words.value, self._order), loaded.longest, self._order, tuple(self._marked), near
        )
        empty = "\n".join(EMPTY) if not loaded.runs else NOTHING_FOUND if not table.lines else ""
        empty = keyed(empty)
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
        self._detail(message.entry)
        self.refresh_bindings()

    def _detail(self, entry: Entry | None) -> None:
        """The run under the cursor; its curve where the table has no column for it."""
        drawn = any(column.key == TREND for column, _ in self.table.columns.columns)
        curves = Curves() if drawn or entry is None else self._trends.get(entry.row.run_id, Curves())
        rows = detail(entry, self.size.width - 2, curves)
        self.query_one("#history-detail", Static).update(Content("\n").join(rows))

    @on(RunTable.HeadClicked)
    def _head_clicked(self, message: RunTable.HeadClicked) -> None:
        self._order = self._order.chosen(message.key)
        self._list()

    @on(Input.Changed, "#history-filter")
    def _filtered(self) -> None:
        self._list()

    def on_resize(self, event: Resize) -> None:
        self.table.post_message(RunTable.Moved(self.table.entry))

    @on(DescendantFocus)
    @on(DescendantBlur)
    def _title(self) -> None:
        """Says where letters go and how the filter ends."""
        how = HOW_TO_FILTER
        if self.words.display:
            how = HOW_TO_KEEP if self.focused is self.words else HOW_TO_CLEAR
            if idle := idle_words(self.words.value):
                how = f"{clean(idle[0], 20)} filters nothing yet · {how}"
        self.query_one("#history-pane").border_title = Content(f"{TITLE} · {keyed(how)}" if self._filterable else TITLE)

    @property
    def _filterable(self) -> bool:
        return self._loaded is not None and bool(self._loaded.entries)

    def _notice(self, text: str) -> None:
        self.notify(keyed(text), severity="warning", markup=False)


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
