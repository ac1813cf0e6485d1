"""A sweep's plan, to be edited with arrows, digits and letters, and to be run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, Key, Resize
from textual.message import Message

from ecotui.core.errors import UsageError
from ecotui.core.sweep import SweepPlan
from ecotui.core.units import clean
from ecotui.ui.keys import keyed
from ecotui.ui.messages import ModelAsked
from ecotui.ui.widgets.canvas import Canvas, Ink, Row, frame, wrap
from ecotui.ui.widgets.sweep_form import FIELDS, SETS, SweepForm
from ecotui.ui.widgets.sweep_form_rows import HINTS, INSTEAD, form_rows
from ecotui.ui.widgets.sweep_outlook import Outlook, outlook_rows, weigh

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp


class SweepFormPane(Canvas, can_focus=True):
    """The form, and below it what the plan comes to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Field up", show=False, id="sweep-form.up", tooltip="The field above"),
        Binding("down", "move(1)", "Field down", show=False, id="sweep-form.down", tooltip="The field below"),
        Binding("left", "turn(-1)", "Less", show=False, id="sweep-form.less", tooltip="The word before, fewer"),
        Binding("right", "turn(1)", "More", show=False, id="sweep-form.more", tooltip="The next word, more"),
        Binding("space", "switch", "Switch", show=False, id="sweep-form.switch", tooltip="The word on or off"),
        Binding("enter", "enter", "Run", id="sweep-form.enter", tooltip="Run the plan; on a field: keep it, go on"),
        Binding("slash", "model", "Add model", key_display="/", id="sweep-form.model", tooltip="Pick or type a model"),
        Binding("backspace,delete", "erase", "Erase", show=False, id="sweep-form.erase", tooltip="A letter, a model"),
    ]

    @dataclass
    class RunAsked(Message):
        """The operator wants the plan to be run."""

        plan: SweepPlan

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.form: SweepForm | None = None
        self.outlook: Outlook | None = None
        self.refusal = ""
        """Why nothing can be measured here, as a sentence; empty where it can."""
        self._plans: Sequence[SweepPlan] = ()
        self._source = 0
        self._total_b: int | None = None
        self._weighed: SweepPlan | None = None
        self._instead: Sequence[SweepPlan] = ()

    def show(
        self,
        plans: Sequence[SweepPlan],
        source: int,
        total_b: int | None,
        refusal: str = "",
        instead: Sequence[SweepPlan] = (),
    ) -> None:
        """Plans to begin with, the one to edit, and the board's memory.

        instead: shipped plans among them that have the application's own model in place of theirs.
        """
        self._plans, self._source, self._total_b, self.refusal = plans, source, total_b, refusal
        self._instead = instead
        self._put(SweepForm.of(plans[source]))

    @property
    def device(self) -> str:
        """Where the edited plan's arms are loaded."""
        return self.form.base.device if self.form is not None else ""

    def pick(self, model: str) -> None:
        """A model was chosen."""
        if self.form is not None:
            self._put(self.form.pick(model))

    def _put(self, form: SweepForm) -> None:
        self.form = form
        self.draw()
        try:
            plan = form.plan()
        except UsageError:
            return
        if plan != self._weighed or self.outlook is None:
            self._weighed = plan
            self._weigh(plan)

    @work(exclusive=True, group="sweep-outlook")
    async def _weigh(self, plan: SweepPlan) -> None:
        """What it comes to, beside the screen: a model's files may have to be read."""
        host_b = cast("EcotuiApp", self.app).parts.host_b_on(plan.device)
        self.outlook = await asyncio.to_thread(weigh, plan, self._total_b, host_b)
        self.draw()

    def draw(self) -> None:
        """Every row anew."""
        width, height = self.size
        if not width or self.form is None:
            return
        form, taken = self.form, self._plans[self._source]
        note = INSTEAD.format(clean(taken.models[0], 24)) if taken in self._instead else ""
        rows = form_rows(form, clean(taken.name, 40), width - 4, self.has_focus, note)
        below = self._below(form, width - 4, height - len(rows) - 3)
        hint: Row = [Ink(keyed(HINTS[form.field]), "muted")]
        if height - 2 < len(rows) + 2:
            hint = below[0]  # the smallest screens have no other place for it
        rows += [[], *below]
        title: Row = [Ink("New sweep")]
        if form.base.simulated:
            title = [*title, Ink(" · "), Ink("SIMULATED", "warn", bold=True)]
        self.paint(frame(title, rows, hint, (width, height), "focus" if self.has_focus else "border"))

    def _below(self, form: SweepForm, width: int, height: int) -> list[Row]:
        """What is wrong, else what the plan comes to."""
        if (trouble := form.trouble) is not None:
            return wrap(f"▲ {clean(trouble)}", width, "bad")[: max(height, 1)]
        refused = self.refusal and not form.base.simulated
        rows = wrap(f"▲ {clean(self.refusal)}", width, "warn") if refused else []
        if self.outlook is None:
            return [*rows, [Ink("counting …", "muted")]]
        return [*rows, *outlook_rows(self.outlook, width, max(height - len(rows), 1))]

    def action_move(self, steps: int) -> None:
        if self.form is not None:
            self._put(self.form.move(steps))

    def action_turn(self, steps: int) -> None:
        if self.form is None:
            return
        if self.form.field != "from":
            self._put(self.form.turn(steps))
        elif self._plans:
            self._source = (self._source + steps) % len(self._plans)
            self._put(SweepForm.of(self._plans[self._source]).to("from"))

    def action_switch(self) -> None:
        if self.form is not None:
            self._put(self.form.switch())

    def action_erase(self) -> None:
        if self.form is not None:
            self._put(self.form.erase())

    def action_model(self) -> None:
        self.post_message(ModelAsked())

    def action_enter(self) -> None:
        """Runs from the run row; anywhere else goes to the next field, so that nothing starts by a slip."""
        if self.form is None:
            return
        if self.form.field == "models" and not self.form.models:
            self.action_model()
        elif self.form.field != "run":
            self.action_move(1)
        elif self.form.trouble is not None:
            self.app.bell()
        else:
            self.post_message(self.RunAsked(self.form.plan()))

    def on_key(self, event: Key) -> None:
        if self.form is None or not event.character or not event.character.isprintable():
            return
        if event.key == "space" and self.form.field in SETS:
            return
        if (after := self.form.type(event.character)) is not self.form:
            event.stop()
            event.prevent_default()
            self._put(after)

    def on_click(self, event: Click) -> None:
        """A click chooses a field; on Run it runs."""
        if self.form is None or not 1 <= event.y <= len(FIELDS):
            return
        name = FIELDS[event.y - 1]
        self._put(self.form.to(name))
        if name == "run":
            self.action_enter()

    def on_focus(self, event: Focus) -> None:
        self.call_next(self.draw)  # Textual notes the focus after this

    def on_blur(self, event: Blur) -> None:
        self.call_next(self.draw)

    def on_resize(self, event: Resize) -> None:
        self.draw()
