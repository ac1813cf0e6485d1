"""What happens in a session, as a pure state machine: a state and an input give the next state and its effects.

One arm after the other: idle bare (once) · loading · idle with the weights resident · warm-up · warming on until the
gate passes · windows · windows of other output lengths · idle again · profile of a few steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecotui.core.clock import NS
from ecotui.core.events import Examined, Gate, Phase, Resident
from ecotui.core.messages import Examine, Failed, Load, Measure, Measured, Quit, Ready, WarmedUp, WarmUp
from ecotui.core.plan import Plan
from ecotui.core.schedule import cool_s, settle_s, split_lengths
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
    phase: str
    arm: int = 0
    until_ns: int = 0
    """When the idle phase is over; 0 where something else ends the phase."""
    warmed: int = 0
    """Generations before the first window that are over."""
    gate: str = "watching"
    """What the stability gate has said last of the arm."""
    window: int = 0
    """The window under way, from 1; those of other output lengths are counted on."""
    ended: bool = False


Step = tuple[State, tuple[Effect, ...]]


def begin(plan: Plan, at_ns: int) -> Step:
    """A session starts: the board is watched before anything of ours touches it."""
    return _wait(State(plan, "bare"), "bare", plan.protocol.idle_s, at_ns)


def step(state: State, what: Input, at_ns: int) -> Step:
    """The state after an input at `at_ns`; an input that does not fit leaves it as it was."""
    if state.ended:
        return state, ()
    match what:
        case StopAsked():
            return replace(state, ended=True), (Finish("stopped", "the operator stopped it"),)
        case Failed(reason) if state.phase == "examining":  # whatever the profiler met, the windows are whole
            after, effects = _next_arm(state, at_ns)
            return after, (Say(f"The decoding steps could not be profiled. {reason}"), *effects)
        case Broke(_, reason, advice) | Failed(reason, advice):
            return replace(state, ended=True), (Finish("failed", reason, advice),)
        case Passed():
            return _idle_over(state, at_ns) if state.until_ns and at_ns >= state.until_ns else (state, ())
    return _of_worker(state, what, at_ns)


def _of_worker(state: State, what: Input, at_ns: int) -> Step:  # noqa: PLR0911 - one return a case
    """What the arm's worker says, and what is found out about the arm."""
    match state.phase, what:
        case "foreseeing", Foreseen():
            return replace(state, phase="loading"), (StartWorker(),)
        case "loading", Ready():
            return state, (Send(_load(state)),)
        case "loading", Resident():
            return replace(state, phase="settling", until_ns=at_ns + round(settle_s(state.plan.protocol) * NS)), ()
        case "warm-up" | "stabilizing", Gate():
            return replace(state, gate=what.state), ()
        case "warm-up" | "stabilizing", WarmedUp():
            return _under_load(replace(state, warmed=state.warmed + 1), at_ns)
        case "measuring" | "splitting", Measured():
            after, effects = _next_window(state, at_ns)
            return after, (Accept(state.arm, what, _length(state)), *effects)
        case "examining", Examined():
            return _next_arm(state, at_ns)
    return state, ()


def _load(state: State) -> Load:
    plan = state.plan
    return Load(plan.arms[state.arm], state.arm, plan.device, plan.gpu, plan.protocol.seed)


def _wait(state: State, name: str, seconds: float, at_ns: int) -> Step:
    """A phase that nothing but time ends."""
    phase = Phase(at_ns, name, state.arm, None, seconds)
    return replace(state, phase=name, until_ns=at_ns + round(seconds * NS)), (Enter(phase),)


def _idle_over(state: State, at_ns: int) -> Step:
    state, idle_s = replace(state, until_ns=0), state.plan.protocol.idle_s
    match state.phase:
        case "bare":
            return _loading(state, at_ns)
        case "settling":
            return _wait(state, "context", idle_s, at_ns)
        case "context":
            return _under_load(state, at_ns)
        case "cooling":
            return _wait(state, "context-after", idle_s, at_ns)
        case "context-after":
            return _examining(state, at_ns)
    return state, ()


def _loading(state: State, at_ns: int) -> Step:
    state = replace(state, phase="foreseeing", warmed=0, gate="watching", window=0)
    return state, (Enter(Phase(at_ns, "loading", state.arm)), Foresee(state.arm))


def _under_load(state: State, at_ns: int) -> Step:
    """One generation after the other: first the warm-ups, then on until the gate has said something final."""
    protocol = state.plan.protocol
    if state.warmed < protocol.warmups:
        return _generate(state, "warm-up", at_ns)
    if protocol.gate_s and state.gate == "watching":
        return _generate(state, "stabilizing", at_ns)
    return _next_window(state, at_ns)


def _generate(state: State, name: str, at_ns: int) -> Step:
    if state.phase == name:
        return state, (Send(WarmUp()),)
    return replace(state, phase=name), (Enter(Phase(at_ns, name, state.arm)), Send(WarmUp()))


def _length(state: State) -> int | None:
    """Output length of the window under way; None where it is the arm's own."""
    beyond = state.window - state.plan.protocol.windows
    return split_lengths(state.plan.arms[state.arm], state.plan.protocol)[beyond - 1] if beyond > 0 else None


def _next_window(state: State, at_ns: int) -> Step:
    protocol = state.plan.protocol
    if state.window >= protocol.windows + len(split_lengths(state.plan.arms[state.arm], protocol)):
        return _after_windows(state, at_ns)
    name = "measuring" if state.window < protocol.windows else "splitting"
    state = replace(state, phase=name, window=state.window + 1)
    phase = Phase(at_ns, name, state.arm, state.window, protocol.window_s)
    return state, (Enter(phase), Send(Measure(state.window, protocol.window_s, _length(state))))


def _after_windows(state: State, at_ns: int) -> Step:
    protocol = state.plan.protocol
    return _wait(state, "cooling", cool_s(protocol), at_ns) if protocol.idle_after else _examining(state, at_ns)


def _examining(state: State, at_ns: int) -> Step:
    if not state.plan.protocol.examine:
        return _next_arm(state, at_ns)
    return replace(state, phase="examining"), (Enter(Phase(at_ns, "examining", state.arm)), Send(Examine()))


def _next_arm(state: State, at_ns: int) -> Step:
    if state.arm + 1 < len(state.plan.arms):
        state, effects = _loading(replace(state, arm=state.arm + 1), at_ns)
        return state, (Send(Quit()), *effects)
    return replace(state, ended=True), (Send(Quit()), Finish("completed"))
