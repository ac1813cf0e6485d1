"""What stored and published runs support: each finding with its points, its figure and its sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.screen import Screen
from textual.widgets import Static

from ecotui.core.errors import EcotuiError
from ecotui.core.units import clean
from ecotui.ui.copying import Copied
from ecotui.ui.copying_stored import of_finding
from ecotui.ui.theme import ink
from ecotui.ui.widgets.figure_view import FigureView
from ecotui.ui.widgets.finding_begun import workload_begun
from ecotui.ui.widgets.finding_list import FindingList
from ecotui.ui.widgets.finding_look import Looked, Wish, boards, look, next_of, shown
from ecotui.ui.widgets.finding_table import SheetTable
from ecotui.ui.widgets.finding_words import SHORT, about, caveats, no_record, run_id_of, sentence
from ecotui.ui.widgets.history_look import problem_line
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ecotui.analysis.findings import Finding, Workload
    from ecotui.ui.app import EcotuiApp

READING = "reading the store and fitting…"
NOTHING = "No finding of this board: b chooses another."
EMPTY = "No points to find anything in: the store is empty, and no published rows came with ecotui."
VIEWS = ("-list", "-figure", "-table", "-limits")
"""What a narrow terminal shows, one at a time."""
FOCUS = {"-list": "#findings-list", "-table": "#findings-table", "-limits": "#findings-limits"}
"""What takes keys; the figure takes none."""


class FindingsScreen(Screen[None]):
    """A list of findings; beside it the sentence, the figure, the points and the caveats of the one chosen."""

    CSS_PATH = "findings.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-lowest"), (34, "-low"), (44, "-high")]  # noqa: RUF012  # as Textual declares it
    AUTO_FOCUS = "#findings-list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn(1)", "Turn", key_display="⇥", id="findings.turn", tooltip="List, figure or table"),
        Binding("shift+tab", "turn(-1)", "Turn back", show=False, id="findings.turn-back", tooltip="The one before"),
        Binding("escape", "back", "List", id="findings.back", tooltip="Back to the list"),
        Binding(
            "g", "accounting", "Accounting", id="findings.accounting", tooltip="Gross, net of context, net of bare"
        ),
        Binding("b", "board", "Board", id="findings.board", tooltip="Only findings of the next board"),
        Binding("w", "workload", "Workload", id="findings.workload", tooltip="Requests, prices, carbon of a workload"),
        Binding(
            "a", "advice", "Advice", id="findings.advice", tooltip="What the evidence says for a model and a board"
        ),
        Binding("e", "export", "Export", id="findings.export", tooltip="The finding's table and figure as files"),
        Binding("r", "look", "Refresh", id="findings.look", tooltip="Look at the store again"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._looked: Looked | None = None
        self._wish = Wish()
        self._findings: Sequence[Finding] = ()
        """Those of the board that is chosen, in the list's order."""
        self._chosen: Finding | None = None
        self._view = 0
        self._offered: tuple[bool, bool, int] | None = None
        """What the line of keys was made for."""
        self._asking = False
        """The form of the workload lies over the screen."""

    @property
    def ecotui(self) -> EcotuiApp:
        """The application, by its own type."""
        return cast("EcotuiApp", self.app)

    @property
    def list(self) -> FindingList:
        """The findings by name."""
        return self.query_one(FindingList)

    def compose(self) -> ComposeResult:
        yield TopBar(active="findings")
        with Horizontal(id="findings-all"):
            with Vertical(id="findings-left", classes="pane"):
                yield Static(READING, id="findings-words")
                yield FindingList(id="findings-list")
            with Vertical(id="findings-right"):
                yield Static(id="findings-sentence", classes="pane")
                yield FigureView(id="findings-figure")
                yield SheetTable(id="findings-table")
                with VerticalScroll(id="findings-limits"):
                    yield Static(id="findings-caveats")
        yield Static(id="findings-problem")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#findings-left").border_title = "Findings"
        self.query_one("#findings-table").border_title = "Points"
        self.query_one("#findings-problem").display = False
        self.add_class(VIEWS[0], "-nothing")
        self._wish = replace(self._wish, workload=workload_begun(self.ecotui))

    def on_screen_resume(self) -> None:
        if self._asking:  # the answer looks, if there is one
            self._asking = False
        else:
            self.look()

    @work(exclusive=True, group="findings-look")
    async def look(self) -> None:
        """Read and fit beside the screen, which goes on drawing."""
        wish = self._wish
        self._say_reading()
        looked = await asyncio.to_thread(look, self.ecotui, wish)
        self._looked = looked
        self._list()

    def _say_reading(self) -> None:
        self.query_one("#findings-left").border_subtitle = READING

    def _list(self) -> None:
        looked = self._looked
        if looked is None:
            return
        self._findings = shown(looked.findings, self._wish.board)
        self.set_class(not self._findings, "-nothing")
        says = self.query_one("#findings-words", Static)
        says.display = not self._findings
        says.update(
            ink(clean(looked.failure or (NOTHING if looked.findings else EMPTY)), "warn" if looked.failure else "muted")
        )
        self.list.show(self._findings, self._wish.accounting_words)
        self.query_one("#findings-left").border_subtitle = Content(
            f"{self._wish.accounting_words} · {clean(self._wish.board or 'all boards', 30)}"
        )
        problem = self.query_one("#findings-problem", Static)
        problem.display = bool(looked.problems)
        if looked.problems:
            problem.update(ink(problem_line(looked.problems), "warn"))
        self._offer()

    @on(FindingList.Moved)
    def _moved(self, message: FindingList.Moved) -> None:
        there = message.place is not None and message.place < len(self._findings)
        self._chosen = self._findings[message.place] if there and message.place is not None else None
        self._show()

    @on(FindingList.Opened)
    def _opened(self) -> None:
        self.action_turn(1)

    def _show(self) -> None:
        one = self._chosen
        words = self.query_one("#findings-sentence", Static)
        words.update(sentence(one) if one else Content(""))
        words.border_title = (
            Content(f"{SHORT.get(one.key, one.title)} · {clean(one.subject.removeprefix('NVIDIA '))}") if one else ""
        )
        words.border_subtitle = Content(about(one)) if one else ""
        self.query_one(FigureView).show(one.figure if one else None)
        table = self.query_one(SheetTable)
        table.show(one.sheet if one else None)
        table.border_subtitle = Content(table.note)
        self.call_after_refresh(self._note)
        self._offer()

    def _note(self) -> None:
        """The caveats, as wide as there is room."""
        width = self.query_one("#findings-limits").scrollable_content_region.width or self.size.width - 3
        notes = caveats(self._chosen, width) if self._chosen else Content("")
        self.query_one("#findings-caveats", Static).update(notes)
        self.set_class(not notes.plain, "-plain")

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._note)

    @on(SheetTable.Opened)
    def _row_opened(self, message: SheetTable.Opened) -> None:
        from ecotui.ui.screens.record import RecordScreen

        sheet = self.query_one(SheetTable).sheet
        if sheet is None:
            return
        if (run_id := run_id_of(sheet, message.place)) is not None:
            self.app.push_screen(RecordScreen(run_id))
        else:
            self.notify(no_record(sheet, message.place), markup=False)

    def _offer(self) -> None:
        """The line of keys is made anew where another key can be used, not at each move of the cursor."""
        now = (self._chosen is not None, bool(self._looked and self._looked.findings), self._view)
        if now != self._offered:
            self._offered = now
            self.refresh_bindings()

    @property
    def narrow(self) -> bool:
        """Whether list, figure and table are shown one at a time."""
        return self.has_class("-narrow")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not now until something was found."""
        if action in ("accounting", "board", "workload"):
            return True if self._looked is not None and self._looked.findings else None
        if action in ("turn", "export"):
            return True if self._chosen is not None else None
        if action == "back":
            return self._view > 0
        return True

    def action_turn(self, by: int) -> None:
        """The next of list, figure, table and caveats; where all of them are shown, what takes keys goes on."""
        views = [i for i, name in enumerate(VIEWS) if self.narrow or name in FOCUS]
        at = views.index(self._view) if self._view in views else 0
        self._turn_to(views[(at + by) % len(views)])

    def action_back(self) -> None:
        self._turn_to(0)

    def _turn_to(self, view: int) -> None:
        self._view = view
        for name in VIEWS:
            self.set_class(name == VIEWS[view], name)
        self.call_after_refresh(self._refocus)

    def _refocus(self) -> None:
        if (wanted := FOCUS.get(VIEWS[self._view])) is not None:
            self.query_one(wanted).focus()
        self._note()
        self._offer()

    @on(DescendantFocus)
    def _focused(self, event: DescendantFocus) -> None:
        """A click chooses what takes keys, too."""
        named = f"#{event.widget.id}"
        if not self.narrow and named in FOCUS.values():
            self._view = VIEWS.index(next(view for view, name in FOCUS.items() if name == named))
            self._offer()

    def action_accounting(self) -> None:
        self._wish = self._wish.accounted()
        self.look()

    def action_board(self) -> None:
        """The next board that findings speak of, then all of them."""
        if self._looked is not None:
            self._wish = replace(self._wish, board=next_of(boards(self._looked.findings), self._wish.board))
            self._list()

    @property
    def can_copy(self) -> bool:
        """Whether a finding is chosen."""
        return self._chosen is not None

    async def to_copy(self) -> Copied | None:
        """The finding's sentence, and what limits it."""
        return of_finding(self._chosen) if self._chosen is not None else None

    def action_look(self) -> None:
        self.look()

    def action_workload(self) -> None:
        from ecotui.ui.screens.findings_workload import WorkloadScreen

        self._asking = True
        self.app.push_screen(WorkloadScreen(self._wish.workload), self._worked)

    def _worked(self, workload: Workload | None) -> None:
        if workload is not None:
            self._wish = replace(self._wish, workload=workload)
            self.look()

    def action_advice(self) -> None:
        from ecotui.ui.screens.advice import AdviceScreen

        self.app.push_screen(AdviceScreen(self._wish.board))

    @work(exclusive=True, group="findings-export")
    async def action_export(self) -> None:
        """The finding as files; says where they went."""
        from ecotui.ui.widgets.finding_files import write

        if (one := self._chosen) is None:
            return
        try:
            folder, names = await asyncio.to_thread(write, self.ecotui.parts.home, one)
        except EcotuiError as error:
            self.ecotui.tell(error)
        else:
            kinds = ", ".join(sorted(name.rpartition(".")[2] for name in names))
            stem = names[0].rpartition(".")[0]
            self.notify(f"{stem} ({kinds}) in {clean(folder)}", title="Exported", markup=False)
