"""What happens in a session, as a pure state machine: a state and an input give the next state and its effects.

It walks along the program that follows from the plan (`ecotui.core.program`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecotui.core.against import MEASURE_EAGER, eager_advice
from ecotui.core.clock import NS
from ecotui.core.events import Examined, Gate, Phase, Resident
from ecotui.core.messages import (
    Examine,
    Failed,
    Load,
    Measure,
    Measured,
    Quit,
    Ready,
    Score,
    Scored,
    WarmedUp,
    WarmUp,
)
from ecotui.core.plan import Plan
from ecotui.core.program import Bring, Idle, Profile, Rate, Settle, Step, Take, Warm, closing, program
from ecotui.core.quality import SHELF, conventions
from ecotui.core.rows import WindowRow
from ecotui.core.stopping import BY_PRECISION, reached
from ecotui.recorder.exchange import (
    Accept,
    Broke,
    Effect,
    Enter,
    Finish,
    Foresee,
    Foreseen,
    Input,
    Passed,
    Say,
    SayUnscored,
    Send,
    StartWorker,
    StopAsked,
)


@dataclass(frozen=True, slots=True)
class State:
    """Where a session stands."""

    plan: Plan
    steps: tuple[Step, ...]
    at: int = 0
    """Index of the step under way."""
    phase: str = ""
    """The phase that was entered last."""
    until_ns: int = 0
    """When the step under way is over; 0 where something else ends it."""
    foreseeing: bool = False
    warmed: int = 0
    """Generations of the step that are over."""
    gate: str = "watching"
    """What the stability gate has said last."""
    together: bool = True
    """Whether the arms of a paired session are resident at the same time."""
    precise: bool = False
    """Whether no further block is needed."""
    ended: bool = False

    @property
    def step(self) -> Step:
        """The step under way; the last one after the end."""
        return self.steps[min(self.at, len(self.steps) - 1)]

    @property
    def arm(self) -> int:
        """Whose step it is."""
        return self.step.arm


Stepped = tuple[State, tuple[Effect, ...]]


def begin(plan: Plan, at_ns: int) -> Stepped:
    """A session starts: the board is watched before anything of ours touches it."""
    return _enter(State(plan, program(plan)), at_ns)


def step(state: State, what: Input, at_ns: int, windows: Sequence[WindowRow] = ()) -> Stepped:  # noqa: PLR0911
    """The state after an input at `at_ns`; an input that does not fit leaves it as it was.

    windows: those that are known in full so far, on which it depends whether another block follows.
    """
    if state.ended:
        return state, ()
    match what:
        case StopAsked():
            scoring = " while quality was scored" * (_is_scoring(state) and not _alone(state))
            return replace(state, ended=True), (Finish("stopped", f"the operator stopped it{scoring}"),)
        case Failed(reason) if isinstance(state.step, Profile):  # whatever the profiler met, the windows are whole
            after, effects = _enter(replace(state, at=_past_profiles(state)), at_ns)
            return after, (Say(f"The decoding steps could not be profiled. {reason}"), *effects)
        case Failed(reason, advice) if _is_scoring(state) and not _alone(state):  # as are they here
            return _unscored(state, reason, advice, at_ns)
        case Broke(_, reason, advice) | Failed(reason, advice):
            told = advice.replace(MEASURE_EAGER, eager_advice(state.plan.arms))
            return replace(state, ended=True), (Finish("failed", reason, told),)
        case Passed():
            return _next(state, at_ns) if state.until_ns and at_ns >= state.until_ns else (state, ())
        case WarmedUp() if isinstance(state.step, Warm) and state.step.judged is not None:
            return _judge(replace(state, warmed=state.warmed + 1), state.step, at_ns, windows)
    return _of_worker(state, what, at_ns)


def _of_worker(state: State, what: Input, at_ns: int) -> Stepped:  # noqa: PLR0911 - one return a case
    """What the worker says, and what is found out about its arm."""
    match state.step, what:
        case Bring(), Foreseen() if state.foreseeing:
            steps = state.steps if what.together else program(state.plan, together=False)
            together = state.together and what.together
            return replace(state, steps=steps, foreseeing=False, together=together), (StartWorker(),)
        case Bring(), Ready():
            return state, (Send(_load(state)),)
        case Bring(), Resident():
            return _next(state, at_ns)
        case Warm(), Gate():
            return replace(state, gate=what.state), ()
        case Warm(), WarmedUp():
            return _warm(replace(state, warmed=state.warmed + 1), at_ns)
        case Take() as take, Measured():
            after, effects = _next(state, at_ns)
            return after, (Accept(take.arm, what, take.new_tokens, take.block), *effects)
        case Profile(), Examined():
            return _next(state, at_ns)
        case Rate(), Scored():
            return _next(state, at_ns)
    return state, ()


def _next(state: State, at_ns: int) -> Stepped:
    return _enter(replace(state, at=state.at + 1), at_ns)


def _enter(state: State, at_ns: int) -> Stepped:  # noqa: PLR0911 - one return a kind of step
    """The step at `state.at` begins, or the session is over."""
    state = replace(state, until_ns=0)
    if state.at >= len(state.steps):
        return replace(state, ended=True), (*_all_blocks(state), Send(Quit()), Finish("completed"))
    match state.step:
        case Idle(name, arm, seconds):
            until_ns = at_ns + round(seconds * NS)
            return replace(state, phase=name, until_ns=until_ns), (Enter(Phase(at_ns, name, arm, None, seconds)),)
        case Settle(_, seconds):
            return replace(state, until_ns=at_ns + round(seconds * NS)), ()
        case Bring() as bring:
            return _bring(state, bring, at_ns)
        case Warm():
            return _warm(replace(state, warmed=0, gate="watching", phase=""), at_ns)
        case Take() as take:
            return _take(state, take, at_ns)
        case Profile(arm):
            ask = Send(Examine(_named(state, arm)))
            return replace(state, phase="examining"), (Enter(Phase(at_ns, "examining", arm)), ask)
        case Rate() as rate:
            ask = Send(_score(state.plan, rate))
            return replace(state, phase="scoring"), (Enter(Phase(at_ns, "scoring", rate.arm)), ask)


def _all_blocks(state: State) -> tuple[Effect, ...]:
    """What the log says of a session that was to end by precision and came to its last block."""
    protocol = state.plan.protocol
    if protocol.until_pct is None or state.precise:
        return ()
    return (Say(f"Stopped by blocks: all {protocol.blocks} that were allowed are measured."),)


def _bring(state: State, bring: Bring, at_ns: int) -> Stepped:
    entered = Enter(Phase(at_ns, "loading", bring.arm))
    if bring.beside:
        return replace(state, phase="loading"), (entered, Send(_load(state)))
    before = (Send(Quit()),) if any(isinstance(s, Bring) for s in state.steps[: state.at]) else ()
    arms = (bring.arm,) if before else tuple(dict.fromkeys((bring.arm, *_beside(state))))
    return replace(state, phase="loading", foreseeing=True), (*before, entered, Foresee(arms))


def _beside(state: State) -> tuple[int, ...]:
    """The arms that should be resident at the same time, in order; none where each is loaded by itself."""
    if state.plan.protocol.blocks and not _alone(state):
        return tuple(range(len(state.plan.arms)))
    return tuple(s.arm for s in state.steps if isinstance(s, Bring) and (s.beside or s.to_score)) * _alone(state)


def _load(state: State) -> Load:
    plan, bring = state.plan, state.step
    beside = isinstance(bring, Bring) and bring.beside
    load = Load(plan.arms[state.arm], state.arm, plan.device, plan.gpu, plan.protocol.seed, beside)
    if plan.quality is None or any(isinstance(s, Bring) and s.arm == state.arm for s in state.steps[: state.at]):
        return load
    # What cannot be scored is to be known before anything is measured, not after the windows.
    return replace(load, score=_score(plan, Rate((state.arm,))))


def _warm(state: State, at_ns: int) -> Stepped:
    """One generation after the other: first those asked for, then on until the gate has said something final."""
    warm = state.step
    assert isinstance(warm, Warm)
    if state.warmed < warm.calls:
        return _generate(state, warm, "warm-up", at_ns)
    if warm.gated and state.plan.protocol.gate_s and state.gate == "watching":
        return _generate(state, warm, "stabilizing", at_ns)
    return _next(state, at_ns)


def _generate(state: State, warm: Warm, name: str, at_ns: int) -> Stepped:
    ask = Send(WarmUp(_named(state, warm.arm), warm.new_tokens))
    if state.phase == name:
        return state, (ask,)
    return replace(state, phase=name), (Enter(Phase(at_ns, name, warm.arm)), ask)


def _take(state: State, take: Take, at_ns: int) -> Stepped:
    name = "measuring" if take.new_tokens is None else "splitting"
    seconds = state.plan.protocol.window_s
    phase = Phase(at_ns, name, take.arm, take.window, seconds, take.block)
    ask = Send(Measure(take.window, seconds, take.new_tokens, _named(state, take.arm)))
    return replace(state, phase=name), (Enter(phase), ask)


def _judge(state: State, warm: Warm, at_ns: int, windows: Sequence[WindowRow]) -> Stepped:
    """A block is over: the load goes on until its windows are known, and then it is decided whether one follows."""
    plan = state.plan
    if len(windows) < 2 * len(plan.arms) * (warm.judged or 0):
        return _generate(state, warm, "warm-up", at_ns)
    if not reached(plan, windows):
        return _next(state, at_ns)
    rest = closing(plan, warm.arm, together=state.together)
    steps = (*state.steps[: state.at + 1], *rest)
    after, effects = _next(replace(state, steps=steps, precise=True), at_ns)
    told = f"{BY_PRECISION} after block {warm.judged} of at most {plan.protocol.blocks}"
    return after, (Say(f"{told}: the primary ratio is known to ±{plan.protocol.until_pct:g} %."), *effects)


def _named(state: State, arm: int) -> int | None:
    """The arm's number where the worker may hold several."""
    return arm if state.plan.protocol.blocks else None


def _past_profiles(state: State) -> int:
    """The first step after the profiles: a worker whose profiler failed is gone."""
    return next(
        (i for i in range(state.at, len(state.steps)) if not isinstance(state.steps[i], Profile)), len(state.steps)
    )


def _alone(state: State) -> bool:
    """Whether nothing but quality is measured."""
    return state.plan.quality is not None and state.plan.quality.alone


def _is_scoring(state: State) -> bool:
    """Whether quality is all that the step is for."""
    step = state.step
    return isinstance(step, Rate) or (isinstance(step, Bring) and step.to_score)


def _score(plan: Plan, rate: Rate) -> Score:
    it = plan.quality
    assert it is not None, "arms are scored only where that was asked for"
    return Score(
        list(rate.arms),
        rate.reference,
        it.window,
        it.stride,
        list(conventions(plan.arms[rate.arm], it)),
        it.path,
        it.text,
        it.tokens,
        SHELF if rate.shelf else "",
        list(it.tasks),
        it.task_limit,
    )


def _unscored(state: State, reason: str, advice: str, at_ns: int) -> Stepped:
    """Scoring failed: what was measured and scored is whole, and the session goes on with whatever has a new worker."""
    later = range(state.at + 1, len(state.steps))
    afresh = (i for i in later if isinstance(it := state.steps[i], Bring) and not it.beside)
    at = next(afresh, len(state.steps))
    lost = any(isinstance(step, Profile) for step in state.steps[state.at : at])
    after, effects = _enter(replace(state, at=at, foreseeing=False), at_ns)
    arms = state.step.arms if isinstance(state.step, Rate) else (state.arm,)
    told = (advice, "The decoding steps were not profiled either." * lost)
    return after, (SayUnscored(arms, reason), *(Say(text) for text in told if text), *effects)
