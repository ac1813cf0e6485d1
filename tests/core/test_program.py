"""What a session does, step by step, as it follows from its plan."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from ecotui.core.arm import Arm
from ecotui.core.errors import UsageError
from ecotui.core.plan import Plan, Protocol
from ecotui.core.program import Bring, Idle, Profile, Step, Take, Warm, program
from ecotui.core.schedule import visits

FULL = Protocol(2.0, warmups=3, blocks=3, window_s=1.0, gate_s=5.0, examine=True, idle_after=True)
ARMS = (Arm("synthetic:tiny"), Arm("synthetic:tiny", "nf4"), Arm("synthetic:tiny", engine="graph"))


def paired(arms: int = 2, **more: object) -> Plan:
    return Plan(ARMS[:arms], replace(FULL, **more), "simulated", 0, "cpu")  # type: ignore[arg-type]


def of(kind: type[Step], steps: tuple[Step, ...]) -> list[Step]:
    return [step for step in steps if isinstance(step, kind)]


def test_abba_goes_through_the_arms_and_back_in_every_block() -> None:
    assert [(v.arm, v.block) for v in visits(paired())] == [
        *((0, 1), (1, 1), (1, 1), (0, 1)),
        *((0, 2), (1, 2), (1, 2), (0, 2)),
        *((0, 3), (1, 3), (1, 3), (0, 3)),
    ]


@pytest.mark.parametrize("order", ["abba", "random"])
@pytest.mark.parametrize("arms", [2, 3])
def test_every_block_visits_each_arm_twice_whatever_the_order(order: str, arms: int) -> None:
    turns = visits(paired(arms, order=order))
    assert Counter((v.arm, v.block) for v in turns) == {(a, b): 2 for a in range(arms) for b in (1, 2, 3)}
    assert [v.block for v in turns] == sorted(v.block for v in turns)


def test_a_random_order_is_the_seeds() -> None:
    assert visits(paired(3, order="random")) == visits(paired(3, order="random"))
    assert visits(paired(3, order="random")) != visits(paired(3, order="random", seed=2))


def test_arms_that_are_resident_together_are_loaded_once_and_gated_once() -> None:
    steps = program(paired(3))
    assert of(Bring, steps) == [Bring(0), Bring(1, beside=True), Bring(2, beside=True)]
    assert [s.arm for s in of(Warm, steps) if isinstance(s, Warm) and s.gated] == [2], "the graph, which is steady"
    assert [(s.name, s.arm) for s in of(Idle, steps) if isinstance(s, Idle)] == [
        *(("bare", 0), ("context", 0), ("cooling", 0), ("context-after", 0)),
    ]
    assert [s.arm for s in of(Profile, steps)] == [0, 1, 2]


def test_without_a_graph_the_board_settles_under_the_arm_whose_turn_is_first() -> None:
    steps = program(paired(2))
    assert [s.arm for s in steps if isinstance(s, Warm) and s.gated] == [0]
    assert isinstance(steps[steps.index(Warm(0, 3, gated=True)) + 1], Take), "and it goes on at once"


def test_before_the_first_window_every_arm_has_had_its_warm_ups() -> None:
    steps = program(paired(3))
    first = next(i for i, s in enumerate(steps) if isinstance(s, Take))
    whole = [s for s in steps[:first] if isinstance(s, Warm) and s.new_tokens is None]
    assert {s.arm: s.calls for s in whole} == {0: 3, 1: 3, 2: 3}


def test_a_turn_to_another_arm_begins_with_a_few_discarded_tokens() -> None:
    steps = program(paired())
    takes = [i for i, s in enumerate(steps) if isinstance(s, Take)]
    for before, after in pairwise(takes):
        between = steps[before + 1 : after]
        same = steps[before].arm == steps[after].arm
        assert between == (() if same else (Warm(steps[after].arm, 1, new_tokens=16),))


def test_windows_are_numbered_by_arm_and_carry_their_block() -> None:
    takes = [s for s in program(paired()) if isinstance(s, Take)]
    for arm in (0, 1):
        assert [(s.window, s.block) for s in takes if s.arm == arm] == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)]


def test_arms_that_do_not_fit_together_are_loaded_and_gated_whenever_their_turn_comes() -> None:
    steps = program(paired(), together=False)
    brought = [s for s in steps if isinstance(s, Bring)]
    assert [s.arm for s in brought] == [0, 1, 0, 1, 0, 1, 0] and not any(s.beside for s in brought)
    warmed = [s for s in steps if isinstance(s, Warm)]
    assert all(s.gated and s.calls == 3 for s in warmed) and len(warmed) == len(brought)
    idle = [(s.name, s.arm) for s in steps if isinstance(s, Idle)]
    assert idle.count(("context", 0)) == idle.count(("context", 1)) == 1
    assert idle.count(("context-after", 0)) == idle.count(("context-after", 1)) == 1
    assert Counter(s.arm for s in steps if isinstance(s, Take)) == {0: 6, 1: 6}


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (paired(1), "A paired session takes 2 to 6 arms, not 1."),
        (paired(order="baab"), "There is no order 'baab'."),
        (paired(split_prefill=True), "--split-prefill goes with a single run, not with --against."),
        (paired(blocks=-1), "--blocks must be at least 0, not -1."),
    ],
)
def test_a_paired_plan_that_cannot_be_meant_says_why(plan: Plan, said: str) -> None:
    with pytest.raises(UsageError, match="^" + said.replace("(", r"\(")[:40]):
        plan.checked()
