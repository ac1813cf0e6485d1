"""A plan over models, quantizations and batch sizes: made here, run by a process of its own, seen as a grid."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from ecotui.core.clock import NS, now_ns
from ecotui.core.errors import EcotuiError
from ecotui.core.room import Room, room_of
from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_state import FAILED, RUNNING
from ecotui.core.units import clean
from ecotui.store.home import Home
from ecotui.ui.messages import ModelAsked
from ecotui.ui.offers import BUSY
from ecotui.ui.screens.sweep_plans import plans_for
from ecotui.ui.theme import ink
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.pane import Lines
from ecotui.ui.widgets.sweep_cells import LEGENDS, Cell
from ecotui.ui.widgets.sweep_form_pane import SweepFormPane
from ecotui.ui.widgets.sweep_look import Looker, Seen
from ecotui.ui.widgets.sweep_start import SweepStart
from ecotui.ui.widgets.sweep_table import SweepTable
from ecotui.ui.widgets.sweep_words import detail_rows, summary_rows, title_row
from ecotui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

HEIGHTS = [(0, "-short"), (34, "-tall")]
PULL_S = 1.0
PATIENCE_NS = 10 * NS
"""How long a driver may take to hold its log."""
CELL_KEYS = ("open", "resume", "stop", "watch", "retry")
"""Actions that the grid alone has."""
FACES = {"start": "#sweep-start", "form": "#sweep-form", "grid": "#sweep-table"}
READING = "reading the sweeps…"
GOES_ON = "A sweep of the same plan was unfinished: it goes on at its first missing point."
COMPLETE = "Nothing of this sweep is missing. Run, in the form, measures its plan again as a new sweep."


class SweepScreen(Screen[None]):
    """The grid of a sweep and the point under the cursor; a form; or what a sweep is, while there is none."""

    CSS_PATH = "sweep.tcss"
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="sweep.open", tooltip="Everything that is known of the point's run"),
        Binding(
            "r", "resume", "Run", id="sweep.resume", tooltip="Go on at the first point that is missing, or begin anew"
        ),
        Binding("x", "stop", "Stop", id="sweep.stop", tooltip="Stop the sweep; its row under way is measured again"),
        Binding("n", "new", "New", id="sweep.new", tooltip="Another plan, this one to begin with"),
        Binding("v", "watch", "Watch", id="sweep.watch", tooltip="The point's session in the Monitor"),
        Binding("t", "retry", "Retry", id="sweep.retry", tooltip="Measure what failed or did not fit once more"),
        Binding("o", "other", "Sweeps", id="sweep.other", tooltip="Choose another sweep of this machine, or a sample"),
        Binding("escape", "back", "Back", id="sweep.back", tooltip="Leave the form; nothing is started"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.seen: Seen | None = None
        """What the newest look brought; None before the first."""
        self.face = ""
        self.chosen: str | None = None
        """The sweep that was asked for; None for the newest."""
        self.plans: Sequence[SweepPlan] = ()
        self._looker: Looker | None = None
        self._looking = False
        self._asked_ns: int | None = None
        self._keys: tuple[object, ...] = ()

    @property
    def ecotui(self) -> EcotuiApp:
        """The application, by its own type."""
        return cast("EcotuiApp", self.app)

    @property
    def looker(self) -> Looker:
        """Reads the sweeps of this home."""
        if self._looker is None:
            samples = self.ecotui.parts.samples
            theirs = Home(samples) if samples is not None else None
            self._looker = Looker(self.ecotui.parts.home, lambda: self.ecotui.store, samples=theirs)
        return self._looker

    @property
    def table(self) -> SweepTable:
        """The grid."""
        return self.query_one(SweepTable)

    def compose(self) -> ComposeResult:
        yield TopBar(active="sweep")
        yield Static(READING, id="sweep-reading")
        yield SweepStart("sweep-start")
        yield SweepFormPane("sweep-form")
        with Vertical(id="sweep-pane", classes="pane"):
            yield Lines(id="sweep-summary")
            yield SweepTable(id="sweep-table")
        yield Lines(id="sweep-detail")
        yield KeyLine()

    def on_mount(self) -> None:
        self.add_class("-reading")
        self.set_interval(PULL_S, self._pull)

    def on_screen_resume(self) -> None:
        self._pull()

    def _pull(self) -> None:
        """One look, unless one goes on; none while another screen is in front."""
        if self.is_mounted and self.is_active and not self._looking:
            self._looking = True
            self.look()

    @work(group="sweep-look")
    async def look(self) -> None:
        """Read beside the screen, which goes on drawing."""
        try:
            if not self.plans:
                self.plans = await asyncio.to_thread(plans_for, self.ecotui.parts)
            seen = await asyncio.to_thread(self.looker.look, self.chosen)
        finally:
            self._looking = False
        if self.is_mounted and self.query(SweepStart):  # an application that closes takes the widgets first
            self._show(seen)

    def _show(self, seen: Seen) -> None:
        before, self.seen = self.seen, seen
        if self._asked_ns is not None and (seen.driven or now_ns() - self._asked_ns > PATIENCE_NS):
            self._asked_ns = None
        if self.face != "form":
            self._turn_to(_face(seen))
        self.query_one(SweepStart).show(self.plans, self._refusal)
        other = before is None or _sweep_of(before) != _sweep_of(seen)
        self.table.show(seen.grid, fresh=other)
        self._draw()

    def _draw(self) -> None:
        """Everything but the table, which draws itself."""
        if (seen := self.seen) is None:
            return
        pane = self.query_one("#sweep-pane")
        pane.border_title = Content.assemble(*(ink(b.text, b.role, b.bold) for b in title_row(seen)))
        pane.border_subtitle = LEGENDS[self.table.width]
        summary = self.query_one("#sweep-summary", Lines)
        summary.show(summary_rows(seen, self._asked_ns is not None, summary.content_size.width))
        detail = self.query_one("#sweep-detail", Lines)
        detail.show(detail_rows(self.table.cell, seen, detail.content_size.width))
        keys = (self.face, *(self._can(action) for action in CELL_KEYS))
        if keys != self._keys:
            self._keys = keys
            self.refresh_bindings()

    def _turn_to(self, face: str) -> None:
        """Show the grid, the form, or what a sweep is."""
        if face == self.face:
            return
        self.remove_class("-reading", *(f"-{name}" for name in FACES))
        self.face = face
        self.add_class(f"-{face}")
        self.query_one(FACES[face]).focus()
        self.refresh_bindings()

    @property
    def _refusal(self) -> str:
        """Why nothing can be measured here, as a sentence."""
        parts = self.ecotui.parts
        return parts.board_problem if parts.board_problem and not parts.plan.simulated else ""

    @on(SweepTable.Moved)
    def _moved(self) -> None:
        self._draw()

    @on(SweepTable.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    @on(SweepStart.Picked)
    def _picked(self, message: SweepStart.Picked) -> None:
        self._edit(self.plans, message.place)

    @on(SweepFormPane.RunAsked)
    def _run_asked(self, message: SweepFormPane.RunAsked) -> None:
        self._begin(message.plan)

    @on(ModelAsked)
    def _model_asked(self) -> None:
        from ecotui.ui.screens.picker import ModelPicker

        pane, parts = self.query_one(SweepFormPane), self.ecotui.parts
        monitor, simulated = self.ecotui.monitor, self.ecotui.facts.simulated

        def room() -> Room:
            return room_of(monitor.room(), parts.host_b_on(pane.device))

        picker = ModelPicker(parts.models, parts.plan.arms[0], room, simulated, "a single run of it")
        self.app.push_screen(picker, lambda it: pane.pick(it.model) if it else None)

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._draw)

    @property
    def _cell(self) -> Cell | None:
        return self.table.cell if self.is_mounted and self.face == "grid" else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Away where it has no meaning on this face, not now where there is nothing to do it to."""
        if action == "back":
            return self.face == "form"
        if action in CELL_KEYS:
            return self.face == "grid" and self._can(action)
        if action == "new":
            return self.face != "form" and bool(self.plans)
        if action == "other":
            return self.face == "grid" or (self.face == "start" and bool(self.seen and self.seen.samples))
        return True

    def _can(self, action: str) -> bool | None:
        seen, cell = self.seen, self._cell
        if seen is None or seen.state is None:
            return None
        idle = not seen.driven and self._asked_ns is None and not seen.sample
        rules: dict[str, bool | None] = {
            "open": bool(cell and (cell.run_id or cell.state == RUNNING)) or None,
            "watch": bool(cell and cell.log) or None,
            "stop": (None if seen.stopping else True) if seen.driven else False,
            "resume": idle,
            "retry": idle and bool(seen.state.counts[FAILED]),
        }
        return rules[action]

    def action_open(self) -> None:
        from ecotui.ui.screens.record import RecordScreen

        cell = self._cell
        if cell is not None and cell.state == RUNNING:
            self.action_watch()
        elif cell is not None and cell.run_id:
            self.app.push_screen(RecordScreen(cell.run_id))

    def action_watch(self) -> None:
        """The session that goes on, live; one that is over, played again."""
        cell, monitor = self._cell, self.ecotui.monitor
        if cell is None or cell.log is None:
            return
        if cell.state != RUNNING:
            if cell.log.is_file():
                self.ecotui.replay(cell.log)
            else:
                self.notify("The log of this session is gone, so it cannot be replayed.", markup=False)
            return
        self.ecotui.show_monitor()
        monitor.sources.follow(cell.log)
        monitor.pull(monitor.is_mounted)

    def action_stop(self) -> None:
        if self.seen is None or self.seen.state is None:
            return
        try:
            self.ecotui.parts.stop_sweep(self.seen.state.sweep)
        except EcotuiError as error:
            self.ecotui.tell(error)
        self._pull()

    def action_resume(self) -> None:
        """Go on; where nothing is missing, the form, from which the plan is measured once more."""
        if self.seen is not None and self.seen.state is not None and not self.seen.state.missing:
            self.notify(COMPLETE, markup=False)
            self.action_new()
        else:
            self._again(retry=False)

    def action_retry(self) -> None:
        self._again(retry=True)

    def _again(self, retry: bool) -> None:
        if self.seen is not None and (state := self.seen.state) is not None:
            self._begin(state.plan, state.sweep, retry)

    def action_new(self) -> None:
        """The form, with the plan of the sweep in sight."""
        state = self.seen.state if self.seen else None
        shown = [state.plan] if state else []
        self._edit([*shown, *(p for p in self.plans if p not in shown)], 0)

    def _edit(self, plans: Sequence[SweepPlan], place: int) -> None:
        board = self.ecotui.facts.board
        self._turn_to("form")
        instead = [plan for plan in self.plans if plan.device == "cpu"]
        pane = self.query_one(SweepFormPane)
        pane.show(plans, place, board.memory_total_b if board else None, self._refusal, instead)

    def _begin(self, plan: SweepPlan, resume: str | None = None, retry: bool = False) -> None:
        monitor = self.ecotui.monitor
        busy = BUSY if monitor.recording and not self._own(monitor.sources.log) else ""
        if problem := busy or ("" if plan.simulated else self.ecotui.parts.board_problem):
            self.notify(clean(problem), title="Not started", severity="warning", markup=False)
            return
        try:
            log = self.ecotui.parts.start_sweep(plan, resume, retry)
        except EcotuiError as error:
            self.ecotui.tell(error)
            return
        if resume is None and self.seen is not None and log.parent.name in self.seen.sweeps:
            self.notify(GOES_ON, markup=False)
        self.chosen, self._asked_ns = log.parent.name, now_ns()
        self._turn_to("grid")
        self._pull()

    def _own(self, log: Path | None) -> bool:
        """Whether a session that the Monitor follows is one of the sweep in sight."""
        lines = self.seen.grid.lines if self.seen else ()
        return log is not None and log.parent.name in {line.session for line in lines}

    @work(exclusive=True, group="sweep-other")
    async def action_other(self) -> None:
        from ecotui.ui.screens.sweep_picker import SweepPicker, picker_lines

        seen = self.seen or Seen()
        current = _sweep_of(seen) or ""
        lines = await asyncio.to_thread(picker_lines, self.ecotui.parts.home, seen.sweeps, current)
        if (theirs := self.looker.samples) is not None:
            lines += await asyncio.to_thread(picker_lines, theirs, seen.samples, current, sample=True)
        self.app.push_screen(SweepPicker(lines, current), self._choose)

    def _choose(self, sweep: str | None) -> None:
        if sweep is not None:
            self.chosen = sweep
            self._pull()

    def action_back(self) -> None:
        self._turn_to(_face(self.seen or Seen()))


def _face(seen: Seen) -> str:
    return "grid" if seen.sweeps or seen.state else "start"


def _sweep_of(seen: Seen) -> str | None:
    return seen.state.sweep if seen.state else None
