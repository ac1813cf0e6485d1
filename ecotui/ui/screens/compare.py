"""Two to four runs side by side, the first the baseline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from ecotui.analysis.context import BATCH, FAMILY, MARKED, is_foreign
from ecotui.core.errors import EcotuiError
from ecotui.ui.copying import Copied
from ecotui.ui.copying_stored import of_comparison
from ecotui.ui.keys import keyed
from ecotui.ui.screens.again import AgainScreen, outlook_of, plan_again
from ecotui.ui.theme import ink
from ecotui.ui.undo import MARKS
from ecotui.ui.widgets.compare_grid import RunGrid
from ecotui.ui.widgets.compare_look import Compared, look, with_curves
from ecotui.ui.widgets.compare_names import LEGEND
from ecotui.ui.widgets.compare_traces import TraceChart
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

HEIGHTS = [(0, "-short"), (36, "-tall"), (46, "-tallest")]
READING = "reading the store…"
FRAMES_S = 2 / 60
"""Two of Textual's frames: the figures are painted in that time, and the curves, which hold up the loop, after it."""
ACTIONS = ("turn", "again", "baseline", "take_out", "choose", "context", "undo")
"""Which cannot be done where there is nothing to do it to."""
HOW_TO = (
    "A comparison takes two to four runs; {count} marked.",
    "",
    "{compare.history|h}      opens the History",
    "{history.mark|Space}  marks a run there, the baseline ● first",
    "{app.compare|c}      comes back here",
)
NO_RUN = (
    "Only published figures are marked. They are context and no arm of any verdict: mark runs of your own beside them."
)
ONE_RUN = "One stored run beside published figures. Nothing is compared: that takes two runs of your own."


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

    def on_show(self) -> None:
        """Back from the charts: a pane that was away has lost the keys."""
        self.focus(scroll_visible=False)


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
        Binding("a", "again", "Again", id="compare.again", tooltip="These arms in one paired session, asked first"),
        Binding("b", "baseline", "Baseline", id="compare.baseline", tooltip="The next run becomes the baseline"),
        Binding("d,delete", "take_out", "Take out", id="compare.out", tooltip="Take the chosen run out"),
        Binding("u", "undo", "Undo", id="compare.undo", tooltip="Back to the runs before one was taken out"),
        Binding(
            "p", "context", "Published", id="compare.context", tooltip="Published figures beside the runs, for context"
        ),
        Binding("h,escape", "history", "History", id="compare.history", tooltip="Back to every stored run"),
        Binding("left", "choose(-1)", "Choose", show=False, id="compare.left", tooltip="The run at the left"),
        Binding("right", "choose(1)", "Choose", key_display="→", id="compare.right", tooltip="The run at the right"),
    ]

    def __init__(self, run_ids: Sequence[str] = ()) -> None:
        super().__init__()
        self.run_ids, self._published = parted(run_ids)
        self._at: Compared | None = None
        self._chosen = len(self.run_ids) - 1
        self._which = MARKED if self._published else ""
        self._asked = False
        """Whether the operator asked for published figures just now, and wants to see them."""
        self._reading = False
        """Whether a look goes on; one that was overtaken leaves that to the one that did."""
        self._told: tuple[bool | None, ...] = ()
        """What the line of keys says of `ACTIONS`."""

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
        runs, published = parted(self.ecotui.marked)
        others = runs != self.run_ids or published != self._published
        if self._reading and not others:
            return  # a screen that is new is resumed twice
        if others:
            self.run_ids, self._published = runs, published
            self._at, self._chosen = None, len(runs) - 1
            self._which = MARKED if published else ""
            self._say(READING)
        self._told = self._keys()
        self.look()

    def look(self) -> None:
        """Read the runs beside the screen, which goes on drawing; at once, for a new screen draws for a while."""
        chosen = tuple(self.run_ids), self._which, tuple(self._published)
        self._reading = True
        self._take(asyncio.get_running_loop().run_in_executor(None, _look, self.ecotui, *chosen))

    @work(exclusive=True, group="compare-look")
    async def _take(self, found: asyncio.Future[Compared]) -> None:
        """The figures first, the curves behind them."""
        self._at = await found
        self._reading = False
        self._chosen = min(max(self._chosen, 0), max(len(self.run_ids) - 1, 0))
        self._show()
        self.call_after_refresh(self._go_down)
        if (comparison := self._at.comparison) is not None:
            await asyncio.sleep(FRAMES_S)
            self._at = at = await asyncio.to_thread(with_curves, self.ecotui.store, self._at)
            for chart in self.query(TraceChart):
                chart.show(comparison.runs, at.traces, at.leads, refused=not comparison.comparable)

    def _go_down(self) -> None:
        """To the published figures that were asked for just now; up again where they went."""
        if self._asked and self._at is not None:
            self._asked = False
            row = self.query_one(RunGrid).context_at if self._at.context else 0
            self.query_one(Figures).scroll_to(y=row, animate=False)

    def _show(self) -> None:
        at, figures = self._at, self.query_one("#compare-figures")
        if at is None:
            return
        figures.border_subtitle = LEGEND if at.comparison and at.comparison.comparable else ""
        if at.comparison is None:
            self._say(Content.assemble(ink(_why(at, self._published) + "\n\n", "warn"), _how_to(len(self.run_ids))))
        else:
            self.query_one("#compare-words").display = False
        self.set_class(at.comparison is None, "-alone")
        self.set_class(at.comparison is None and at.context is None, "-nothing")
        self.query_one(RunGrid).show(at, self._chosen)
        self._tell_keys()

    def _say(self, words: Content | str) -> None:
        says = self.query_one("#compare-words", Static)
        says.update(words)
        says.display = True
        if isinstance(words, str):
            self.add_class("-nothing", update=False)  # a screen that comes to the front is styled after this

    def _tell_keys(self) -> None:
        """The line of keys is made anew only where it says something else: that takes as long as all figures."""
        if (told := self._keys()) != self._told:
            self._told = told
            self.refresh_bindings()

    def _keys(self) -> tuple[bool | None, ...]:
        return (*(self.check_action(action, ()) for action in ACTIONS), self.can_copy, bool(self.said))

    @property
    def said(self) -> Mapping[str, str]:
        """What a key is called now, where that is another word than the one that it came with."""
        return {"turn": "Figures"} if self.has_class("-charts") else {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not now where there is nothing to do it to; no switch where all is in sight.

        While the store is read, keys are what they will be for runs that can be compared.
        """
        at = self._at or Compared(again=True)
        compared = len(self.run_ids) > 1 if self._at is None else at.comparison is not None
        if action == "turn":
            return (True if compared else None) if self.has_class("-short") else False
        if action == "again":
            return True if compared and at.again and not self.ecotui.monitor.recording else None
        if action in ("baseline", "take_out", "choose"):
            return True if compared else None
        if action == "context":
            return True if self.run_ids else None
        if action == "undo":
            return True if self.ecotui.steps.last((MARKS,)) else None
        return True

    def action_turn(self) -> None:
        """The charts in place of the figures, or back."""
        _ = self._compositor.full_map  # after a scroll it holds what is in sight, and would tell of nothing that comes
        self.toggle_class("-charts")
        self._tell_keys()

    def action_choose(self, by: int) -> None:
        self._chosen = (self._chosen + by) % len(self.run_ids)
        self._show()

    def action_baseline(self) -> None:
        """The second run becomes the first, the first the last."""
        self._renew([*self.run_ids[1:], self.run_ids[0]])

    def action_take_out(self) -> None:
        """The chosen run leaves the comparison, and the marked; u brings it back."""
        self.ecotui.steps.marks(self.ecotui.marked)
        self._renew([run_id for place, run_id in enumerate(self.run_ids) if place != self._chosen])

    def action_again(self) -> None:
        """Run the arms by turns, in the Monitor, where that is meant."""
        if self._at is not None:  # else still reading
            self._ask_again(self._at)

    @work(exclusive=True, group="compare-again")
    async def _ask_again(self, at: Compared) -> None:
        """What the session would be and need is said before anything is loaded."""
        monitor = self.ecotui.monitor
        plan = plan_again(self.ecotui.parts.plan, [run.row for run in at.runs])
        seen = await asyncio.to_thread(outlook_of, plan, monitor.room(), self.ecotui.parts.host_b(plan))

        def start(meant: bool | None) -> None:
            if meant:
                self.ecotui.show_monitor()
                monitor.plan.set_plan(plan)
                monitor.plan.run_plan()

        self.app.push_screen(AgainScreen(plan, seen), start)

    def action_context(self) -> None:
        """The next choice of published rows: those that were marked, of one batch size, of all of them, none."""
        each = ("", *([MARKED] if self._published else ()), BATCH, FAMILY)
        self._which = each[(each.index(self._which) + 1) % len(each)]
        self._asked = True
        self.look()

    def action_undo(self) -> None:
        """Runs that were taken out are marked again."""
        if (step := self.ecotui.steps.take((MARKS,))) is None:
            return
        self.run_ids, self._published = parted(list(step.before))
        self._chosen = len(self.run_ids) - 1
        self._renew(self.run_ids)

    @property
    def can_copy(self) -> bool:
        """Whether there is a comparison."""
        return self._at is not None and self._at.comparison is not None

    async def to_copy(self) -> Copied | None:
        """The comparison as Markdown."""
        found = self._at.comparison if self._at is not None else None
        return None if found is None else await asyncio.to_thread(of_comparison, found)

    def action_history(self) -> None:
        self.ecotui.show_history()

    def _renew(self, run_ids: list[str]) -> None:
        self.run_ids = run_ids
        self.ecotui.marked[:] = [*run_ids, *self._published]
        self.look()


def parted(marked: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ids of runs, and of published rows, in their order."""
    return [one for one in marked if not is_foreign(one)], [one for one in marked if is_foreign(one)]


def _why(at: Compared, published: Sequence[str]) -> str:
    if at.problem:
        return at.problem
    if at.context is not None and at.runs:
        return ONE_RUN
    return NO_RUN if published else ""


def _how_to(count: int) -> str:
    return keyed("\n".join(HOW_TO)).format(count=_count(count))


def _count(number: int) -> str:
    return "none is" if number == 0 else "one is" if number == 1 else f"{number} are"


def _look(app: EcotuiApp, run_ids: Sequence[str], which: str, chosen: Sequence[str]) -> Compared:
    """One look; runs in a thread, where Polars is imported too."""
    try:
        return look(app.store, run_ids, which, chosen)
    except EcotuiError as error:
        return Compared(problem=str(error))
