"""The Monitor as one sees it: pulls from its source four times a second and draws what changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen

from ecotui.core.arm import Arm
from ecotui.core.clock import NS, now_ns
from ecotui.core.errors import EcotuiError
from ecotui.core.plan import Plan, Protocol
from ecotui.ui.keys import keyed
from ecotui.ui.screens import monitor_charts as charts
from ecotui.ui.screens import monitor_text as texts
from ecotui.ui.screens.monitor_scene import Scene, free_b
from ecotui.ui.screens.monitor_sources import Sources
from ecotui.ui.widgets.canvas import Across, Down, Ink
from ecotui.ui.widgets.chart import Chart
from ecotui.ui.widgets.key_line import KeyLine
from ecotui.ui.widgets.pane import Lines, Pane
from ecotui.ui.widgets.plan_memory import forecast_of
from ecotui.ui.widgets.plan_pane import PlanPane
from ecotui.ui.widgets.seek_bar import SeekBar
from ecotui.ui.widgets.topbar import Facts, TopBar

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

PULL_S = 0.25
FIRST_CHARTS_S = 0.05
"""Charts come after the first frame: their library takes longer to import than a frame may."""
REDRAW_NS = NS
"""Charts are drawn at most once in this time while data comes."""
SLOW = {"heat": 4}
"""Charts whose curve hardly moves from one drawing to the next: drawn every so many times, and with every new phase."""
WIDE = (110, 30)
VIEWS = ("power", "rate", "heat", "session", "result")
CURVES = {
    "power": (charts.power, charts.power_title),
    "rate": (charts.throughput, charts.throughput_title),
    "heat": (charts.temperature, charts.temperature_title),
}


TALLER = 10
"""Rows that the taller result of a paired session has room for."""
MORE = "{monitor.result|5} shows all of it"
GONE = (
    "The recorder of session {} ended without a word; what was measured is in its log, and {{app.history|h}} lists it "
    "in the History."
)


class MonitorView(Screen[None]):
    """Draws the board, a session, or a replay; what keys do is the Monitor's."""

    CSS_PATH = "monitor.tcss"
    AUTO_FOCUS = "#plan"

    def __init__(self, clock: Callable[[], int] = now_ns) -> None:
        super().__init__()
        self.clock = clock
        self.view = "power"
        self.paused = False
        self._sources: Sources | None = None
        self._drawn: tuple[object, ...] = ()
        self._rounds = 0
        """Drawings since the last new phase."""
        self._drawn_at: int | None = None
        self._followed: Plan | None = None
        self._keys: tuple[object, ...] = ()
        self._gone: Path | None = None
        """The log whose recorder was last told to be gone."""

    @property
    def ecotui(self) -> EcotuiApp:
        """The application, as what it is."""
        return cast("EcotuiApp", self.app)

    @property
    def sources(self) -> Sources:
        """Where events come from."""
        if self._sources is None:
            self._sources = Sources(self.ecotui.parts, self._now)
        return self._sources

    def _now(self) -> int:
        return self.clock()  # a test may have put another in its place

    @property
    def recording(self) -> bool:
        """Whether a session goes on that this screen follows."""
        return self._sources is not None and self._sources.recording

    @property
    def plan(self) -> PlanPane:
        """The pane that holds the plan."""
        return self.query_one(PlanPane)

    @property
    def scrolled(self) -> Pane:
        """The pane that the keys of scrolling are for: the session where it alone is shown, or has more to say."""
        session, result = self.query_one("#session", Pane), self.query_one("#result", Pane)
        if self.has_class("-slim"):
            return session if self.view == "session" else result
        return session if session.beyond and not result.beyond else result

    def compose(self) -> ComposeResult:
        self.add_class("-view-power")
        self._arrange(self.app.size)  # before there are children: a class that changes later styles them all again
        yield TopBar("monitor")
        yield Lines(id="numbers")
        yield Lines(id="progress")
        with Across(id="body"):
            with Down(id="left"):
                yield PlanPane(self.ecotui.parts.plan)
                yield Pane("session")
            with Down(id="right"):
                for name in CURVES:
                    yield Chart(name)
                yield Pane("result")
        yield SeekBar()
        yield KeyLine()

    def on_mount(self) -> None:
        parts = self.ecotui.parts
        if self.sources.log is not None:
            pass  # a replay was asked for before the screen stood
        elif parts.replay is not None:
            self.show_replay(parts.replay, parts.replay_at_s)
        elif parts.watch is not None:
            self.sources.follow(parts.watch, parts.visiting)
        else:
            self.sources.watch(parts.plan)
        self._lock()
        self.set_interval(PULL_S, self._look)
        self.call_after_refresh(self.set_timer, FIRST_CHARTS_S, lambda: self.pull(True))

    def on_unmount(self) -> None:
        self.sources.close()

    def on_resize(self, event: Resize) -> None:
        self._arrange(event.size)
        self._again()

    def on_screen_resume(self) -> None:
        self._again()

    def _arrange(self, size: Size) -> None:
        """Classes for the room there is; the stylesheet does the rest."""
        slim = size.width < WIDE[0] or size.height < WIDE[1]
        self.set_class(slim, "-slim")
        self.set_class(slim and size.height < 22, "-short")
        self.set_class(size.width >= 170, "-broad")
        if not slim:
            self.remove_class("-drawer")

    def _again(self) -> None:
        """Draw anew, once the sizes are known."""
        self.call_after_refresh(lambda: self.pull(self._drawn_at is not None))

    def show_replay(self, log: Path, at_s: float | None = None) -> None:
        """A recorded session, from its start; held at `at_s` seconds where that is named."""
        try:
            self.sources.replay(log)
        except EcotuiError as error:
            self.ecotui.tell(error)
            return
        if at_s is not None:
            self.sources.hold(at_s)
        self.pull(True)

    def _look(self) -> None:
        """The clock's pull; a key that was just pressed is answered first."""
        if not self.ecotui.painter.asked_lately:
            self.pull()

    def pull(self, force: bool = False, *, brief: bool = False) -> None:
        """Take in what is new and draw what changed; `force` draws the charts too, `brief` leaves them as they are."""
        try:
            self.sources.poll()
        except EcotuiError as error:
            self.ecotui.tell(error)
            self.sources.watch(self.plan.form.base)
        if not self.is_mounted:
            return
        scene = self.sources.scene(self.default_plan(), self.paused)
        simulated = (scene.line.plan or self.plan.form.base).simulated
        facts = Facts(scene.line.board, _temperature(scene), scene.state, simulated, self.sources.visiting)
        self.ecotui.facts = facts
        if scene.died and scene.log not in (None, self._gone):
            self._tell_gone(scene.log)
        if self.is_current:
            self._draw(scene, force, brief)

    def _tell_gone(self, log: Path) -> None:
        """Among the notices; in the corner too where another screen is in front, for this one says it anyway."""
        self._gone, words = log, keyed(GONE.format(log.parent.name))
        if self.is_current:
            self.ecotui.notices.add(words, "error")
        else:
            self.notify(words, severity="error", markup=False)

    def _draw(self, scene: Scene, force: bool, brief: bool) -> None:
        self.set_class(scene.mode == "replay", "-replay")
        self.set_class(scene.mode == "watch", "-begin")
        self.set_class(bool(scene.trouble), "-no-board")
        self.set_class(scene.state in ("failed", "unfinished") or scene.line.fault is not None, "-bad")
        watched = scene.line.header is not None and scene.line.header.watched is not None
        self.set_class(watched, "-served")
        self.plan.disabled = watched  # what a server does is nobody's plan
        if scene.mode == "live" and not watched and scene.line.plan not in (None, self._followed):
            self._followed = scene.line.plan
            self.plan.set_plan(scene.line.plan)  # "run again" means this one
        self._lock()
        self.plan.room(free_b(scene))
        self._draw_texts(scene)
        key = self._key(scene)
        due = self._drawn_at is not None and self.clock() - self._drawn_at >= self._patience(scene)
        due = due and not self.ecotui.painter.behind  # a terminal that is behind gets figures before curves
        redraw = force or (key != self._drawn and due and not self.paused and not brief)
        if redraw:
            moved = key[3:] != self._drawn[3:]  # phases, the end, the time axis
            self._rounds = 0 if force or moved else self._rounds + 1
            self._drawn, self._drawn_at = key, self.clock()
        for name, (curve, title) in CURVES.items():
            chart = self.query_one(f"#{name}", Chart)
            if chart.display and chart.size.width:
                if redraw and (name not in SLOW or self._rounds % SLOW[name] == 0):
                    chart.show(curve(scene))
                note = charts.across(scene) if name == "power" or self.has_class("-slim") else []
                chart.head(title(scene), note)
        ended = scene.line.end is not None  # a replay that comes to its end can be copied from then on
        keys = (scene.state, scene.mode, ended, self.has_class("-slim"), self.recording, self.scrolled.beyond > 0)
        if keys != self._keys:
            self._keys = keys
            self.refresh_bindings()

    def _patience(self, scene: Scene) -> int:
        """Nanoseconds between two drawings of a curve: what half a column takes, where that is longer."""
        if scene.mode == "replay":
            return REDRAW_NS
        first, last = charts.x_range(scene)
        return max(REDRAW_NS, round((last - first) * NS / (2 * max(self.size.width, 1))))

    def _lock(self) -> None:
        """A plan that runs, or ran in a replay, is shown and cannot be edited."""
        line, shown = self.sources.timeline, self.recording or self.sources.mode == "replay"
        shown = shown and not (line.header and line.header.watched)  # whose plan is one for form's sake
        arm = line.spans[-1].phase.arm if line.spans else 0
        self.plan.show_session(line.plan if shown else None, forecast_of(line, arm) if shown else None)

    def _draw_texts(self, scene: Scene) -> None:
        slim = self.has_class("-slim")
        session, result = self.query_one("#session", Pane), self.query_one("#result", Pane)
        title = [Ink("Board" if scene.mode == "watch" else "Session")]
        title += [Ink(" · read-only", "warn")] if self.sources.visiting else []
        session.show(title, texts.session_rows(scene, session.inner, brief=slim))
        least = TALLER if scene.pairs is not None and not slim else 0  # to which it grows where there is room for that
        rows = texts.result_rows(scene, result.inner, max(result.size.height - 2, least))
        room = 6 if self.has_class("-broad") else 7 if slim else 8
        self.set_class((scene.pairs is not None or bool(scene.line.scorings.sums)) and len(rows) > room, "-more")
        self.set_class(scene.pairs is not None and len(rows) > TALLER, "-most")
        cut = slim and scene.pairs is not None and len(rows) > TALLER
        note = [Ink(keyed(MORE), "muted")] if cut and self.view != "result" else texts.result_note(scene)
        result.show(texts.result_title(scene), rows, note)
        for pane in (session, result):
            pane.take_keys(pane is self.scrolled)
        if slim:
            self.query_one("#numbers", Lines).show(texts.number_rows(scene, self.size.width - 2))
            self.query_one("#progress", Lines).show([texts.progress_row(scene, self.size.width - 2)])
        if (player := self.sources.player) is not None:
            self.query_one(SeekBar).show(player.at_s, player.length_s, player.speed, player.playing)

    def _key(self, scene: Scene) -> tuple[object, ...]:
        line = scene.line
        return (id(line), len(line.readings), len(line.throughput), len(line.spans), line.end, charts.x_range(scene))

    def default_plan(self) -> Plan:
        """What `d` runs: the plan that was given, or a simulated one where no board answers."""
        plan = self.ecotui.parts.default or self.ecotui.parts.plan
        if not self.ecotui.parts.board_problem or plan.simulated:
            return plan
        given = plan.arms[0]
        quantization = given.quantization if plan.device == "cpu" else "fp16"
        arm = Arm("synthetic:tiny", quantization, batch_size=4, engine=given.engine)
        return Plan((arm,), Protocol.for_sensor("simulated"), sensor="simulated", device="cpu")


def _temperature(scene: Scene) -> float | None:
    return scene.line.last.temperature_c if scene.line.last else None
