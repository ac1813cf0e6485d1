"""The plan, to be edited with arrows, digits and the mouse, and to be run."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, Key, Paste, Resize

from ecotui.core.errors import UsageError
from ecotui.core.plan import Plan
from ecotui.core.units import clean
from ecotui.ui.messages import ModelAsked, PlanChanged, RunAsked
from ecotui.ui.widgets.canvas import Canvas, Ink, Row, frame, wrap
from ecotui.ui.widgets.plan_form import FIELDS, NUMBERS, PlanForm

UNITS = {"seconds": "s a window", "tokens": "new a row", "prompt": "tokens a row", "batch": "rows at once"}


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
            "enter", "enter", "Run or choose", show=False, id="plan.enter", tooltip="Run; on the model, choose one"
        ),
        Binding("slash", "model", "Choose model", show=False, id="plan.model", tooltip="Pick or type a model"),
        Binding("backspace", "erase", "Erase", show=False, id="plan.erase", tooltip="Without its last digit"),
    ]

    def __init__(self, plan: Plan) -> None:
        super().__init__(id="plan")
        self.form = PlanForm.of(plan)
        self.shown: Plan | None = None
        """The plan of a session, shown instead of the edited one."""

    @property
    def locked(self) -> bool:
        """Whether a session's plan is shown, which nobody can change."""
        return self.shown is not None

    def show_session(self, plan: Plan | None) -> None:
        """Show the plan of a session, or None for the one that is edited."""
        if plan != self.shown:
            self.shown = plan
            self.can_focus = plan is None
            if self.is_mounted:
                self.screen.set_focus(self if self.can_focus and self.display else None)
            self.draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A locked plan takes no keys: the arrows are the replay's."""
        return not self.locked

    def set_plan(self, plan: Plan) -> None:
        """Another plan to edit."""
        self._put(PlanForm.of(plan))

    def pick(self, name: str) -> None:
        """A model was chosen."""
        self._put(self.form.put("model", name))

    def run_plan(self) -> None:
        """Ask for the plan to be run, where it can be meant; otherwise its problem stands in the pane."""
        try:
            plan = self.form.plan()
        except UsageError:
            self.draw()
            self.app.bell()
            return
        self.post_message(RunAsked(plan))

    def draw(self) -> None:
        """Every row anew."""
        width, height = self.size
        if not width:
            return
        focused = self.has_focus and not self.locked
        form = PlanForm.of(self.shown) if self.shown else self.form
        rows = [self._row(form, name, focused) for name in FIELDS[:-1]]
        rows.append(_labelled("sensor", [Ink(f"{form.base.sensor}, {form.base.device}")]))
        if self.locked:
            arms = len(self.shown.arms) if self.shown else 1
            rows += [[Ink(f"  {arms} arms, one after another", "muted")]] if arms > 1 else []
        else:
            at_run = focused and form.field == "run"
            label = Ink(" ⏎ Run ", "power", bold=True, reverse=at_run)
            rows.append([Ink("▸ " if at_run else "  ", "power"), label, Ink(" " * 3 + "i config  / model", "muted")])
            rows += wrap(clean(form.problem), width - 4, "bad")
        note: Row = [Ink("as it runs", "muted")] if self.locked else []
        self.paint(frame([Ink("Plan")], rows, note, (width, height), "focus" if focused else "border"))

    def _row(self, form: PlanForm, name: str, focused: bool) -> Row:
        here = focused and form.field == name
        text = clean(form.text(name), 300)
        bits = [Ink("▸ " if here else "  ", "power"), Ink(f"{name:<9}", "muted")]
        value = Ink(text or " ", bold=here, reverse=here)
        if name == "quant" and here:
            return [*bits, Ink("‹ ", "power"), value, Ink(" ›", "power")]
        return [*bits, value, Ink(f" {UNITS.get(name, '')}", "faint")]

    def action_move(self, steps: int) -> None:
        self._put(self.form.move(steps), edited=False)

    def action_turn(self, steps: int) -> None:
        self._put(self.form.turn(steps))

    def action_erase(self) -> None:
        self._put(self.form.erase())

    def action_model(self) -> None:
        self.post_message(ModelAsked())

    def action_enter(self) -> None:
        """Enter chooses on the model, accepts a number that was typed, and runs anywhere else."""
        if self.form.field == "model":
            self.action_model()
        elif self.form.field in NUMBERS and not self.form.fresh and not self.form.problem:
            self.action_move(1)
        else:
            self.run_plan()

    def on_key(self, event: Key) -> None:
        if event.character and (after := self.form.type(event.character)) is not self.form:
            event.stop()
            self._put(after)

    def on_paste(self, event: Paste) -> None:
        event.stop()
        if self.form.field == "model":
            self.pick(clean(event.text.strip(), 300))
            return
        for letter in event.text.strip()[:9]:
            self._put(self.form.type(letter))

    def on_click(self, event: Click) -> None:
        """A click chooses a field; on the model it opens the picker, on Run it runs."""
        at = event.y - 1 if event.y <= len(FIELDS) - 1 else event.y - 2
        if self.locked or not 0 <= at < len(FIELDS) or event.y == len(FIELDS):
            return
        again = self.form.at == at
        self._put(self.form.move(at - self.form.at), edited=False)
        actions: dict[str, Callable[[], None]] = {"model": self.action_model, "run": self.run_plan}
        if self.form.field in actions:
            actions[self.form.field]()
        elif again or self.form.field == "quant":
            self.action_turn(1 if event.x > 12 else -1)

    def on_focus(self, event: Focus) -> None:
        self.call_next(self.draw)  # Textual notes the focus after this

    def on_blur(self, event: Blur) -> None:
        self.call_next(self.draw)

    def on_resize(self, event: Resize) -> None:
        self.draw()

    def _put(self, form: PlanForm, edited: bool = True) -> None:
        if self.locked:
            return
        self.form = form
        self.draw()
        if edited and not form.problem:
            self.post_message(PlanChanged(form.plan()))


def _labelled(name: str, value: Row) -> Row:
    return [Ink("  "), Ink(f"{name:<9}", "muted"), *value]
