"""Two to four runs side by side, the first the baseline."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from ecotui.core.against import arms_against
from ecotui.core.arm import Arm
from ecotui.core.errors import EcotuiError
from ecotui.core.rows import RunRow
from ecotui.ui.theme import ink
from ecotui.ui.widgets.compare_grid import RunGrid
from ecotui.ui.widgets.compare_look import Compared, look
from ecotui.ui.widgets.compare_names import LEGEND
from ecotui.ui.widgets.compare_traces import TraceChart
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

HEIGHTS = [(0, "-short"), (36, "-tall"), (46, "-tallest")]
BLOCKS = 5
"""Of a session that is started from here."""
READING = "reading the store…"
HOW_TO = (
    "A comparison takes two to four runs; {count} marked.",
    "",
    "h      opens the History",
    "Space  marks a run there, the baseline ● first",
    "c      comes back here",
)


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
        Binding("a", "again", "Again", id="compare.again", tooltip="Run these arms in one paired session"),
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
            self.query_one(RunGrid).show(at, self._chosen)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey where there is nothing to do it to; no switch where all is in sight."""
        if action == "turn":
            return (True if self._at.comparison else None) if self.has_class("-short") else False
        if action == "again":
            return True if self._at.again and not self.ecotui.monitor.recording else None
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

    def action_again(self) -> None:
        """Run the arms by turns, in the Monitor."""
        monitor = self.ecotui.monitor
        base = self.ecotui.parts.plan
        arms = arms_again([run.row for run in self._at.runs])
        protocol = replace(base.protocol, blocks=base.protocol.blocks or BLOCKS)
        self.ecotui.show_monitor()
        monitor.plan.set_plan(replace(base, arms=arms, protocol=protocol))
        monitor.plan.run_plan()

    def action_history(self) -> None:
        self.ecotui.show_history()

    def _renew(self, run_ids: list[str]) -> None:
        self.run_ids = run_ids
        self.ecotui.marked[:] = run_ids
        self.look()


def _count(number: int) -> str:
    return "none is" if number == 0 else "one is" if number == 1 else f"{number} are"


def arms_again(rows: Sequence[RunRow]) -> tuple[Arm, ...]:
    """The arms of stored runs that differ in quantization and engine alone."""
    first = rows[0]
    sizes = {name: getattr(first, name) for name in ("batch_size", "prompt_tokens", "new_tokens")}
    told = {name: value for name, value in sizes.items() if value is not None}
    carries = first.outlier_recipe != "none"
    arm = Arm(first.model or "", first.quantization or "fp16", engine=first.engine or "eager", outliers=carries, **told)
    words = [f"{row.quantization}+{row.engine}" for row in rows[1:]]
    same = f"{first.quantization}+{first.engine}"
    return arms_against(arm, ["same" if word == same else word for word in words])


def _look(app: EcotuiApp, run_ids: Sequence[str]) -> Compared:
    """One look; runs in a thread, where Polars is imported too."""
    try:
        return look(app.store, run_ids)
    except EcotuiError as error:
        return Compared(problem=str(error))
