"""What a sweep is, and the plans to begin one with: shown while there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, Resize
from textual.message import Message

from ecotui.core.sweep import SweepPlan
from ecotui.core.units import clean
from ecotui.ui.keys import keyed
from ecotui.ui.widgets.canvas import Canvas, Ink, Row, frame, wrap
from ecotui.ui.widgets.history_cells import fitted

WHAT = (
    "A sweep measures every point of a plan: models × quantizations × batch sizes, each under the whole protocol.",
    "In every row fp16 and the others take turns on one board, block by block, so each ratio has its own fp16.",
    "It goes on when this screen is closed, and after an interruption at the first point that is missing.",
)


class SweepStart(Canvas, can_focus=True):
    """Three sentences and a list of plans."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="sweep-start.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="sweep-start.down"),
        Binding("enter", "pick", "Take plan", id="sweep-start.pick", tooltip="Look at the plan, change it, run it"),
    ]

    @dataclass
    class Picked(Message):
        """A plan was chosen, by its place."""

        place: int

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.plans: Sequence[SweepPlan] = ()
        self.at = 0
        self._trouble = ""
        self._top = 0
        """The row of the first plan."""

    def show(self, plans: Sequence[SweepPlan], trouble: str) -> None:
        """Plans to choose from, and why nothing can be measured here; empty where it can."""
        self.plans, self._trouble = plans, trouble
        self.at = min(self.at, max(len(plans) - 1, 0))
        self.draw()

    def draw(self) -> None:
        """Every row anew."""
        width, height = self.size
        if not width:
            return
        inner = width - 4
        rows: list[Row] = [line for text in WHAT for line in wrap(text, inner)]
        if self._trouble:
            rows += [[], *wrap(f"▲ {clean(self._trouble)}", inner, "warn")]
        rows.append([])
        self._top = len(rows) + 1
        rows += [self._plan(place, plan, inner) for place, plan in enumerate(self.plans)]
        role, note = "focus" if self.has_focus else "border", [Ink(keyed("{sweep-start.pick|⏎} takes a plan"), "muted")]
        self.paint(frame([Ink("Sweep · none yet")], rows, note, (width, height), role))

    def _plan(self, place: int, plan: SweepPlan, width: int) -> Row:
        here = place == self.at
        head = [Ink("▸ " if here else "  ", "power"), Ink(f"{fitted(clean(plan.name, 40), 12)} ", bold=here)]
        return [*head, Ink(fitted(plan_words(plan), width - 15), "text" if here else "muted")]

    def action_move(self, by: int) -> None:
        self.at = min(max(self.at + by, 0), max(len(self.plans) - 1, 0))
        self.draw()

    def action_pick(self) -> None:
        if self.plans:
            self.post_message(self.Picked(self.at))

    def on_click(self, event: Click) -> None:
        """A click chooses a plan; a double click takes it."""
        place = event.y - self._top
        if 0 <= place < len(self.plans):
            self.at = place
            self.draw()
            if event.chain == 2:
                self.action_pick()

    def on_focus(self, event: Focus) -> None:
        self.call_next(self.draw)

    def on_blur(self, event: Blur) -> None:
        self.call_next(self.draw)

    def on_resize(self, event: Resize) -> None:
        self.draw()


def plan_words(plan: SweepPlan) -> str:
    """What a plan goes over, in one line."""
    models = plan.models[0] if len(plan.models) == 1 else f"{len(plan.models)} models"
    engines = "" if plan.engines == ("eager",) else f" · {', '.join(plan.engines)}"
    batches = ", ".join(map(str, plan.batch_sizes))
    return clean(f"{', '.join(plan.quantizations)} · batch {batches}{engines} · {models}", 300)
