"""How far a session of several arms is, told by the step of its program that goes on."""

from __future__ import annotations

from dataclasses import dataclass

from ecotui.core.events import Phase
from ecotui.core.plan import Plan
from ecotui.core.program import Bring, Idle, Profile, Rate, Settle, Step, Take, Warm, program
from ecotui.core.timeline import Timeline

BESIDE_S = 5.0
"""Loading an arm beside another, about."""
KINDS: dict[str, type[Step]] = {
    "loading": Bring,
    "warm-up": Warm,
    "stabilizing": Warm,
    "measuring": Take,
    "splitting": Take,
    "scoring": Rate,
    "examining": Profile,
}
TAKEN = ("measuring", "splitting")


def steps_of(line: Timeline, plan: Plan) -> tuple[Step, ...]:
    """The program that goes on: arms that are not resident together are seen to be loaded by turns."""
    loads, begun = line.spans.counted("loading"), line.spans.counted("context", "warm-up", "scoring")
    return program(plan, together=line.together or not (loads and begun))


def here(line: Timeline, steps: tuple[Step, ...]) -> int:
    """Index of the step under way: that which fits the phase, beyond the windows that have begun."""
    phase = line.phase
    if phase is None:
        return 0
    begun = line.spans.counted(*TAKEN)
    takes = [i for i, step in enumerate(steps) if isinstance(step, Take)]
    if phase.name in TAKEN:
        return takes[min(begun, len(takes)) - 1]
    first = takes[begun - 1] + 1 if 0 < begun <= len(takes) else 0
    fitting = [i for i in range(first, len(steps)) if fits(steps[i], phase)]
    newest = line.spans.newest(*TAKEN)
    since = 0 if newest is None else newest + 1
    alike = sum((s.phase.name, s.phase.arm) == (phase.name, phase.arm) for s in line.spans[since:])
    return fitting[min(alike, len(fitting)) - 1] if fitting else first


def fits(step: Step, phase: Phase) -> bool:
    """Whether a phase is what a step enters."""
    if isinstance(step, Idle):
        return (step.name, step.arm) == (phase.name, phase.arm)
    kind = KINDS.get(phase.name)
    return kind is not None and isinstance(step, kind) and step.arm == phase.arm


@dataclass(frozen=True, slots=True)
class Pace:
    """About how long parts of a step take, seconds."""

    call: float
    """A generate() call of the step's arm."""
    load: float
    gate: float
    examine: float
    score: float = 0.0


def length_s(step: Step, plan: Plan, pace: Pace) -> float:
    """About how long a step takes, seconds."""
    match step:
        case Idle(_, _, seconds) | Settle(_, seconds):
            return seconds
        case Bring(_, beside):
            return BESIDE_S if beside else pace.load
        case Warm(arm, calls, gated, new_tokens):
            share = 1.0 if new_tokens is None else new_tokens / plan.arms[arm].new_tokens
            return calls * pace.call * share + (pace.gate if gated else 0.0)
        case Take():
            return max(plan.protocol.window_s, pace.call) + pace.call / 2
        case Profile():
            return pace.examine
        case Rate():
            return pace.score
