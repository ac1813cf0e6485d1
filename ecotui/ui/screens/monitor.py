"""The Monitor: what its keys and its widgets' messages do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, cast

from textual import on
from textual.binding import BindingType
from textual.events import Key

from ecotui.core.errors import EcotuiError
from ecotui.core.room import Room
from ecotui.ui.keys import keyed
from ecotui.ui.messages import ModelAsked, PlanSought, PositionPicked, RunAsked
from ecotui.ui.screens.monitor_keys import KEYS, REPLAY_ACTIONS
from ecotui.ui.screens.monitor_scene import free_b
from ecotui.ui.screens.monitor_view import VIEWS, MonitorView

VISITING = "Watching a session that was not started from here, read-only: no key here stops it."
READ_ONLY = (
    "Watching is read-only: who began this session stops it, or `ecotui`, without `watch`, in the home that records "
    "it, which attaches to it."
)
JOINED = "Session {} is being recorded here: {{monitor.stop|x}} stops it, {{app.quit|q}} leaves it going."
ITSELF = (
    "The plan is fp16 itself: in its row 'against' {plan.less|←} {plan.more|→} name what is held against it, "
    "{plan.enter|⏎} runs both by turns."
)
GOES = (
    "A session goes on: {monitor.stop|x} stops it, and what it measured is kept. "
    "When it is over, {monitor.run|r} runs the plan, {monitor.against|a} holds it against fp16."
)
WATCHED = (
    "A session is watched: when it is over, {monitor.run|r} runs the plan, {monitor.against|a} holds it against fp16."
)


class MonitorScreen(MonitorView):
    """Watches the board, follows a session, or plays one again."""

    BINDINGS: ClassVar[list[BindingType]] = cast(list[BindingType], KEYS)

    @on(RunAsked)
    def run_asked(self, event: RunAsked) -> None:
        """Start a recorder, and follow what it writes."""
        if self.recording:
            return
        self.sources.close()
        try:
            log = self.ecotui.parts.start(event.plan)
        except EcotuiError as error:
            self.sources.watch(event.plan)
            self.ecotui.tell(error)
            return
        self.sources.follow(log)
        self.remove_class("-drawer")
        self.pull(True)

    @on(PlanSought)
    def plan_sought(self) -> None:
        """Show the plan whose keys are pressed, where it is not in sight."""
        if self.has_class("-slim") and not (self.has_class("-drawer") or self.has_class("-served")):
            self.action_drawer()

    @on(ModelAsked)
    def action_model(self) -> None:
        """Choose a model."""
        from ecotui.ui.screens.picker import ModelPicker, Picked

        def take(it: Picked | None) -> None:
            if it is not None:
                self.plan.pick(it.model, it.quantization, it.batch_size)

        pane, simulated = self.plan, self.ecotui.facts.simulated
        caution = "one of the plan's arms" if pane.form.paired else ""
        self.app.push_screen(ModelPicker(self.ecotui.parts.models, pane.arm, self._room, simulated, caution), take)

    def _room(self) -> Room:
        """What the edited plan is held against now."""
        return self.plan.room_now(self.room())

    def room(self) -> int | None:
        """Bytes that are free on the board now; None where nobody knows."""
        return free_b(self.sources.scene(self.default_plan(), self.paused))

    def action_run(self) -> None:
        self.plan.run_plan()

    def action_ladder(self) -> None:
        self.plan.ladder()

    def action_against(self) -> None:
        """Hold the plan against fp16; where it is fp16 itself, to the row that names the other arm."""
        if self.plan.against():
            return
        if self.has_class("-slim"):
            self.add_class("-drawer")
        self.call_after_refresh(self.plan.focus)
        self.notify(keyed(ITSELF), title="Name the other arm", markup=False)

    def on_key(self, event: Key) -> None:
        """While a session goes on the keys of `run` and `against` start nothing, and say what can be done instead.

        That of `stop` has no meaning while another's is watched, and says who has.
        """
        actions = [binding.action for binding in self._bindings.key_to_bindings.get(event.key, ())]
        visiting = self.sources.visiting
        if self.recording and not {"run", "against"}.isdisjoint(actions):
            event.stop()
            words = keyed(WATCHED if visiting else GOES)
            self.notify(words, title="Not started", severity="warning", markup=False)
        elif self.recording and visiting and "stop" in actions:
            event.stop()
            self.notify(READ_ONLY, title="Not stopped", severity="warning", markup=False)

    def action_default(self) -> None:
        plan = self.default_plan()
        self.plan.set_plan(plan)
        self.plan.run_plan()

    def visit(self, log: Path) -> None:
        """Follow a session that somebody else started, or this operator from another screen."""
        if self.sources.log != log or not self.recording:
            self.sources.follow(log, visiting=True)
            self.remove_class("-drawer")
            self.notify(keyed(VISITING), markup=False)
        self.pull(True)

    def action_stop(self) -> None:
        """Ask the recorder of what is followed to stop; the screen says so until the log has its end."""
        log = self.sources.log
        if log is None or not self.recording or self.sources.visiting:
            return
        try:
            self.ecotui.parts.stop(log)
        except EcotuiError as error:
            self.ecotui.tell(error)
            return
        self.sources.stopping = True
        self.pull()

    def on_screen_resume(self) -> None:
        """A session of this home that goes by now, as one of a sweep, is shown as it would be at a start."""
        if self._drawn_at is None or self.sources.mode != "watch":
            return
        if (log := self.ecotui.parts.under_way()) is not None:
            self.sources.follow(log)
            self.notify(keyed(JOINED.format(log.parent.name)), markup=False)
            self.pull(True)

    def action_watch(self) -> None:
        self.sources.watch(self.ecotui.parts.plan)
        self.pull(True)
        self.plan.wake()
        self.plan.focus()

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
        self.pull(brief=True)  # the words first: curves take longer than a key may wait
        if not self.paused:
            self.call_after_refresh(self.pull, True)

    def action_view(self, name: str) -> None:
        """Slim: show one chart, the session, or the result."""
        self.remove_class(*(f"-view-{v}" for v in VIEWS), "-drawer")
        self.view = name
        self.add_class(f"-view-{name}")
        self._again()

    def action_scroll(self, rows: int) -> None:
        """Some rows further, or back."""
        self.scrolled.scroll_rows(rows)

    def action_page(self, pages: int) -> None:
        """A page further, or back; a row of the one before stays."""
        self.scrolled.scroll_rows(pages * max(self.scrolled.room - 1, 1))

    def action_next_view(self) -> None:
        self.action_view(VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)])

    def action_drawer(self) -> None:
        """Open or close the plan over the chart, which keeps the keys: one that changes it opens it again."""
        self.toggle_class("-drawer")
        self.plan.wake()
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
        """What cannot be done now the help alone names (None), what has no meaning here is away (False)."""
        mode, slim = self.sources.mode, self.has_class("-slim")
        if action in REPLAY_ACTIONS:
            return mode == "replay"
        watched = self.recording and self.sources.visiting
        rules: dict[str, bool | None] = {
            "run": True if mode != "replay" and not self.recording else None,
            "against": True if mode != "replay" and not self.recording else None,
            "ladder": True if mode != "replay" and not self.recording else None,
            "stop": False if watched else True if self.recording and not self.sources.stopping else None,
            "default": mode == "watch",
            "watch": mode != "watch" and not self.recording,
            "drawer": slim,
            "scroll": self.scrolled.beyond > 0,
            "page": self.scrolled.beyond > 0,
            "view": slim,
            "next_view": slim,
        }
        return rules.get(action, True)
