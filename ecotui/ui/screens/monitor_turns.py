"""Arms that take turns: which glyph and words each has, whose turn it is, and in which block."""

from __future__ import annotations

from itertools import pairwise

from ecotui.core import units
from ecotui.core.arm import Arm
from ecotui.core.events import Phase
from ecotui.core.plan import Plan
from ecotui.core.timeline import Timeline
from ecotui.core.units import clean
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.theme import ARM_GLYPHS
from ecotui.ui.widgets.canvas import Ink, Row

ONES_OWN = ("loading", "warm-up", "stabilizing", "measuring", "examining")
"""Phases that are one arm's, even where all of them are resident."""


def paired(line: Timeline) -> bool:
    """Whether the arms take turns."""
    return line.plan is not None and line.plan.protocol.blocks > 0


def glyph(arm: int) -> str:
    """An arm's glyph: the first one's is the baseline's."""
    return ARM_GLYPHS[arm % len(ARM_GLYPHS)]


def role(arm: int) -> str:
    """The role of its colour."""
    return f"arm-{arm % len(ARM_GLYPHS)}"


def arm_words(plan: Plan, number: int) -> str:
    """What tells an arm from the others, in few words: its quantization, and its engine where engines differ."""
    arm = plan.arms[number]
    if len({_shape(it) for it in plan.arms}) > 1:
        return clean(arm.label, 80)
    engines = {it.engine for it in plan.arms}
    return arm.quantization if engines == {"eager"} else f"{arm.quantization} {arm.engine}"


def _shape(arm: Arm) -> tuple[object, ...]:
    return arm.model, arm.batch_size, arm.prompt_tokens, arm.new_tokens


def common_words(plan: Plan) -> str:
    """What the arms agree in: the model and the batch size."""
    arm = plan.arms[0]
    return f"{clean(arm.model, 60)} b{arm.batch_size}" if len({_shape(it) for it in plan.arms}) == 1 else ""


def taken(line: Timeline) -> Phase | None:
    """The window that began last; None before the first."""
    newest = line.spans.newest("measuring")
    return None if newest is None else line.spans[newest].phase


def turning(line: Timeline) -> bool:
    """Whether the few discarded calls of a turn to another arm go on: nothing is waited for."""
    if not paired(line) or line.phase is None or line.phase.name != "warm-up":
        return False
    return len(line.spans) > 1 and line.spans[-2].phase.name == "measuring"


def turns_between(line: Timeline) -> set[int]:
    """Places of the spans in which the session only turns to another arm."""
    if not paired(line):
        return set()
    names = line.spans.names()
    return {i for i, pair in enumerate(pairwise(names), 1) if pair == ("measuring", "warm-up")}


def whose(scene: Scene) -> Row:
    """The arm whose turn it is, by glyph and words; empty while nobody's."""
    plan, phase = scene.line.plan, scene.line.phase
    if plan is None or not paired(scene.line) or phase is None or phase.name not in ONES_OWN:
        return []
    return [Ink(glyph(phase.arm), role(phase.arm), bold=True), Ink(f" {arm_words(plan, phase.arm)}")]


def counted(scene: Scene, brief: bool = False) -> str:
    """How far a paired session is: "7 of 20 · block 2 of 5", in fewer letters where `brief`; empty before it begins."""
    line, now = scene.line, taken(scene.line)
    if line.plan is None or now is None:
        return ""
    begun = line.spans.counted("measuring")
    most, blocks = line.plan.windows * len(line.plan.arms), line.plan.protocol.blocks
    if brief:
        return f"{begun}/{most} block {now.block or 0}/{blocks}"
    return f"{begun:>{len(str(most))}} of {most} · block {now.block or 0} of {blocks}"


def blocks_words(scene: Scene) -> str:
    """Of how many blocks a session that is over is, or the one that goes on: "paired, block 2 of 5"."""
    line, now = scene.line, taken(scene.line)
    blocks = line.plan.protocol.blocks if line.plan else 0
    if line.end is not None and line.end.outcome == "completed":
        return f"paired, {units.counted(blocks, 'block')}"
    return f"paired, block {now.block or 0} of {blocks}" if now else f"paired, {units.counted(blocks, 'block')} to come"
