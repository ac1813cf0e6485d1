"""The compared arms as one paired session, asked before it starts: what takes turns, how often, and what it needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ecotui.core.against import JOIN, arms_against, bridged
from ecotui.core.arm import Arm
from ecotui.core.plan import BLOCKS, MOST_ARMS, Plan
from ecotui.core.rows import RunRow
from ecotui.core.units import clean, gigabytes
from ecotui.recorder.dimensions import dimensions_of
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ARM_GLYPHS, ink
from ecotui.ui.widgets.plan_memory import Outlook, outlook


class AgainScreen(ModalScreen[bool]):
    """Answers whether the session is to start; one that does not fit cannot."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "start", "Run", key_display="⏎", id="again.go", tooltip="Start this session now"),
        Binding("escape,n,q", "dismiss(False)", "Back", id="again.back", tooltip="Start nothing"),
    ]

    def __init__(self, plan: Plan, seen: Outlook | None) -> None:
        super().__init__()
        self._plan, self._seen = plan, seen

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Run these arms again, in one paired session?"
            go = "" if self._refusal else "{again.go|⏎} run   "
            dialog.border_subtitle = Content(keyed(go + "{again.back|esc} back"))
            yield Static(Content("\n").join(self._rows()))

    @property
    def _refusal(self) -> str:
        return self._seen.refusal if self._seen else ""

    def _rows(self) -> Iterator[Content]:
        plan, protocol = self._plan, self._plan.protocol
        for place, arm in enumerate(plan.arms):
            yield ink(f"{ARM_GLYPHS[place % len(ARM_GLYPHS)]} {clean(arm.label, 90)}", f"arm-{place}", bold=True)
        yield Content("")
        windows = f"{plan.windows} windows of {protocol.window_s:g} s an arm"
        yield ink(f"{protocol.blocks} blocks by turns, {windows}, on {plan.sensor}, {plan.device}")
        yield ink(memory_words(self._seen), "muted")
        if self._refusal:
            yield ink(f"■ {self._refusal}", "bad")
        if plan.simulated:
            yield ink("▲ The watts will be SIMULATED, whatever those of the compared runs were.", "warn")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What does not fit is not started."""
        return None if action == "start" and self._refusal else True

    def action_start(self) -> None:
        self.dismiss(True)


def memory_words(seen: Outlook | None) -> str:
    """The forecast in a line: of all arms resident at once, else of the largest of them."""
    if seen is None:
        return "memory: no forecast, the dimensions of its model are not on this machine"
    where = " in this host's memory" if seen.on_host else ""
    free = "" if seen.parts.free_b is None else f" of the {gigabytes(seen.parts.free_b)} free{where}"
    if seen.beside is None or not seen.beside.refused:
        it = seen.beside or seen.parts
        return f"memory: about {gigabytes(it.total_b)}{free}, all arms beside each other"
    return f"memory: about {gigabytes(seen.parts.total_b)}{free} for the largest arm, which are loaded by turns"


def plan_again(base: Plan, rows: Sequence[RunRow]) -> Plan:
    """The arms of stored runs in one paired session, in all else the plan that is edited."""
    protocol = replace(base.protocol, blocks=base.protocol.blocks or BLOCKS)
    return replace(base, arms=arms_again(rows), protocol=protocol)


def outlook_of(plan: Plan, free_b: int | None, host_b: int | None) -> Outlook | None:
    """The forecast of a plan, whose models' files it may read: not for the drawing thread."""
    return outlook(plan, {arm.model: dimensions_of(arm) for arm in plan.arms}, free_b, host_b)


def arms_again(rows: Sequence[RunRow]) -> tuple[Arm, ...]:
    """The arms of stored runs that differ in quantization and engine alone.

    Where one differs from the first in both, an arm between them goes along: else no verdict could be given.
    """
    first = rows[0]
    sizes = {name: getattr(first, name) for name in ("batch_size", "prompt_tokens", "new_tokens")}
    told = {name: value for name, value in sizes.items() if value is not None}
    carries = first.outlier_recipe != "none"
    arm = Arm(first.model or "", first.quantization or "fp16", engine=first.engine or "eager", outliers=carries, **told)
    kinds = [(row.quantization or "fp16", row.engine or "eager") for row in rows]
    words = [JOIN.join(kind) for kind in (*kinds[1:], *bridged(kinds, MOST_ARMS))]
    same = f"{first.quantization}+{first.engine}"
    return arms_against(arm, ["same" if word == same else word for word in words])
