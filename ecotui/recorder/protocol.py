"""What happens in a session, as a pure state machine: a state and an input give the next state and its effects.

One arm after the other: idle bare (once) · loading · idle with the weights resident · warm-up · windows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecotui.core.clock import NS
from ecotui.core.events import Phase, Resident
from ecotui.core.messages import Command, Failed, Load, Measure, Measured, Quit, Ready, WarmedUp, WarmUp
from ecotui.core.plan import Plan

SETTLE_S = 1.0
"""After loading, before the idle baseline: the board's own mean looks back this far."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Time went by."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The operator wants no more; what was measured stays."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Broke:
    """Something that the session cannot go on without is gone."""

    at_ns: int
    what: str
    advice: str = ""


Input = Passed | StopAsked | Broke | Ready | Resident | WarmedUp | Measured | Failed


@dataclass(frozen=True, slots=True)
class Enter:
    """A phase begins."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Send:
    """A command for the worker."""

    command: Command


@dataclass(frozen=True, slots=True)
class StartWorker:
    """A fresh worker, for one arm."""


@dataclass(frozen=True, slots=True)
class Accept:
    """A window is over and belongs into the log."""

    arm: int
    measured: Measured


@dataclass(frozen=True, slots=True)
class Finish:
    """The session is over."""

    outcome: str
    """ "completed", "stopped" or "failed"."""
    reason: str = ""
    advice: str = ""


Effect = Enter | Send | StartWorker | Accept | Finish


@dataclass(frozen=True, slots=True)
class State:
    """Where a session stands."""

    plan: Plan
    phase: str
    arm: int = 0
    until_ns: int = 0
    """When the idle phase is over; 0 where something else ends the phase."""
    warmed: int = 0
    """Warm-up calls that are over."""
    window: int = 0
    """The window under way, from 1."""
    ended: bool = False


Step = tuple[State, tuple[Effect, ...]]


def begin(plan: Plan, at_ns: int) -> Step:
    """A session starts: the board is watched before anything of ours touches it."""
    idle = plan.protocol.idle_s
    state = State(plan, "bare", until_ns=at_ns + round(idle * NS))
    return state, (Enter(Phase(at_ns, "bare", 0, None, idle)),)


def step(state: State, what: Input, at_ns: int) -> Step:  # noqa: PLR0911 - one return a case
    """The state after an input at `at_ns`; an input that does not fit leaves it as it was."""
    if state.ended:
        return state, ()
    match state.phase, what:
        case _, StopAsked():
            return replace(state, ended=True), (Finish("stopped", "the operator stopped it"),)
        case _, Broke(_, reason, advice) | Failed(reason, advice):
            return replace(state, ended=True), (Finish("failed", reason, advice),)
        case _, Passed() if state.until_ns and at_ns >= state.until_ns:
            return _idle_over(state, at_ns)
        case "loading", Ready():
            return state, (Send(_load(state)),)
        case "loading", Resident():
            return replace(state, phase="settling", until_ns=at_ns + round(_settle_s(state) * NS)), ()
        case "warm-up", WarmedUp():
            state = replace(state, warmed=state.warmed + 1)
            return _next_warm_up(state, at_ns)
        case "measuring", Measured() as measured:
            after, effects = _next_window(state, at_ns)
            return after, (Accept(state.arm, measured), *effects)
    return state, ()


def _settle_s(state: State) -> float:
    return min(SETTLE_S, state.plan.protocol.idle_s / 2)


def _load(state: State) -> Load:
    plan = state.plan
    return Load(plan.arms[state.arm], state.arm, plan.device, plan.gpu, plan.protocol.seed)


def _idle_over(state: State, at_ns: int) -> Step:
    state = replace(state, until_ns=0)
    match state.phase:
        case "bare":
            return _loading(state, at_ns)
        case "settling":
            idle = state.plan.protocol.idle_s
            entered = replace(state, phase="context", until_ns=at_ns + round(idle * NS))
            return entered, (Enter(Phase(at_ns, "context", state.arm, None, idle)),)
        case "context":
            return _warm_up(state, at_ns)
    return state, ()


def _loading(state: State, at_ns: int) -> Step:
    state = replace(state, phase="loading", warmed=0, window=0)
    return state, (Enter(Phase(at_ns, "loading", state.arm)), StartWorker())


def _warm_up(state: State, at_ns: int) -> Step:
    if state.plan.protocol.warmups == 0:
        return _next_window(state, at_ns)
    return replace(state, phase="warm-up"), (Enter(Phase(at_ns, "warm-up", state.arm)), Send(WarmUp()))


def _next_warm_up(state: State, at_ns: int) -> Step:
    if state.warmed < state.plan.protocol.warmups:
        return state, (Send(WarmUp()),)
    return _next_window(state, at_ns)


def _next_window(state: State, at_ns: int) -> Step:
    protocol = state.plan.protocol
    if state.window < protocol.windows:
        state = replace(state, phase="measuring", window=state.window + 1)
        phase = Phase(at_ns, "measuring", state.arm, state.window, protocol.window_s)
        return state, (Enter(phase), Send(Measure(state.window, protocol.window_s)))
    if state.arm + 1 < len(state.plan.arms):
        state, effects = _loading(replace(state, arm=state.arm + 1), at_ns)
        return state, (Send(Quit()), *effects)
    return replace(state, ended=True), (Send(Quit()), Finish("completed"))
