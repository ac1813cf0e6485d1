"""The plan, to be edited with arrows, digits and the mouse, and to be run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from textual import work
from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, Hide, Key, Paste, Resize

from ecotui.core.arm import Arm
from ecotui.core.errors import UsageError
from ecotui.core.events import Forecast
from ecotui.core.plan import Plan
from ecotui.core.room import Room, room_of
from ecotui.core.units import clean
from ecotui.ui.keys import keyed
from ecotui.ui.messages import ModelAsked, PlanChanged, PlanSought, RunAsked
from ecotui.ui.widgets.canvas import Canvas, Ink, Row, frame, wrap
from ecotui.ui.widgets.plan_form import FIELDS, NUMBERS, SWITCHES, PlanForm
from ecotui.ui.widgets.plan_memory import Outlook, dimensions_at_once, memory_rows, outlook, recorded_rows
from ecotui.ui.widgets.plan_offers import eager_row, refused, without_ladder
from ecotui.ui.widgets.plan_rows import PHRASES, field_at, row

if TYPE_CHECKING:
    from ecotui.core.forecast import Dimensions
    from ecotui.ui.app import EcotuiApp


ROWS = 16
"""Rows that the pane has room for as it is; a refusal may need more."""
MOST_ROWS = 18
"""Rows that there is room for on the smallest screen: beyond them a refusal leaves its advice out."""


class PlanPane(Canvas, can_focus=True):
    """Shows a plan; `locked` while a session goes, and in a replay."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Field up", show=False, id="plan.up", tooltip="The field above"),
        Binding("down", "move(1)", "Field down", show=False, id="plan.down", tooltip="The field below"),
        Binding(
            "left", "turn(-1)", "Less", show=False, id="plan.less", tooltip="Previous quantization, smaller number"
        ),
        Binding("right", "turn(1)", "More", show=False, id="plan.more", tooltip="Next quantization, larger number"),
        Binding(
            "e",
            "engine",
            "Engine",
            show=False,
            id="plan.engine",
            tooltip="eager: generate() itself; graph: one captured decoding step, replayed for each token",
        ),
        Binding(
            "enter",
            "enter",
            "Run or choose",
            show=False,
            id="plan.enter",
            tooltip="Run; on the model: choose one; on a switch: turn it; on a number just typed: keep it, go on",
        ),
        Binding("slash", "model", "Choose model", show=False, id="plan.model", tooltip="Pick or type a model"),
        Binding("backspace", "erase", "Erase", show=False, id="plan.erase", tooltip="Without its last digit"),
    ]

    def __init__(self, plan: Plan) -> None:
        super().__init__(id="plan")
        self.form = PlanForm.of(plan)
        self.shown: Plan | None = None
        """The plan of a session, shown instead of the edited one."""
        self._forecast: Forecast | None = None
        self._free_b: int | None = None
        self._host_b: int | None = None
        self._known: dict[str, Dimensions | None] = {}
        """Dimensions by model; a model whose files are being looked at is not in it."""
        self._seen: tuple[object, Outlook | None] = (None, None)
        self._weighed: object = None
        """What was typed when the host was last looked at."""
        self._resting = False
        """Whether a session was shown until now: a key that was meant for that starts nothing."""
        self._said = ""
        """The notice about the plan that was shown last; empty once the plan is another."""

    @property
    def locked(self) -> bool:
        """Whether a session's plan is shown, which nobody can change."""
        return self.shown is not None

    def show_session(self, plan: Plan | None, forecast: Forecast | None = None) -> None:
        """Show the plan of a session with its forecast, or None for the one that is edited."""
        if plan != self.shown or forecast != self._forecast:
            self._resting = plan is None
            self.shown, self._forecast = plan, forecast
            self.can_focus = plan is None
            if self.is_mounted:
                self.screen.set_focus(self if self.can_focus and self.display else None)
            self.draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A locked plan takes no keys: the arrows are the replay's; of one that is not seen they are the result's."""
        return not self.locked and (action != "move" or self.is_on_screen)

    def wake(self) -> None:
        """Keys are for the plan: it is what is seen, or was just changed."""
        if self._resting:
            self._resting = False
            self.draw()

    def set_plan(self, plan: Plan) -> None:
        """Another plan to edit."""
        self._put(PlanForm.of(plan))

    def pick(self, name: str, quantization: str | None = None, batch_size: int | None = None) -> None:
        """A model was chosen, and what it is to run in; fields that stay as they were keep what was typed."""
        form, before = self.form.put("model", name), self.arm
        if quantization not in (None, before.quantization):
            form = form.put("quant", str(quantization))
        if batch_size not in (None, before.batch_size):
            form = form.put("batch", str(batch_size))
        self._put(form)

    @property
    def arm(self) -> Arm:
        """The first arm of the edited plan; where a field cannot be meant, with that of the plan before."""
        first, form = self.form.base.arms[0], self.form
        try:
            return form.plan().arms[0]
        except UsageError:
            batch = form.text("batch")
            rows = int(batch) if batch.isdecimal() and int(batch) else first.batch_size
            return replace(first, model=form.text("model"), quantization=form.text("quant"), batch_size=rows)

    def room(self, free_b: int | None) -> None:
        """Memory that is free on the board; None where nobody has looked."""
        if free_b != self._free_b:
            self._free_b = free_b
            self.draw()

    def room_now(self, free_b: int | None) -> Room:
        """What the edited plan is held against, looked at anew; the pane shows the same from then on.

        free_b: memory that is free on the board.
        """
        before, self._free_b, self._host_b = (self._free_b, self._host_b), free_b, self._look_at_host()
        if before != (self._free_b, self._host_b):
            self.draw()
        return room_of(self._free_b, self._host_b)

    def _look_at_host(self) -> int | None:
        return cast("EcotuiApp", self.app).parts.host_b(self.form.base)

    @property
    def outlook(self) -> Outlook | None:
        """The forecast of the edited plan; None while the plan or its model is not understood."""
        if self.is_mounted and self.form.texts != self._weighed:
            self._weighed, self._host_b = self.form.texts, self._look_at_host()
        key = (self.form.texts, self._free_b, self._host_b, tuple(self._known))
        if key != self._seen[0]:
            self._seen = (key, self._look())
        return self._seen[1]

    def _look(self) -> Outlook | None:
        try:
            plan = self.form.plan()
        except UsageError:
            return None
        for arm in plan.arms:
            self._learn(arm)
        return outlook(plan, self._known, self._free_b, self._host_b)

    def _learn(self, arm: Arm) -> None:
        """Dimensions of a synthetic model at once, those of others from their files beside the screen."""
        if arm.model in self._known:
            return
        if arm.synthetic:
            self._known[arm.model] = dimensions_at_once(arm)
        elif self.is_mounted:
            self._read(arm)

    @work(group="plan-dimensions", exclusive=True)
    async def _read(self, arm: Arm) -> None:
        from ecotui.recorder.dimensions import dimensions_of

        self._known[arm.model] = await asyncio.to_thread(dimensions_of, arm)
        self.draw()

    def run_plan(self) -> None:
        """Ask for the plan to be run, where it can be meant and fits; otherwise say why nothing starts."""
        try:
            plan = self.form.plan()
        except UsageError as error:
            self._refuse(refused(self.form, error))
            return
        self._weighed = None  # the host may have more or less by now
        seen = self.outlook
        if seen is not None and seen.refusal:
            self._refuse(seen.refusal)
            return
        self.post_message(RunAsked(plan))

    def _refuse(self, why: str) -> None:
        """Say that nothing was started and why: what is red in the pane may have stood there before the key."""
        self.draw()
        self.app.bell()
        self._say(clean(why, 600), "error")

    def _say(self, words: str, severity: Literal["warning", "error"]) -> None:
        """One notice about the plan: a second press says the same anew, and not twice."""
        if self._said:
            cast("EcotuiApp", self.app).withdraw(self._said)
        self._said = words
        self.notify(words, title="Not started", severity=severity, markup=False)

    def draw(self) -> None:
        """Every row anew."""
        width, height = self.size
        if not width:
            return
        focused = self.has_focus and not self.locked and not self._resting
        form = PlanForm.of(self.shown) if self.shown else self.form
        rows = [row(form, names, focused) for names in PHRASES]
        rows += self._session_rows(self.shown) if self.shown else self._edit_rows(form, focused, width)
        self.set_class(len(rows) > ROWS, "-tall")
        note: Row = [Ink("as it runs", "muted")] if self.locked else []
        self.paint(frame([Ink("Plan")], rows, note, (width, height), "focus" if focused else "border"))

    def _edit_rows(self, form: PlanForm, focused: bool, width: int) -> list[Row]:
        at_run = focused and form.field == "run"
        label = Ink(f" {keyed('{plan.enter|⏎}')} Run ", "power", bold=True, reverse=at_run)
        more = keyed("{monitor.config|i} config  {plan.model|/} model")
        run: Row = [Ink("▸ " if at_run else "  ", "power"), label, Ink(" " * 3 + more, "muted")]
        if (trouble := form.trouble) is not None:
            brief = wrap(clean(trouble.what), width - 4, "bad")
            if form.wants_eager:
                return [run, *brief, eager_row()]
            whole = wrap(clean(refused(form, trouble), 600), width - 4, "bad")
            return [run, *(whole if len(PHRASES) + 1 + len(whole) <= MOST_ROWS else brief)]
        seen = self.outlook
        return [run, *memory_rows(seen, width - 4, looking=form.text("model") not in self._known)]

    def _session_rows(self, plan: Plan) -> list[Row]:
        arms = len(plan.arms)
        how = "taking turns" if plan.protocol.blocks else "one after another"
        several: list[Row] = [[Ink(f"  {arms} arms, {how}", "muted")]] if arms > 1 else []
        return [*several, *recorded_rows(self._forecast)]

    def _sought(self) -> bool:
        """Whether the pane was out of sight: nothing is edited unseen, the first key only shows it."""
        if self.is_on_screen:
            return False
        self.post_message(PlanSought())
        return True

    def action_move(self, steps: int) -> None:
        if not self._sought():
            self._put(self.form.move(steps), edited=False)

    def action_turn(self, steps: int) -> None:
        if not self._sought():
            self._put(self.form.turn(steps))

    def action_erase(self) -> None:
        if not self._sought():
            self._put(self.form.erase())

    def action_model(self) -> None:
        self.post_message(ModelAsked())

    def action_enter(self) -> None:
        """Enter chooses on the model, turns what is on or off, accepts a number that was typed, runs anywhere else.

        Out of sight it has no field to act on, and runs the plan. The first one after a session only takes the plan up.
        """
        if self._resting:
            self._sought()
            self.wake()
        elif not self.is_on_screen:
            self.run_plan()
        elif self.form.field == "model":
            self.action_model()
        elif self.form.field in SWITCHES:
            self.action_turn(1)
        elif self.form.field in NUMBERS and not self.form.fresh and not self.form.problem:
            self.action_move(1)
        else:
            self.run_plan()

    def ladder(self) -> None:
        """Set the arm against its other engine, and ask for that to be run.

        A plan of which that cannot be meant stays as it was, and what could be run instead is said.
        """
        form = self.form.laddered()
        if (trouble := form.trouble) is None:
            self._put(form)
            self.run_plan()
            return
        self.app.bell()
        self._say(clean(without_ladder(self.form, trouble), 600), "warning")

    def against(self) -> bool:
        """Hold the arm against fp16, the first arm, and ask for that to be run.

        False where it is fp16 itself and no other quantization is named: the field that names one takes the keys then.
        """
        form = self.form.over_baseline()
        if not form.names_other:
            self._put(form.move(FIELDS.index("against") - form.at), edited=False)
            return False
        self._put(form)
        self.run_plan()
        return True

    def action_engine(self) -> None:
        if not self._sought():
            self._put(self.form.other_engine())

    def on_key(self, event: Key) -> None:
        if self.is_on_screen and event.character and (after := self.form.type(event.character)) is not self.form:
            event.stop()
            self._put(after)

    def on_paste(self, event: Paste) -> None:
        event.stop()
        if self._sought():
            return
        if self.form.field == "model":
            self.pick(clean(event.text.strip(), 300))
            return
        for letter in event.text.strip()[:9]:
            self._put(self.form.type(letter))

    def on_click(self, event: Click) -> None:
        """A click chooses a field; on the model it opens the picker, on Run it runs."""
        y = event.y - 1
        name = "run" if y == len(PHRASES) else field_at(self.form, y, event.x - 2)
        if self.locked or name is None:
            return
        again = self.form.field == name
        self._put(self.form.move(FIELDS.index(name) - self.form.at), edited=False)
        actions: dict[str, Callable[[], None]] = {"model": self.action_model, "run": self.run_plan}
        if name in actions:
            actions[name]()
        elif name in ("quant", "against", *SWITCHES) or again:
            self.action_turn(1 if event.x > 12 else -1)

    def on_focus(self, event: Focus) -> None:
        self.call_next(self.draw)  # Textual notes the focus after this

    def on_blur(self, event: Blur) -> None:
        self.call_next(self.draw)

    def on_hide(self, event: Hide) -> None:
        """Out of sight its keys still bring it back: Textual would take them from it."""
        if self.has_focus:
            self.call_next(self.screen.set_focus, self, False)

    def on_resize(self, event: Resize) -> None:
        self.draw()

    def _put(self, form: PlanForm, edited: bool = True) -> None:
        if self.locked:
            return
        if self._said and form.texts != self.form.texts:
            cast("EcotuiApp", self.app).withdraw(self._said)
            self._said = ""
        self.form, self._resting = form, False
        self.draw()
        if edited and not form.problem:
            self.post_message(PlanChanged(form.plan()))
