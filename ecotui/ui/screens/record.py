"""Everything that is known of one run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from ecotui.analysis.kernels import Evidence, evidence_of
from ecotui.analysis.quality import is_only, measured
from ecotui.analysis.quality_runs import Known, known, scored
from ecotui.core import units
from ecotui.core.errors import EcotuiError, StoreError
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.traces import Trace
from ecotui.store.evidence import profiled
from ecotui.store.finding import StoredRun
from ecotui.ui.copying import Copied
from ecotui.ui.copying_stored import of_run
from ecotui.ui.theme import ink
from ecotui.ui.widgets import record_facts as facts
from ecotui.ui.widgets.history_columns import marks_of
from ecotui.ui.widgets.history_pairs import arm_words, order_of, others_of, pair_words, paired_sessions
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.record_energy import energy, idle
from ecotui.ui.widgets.record_facts import FactsPane
from ecotui.ui.widgets.record_kernels import KernelsPane
from ecotui.ui.widgets.record_quality import quality_facts
from ecotui.ui.widgets.record_time import memory, time
from ecotui.ui.widgets.record_trace import PowerTrace
from ecotui.ui.widgets.record_trust import trust
from ecotui.ui.widgets.record_windows import WindowsPane
from ecotui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ecotui.store.store import Store
    from ecotui.ui.app import EcotuiApp

WIDTHS = [(0, "-narrow"), (110, "-wide"), (165, "-widest")]
READING = "reading the store…"
OF_WINDOWS = ("power", "energy", "idle", "trust", "time", "windows", "kernels")
"""What a run of quality alone has nothing of."""
MOST = 4
"""Runs that Compare can hold."""


@dataclass(frozen=True)
class Record:
    """What the store has of a run."""

    run: StoredRun
    windows: Sequence[WindowRow]
    trace: Trace | None
    evidence: Evidence = field(default_factory=Evidence)
    """What the session's log has of it; empty where the log is gone."""
    paired: str = ""
    """Blocks, order and other arms of a paired session; empty of a run by itself."""
    quality: Known | None = None
    """The run's own, or what another stored run of the same arm came to."""
    problem: str = ""
    """Why windows, trace or evidence are missing, as a sentence."""


class RecordScreen(Screen[None]):
    """Sections of facts, the table of windows, and the curve of power; all of it scrolls."""

    CSS_PATH = "record.tcss"
    AUTO_FOCUS = "#record-all"
    HORIZONTAL_BREAKPOINTS = WIDTHS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="record.back", tooltip="Back to where the run was opened"),
        Binding(
            "space", "mark", "Mark", key_display="␣", id="record.mark", tooltip="Choose the run for Compare, or not"
        ),
        Binding("v", "replay", "Replay", id="record.replay", tooltip="Play the run's log in the Monitor"),
    ]

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id
        self._record: Record | None = None

    @property
    def ecotui(self) -> EcotuiApp:
        """The application, by its own type."""
        return cast("EcotuiApp", self.app)

    def compose(self) -> ComposeResult:
        yield TopBar(active="history")
        with VerticalScroll(id="record-all"):
            yield Static(READING, id="record-head")
            yield PowerTrace(id="record-power")
            with Container(classes="record-facts"):
                with Container(classes="record-column"):
                    yield FactsPane("Energy", id="record-energy")
                    yield FactsPane("Idle power", id="record-idle")
                with Container(classes="record-column"):
                    yield FactsPane("Trust", id="record-trust")
                    yield FactsPane("Quality", id="record-quality")
                with Container(classes="record-column record-last"):
                    yield FactsPane("Where the time went", id="record-time")
                    yield FactsPane("Memory and 8-bit path", id="record-memory")
            yield WindowsPane(id="record-windows")
            yield KernelsPane(id="record-kernels")
            with Container(classes="record-facts"):
                with Container(classes="record-column"):
                    yield FactsPane("Arm", id="record-arm")
                with Container(classes="record-column"):
                    yield FactsPane("Run", id="record-run")
                with Container(classes="record-column record-last"):
                    yield FactsPane("Environment", id="record-environment")
        yield KeyLine()

    def on_mount(self) -> None:
        self.add_class("-reading")

    def on_screen_resume(self) -> None:
        self.look()

    @work(exclusive=True, group="record-look")
    async def look(self) -> None:
        """Read the run beside the screen, which goes on drawing."""
        try:
            self._record = await asyncio.to_thread(_look, self.ecotui, self.run_id)
        except EcotuiError as error:
            self.query_one("#record-head", Static).update(ink(units.clean(error), "warn"))
            return
        self.remove_class("-reading")
        self._show(self._record)
        self.refresh_bindings()

    def _show(self, record: Record) -> None:
        row, simulated = record.run.row, record.run.row.simulated
        self._head(record)
        for name, section in (
            ("energy", energy(row, [w for w in record.windows if not w.split])),
            ("idle", idle(row)),
            ("trust", trust(row)),
            ("time", time(row)),
            ("memory", memory(row)),
            ("run", facts.identity(record.run, record.paired)),
            ("arm", facts.arm(row, record.evidence.facts)),
            ("environment", facts.environment(row)),
        ):
            self.query_one(f"#record-{name}", FactsPane).show(section, simulated)
        self.query_one("#record-quality", FactsPane).show(quality_facts(row, record.quality), simulated=False)
        self.query_one("#record-quality").display = not row.is_watched
        self.query(".record-column").first().display = not is_only(row)
        for name in OF_WINDOWS:
            self.query_one(f"#record-{name}").display = not is_only(row)
        self.query_one(WindowsPane).show(record.windows, simulated)
        self.query_one(KernelsPane).show(row, record.evidence)
        self.query_one(PowerTrace).show(record.trace, row)

    def _head(self, record: Record) -> None:
        row = record.run.row
        marks = [ink(f"{glyph} {word}  ", role, bold=True) for glyph, word, role in marks_of(row)]
        place = self.ecotui.marked.index(row.run_id) + 1 if row.run_id in self.ecotui.marked else None
        marked = f"   marked for Compare, {place} of {len(self.ecotui.marked)}" if place else ""
        lines = [
            Content.assemble(*marks, ink("SIMULATED  " if row.simulated else "", "warn", True))
            + ink(units.clean(row.arm_label) or units.ABSENT, bold=True)
            + ink(marked, "muted")
        ]
        if record.problem:
            lines.append(ink(f"▲ {units.clean(record.problem)}", "warn"))
        self.query_one("#record-head", Static).update(Content("\n").join(lines))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not now until the run is read."""
        if action in ("mark", "replay"):
            return True if self._record is not None else None
        return True

    @property
    def can_copy(self) -> bool:
        """Whether the run is read."""
        return self._record is not None

    async def to_copy(self) -> Copied | None:
        """The run, with its intervals and what speaks against it."""
        return await asyncio.to_thread(of_run, self.ecotui, self.run_id)

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_mark(self) -> None:
        """The run joins the marked, or leaves them."""
        marked = self.ecotui.marked
        if self.run_id in marked:
            self.ecotui.steps.marks(marked)
            marked.remove(self.run_id)
        elif len(marked) >= MOST:
            self.notify(f"Compare holds {MOST} runs. Take one out first.", severity="warning", markup=False)
        else:
            marked.append(self.run_id)
        if self._record is not None:
            self._head(self._record)

    def action_replay(self) -> None:
        log = self._record.run.log if self._record is not None else None
        if log is None or not log.is_file():
            self.notify("The log of this session is gone, so it cannot be replayed.", severity="warning", markup=False)
        else:
            self.ecotui.replay(log)


def _look(app: EcotuiApp, run_id: str) -> Record:
    """What the store has of the run; runs in a thread, where Polars is imported too."""
    store = app.store
    run = store.get([run_id]).get(run_id)
    if run is None:
        raise StoreError(f"The store no longer holds {run_id}.", "Esc goes back.")
    windows: Sequence[WindowRow] = ()
    problem = ""
    try:
        windows = store.windows(run_id)
    except EcotuiError as error:
        problem = str(error)
    trace = None
    with suppress(EcotuiError):
        trace = store.trace(run_id)
    evidence = Evidence()
    try:
        if run.log is not None:
            evidence = evidence_of(*profiled(run.log, run.arm))
    except EcotuiError as error:
        problem = problem or str(error)
    return Record(run, windows, trace, evidence, _paired(store, run.row), _quality(store, run.row), problem)


def _quality(store: Store, row: RunRow) -> Known | None:
    """Other runs are looked at only where this one has no quality of its own."""
    if measured(row):
        return Known(row)
    with suppress(EcotuiError):
        return known(row, scored(store))
    return None


def _paired(store: Store, row: RunRow) -> str:
    """Of a paired session its blocks, its order as it ran, and the other arms."""
    if not row.blocks:
        return ""
    sessions = paired_sessions(stored.row for stored in store.session(row.session_id))
    windows: list[WindowRow] = []
    with suppress(EcotuiError):
        windows = [w for one in sessions.get(row.session_id, ()) for w in store.windows(one.run_id)]
    return pair_words(row, [arm_words(other) for other in others_of(row, sessions)], order_of(windows))
