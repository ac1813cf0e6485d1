"""The protocol alone: inputs in, effects out, no process and no clock."""

from dataclasses import replace

import pytest

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.events import Resident
from ecotui.core.messages import Failed, Load, Measure, Measured, Quit, Ready, WarmedUp, WarmUp
from ecotui.core.plan import Plan, Protocol
from ecotui.recorder.protocol import (
    Accept,
    Broke,
    Effect,
    Enter,
    Finish,
    Input,
    Passed,
    Send,
    StartWorker,
    State,
    StopAsked,
    begin,
    step,
)

PLAN = Plan((Arm("synthetic:tiny"),), Protocol(idle_s=2, warmups=2, windows=2, window_s=1), "simulated", 0, "cpu")
RESIDENT = Resident(0, 0, 1.0, 1, 2, {}, "random", "cpu")


def measured(window: int) -> Measured:
    return Measured(window, 0, NS, 0, 1, 256, 256, None)


def play(plan: Plan, *inputs: tuple[float, Input]) -> tuple[State, list[Effect]]:
    state, effects = begin(plan, 0)
    seen = list(effects)
    for seconds, what in inputs:
        state, effects = step(state, what, round(seconds * NS))
        seen += effects
    return state, seen


WHOLE: list[tuple[float, Input]] = [
    (1, Passed(0)),
    (2, Passed(0)),
    (3, Ready({})),
    (4, RESIDENT),
    (5, Passed(0)),
    (7, Passed(0)),
    (8, WarmedUp(0, 1)),
    (9, WarmedUp(0, 1)),
    (10, measured(1)),
    (11, measured(2)),
]


def phases(effects: list[Effect]) -> list[tuple[str, int | None]]:
    return [(e.phase.name, e.phase.window) for e in effects if isinstance(e, Enter)]


def test_a_session_goes_through_its_phases_in_order() -> None:
    state, effects = play(PLAN, *WHOLE)
    order = [
        ("bare", None),
        ("loading", None),
        ("context", None),
        ("warm-up", None),
        ("measuring", 1),
        ("measuring", 2),
    ]
    assert phases(effects) == order
    assert effects[-1] == Finish("completed")
    assert state.ended


def test_each_phase_sends_its_command_once() -> None:
    _, effects = play(PLAN, *WHOLE)
    sent = [e.command for e in effects if isinstance(e, Send)]
    load = Load(PLAN.arms[0], 0, "cpu", 0, PLAN.protocol.seed)
    assert sent == [load, WarmUp(), WarmUp(), Measure(1, 1), Measure(2, 1), Quit()]
    assert sum(isinstance(e, StartWorker) for e in effects) == 1


def test_every_window_is_accepted_before_the_session_ends() -> None:
    _, effects = play(PLAN, *WHOLE)
    assert [e.measured.window for e in effects if isinstance(e, Accept)] == [1, 2]
    assert isinstance(effects[-1], Finish)


def test_the_context_baseline_begins_only_after_the_board_has_settled() -> None:
    _, effects = play(PLAN, *WHOLE[:4], (4.9, Passed(0)))
    assert ("context", None) not in phases(effects)


def test_no_warm_ups_go_straight_to_the_windows() -> None:
    plan = replace(PLAN, protocol=replace(PLAN.protocol, warmups=0))
    _, effects = play(plan, *WHOLE[:6])
    assert phases(effects)[-1] == ("measuring", 1)


def test_a_second_arm_gets_a_worker_of_its_own_and_no_second_bare_baseline() -> None:
    plan = replace(PLAN, arms=(*PLAN.arms, Arm("synthetic:tiny", "nf4")))
    state, effects = play(plan, *WHOLE)
    assert state.arm == 1
    assert sum(isinstance(e, StartWorker) for e in effects) == 2
    assert phases(effects)[-1] == ("loading", None)
    assert [e.arm for e in effects if isinstance(e, Accept)] == [0, 0]


@pytest.mark.parametrize("until", range(len(WHOLE)))
def test_a_stop_ends_the_session_from_any_phase(until: int) -> None:
    state, effects = play(PLAN, *WHOLE[:until], (20, StopAsked(0)))
    assert state.ended
    assert isinstance(effects[-1], Finish)
    assert effects[-1].outcome == "stopped"


@pytest.mark.parametrize("trouble", [Failed("It broke.", "Mend it."), Broke(0, "It broke.", "Mend it.")])
def test_trouble_fails_the_session_with_its_reason(trouble: Input) -> None:
    _, effects = play(PLAN, *WHOLE[:5], (20, trouble))
    assert effects[-1] == Finish("failed", "It broke.", "Mend it.")


def test_what_does_not_fit_changes_nothing() -> None:
    state, _ = play(PLAN, (1, Passed(0)))
    assert step(state, measured(1), NS) == (state, ())


def test_nothing_happens_after_the_end() -> None:
    state, _ = play(PLAN, *WHOLE)
    assert step(state, StopAsked(0), NS) == (state, ())
