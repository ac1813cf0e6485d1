"""The Monitor: pulls from its source four times a second and draws what changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Footer

from ecotui.core.arm import Arm
from ecotui.core.clock import NS, now_ns
from ecotui.core.errors import EcotuiError
from ecotui.core.plan import Plan, Protocol
from ecotui.ui.messages import ModelAsked, PositionPicked, RunAsked
from ecotui.ui.screens import monitor_charts as charts
from ecotui.ui.screens import monitor_text as texts
from ecotui.ui.screens.monitor_keys import KEYS, REPLAY_ACTIONS
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.screens.monitor_sources import Sources
from ecotui.ui.widgets.canvas import Ink
from ecotui.ui.widgets.chart import Chart
from ecotui.ui.widgets.pane import Lines, Pane
from ecotui.ui.widgets.plan_pane import PlanPane
from ecotui.ui.widgets.seek_bar import SeekBar
from ecotui.ui.widgets.topbar import Facts, TopBar

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

PULL_S = 0.25
REDRAW_NS = NS
"""Charts are drawn at most once in this time while data comes."""
WIDE = (110, 30)
VIEWS = ("power", "rate", "heat", "session", "result")
CURVES = {
    "power": (charts.power, charts.power_title),
    "rate": (charts.throughput, charts.throughput_title),
    "heat": (charts.temperature, charts.temperature_title),
}


class MonitorScreen(Screen[None]):
    """Watches the board, follows a session, or plays one again."""

    CSS_PATH = "monitor.tcss"
    AUTO_FOCUS = "#plan"
    BINDINGS: ClassVar[list[BindingType]] = cast(list[BindingType], KEYS)

    def __init__(self, clock: Callable[[], int] = now_ns) -> None:
        super().__init__()
        self.clock = clock
        self.view = "power"
        self.paused = False
        self._sources: Sources | None = None
        self._drawn: tuple[object, ...] = ()
        self._drawn_at: int | None = None
        self._keys: tuple[object, ...] = ()

    @property
    def ecotui(self) -> EcotuiApp:
        """The application, as what it is."""
        return cast("EcotuiApp", self.app)

    @property
    def sources(self) -> Sources:
        """Where events come from."""
        if self._sources is None:
            self._sources = Sources(self.ecotui.parts, lambda: self.clock())
        return self._sources

    @property
    def recording(self) -> bool:
        """Whether a session goes on that this screen follows."""
        return self._sources is not None and self._sources.recording

    @property
    def plan(self) -> PlanPane:
        """The pane that holds the plan."""
        return self.query_one(PlanPane)

    def compose(self) -> ComposeResult:
        yield TopBar("monitor")
        yield Lines(id="numbers")
        yield Lines(id="progress")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield PlanPane(self.ecotui.parts.plan)
                yield Pane("session")
            with Vertical(id="right"):
                for name in CURVES:
                    yield Chart(name)
                yield Pane("result")
        yield SeekBar()
        yield Footer()

    def on_mount(self) -> None:
        self.add_class("-view-power")
        parts = self.ecotui.parts
        if self.sources.log is not None:
            pass  # a replay was asked for before the screen stood
        elif parts.replay is not None:
            self.show_replay(parts.replay)
        elif parts.watch is not None:
            self.sources.follow(parts.watch)
        else:
            self.sources.watch(parts.plan)
        self.set_interval(PULL_S, self.pull)
        self.call_after_refresh(self.pull, True)

    def on_unmount(self) -> None:
        self.sources.close()

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        slim = width < WIDE[0] or height < WIDE[1]
        self.set_class(slim, "-slim")
        self.set_class(slim and height < 22, "-short")
        self.set_class(width >= 170, "-broad")
        if not slim:
            self.remove_class("-drawer")
        self.call_after_refresh(self.pull, True)

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self.pull, True)

    def show_replay(self, log: Path) -> None:
        """A recorded session, from its start."""
        try:
            self.sources.replay(log)
        except EcotuiError as error:
            self.ecotui.tell(error)
            return
        self.pull(True)

    def pull(self, force: bool = False) -> None:
        """Take in what is new and draw what changed; `force` draws the charts too."""
        try:
            self.sources.poll()
        except EcotuiError as error:
            self.ecotui.tell(error)
            self.sources.watch(self.plan.form.base)
        if not self.is_mounted:
            return
        scene = self.sources.scene(self.default_plan(), self.paused)
        simulated = (scene.line.plan or self.plan.form.base).simulated
        self.ecotui.facts = Facts(scene.line.board, _temperature(scene), scene.state, simulated)
        if self.is_current:
            self._draw(scene, force)

    def _draw(self, scene: Scene, force: bool) -> None:
        self.set_class(scene.mode == "replay", "-replay")
        self.set_class(scene.mode == "watch", "-begin")
        self.set_class(scene.state == "failed" or scene.line.fault is not None, "-bad")
        self.plan.show_session(scene.line.plan if self.recording or scene.mode == "replay" else None)
        self._draw_texts(scene)
        key = self._key(scene)
        due = self._drawn_at is None or self.clock() - self._drawn_at >= REDRAW_NS
        redraw = force or (key != self._drawn and due and not self.paused)
        if redraw:
            self._drawn, self._drawn_at = key, self.clock()
        for name, (curve, title) in CURVES.items():
            chart = self.query_one(f"#{name}", Chart)
            if chart.display and chart.size.width:
                if redraw:
                    chart.show(curve(scene))
                note = charts.across(scene) if name == "power" or self.has_class("-slim") else []
                chart.head(title(scene), note)
        keys = (scene.state, scene.mode, self.has_class("-slim"), self.recording)
        if keys != self._keys:
            self._keys = keys
            self.refresh_bindings()

    def _draw_texts(self, scene: Scene) -> None:
        slim = self.has_class("-slim")
        session, result = self.query_one("#session", Pane), self.query_one("#result", Pane)
        title = [Ink("Board" if scene.mode == "watch" else "Session")]
        session.show(title, texts.session_rows(scene, session.inner, brief=slim))
        made_up = scene.mode != "watch" and scene.line.plan is not None and scene.line.plan.simulated
        note = [Ink("SIMULATED watts", "warn")] if made_up else []
        result.show(texts.result_title(scene), texts.result_rows(scene, result.inner), note)
        if slim:
            self.query_one("#numbers", Lines).show(texts.number_rows(scene))
            self.query_one("#progress", Lines).show([texts.progress_row(scene, self.size.width - 2)])
        if (player := self.sources.player) is not None:
            self.query_one(SeekBar).show(player.at_s, player.length_s, player.speed, player.playing)

    def _key(self, scene: Scene) -> tuple[object, ...]:
        line = scene.line
        return (id(line), len(line.readings), len(line.throughput), len(line.spans), line.end, charts.x_range(scene))

    def default_plan(self) -> Plan:
        """What `d` runs: the plan that was given, or a simulated one where no board answers."""
        plan = self.ecotui.parts.plan
        if not self.ecotui.parts.board_problem or plan.simulated:
            return plan
        arm = Arm("synthetic:tiny", plan.arms[0].quantization if plan.device == "cpu" else "fp16", batch_size=4)
        return Plan((arm,), Protocol.for_sensor("simulated"), sensor="simulated", device="cpu")

    @on(RunAsked)
    def run_asked(self, event: RunAsked) -> None:
        """Start a recorder, and follow what it writes."""
        if self.recording:
            return
        self.sources.close()
        try:
            log = self.ecotui.parts.start(event.plan)
        except EcotuiError as error:
            self.ecotui.tell(error)
            self.sources.watch(event.plan)
            return
        self.sources.follow(log)
        self.remove_class("-drawer")
        self.pull(True)

    @on(ModelAsked)
    def action_model(self) -> None:
        """Choose a model."""
        from ecotui.ui.screens.picker import ModelPicker

        try:
            choices = self.ecotui.parts.models()
        except EcotuiError as error:
            self.ecotui.tell(error)
            choices = ()
        current = self.plan.form.text("model")
        self.app.push_screen(ModelPicker(choices, current), lambda name: self.plan.pick(name) if name else None)

    def action_run(self) -> None:
        self.plan.run_plan()

    def action_default(self) -> None:
        plan = self.default_plan()
        self.plan.set_plan(plan)
        self.plan.run_plan()

    def action_stop(self) -> None:
        """Ask the recorder to stop; the screen says so until the log has its end."""
        log = self.sources.log
        if log is None or not self.recording:
            return
        try:
            self.ecotui.parts.stop(log)
        except EcotuiError as error:
            self.ecotui.tell(error)
            return
        self.sources.stopping = True
        self.pull()

    def action_watch(self) -> None:
        self.sources.watch(self.ecotui.parts.plan)
        self.pull(True)

    def action_config(self) -> None:
        from ecotui.ui.screens.code import CodeScreen

        pane = self.plan
        form_arm = pane.shown.arms[0] if pane.shown else None
        try:
            arm = form_arm or pane.form.plan().arms[0]
        except EcotuiError as error:
            self.ecotui.tell(error)
            return
        self.app.push_screen(CodeScreen(arm))

    def action_pause(self) -> None:
        """Hold a replay, or the charts of what is live."""
        if self.sources.player is not None:
            self.sources.player.toggle()
        else:
            self.paused = not self.paused
        self.pull(not self.paused)

    def action_view(self, name: str) -> None:
        """Slim: show one chart, the session, or the result."""
        self.remove_class(*(f"-view-{v}" for v in VIEWS), "-drawer")
        self.view = name
        self.add_class(f"-view-{name}")
        self.call_after_refresh(self.pull, True)

    def action_next_view(self) -> None:
        self.action_view(VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)])

    def action_drawer(self) -> None:
        self.toggle_class("-drawer")
        self.call_after_refresh(self.plan.focus)

    def action_seek(self, what: str, amount: float = 0) -> None:
        """Move within a replay."""
        player = self.sources.player
        if player is None:
            return
        moves: dict[str, Callable[[], None]] = {
            "skip": lambda: player.skip(amount),
            "to": lambda: player.seek(amount if amount == 0 else player.length_s),
            "window": lambda: player.window(int(amount)),
            "speed": lambda: player.faster(int(amount)),
        }
        moves[what]()
        self.pull(True)

    @on(PositionPicked)
    def position_picked(self, event: PositionPicked) -> None:
        """A click on the seek bar."""
        if self.sources.player is not None:
            self.sources.player.seek(event.share * self.sources.player.length_s)
            self.pull(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done now is grey (None), what has no meaning here is away (False)."""
        mode, slim = self.sources.mode, self.has_class("-slim")
        if action in REPLAY_ACTIONS:
            return mode == "replay"
        rules: dict[str, bool | None] = {
            "run": True if mode != "replay" and not self.recording else None,
            "stop": True if self.recording and not self.sources.stopping else None,
            "default": mode == "watch",
            "watch": mode != "watch" and not self.recording,
            "drawer": slim,
            "view": slim,
            "next_view": slim,
        }
        return rules.get(action, True)


def _temperature(scene: Scene) -> float | None:
    return scene.line.last.temperature_c if scene.line.last else None


__all__ = ["Binding", "MonitorScreen"]
