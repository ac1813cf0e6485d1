"""What happens in a session, as a pure state machine: a state and an input give the next state and its effects.

It walks along the program that follows from the plan (`ecotui.core.program`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecotui.core.clock import NS
from ecotui.core.events import Examined, Gate, Phase, Resident
from ecotui.core.messages import Examine, Failed, Load, Measure, Measured, Quit, Ready, WarmedUp, WarmUp
from ecotui.core.plan import Plan
from ecotui.core.program import Bring, Idle, Profile, Settle, Step, Take, Warm, program
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


def step(state: State, what: Input, at_ns: int) -> Stepped:
    """The state after an input at `at_ns`; an input that does not fit leaves it as it was."""
    if state.ended:
        return state, ()
    match what:
        case StopAsked():
            return replace(state, ended=True), (Finish("stopped", "the operator stopped it"),)
        case Failed(reason) if isinstance(state.step, Profile):  # whatever the profiler met, the windows are whole
            after, effects = _enter(replace(state, at=_past_profiles(state)), at_ns)
            return after, (Say(f"The decoding steps could not be profiled. {reason}"), *effects)
        case Broke(_, reason, advice) | Failed(reason, advice):
            return replace(state, ended=True), (Finish("failed", reason, advice),)
        case Passed():
            return _next(state, at_ns) if state.until_ns and at_ns >= state.until_ns else (state, ())
    return _of_worker(state, what, at_ns)


def _of_worker(state: State, what: Input, at_ns: int) -> Stepped:  # noqa: PLR0911 - one return a case
    """What the worker says, and what is found out about its arm."""
    match state.step, what:
        case Bring(), Foreseen() if state.foreseeing:
            steps = state.steps if what.together else program(state.plan, together=False)
            return replace(state, steps=steps, foreseeing=False), (StartWorker(),)
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
    return state, ()


def _next(state: State, at_ns: int) -> Stepped:
    return _enter(replace(state, at=state.at + 1), at_ns)


def _enter(state: State, at_ns: int) -> Stepped:  # noqa: PLR0911 - one return a kind of step
    """The step at `state.at` begins, or the session is over."""
    state = replace(state, until_ns=0)
    if state.at >= len(state.steps):
        return replace(state, ended=True), (Send(Quit()), Finish("completed"))
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


def _bring(state: State, bring: Bring, at_ns: int) -> Stepped:
    entered = Enter(Phase(at_ns, "loading", bring.arm))
    if bring.beside:
        return replace(state, phase="loading"), (entered, Send(_load(state)))
    before = (Send(Quit()),) if any(isinstance(s, Bring) for s in state.steps[: state.at]) else ()
    paired = state.plan.protocol.blocks and not before
    arms = tuple(range(len(state.plan.arms))) if paired else (bring.arm,)
    return replace(state, phase="loading", foreseeing=True), (*before, entered, Foresee(arms))


def _load(state: State) -> Load:
    plan, bring = state.plan, state.step
    beside = isinstance(bring, Bring) and bring.beside
    return Load(plan.arms[state.arm], state.arm, plan.device, plan.gpu, plan.protocol.seed, beside)


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


def _named(state: State, arm: int) -> int | None:
    """The arm's number where the worker may hold several."""
    return arm if state.plan.protocol.blocks else None


def _past_profiles(state: State) -> int:
    """The first step after the profiles: a worker whose profiler failed is gone."""
    return next(
        (i for i in range(state.at, len(state.steps)) if not isinstance(state.steps[i], Profile)), len(state.steps)
    )
