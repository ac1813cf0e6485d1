"""How far a session is: every phase of the full protocol, and what the gate makes of the time that is left."""

from dataclasses import replace

import pytest

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.events import Gate, Header, Phase
from ecotui.core.plan import Protocol
from ecotui.core.progress import Progress, progress
from ecotui.core.timeline import Timeline
from ecotui.log.format import VERSION
from tests.factory import board, plan

FULL = Protocol(
    idle_s=2.0,
    warmups=1,
    windows=4,
    window_s=10.0,
    gate_s=5.0,
    gate_timeout_s=60.0,
    split_prefill=True,
    examine=True,
    idle_after=True,
)
ORDER = ("bare", "loading", "context", "warm-up", "stabilizing", "measuring", "splitting", "cooling", "context-after")


def at_phase(name: str, window: int | None = None, protocol: Protocol = FULL) -> Timeline:
    """A session whose phase `name` has just begun, at 100 s."""
    line = Timeline()
    line.apply(Header(VERSION, "s", 0, 0, replace(plan(), protocol=protocol).to_dict(), board()))
    line.apply(Phase(100 * NS, name, 0, window))
    return line


def seen(line: Timeline, seconds: float = 0.0) -> Progress:
    return progress(line, 100 * NS + round(seconds * NS))


def test_each_phase_leaves_less_than_the_one_before() -> None:
    left = [seen(at_phase(name, {"measuring": 1, "splitting": 5}.get(name))).remaining_s for name in ORDER]
    assert left == sorted(left, reverse=True)
    assert len(set(left)) == len(left)


def test_the_last_window_leaves_only_what_comes_after_it() -> None:
    plain = replace(FULL, split_prefill=False, examine=False, idle_after=False)
    it = seen(at_phase("measuring", 4, plain))
    assert (it.window, it.windows) == (4, 4)
    assert it.remaining_s == pytest.approx(10.0)


def test_windows_of_other_lengths_are_counted_by_themselves() -> None:
    it = seen(at_phase("splitting", 6))
    assert (it.window, it.windows) == (2, 6)
    assert it.remaining_s == pytest.approx(50.0 + 1.0 + 2.0 + 1.0)


@pytest.mark.parametrize(
    ("name", "lasts"), [("bare", 2.0), ("context", 2.0), ("cooling", 1.0), ("context-after", 2.0), ("warm-up", 5.0)]
)
def test_a_phase_of_known_length_is_half_over_at_half_its_time(name: str, lasts: float) -> None:
    it = seen(at_phase(name), lasts / 2)
    assert it.expected_s == pytest.approx(lasts)
    assert it.fraction == pytest.approx(0.5)


def test_while_it_stabilizes_the_gate_tells_the_time_that_is_left() -> None:
    line = at_phase("stabilizing")
    line.apply(Gate(103 * NS, 0, "watching", 5.0, 0.5, 1.2, eta_s=8.0))
    it = seen(line, 4.0)
    assert it.elapsed_s == pytest.approx(4.0)
    assert it.expected_s == pytest.approx(4.0 + 7.0)


def test_the_gate_never_asks_for_more_than_its_time_out_leaves() -> None:
    line = at_phase("stabilizing")
    line.apply(Gate(150 * NS, 0, "watching", 5.0, 0.5, 9.0, eta_s=300.0))
    assert seen(line, 50.0).expected_s == pytest.approx(60.0)


def test_a_gate_that_cannot_tell_is_taken_for_two_of_its_looks() -> None:
    line = at_phase("stabilizing")
    line.apply(Gate(101 * NS, 0, "watching", 5.0, 0.5, 0.2, waiting_for="clock"))
    assert seen(line, 1.0).expected_s == pytest.approx(11.0)


def test_a_gate_that_has_passed_adds_nothing() -> None:
    line = at_phase("warm-up")
    before = seen(line).remaining_s
    line.apply(Gate(101 * NS, 0, "stable", 5.0, 0.5, 0.1, eta_s=0.0))
    assert seen(line).remaining_s <= before


def test_the_bare_board_is_watched_once_a_session() -> None:
    one = at_phase("examining")
    two = at_phase("examining")
    assert two.plan is not None
    two.plan = replace(two.plan, arms=two.plan.arms * 2)
    whole = seen(at_phase("bare")).remaining_s
    assert seen(two).remaining_s - seen(one).remaining_s == pytest.approx(whole - 2.0)


def test_nothing_is_left_of_a_plan_that_is_not_known() -> None:
    assert progress(Timeline(), 0).phase == "starting"


def paired(*phases: tuple[float, str, int]) -> Timeline:
    """A paired session of two arms and two blocks that has come through some phases: at, name, arm."""
    two = replace(plan(), arms=(Arm("none"), Arm("none", engine="graph")), protocol=replace(PAIRED))
    line = Timeline()
    line.apply(Header(VERSION, "s", 0, 0, two.to_dict(), board()))
    for number, (at, name, arm) in enumerate(phases):
        line.apply(Phase(round(at * NS), name, arm, number if name == "measuring" else None))
    return line


PAIRED = Protocol(2.0, warmups=1, window_s=10.0, blocks=2, examine=True, idle_after=True)
LOADED = ((0.0, "bare", 0), (2.0, "loading", 0), (3.0, "loading", 1), (4.0, "context", 0), (6.0, "warm-up", 0))


def test_windows_of_a_paired_session_are_those_of_all_arms() -> None:
    turns = (7.0, "warm-up", 1), (7.5, "warm-up", 0), (8.0, "measuring", 0), (18.0, "warm-up", 1)
    line = paired(*LOADED, *turns, (19.0, "measuring", 1))
    it = progress(line, 24 * NS)
    assert (it.phase, it.window, it.windows) == ("measuring", 2, 8)
    assert it.elapsed_s == pytest.approx(5.0)


def test_a_paired_session_has_less_to_come_with_every_phase() -> None:
    phases = [*LOADED, (7.0, "warm-up", 1), (7.5, "warm-up", 0), (8.0, "measuring", 0)]
    at = 18.0
    for arm in (1, 1, 0, 0, 1, 1, 0):
        phases += [(at, "measuring", arm)]
        at += 10.0
    phases += [(at, "cooling", 0), (at + 1, "context-after", 0), (at + 3, "examining", 0), (at + 5, "examining", 1)]
    left = [progress(paired(*phases[: n + 1]), round(phases[n][0] * NS)).remaining_s for n in range(len(phases))]
    assert left == sorted(left, reverse=True)
    assert left[-1] == pytest.approx(progress(paired(*phases), round(phases[-1][0] * NS)).expected_s)
