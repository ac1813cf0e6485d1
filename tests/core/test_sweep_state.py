"""How far a sweep is, told from its log and from the ends of its sessions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.clock import NS
from ecotui.core.errors import LogError
from ecotui.core.events import Header, Phase
from ecotui.core.progress import progress
from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_events import (
    VERSION,
    Driven,
    GroupEnded,
    GroupStarted,
    PointSkipped,
    SweepEnded,
    SweepEvent,
    SweepHeader,
    SweepRecord,
    parse_record,
)
from ecotui.core.sweep_state import DONE, FAILED, RUNNING, SKIPPED, TO_COME, SessionEnd, SweepState, state_of
from ecotui.core.sweep_time import group_s, remaining_s, sessions_left_s
from ecotui.core.timeline import Timeline
from ecotui.core.wire import encode
from ecotui.log.format import VERSION as LOG_VERSION
from tests.factory import board

PLAN = SweepPlan("made", ("synthetic:tiny",), ("nf4", "int8"), batch_sizes=(1, 8))
ONE, EIGHT = (group.key for group in PLAN.groups())
ARMS = ["fp16", "nf4", "int8"]


def told(*events: SweepEvent, **sessions: SessionEnd) -> SweepState:
    return state_of(SweepRecord("s", PLAN, 0.0, events), sessions)


def states(state: SweepState, key: str = ONE) -> list[str]:
    group = state.group(key)
    assert group is not None
    return [p.state for p in group.points]


def test_a_completed_group_is_done_and_its_points_know_their_runs_and_their_baseline() -> None:
    state = told(GroupStarted(10.0, ONE, "a", 0, ARMS), GroupEnded(70.0, ONE, "a", "completed"))
    assert states(state) == [DONE] * 3
    assert [(p.run_id, p.baseline_run_id) for p in state.groups[0].points] == [
        ("a.0", None),
        ("a.1", "a.0"),
        ("a.2", "a.0"),
    ]
    assert states(state, EIGHT) == [TO_COME] * 3
    assert state.missing


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (SessionEnd("running"), RUNNING),
        (SessionEnd("completed"), DONE),
        (SessionEnd("stopped"), TO_COME),
        (SessionEnd("unfinished"), TO_COME),
    ],
)
def test_where_the_driver_was_killed_the_session_itself_says_how_it_ended(end: SessionEnd, state: str) -> None:
    assert states(told(GroupStarted(10.0, ONE, "a", 0, ARMS), a=end)) == [state] * 3


@pytest.mark.parametrize("outcome", ["stopped", "unfinished", "failed"])
def test_a_group_whose_session_ended_before_its_end_is_broken_off_until_it_is_measured_again(outcome: str) -> None:
    begun, ended = GroupStarted(1.0, ONE, "a", 0, ARMS), GroupEnded(2.0, ONE, "a", outcome)
    assert told(begun, a=SessionEnd("running")).broken_off == ()
    assert told(begun, a=SessionEnd("running")).running == (ONE,)
    assert told(begun, ended).broken_off == (ONE,)
    assert told(begun, ended, GroupStarted(3.0, ONE, "b", 0, ARMS), b=SessionEnd("running")).broken_off == ()
    again = told(begun, ended, GroupStarted(3.0, ONE, "b", 0, ARMS), GroupEnded(4.0, ONE, "b", "completed"))
    assert again.broken_off == () and states(again) == [DONE] * 3


def test_an_arm_that_failed_is_left_out_and_the_others_are_to_come_again() -> None:
    state = told(GroupStarted(1.0, ONE, "a", 0, ARMS), a=SessionEnd("failed", "out of memory", 2))
    assert states(state) == [TO_COME, TO_COME, FAILED]
    assert state.groups[0].points[2].reason == "out of memory"
    assert [p.word for p in state.groups[0].to_do()] == ["fp16", "nf4"]


def test_what_failed_comes_again_beside_its_baseline_when_it_is_asked_for() -> None:
    events = (
        PointSkipped(0.0, EIGHT, "int8", "does not fit"),
        GroupStarted(1.0, ONE, "a", 0, ARMS),
        GroupEnded(2.0, ONE, "a", "failed", "out of memory", "int8"),
        GroupStarted(3.0, ONE, "b", 0, ["fp16", "nf4"]),
        GroupEnded(4.0, ONE, "b", "completed"),
    )
    assert states(told(*events)) == [DONE, DONE, FAILED]
    assert states(told(*events), EIGHT) == [TO_COME, TO_COME, SKIPPED]
    again = told(*events, Driven(5.0, [0], retry_failed=True))
    assert states(again) == [DONE, DONE, TO_COME]
    assert states(again, EIGHT) == [TO_COME] * 3
    assert [p.word for p in again.groups[0].to_do()] == ["fp16", "int8"]
    later = told(
        *events, Driven(5.0, [0], True), GroupStarted(6.0, ONE, "c", 0, ["fp16", "int8"]), c=SessionEnd("completed")
    )
    assert [p.run_id for p in later.groups[0].points] == ["b.0", "b.1", "c.1"]
    assert later.groups[0].points[2].baseline_run_id == "c.0"


def test_a_session_without_the_baseline_has_no_ratio_to_tell() -> None:
    state = told(
        PointSkipped(0.0, ONE, "fp16", "does not fit"),
        GroupStarted(1.0, ONE, "a", 0, ["nf4", "int8"]),
        a=SessionEnd("completed"),
    )
    assert states(state) == [SKIPPED, DONE, DONE]
    assert [p.baseline_run_id for p in state.groups[0].points] == [None, None, None]


def test_the_newest_driver_says_how_it_ended_and_one_that_was_killed_says_nothing() -> None:
    assert told(Driven(0.0, [1]), SweepEnded(1.0, "stopped")).outcome == "stopped"
    assert told(Driven(0.0), SweepEnded(1.0, "stopped"), Driven(2.0, [0, 1])).outcome == ""
    assert told(Driven(0.0), Driven(2.0, [0, 1])).gpus == (0, 1)


def test_time_left_goes_by_the_protocol_first_then_by_the_groups_that_are_done_and_by_the_boards() -> None:
    fresh = told()
    expected = group_s(PLAN, fresh.groups[0])
    assert remaining_s(fresh, 0.0) == pytest.approx(2 * expected)
    assert remaining_s(replace(fresh, gpus=(0, 1)), 0.0) == pytest.approx(expected)
    slow = told(GroupStarted(0.0, ONE, "a", 0, ARMS), GroupEnded(3 * expected, ONE, "a", "completed"))
    assert remaining_s(slow, 0.0) == pytest.approx(3 * expected)


def test_a_sweep_has_never_less_time_left_than_the_session_that_runs() -> None:
    begun = told(Driven(0.0, [0]), GroupStarted(0.0, ONE, "a", 0, ARMS), a=SessionEnd("running"))
    session, line, late_s = PLAN.session([p.point.arm for p in begun.groups[0].points], 0), Timeline(), 900.0
    assert session is not None and late_s > group_s(PLAN, begun.groups[0])
    line.apply(Header(LOG_VERSION, "a", 0, 0, session.to_dict(), board()))
    line.apply(Phase(round(late_s * NS), "loading", 0))
    at_ns = round(late_s * NS)
    left = sessions_left_s({"a": line}, at_ns)
    assert left == {"a": progress(line, at_ns).remaining_s} and left["a"] > 0
    rest = group_s(PLAN, begun.groups[1])
    assert remaining_s(begun, late_s, left) == pytest.approx(left["a"] + rest)
    assert remaining_s(replace(begun, gpus=(0, 1)), late_s, left) >= left["a"]
    assert remaining_s(begun, 0.0, sessions_left_s({"a": Timeline()}, 0)) == remaining_s(begun, 0.0)


def lines(*events: SweepHeader | SweepEvent) -> bytes:
    return "".join(f"{encode(event)}\n" for event in events).encode()


HEADER = SweepHeader(VERSION, "s", 1.0, PLAN.to_dict())


def test_a_log_that_breaks_off_in_a_line_is_read_up_to_it_and_unknown_kinds_are_passed_over() -> None:
    whole = lines(HEADER, Driven(2.0, [0])) + b'{"kind":"of-tomorrow"}\n' + b'{"kind":"group-st'
    record = parse_record(whole, Path("sweep.jsonl"))
    assert record == SweepRecord("s", PLAN, 1.0, (Driven(2.0, [0]),))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not the log of a sweep"),
        (b"{}\n", "Line 1 of sweep.jsonl is damaged"),
        (lines(Driven(1.0)), "is not the log of a sweep"),
        (lines(replace(HEADER, version="2.0")), "newer ecotui"),
        (lines(HEADER) + b"rubbish\n" + lines(Driven(1.0)), "Line 2 of sweep.jsonl is damaged"),
        (lines(replace(HEADER, plan={"name": "x"})), "holds no plan of a sweep"),
    ],
)
def test_a_log_that_is_none_is_refused_in_words(data: bytes, said: str) -> None:
    with pytest.raises(LogError, match=said):
        parse_record(data, Path("sweep.jsonl"))


def test_a_baseline_that_is_retried_takes_turns_with_those_that_were_measured_without_it() -> None:
    events = (
        GroupStarted(1.0, ONE, "a", 0, ARMS),
        GroupEnded(2.0, ONE, "a", "failed", "the worker was killed", "fp16"),
        GroupStarted(3.0, ONE, "b", 0, ["nf4", "int8"]),
        GroupEnded(4.0, ONE, "b", "completed"),
        Driven(5.0, [0], retry_failed=True),
    )
    waiting = told(*events)
    assert [p.word for p in waiting.groups[0].to_do()] == ARMS, "alone, the baseline would give no ratio"
    assert [p.run_id for p in waiting.groups[0].points[1:]] == ["b.0", "b.1"], "nothing is lost until then"
    again = told(*events, GroupStarted(6.0, ONE, "c", 0, ARMS), c=SessionEnd("completed"))
    assert [(p.run_id, p.baseline_run_id) for p in again.groups[0].points] == [
        ("c.0", None),
        ("c.1", "c.0"),
        ("c.2", "c.0"),
    ]
    unfit = told(*events, PointSkipped(6.0, ONE, "fp16", "does not fit"))
    assert states(unfit) == [SKIPPED, DONE, DONE]
    assert not unfit.groups[0].to_do(), "what was measured without it is not measured again for nothing"
