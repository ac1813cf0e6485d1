"""Which arms may be resident at the same time."""

from dataclasses import replace

import pytest

from ecotui.core.against import arms_against
from ecotui.core.arm import Arm
from ecotui.core.events import Forecast
from ecotui.core.forecast import REFUSE_SHARE
from ecotui.core.forecast_scoring import scoring_b
from ecotui.core.plan import Plan, Protocol
from ecotui.core.quality import Quality
from ecotui.core.reading import Reading
from ecotui.recorder.dimensions import dimensions_of
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


def test_on_the_cpu_arms_stay_beside_each_other_where_the_host_has_room_for_all() -> None:
    both = foresee_all(plan("int8-pure"), (0, 1), board(), free(80), 0, host_b=40 * 10**9)
    apart = foresee_all(plan("int8-pure"), (0, 1), board(), free(80), 0, host_b=18 * 10**9)
    assert both.together and not apart.together and apart.refusal is None
    assert "of the 18.0 GB that are free" in apart.cautions[-1]


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


def test_arms_that_fit_only_while_they_generate_take_turns_and_the_notice_says_that_scoring_is_the_reason() -> None:
    asked = replace(plan("int8-pure"), quality=Quality())
    sizes = foresee_all(asked, (0, 1), board(), free(80), 0).forecasts
    assert all(f.scoring_b > 0 and f.total_b == _sum(f) for f in sizes)
    needed = together_b(asked.arms, sizes)
    fits, short = needed / REFUSE_SHARE / 1e9 + 0.01, needed / REFUSE_SHARE / 1e9 - 0.01
    assert foresee_all(asked, (0, 1), board(), free(fits), 0).together
    apart = foresee_all(asked, (0, 1), board(), free(short), 0)
    assert not apart.together and "while their quality is scored" in apart.cautions[-1]


def test_an_arm_that_fits_but_cannot_be_scored_is_refused_with_a_shorter_window_as_advice() -> None:
    asked = replace(plan("int8-pure"), arms=(BIG,), quality=Quality(window=32_768, alone=True))
    (need,) = foresee_all(asked, (0,), board(), free(80), 0).forecasts
    assert (need.cache_b, need.scoring_b) == (0, 0), "nothing is generated, and scoring is all that there is"
    found = foresee_all(asked, (0,), board(), free(need.total_b / 1e9), 0)
    assert found.refusal is not None and "to score it in windows of 32,768 tokens" in found.refusal.what
    assert found.refusal.advice == "Take a shorter --quality-window."


def test_an_arm_that_fits_while_it_generates_is_started_with_a_word_on_its_scoring() -> None:
    asked = replace(plan("int8-pure"), arms=(BIG,), quality=Quality())
    (need,) = foresee_all(asked, (0,), board(), free(80), 0).forecasts
    found = foresee_all(asked, (0,), board(), free((need.total_b / REFUSE_SHARE - 1e6) / 1e9), 0)
    assert found.refusal is None and "its quality may not be scored" in found.cautions[0]
    assert "Energy is measured first and stays" in found.cautions[0]


def test_by_the_decoding_path_scoring_holds_a_cache_of_whole_windows_for_every_row() -> None:
    d, arm = dimensions_of(BIG), replace(BIG, batch_size=8)
    assert d is not None
    one, eight = (scoring_b(d, replace(arm, batch_size=b), Quality(decode_path=True)) for b in (1, 8))
    assert eight - one >= 7 * 4 * d.layers * d.kv_width * 2048
    assert scoring_b(d, arm, Quality()) == scoring_b(d, BIG, Quality()), "one window at a time, whatever the batch"
    assert scoring_b(replace(d, positions=512), BIG, Quality()) < scoring_b(d, BIG, Quality())


def _sum(it: Forecast) -> int:
    return it.weights_b + it.cache_b + it.activations_b + it.overhead_b + it.scoring_b
