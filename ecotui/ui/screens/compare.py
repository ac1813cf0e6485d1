"""Two to four runs side by side, the first the baseline."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from ecotui.analysis.comparison import Comparison, compare
from ecotui.core.errors import EcotuiError
from ecotui.core.traces import Trace
from ecotui.store.finding import StoredRun
from ecotui.ui.theme import ink
from ecotui.ui.widgets.compare_grid import RunGrid
from ecotui.ui.widgets.compare_names import LEGEND
from ecotui.ui.widgets.compare_traces import TraceChart
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ecotui.store.store import Store
    from ecotui.ui.app import EcotuiApp

HEIGHTS = [(0, "-short"), (36, "-tall"), (46, "-tallest")]
READING = "reading the store…"
HOW_TO = (
    "A comparison takes two to four runs; {count} marked.",
    "",
    "h      opens the History",
    "Space  marks a run there, the baseline ● first",
    "c      comes back here",
)


@dataclass(frozen=True)
class Compared:
    """All that one look at the store brought; every tuple has one place a run."""

    runs: tuple[StoredRun, ...] = ()
    comparison: Comparison | None = None
    traces: tuple[Trace | None, ...] = ()
    problem: str = ""
    """Why there is less than was asked for, as a sentence."""


class Figures(VerticalScroll, inherit_bindings=False):
    """Scrolls up and down only: left and right choose a run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Up", show=False, id="compare.up"),
        Binding("down", "scroll_down", "Down", show=False, id="compare.down"),
        Binding("pageup", "page_up", "Page up", show=False, id="compare.page-up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="compare.page-down"),
        Binding("home", "scroll_home", "Top", show=False, id="compare.top"),
        Binding("end", "scroll_end", "Bottom", show=False, id="compare.bottom"),
    ]


class CompareScreen(Screen[None]):
    """A grid of figures with the differences to the baseline, and the curves over each other."""

    CSS_PATH = "compare.tcss"
    AUTO_FOCUS = "#compare-figures"
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "t,tab",
            "turn",
            "Charts",
            key_display="t",
            id="compare.turn",
            tooltip="Figures or charts, where both have no room",
        ),
        Binding("b", "baseline", "Baseline", id="compare.baseline", tooltip="The next run becomes the baseline"),
        Binding("d,delete", "take_out", "Take out", id="compare.out", tooltip="Take the chosen run out"),
        Binding("h,escape", "history", "History", id="compare.history", tooltip="Back to every stored run"),
        Binding("left", "choose(-1)", "Choose", show=False, id="compare.left", tooltip="The run at the left"),
        Binding("right", "choose(1)", "Choose", key_display="←→", id="compare.right", tooltip="The run at the right"),
    ]

    def __init__(self, run_ids: Sequence[str]) -> None:
        super().__init__()
        self.run_ids = list(run_ids)
        self._at = Compared()
        self._chosen = len(self.run_ids) - 1

    @property
    def ecotui(self) -> EcotuiApp:
        """The application, by its own type."""
        return cast("EcotuiApp", self.app)

    def compose(self) -> ComposeResult:
        yield TopBar(active="compare")
        with Figures(id="compare-figures", classes="pane"):
            yield Static(READING, id="compare-words")
            yield RunGrid(id="compare-grid")
        with Horizontal(id="compare-charts"):
            yield TraceChart("power", id="compare-power")
            yield TraceChart("throughput", id="compare-throughput")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#compare-figures").border_title = "Compare"

    def on_screen_resume(self) -> None:
        self.look()

    @work(exclusive=True, group="compare-look")
    async def look(self) -> None:
        """Read the runs beside the screen, which goes on drawing."""
        self._at = await asyncio.to_thread(_look, self.ecotui, tuple(self.run_ids))
        self._chosen = min(max(self._chosen, 0), max(len(self.run_ids) - 1, 0))
        self._show()
        if (comparison := self._at.comparison) is not None:
            for chart in self.query(TraceChart):
                chart.show(comparison.runs, self._at.traces, refused=not comparison.comparable)

    def _show(self) -> None:
        at, figures = self._at, self.query_one("#compare-figures")
        self.set_class(at.comparison is None, "-nothing")
        figures.border_subtitle = LEGEND if at.comparison and at.comparison.comparable else ""
        says = self.query_one("#compare-words", Static)
        says.display = at.comparison is None
        if at.comparison is None:
            lines = "\n".join(HOW_TO).format(count=_count(len(self.run_ids)))
            says.update(Content.assemble(ink(at.problem + "\n\n" if at.problem else "", "warn"), lines))
        else:
            self.query_one(RunGrid).show(at.runs, at.comparison, self._chosen)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey where there is nothing to do it to; no switch where all is in sight."""
        if action == "turn":
            return (True if self._at.comparison else None) if self.has_class("-short") else False
        if action in ("baseline", "take_out", "choose"):
            return True if self._at.comparison else None
        return True

    def action_turn(self) -> None:
        """The charts in place of the figures, or back."""
        self.toggle_class("-charts")

    def action_choose(self, by: int) -> None:
        self._chosen = (self._chosen + by) % len(self.run_ids)
        self._show()

    def action_baseline(self) -> None:
        """The second run becomes the first, the first the last."""
        self._renew([*self.run_ids[1:], self.run_ids[0]])

    def action_take_out(self) -> None:
        """The chosen run leaves the comparison, and the marked."""
        self._renew([run_id for place, run_id in enumerate(self.run_ids) if place != self._chosen])

    def action_history(self) -> None:
        self.ecotui.show_history()

    def _renew(self, run_ids: list[str]) -> None:
        self.run_ids = run_ids
        self.ecotui.marked[:] = run_ids
        self.look()


def _count(number: int) -> str:
    return "none is" if number == 0 else "one is" if number == 1 else f"{number} are"


def _look(app: EcotuiApp, run_ids: Sequence[str]) -> Compared:
    """The runs, their comparison and their curves; runs in a thread, where Polars is imported too."""
    if len(run_ids) < 2:
        return Compared()
    try:
        store = app.store
        by_id = {run.row.run_id: run for run in store.runs()}
        if gone := [run_id for run_id in run_ids if run_id not in by_id]:
            return Compared(problem=f"The store no longer holds {', '.join(gone)}.")
        runs = tuple(by_id[run_id] for run_id in run_ids)
        windows = {run_id: store.windows(run_id) for run_id in run_ids}
        comparison = compare([run.row for run in runs], windows)
        return Compared(runs, comparison, tuple(_trace(store, run_id) for run_id in run_ids))
    except EcotuiError as error:
        return Compared(problem=str(error))


def _trace(store: Store, run_id: str) -> Trace | None:
    with suppress(EcotuiError):
        return store.trace(run_id)
    return None
