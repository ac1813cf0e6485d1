"""The protocol alone: inputs in, effects out, no process and no clock."""

from dataclasses import replace

import pytest

from ecotui.core.against import MEASURE_EAGER
from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.events import Examined, Gate, Resident
from ecotui.core.messages import Examine, Failed, Load, Measure, Measured, Quit, Ready, WarmedUp, WarmUp
from ecotui.core.plan import Plan, Protocol
from ecotui.core.program import Take, Warm
from ecotui.core.rows import WindowRow
from ecotui.core.schedule import split_lengths
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
from ecotui.recorder.protocol import State, begin, step

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
    (2.1, Foreseen()),
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
    _, effects = play(PLAN, *WHOLE[:5], (4.9, Passed(0)))
    assert ("context", None) not in phases(effects)


def test_no_warm_ups_go_straight_to_the_windows() -> None:
    plan = replace(PLAN, protocol=replace(PLAN.protocol, warmups=0))
    _, effects = play(plan, *WHOLE[:7])
    assert phases(effects)[-1] == ("measuring", 1)


def test_a_second_arm_gets_a_worker_of_its_own_and_no_second_bare_baseline() -> None:
    plan = replace(PLAN, arms=(*PLAN.arms, Arm("synthetic:tiny", "nf4")))
    state, effects = play(plan, *WHOLE)
    assert state.arm == 1
    assert phases(effects)[-1] == ("loading", None)
    assert [e.arm for e in effects if isinstance(e, Accept)] == [0, 0]
    assert sum(isinstance(e, StartWorker) for e in effects) == 1
    assert effects[-1] == Foresee((1,))
    assert step(state, Foreseen(), 12 * NS)[1] == (StartWorker(),)


@pytest.mark.parametrize("until", range(len(WHOLE)))
def test_a_stop_ends_the_session_from_any_phase(until: int) -> None:
    state, effects = play(PLAN, *WHOLE[:until], (20, StopAsked(0)))
    assert state.ended
    assert isinstance(effects[-1], Finish)
    assert effects[-1].outcome == "stopped"


@pytest.mark.parametrize("trouble", [Failed("It broke.", "Mend it."), Broke(0, "It broke.", "Mend it.")])
def test_trouble_fails_the_session_with_its_reason(trouble: Input) -> None:
    _, effects = play(PLAN, *WHOLE[:6], (20, trouble))
    assert effects[-1] == Finish("failed", "It broke.", "Mend it.")


def test_what_does_not_fit_changes_nothing() -> None:
    state, _ = play(PLAN, (1, Passed(0)))
    assert step(state, measured(1), NS) == (state, ())


def test_nothing_happens_after_the_end() -> None:
    state, _ = play(PLAN, *WHOLE)
    assert step(state, StopAsked(0), NS) == (state, ())


def gate(state: str) -> Gate:
    return Gate(0, 0, state, 1.0, 0.5)


FULL = replace(
    PLAN, protocol=replace(PLAN.protocol, gate_s=1.0, split_prefill=True, idle_after=True, examine=True, warmups=1)
)
LOADED = WHOLE[:7]
"""Up to the first warm-up."""
ALL: list[tuple[float, Input]] = [
    *LOADED,
    (8, WarmedUp(0, 1)),
    (9, gate("watching")),
    (9, WarmedUp(0, 1)),
    (10, gate("stable")),
    (10.1, WarmedUp(0, 1)),
    *((11 + n, measured(n)) for n in range(1, 9)),
    (21, Passed(0)),
    (24, Passed(0)),
    (25, Examined(0, 0, 4)),
]


def test_a_full_protocol_goes_through_every_phase_in_order() -> None:
    state, effects = play(FULL, *ALL)
    assert phases(effects) == [
        *(("bare", None), ("loading", None), ("context", None), ("warm-up", None), ("stabilizing", None)),
        *(("measuring", 1), ("measuring", 2)),
        *(("splitting", n) for n in range(3, 9)),
        *(("cooling", None), ("context-after", None), ("examining", None)),
    ]
    assert effects[-2:] == [Send(Quit()), Finish("completed")]
    assert state.ended


def test_a_full_protocol_sends_each_command_once() -> None:
    _, effects = play(FULL, *ALL)
    sent = [e.command for e in effects if isinstance(e, Send)]
    own = [Measure(1, 1), Measure(2, 1)]
    split = [Measure(n + 3, 1, length) for n, length in enumerate([64, 128] * 3)]
    assert sent[1:] == [WarmUp(), WarmUp(), WarmUp(), *own, *split, Examine(), Quit()]


def test_windows_of_other_lengths_are_accepted_as_such() -> None:
    _, effects = play(FULL, *ALL)
    assert [e.new_tokens for e in effects if isinstance(e, Accept)] == [None, None, *[64, 128] * 3]


@pytest.mark.parametrize(("new_tokens", "lengths"), [(256, {64, 128}), (3, {1}), (2, {1}), (4, {1, 2})])
def test_other_lengths_are_a_quarter_and_a_half_and_never_the_own(new_tokens: int, lengths: set[int]) -> None:
    found = split_lengths(Arm("none", new_tokens=new_tokens), FULL.protocol)
    assert set(found) == lengths
    assert len(found) == 3 * len(lengths)


@pytest.mark.parametrize("until", range(len(ALL)))
def test_a_stop_ends_a_full_protocol_from_any_phase_and_drops_no_window(until: int) -> None:
    state, effects = play(FULL, *ALL[:until], (40, StopAsked(0)))
    assert state.ended
    assert isinstance(effects[-1], Finish)
    assert effects[-1].outcome == "stopped"
    over = [what.window for _, what in ALL[:until] if isinstance(what, type(measured(1)))]
    assert [e.measured.window for e in effects if isinstance(e, Accept)] == over


def test_a_gate_that_passes_during_the_warm_ups_needs_no_phase_of_its_own() -> None:
    _, effects = play(FULL, *LOADED, (7.5, gate("stable")), (8, WarmedUp(0, 1)))
    assert phases(effects)[-2:] == [("warm-up", None), ("measuring", 1)]


def test_a_board_that_no_longer_rests_at_the_last_warm_ups_end_is_warmed_on() -> None:
    _, effects = play(FULL, *LOADED, (7.5, gate("stable")), (7.8, gate("watching")), (8, WarmedUp(0, 1)))
    assert phases(effects)[-1] == ("stabilizing", None)


def test_a_gate_whose_time_is_up_lets_the_windows_begin() -> None:
    _, effects = play(FULL, *LOADED, (8, WarmedUp(0, 1)), (8.5, gate("unstable")), (9, WarmedUp(0, 1)))
    assert phases(effects)[-2:] == [("stabilizing", None), ("measuring", 1)]


def test_the_generation_under_way_ends_before_the_first_window() -> None:
    _, effects = play(FULL, *LOADED, (8, WarmedUp(0, 1)), (8.5, gate("stable")))
    assert phases(effects)[-1] == ("stabilizing", None)


def test_without_warm_ups_the_gate_brings_its_own_load() -> None:
    plan = replace(FULL, protocol=replace(FULL.protocol, warmups=0))
    _, effects = play(plan, *LOADED)
    assert phases(effects)[-1] == ("stabilizing", None)
    assert effects[-1] == Send(WarmUp())


def test_each_arm_passes_a_gate_of_its_own() -> None:
    plan = replace(FULL, arms=(*PLAN.arms, Arm("synthetic:tiny", "nf4")))
    again: list[tuple[float, Input]] = [(26, Foreseen()), (27, Ready({})), (28, RESIDENT), (30, Passed(0))]
    _, effects = play(plan, *ALL, *again, (33, Passed(0)), (34, WarmedUp(0, 1)))
    assert phases(effects)[-4:] == [("loading", None), ("context", None), ("warm-up", None), ("stabilizing", None)]


def test_an_arm_that_fails_its_forecast_gets_no_worker() -> None:
    refused = Failed("It does not fit.", "Use --batch-size 2.")
    state, effects = play(PLAN, *WHOLE[:2], (2.1, refused))
    assert not any(isinstance(e, StartWorker) for e in effects)
    assert effects[-1] == Finish("failed", "It does not fit.", "Use --batch-size 2.")
    assert state.ended


def test_a_profile_that_fails_costs_no_run_its_windows() -> None:
    state, effects = play(FULL, *ALL[:-1], (25, Failed("The profiler broke.", "")))
    said = [e.text for e in effects if isinstance(e, Say)]
    assert said == ["The decoding steps could not be profiled. The profiler broke."]
    assert effects[-1] == Finish("completed")
    assert state.ended


def test_a_board_that_breaks_while_examining_fails_the_session() -> None:
    _, effects = play(FULL, *ALL[:-1], (25, Broke(0, "It is gone.")))
    assert effects[-1] == Finish("failed", "It is gone.")


UNTIL = Plan(
    (Arm("synthetic:tiny"), Arm("synthetic:tiny", "nf4")),
    Protocol(idle_s=2, warmups=0, window_s=1, blocks=5, until_pct=1.0),
    "simulated",
    0,
    "cpu",
)


def known(blocks: int, sway: float = 0.0) -> list[WindowRow]:
    """The windows of so many blocks; the second arm's energy swings by `sway`."""
    return [
        WindowRow(
            run_id=f"s-1.{arm}",
            session_id="s-1",
            window=1,
            simulated=True,
            block=block,
            valid=True,
            energy_gross_j_per_1k_tokens=100.0 * (1 + sway * arm * (block % 2)),
        )
        for block in range(1, blocks + 1)
        for arm in (0, 1, 1, 0)
    ]


def to_the_third_block() -> State:
    """A session whose third block is over, and which generates until the block's windows are known."""
    state, _ = play(UNTIL, *WHOLE[:5], (4, replace(RESIDENT, arm=1)), (5, Passed(0)), (7, Passed(0)))
    for seconds in range(8, 60):
        if isinstance(state.step, Warm) and state.step.judged:
            return state
        what: Input = measured(1) if isinstance(state.step, Take) else WarmedUp(0, 1)
        state, _ = step(state, what, seconds * NS)
    raise AssertionError("the third block never ended")


def test_the_load_goes_on_until_the_blocks_windows_are_known() -> None:
    state = to_the_third_block()
    again, effects = step(state, WarmedUp(0, 1), 99 * NS, known(3)[:-1])
    assert again.at == state.at and effects == (Send(WarmUp(0, 16)),)


def test_a_ratio_that_is_known_well_enough_ends_the_session_and_says_so() -> None:
    ended, effects = step(to_the_third_block(), WarmedUp(0, 1), 99 * NS, known(3))
    said = [e.text for e in effects if isinstance(e, Say)]
    assert said == ["Stopped by precision after block 3 of at most 5: the primary ratio is known to ±1 %."]
    assert ended.ended and effects[-1] == Finish("completed")


def test_a_ratio_that_is_not_known_well_enough_gets_another_block() -> None:
    state, effects = step(to_the_third_block(), WarmedUp(0, 1), 99 * NS, known(3, 0.2))
    assert isinstance(state.step, Take) and state.step.block == 4
    assert not any(isinstance(e, Say | Finish) for e in effects)


def test_a_session_that_came_to_its_last_block_says_that_the_blocks_ended_it() -> None:
    state, effects = to_the_third_block(), []
    for seconds in range(100, 160):
        what: Input = measured(1) if isinstance(state.step, Take) else WarmedUp(0, 1)
        state, found = step(state, what, seconds * NS, known(5, 0.2))
        effects += found
    assert state.ended and not state.precise
    assert [e.text for e in effects if isinstance(e, Say)] == [
        "Stopped by blocks: all 5 that were allowed are measured."
    ]


def arms(*kinds: str) -> tuple[Arm, ...]:
    words = [kind.split("+") for kind in kinds]
    return tuple(Arm("m", word[0], engine=word[1]) for word in words)


@pytest.mark.parametrize(
    ("these", "said"),
    [
        (arms("fp16+graph"), "Measure it with --engine eager."),
        (arms("fp16+graph", "nf4+graph"), "Measure it with --engine eager."),
        (arms("fp16+graph", "fp16+eager"), "Measure it with --engine eager, without --against eager."),
        (arms("fp16+eager", "fp16+graph"), "Leave out --against graph."),
        (arms("fp16+eager", "nf4+eager", "nf4+graph"), "Leave out every --against that names graph."),
    ],
)
def test_a_model_that_cannot_be_captured_comes_with_what_was_not_asked_for(these: tuple[Arm, ...], said: str) -> None:
    plan = replace(PLAN, arms=these, protocol=replace(PLAN.protocol, blocks=2 if len(these) > 1 else 0))
    failed = Failed("It cannot be captured.", f"Lower --new-tokens. {MEASURE_EAGER}")
    _, seen = play(plan, (1, Passed(0)), (2, failed))
    assert seen[-1] == Finish("failed", failed.what, f"Lower --new-tokens. {said}")
