"""Which arms may be resident at the same time."""

from dataclasses import replace

import pytest

from ecotui.core.against import arms_against
from ecotui.core.arm import Arm
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import Reading
from ecotui.recorder.together import foresee_all, together_b
from tests.factory import board

BIG = Arm("synthetic:mistral-7b")


def plan(*words: str) -> Plan:
    return Plan(arms_against(BIG, words), Protocol(blocks=2), "simulated", 0, "cpu")


def free(gigabytes: float) -> Reading:
    return Reading(0, memory_used_b=80_000_000_000 - round(gigabytes * 1e9))


def test_arms_that_fit_beside_each_other_stay_together() -> None:
    found = foresee_all(plan("int8-pure"), (0, 1), board(), free(80), 7)
    assert [f.arm for f in found.forecasts] == [0, 1]
    assert (found.together, found.refusal, found.cautions) == (True, None, ())


@pytest.mark.parametrize(("gigabytes", "together"), [(25, True), (20, False)])
def test_arms_that_fit_only_by_themselves_take_turns_on_the_board_and_the_notice_says_so(
    gigabytes: float, together: bool
) -> None:
    found = foresee_all(plan("int8-pure"), (0, 1), board(), free(gigabytes), 0)
    assert found.refusal is None and found.together is together
    assert any("loaded again" in caution for caution in found.cautions) is not together


def test_an_arm_that_does_not_fit_by_itself_is_refused() -> None:
    found = foresee_all(plan("nf4"), (0, 1), board(), free(10), 0)
    assert found.refusal is not None and "fp16" in found.refusal.what


def test_two_engines_of_one_quantization_hold_its_weights_once() -> None:
    two, other = plan("graph"), plan("int8-pure")
    shared = foresee_all(two, (0, 1), board(), free(80), 0).forecasts
    apart = foresee_all(other, (0, 1), board(), free(80), 0).forecasts
    assert together_b(two.arms, shared) < 1.2 * shared[0].total_b
    assert together_b(other.arms, apart) > apart[0].total_b + apart[1].weights_b


def test_where_the_board_does_not_tell_its_memory_they_stay_together() -> None:
    found = foresee_all(replace(plan("int8-pure")), (0, 1), board(), Reading(0), 0)
    assert found.together and found.refusal is None
