"""When a session that goes on until its ratio is known may end, and what is left to do then."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from scipy import stats

from ecotui.core.arm import Arm
from ecotui.core.errors import UsageError
from ecotui.core.events import Notice
from ecotui.core.plan import Plan, Protocol
from ecotui.core.program import Bring, Idle, Profile, Take, Warm, closing, program
from ecotui.core.rows import WindowRow
from ecotui.core.stopping import EARLY_LEVEL, LEVEL, half_width, precise, reached, stopped_by
from ecotui.core.summary import summarize
from tests.factory import fold
from tests.ui.paired import paired_events, paired_plan

ARMS = (Arm("synthetic:tiny"), Arm("synthetic:tiny", "nf4"))
PLAN = Plan(ARMS, Protocol(idle_s=2, blocks=6, until_pct=1.0, idle_after=True, examine=True), "simulated", 0, "cpu")


def window(arm: int, block: int, joules: float, **facts: object) -> WindowRow:
    given = {"window": 1, "simulated": True, "valid": True} | facts
    return WindowRow(
        run_id=f"s-1.{arm}",
        session_id="s-1",
        block=block,
        energy_gross_j_per_1k_tokens=joules,
        **given,  # type: ignore[arg-type]
    )


def session(blocks: int, sway: float = 0.0) -> list[WindowRow]:
    """Two windows an arm and block; the second arm takes half more, by turns a little more and less."""
    return [
        window(arm, block, (1 + 0.5 * arm) * (1 + (sway if arm and block % 2 else 0.0)))
        for block in range(1, blocks + 1)
        for arm in (0, 1, 1, 0)
    ]


def test_half_a_width_is_that_of_students_interval() -> None:
    logs = [0.01, 0.02, 0.015, 0.012]
    assert half_width(logs) == pytest.approx(stats.t.ppf(0.975, 3) * stats.sem(logs), rel=1e-6)
    assert half_width([0.1]) is None


def test_no_session_stops_before_its_third_block() -> None:
    assert not precise([0.1, 0.1], 1.0) and precise([0.1] * 3, 1.0)


def test_before_the_fifth_block_the_wider_interval_has_to_be_narrow_enough() -> None:
    logs = [0.10, 0.11, 0.10, 0.11]
    early, late = (100 * math.expm1(half_width(logs, level) or 0) for level in (EARLY_LEVEL, LEVEL))
    between = (early + late) / 2
    assert late < between < early and not precise(logs, between)
    assert precise([*logs, 0.105], between)


def test_the_primary_ratio_is_the_second_arms_against_the_first() -> None:
    assert reached(PLAN, session(3)) and not reached(PLAN, session(3, 0.2))
    third = [window(2, block, 1.0 + block) for block in (1, 2, 3) for _ in range(2)]
    assert reached(PLAN, [*session(3), *third])


def test_a_block_with_an_invalid_window_does_not_count_towards_the_three() -> None:
    spoilt = session(3)
    spoilt[0] = replace(spoilt[0], valid=False)
    assert not reached(PLAN, spoilt)


def test_a_plan_that_asks_for_no_precision_never_stops_by_it() -> None:
    assert not reached(replace(PLAN, protocol=replace(PLAN.protocol, until_pct=None)), session(6))


@pytest.mark.parametrize(("blocks", "word"), [(3, "precision"), (5, "precision"), (6, "blocks")])
def test_what_ended_the_session_is_told_by_the_blocks_that_were_measured(blocks: int, word: str) -> None:
    assert stopped_by(PLAN, blocks, "completed") == word
    assert stopped_by(PLAN, blocks, "stopped") is None
    assert stopped_by(replace(PLAN, protocol=replace(PLAN.protocol, until_pct=None)), blocks, "completed") is None


@pytest.mark.parametrize(
    ("upto", "told", "word"), [(13, True, "precision"), (13, False, None), (None, False, "blocks")]
)
def test_blocks_that_the_log_says_to_end_by_precision_did_so_whatever_stopped_the_session_later(
    upto: int | None, told: bool, word: str | None
) -> None:
    plan = paired_plan(blocks=5)
    plan = replace(plan, protocol=replace(plan.protocol, until_pct=2.0))
    *before, end = paired_events(plan, upto=upto, outcome="stopped" if upto else "completed")
    said = Notice(end.at_ns, "Stopped by precision after block 3 of at most 5: the primary ratio is known to ±2 %.")
    runs, _ = summarize(fold([*before, *([said] if told else []), end]))
    assert {run.stopped_by for run in runs} == {word}


@pytest.mark.parametrize("together", [True, False])
def test_it_is_decided_after_each_block_from_the_third_to_the_last_but_one(together: bool) -> None:
    steps = program(PLAN, together=together)
    judged = [(i, step.judged) for i, step in enumerate(steps) if isinstance(step, Warm) and step.judged]
    assert [block for _, block in judged] == [3, 4, 5]
    for at, block in judged:
        before = [step.block for step in steps[:at] if isinstance(step, Take)]
        assert before.count(block) == 4 and block + 1 not in before


def test_without_a_precision_nothing_is_decided_between_blocks() -> None:
    plain = replace(PLAN, protocol=replace(PLAN.protocol, until_pct=None))
    assert not any(isinstance(step, Warm) and step.judged for step in program(plain))


def test_arms_that_are_resident_together_leave_together() -> None:
    steps = closing(PLAN, 0)
    assert [type(step) for step in steps] == [Idle, Idle, Profile, Profile]
    assert steps == program(PLAN)[-4:]


def test_an_arm_that_is_gone_is_loaded_once_more_for_its_second_baseline_and_its_profile() -> None:
    steps = closing(PLAN, 0, together=False)
    assert [step.arm for step in steps if isinstance(step, Profile)] == [0, 1]
    assert [step.arm for step in steps if isinstance(step, Bring)] == [1]
    assert [step.arm for step in steps if isinstance(step, Idle) and step.name == "context-after"] == [0, 1]
    bare = replace(PLAN, protocol=replace(PLAN.protocol, idle_after=False, examine=False))
    assert closing(bare, 0, together=False) == ()


@pytest.mark.parametrize(("until", "blocks"), [(0.0, 6), (99.0, 6), (float("nan"), 6), (1.0, 2), (1.0, 0)])
def test_a_precision_that_cannot_be_meant_is_refused(until: float, blocks: int) -> None:
    with pytest.raises(UsageError, match="--until"):
        replace(PLAN, protocol=replace(PLAN.protocol, until_pct=until, blocks=blocks)).checked()


def test_the_precision_survives_the_way_through_json() -> None:
    assert Plan.from_dict(PLAN.to_dict()) == PLAN
