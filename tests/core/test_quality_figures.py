"""Perplexity, its ratio, divergence and agreement, of sums that a test can work out by hand."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from ecotui.core import resampling
from ecotui.core.arm import Arm
from ecotui.core.events import End, Event, Header, Notice, Phase
from ecotui.core.plan import Plan
from ecotui.core.quality import UNSCORED, Quality
from ecotui.core.quality_figures import columns
from ecotui.core.resampling import ratio_of_sums, widening
from ecotui.core.score_events import Scores, Scoring, Task
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.log.format import VERSION
from tests.factory import board, fold, plan

ARMS = (Arm("a/model"), Arm("a/model", "nf4"), Arm("a/model", "nf4", batch_size=8), Arm("a/model", "int8"))
ASKED = Quality(window=64, stride=16)
PER_WINDOW = 63


def head(arm: int, convention: str = "blocks", windows: int = 8, **more: object) -> Scoring:
    against = 0 if arm and convention == "blocks" else None
    it = Scoring(
        *(1, arm, convention, "prefill", "embedded", "5ha", 600, 64, 16, windows, 2, True, 256),
        *(against, None if against is None else windows),
    )
    return replace(it, **more)  # type: ignore[arg-type]


def scores(arm: int, nats: float, windows: int = 8, convention: str = "blocks", kl: float | None = None) -> Scores:
    """`nats` a token, in one window more and in another less."""
    nll = [PER_WINDOW * nats * (1 + 0.1 * (n % 3 - 1)) for n in range(windows - windows % 3)]
    nll += [PER_WINDOW * nats] * (windows % 3)
    told = Scores(2, arm, convention, 0, nll, [PER_WINDOW] * windows)
    if kl is None:
        return told
    return replace(told, kl=[kl * 32] * windows, agreed=[24] * windows, compared=[32] * windows)


def scored_session(
    *events: Event,
    arms: tuple[Arm, ...] = ARMS,
    quality: Quality = ASKED,
    outcome: str = "completed",
    session: str = "s",
) -> list[Event]:
    """Events of a session that has nothing but these."""
    it = Plan(arms, plan().protocol, "simulated", 0, "cpu", quality=quality)
    return [Header(VERSION, session, 0, 0, it.to_dict(), board()), *events, End(9, outcome, "no reason")]


def session(*events: Event, **facts: object) -> Timeline:
    return fold(scored_session(*events, **facts))  # type: ignore[arg-type]


BOTH = (head(0), head(1), scores(0, 2.0), scores(1, 2.1, kl=0.02))


def test_perplexity_ratio_divergence_and_agreement_are_those_of_the_sums() -> None:
    it = columns(session(*BOTH), 1)
    assert it["perplexity_blocks"] == pytest.approx(math.exp(2.1), rel=1e-12)
    assert it["perplexity_blocks_ratio"] == pytest.approx(math.exp(0.1), rel=1e-12)
    assert it["perplexity_blocks_ratio_low"] < math.exp(0.1) < it["perplexity_blocks_ratio_high"]
    assert (it["kl_nats"], it["agreement_pct"]) == (pytest.approx(0.02), pytest.approx(75.0))
    assert (it["quality_reference"], it["quality_windows"], it["quality_remark"]) == ("s.0", 8, None)
    assert "quality_reference" not in columns(session(*BOTH), 0)


def test_arms_that_compute_the_same_share_their_figures_and_say_so() -> None:
    line = session(*BOTH)
    one, other = columns(line, 1), columns(line, 2)
    assert {**other, "quality_remark": None} == {**one, "quality_remark": None}
    assert "scored as s.1, which computes the same" in other["quality_remark"]
    rows = summarize(line)[0]
    assert rows[2].perplexity_blocks == rows[1].perplexity_blocks is not None
    assert rows[3].quality_path is None and rows[3].quality_remark is not None


@pytest.mark.parametrize("apart", [{"text_sha256": "x"}, {"window": 32}, {"path": "decode"}, {"bos": False}])
def test_scorings_of_other_tokens_windows_or_paths_are_never_compared(apart: dict[str, object]) -> None:
    it = columns(session(head(0), head(1, **apart), scores(0, 2.0), scores(1, 2.1)), 1)
    assert it["perplexity_blocks"] is not None and it.get("perplexity_blocks_ratio") is None


def test_only_windows_that_both_have_are_compared_and_the_remark_says_how_many() -> None:
    it = columns(session(head(0), head(1), scores(0, 2.0, 6), scores(1, 2.1), outcome="stopped"), 1)
    assert it["perplexity_blocks_ratio"] == pytest.approx(math.exp(0.1))
    assert "compared with fp16 only over the first 6 blocks windows" in it["quality_remark"]
    assert "stopped after 6 of 8 blocks windows" in columns(session(*BOTH[:2], scores(0, 2.0, 6)), 0)["quality_remark"]


def test_fewer_than_five_windows_have_no_interval_and_the_remark_says_why() -> None:
    it = columns(session(head(0, windows=4), head(1, windows=4), scores(0, 2.0, 4), scores(1, 2.1, 4)), 1)
    assert it["perplexity_blocks_ratio"] == pytest.approx(math.exp(0.1)) and it["perplexity_blocks_ratio_low"] is None
    assert "4 blocks windows: too few for an interval, of divergence and agreement too" in it["quality_remark"]


def test_random_weights_have_divergence_and_no_perplexity() -> None:
    arms = tuple(replace(arm, model="synthetic:tiny") for arm in ARMS)
    it = columns(session(*BOTH, arms=arms), 1)
    assert it["kl_nats"] is not None and not any(name.startswith("perplexity") for name in it)
    assert "random weights: perplexity refused" in it["quality_remark"]


def test_windows_that_the_model_made_shorter_and_the_path_of_outliers_are_told() -> None:
    line = session(head(0), head(3), scores(0, 2.0), scores(3, 2.1), quality=replace(ASKED, window=2048, stride=512))
    assert "windows shortened from 2,048 to the model's 64 positions" in columns(line, 0)["quality_remark"]
    assert "any of the 64 rows of a window: decoding takes those of 1" in columns(line, 3)["quality_remark"]


def test_an_arm_that_could_not_be_scored_says_why() -> None:
    failed = (Phase(3, "scoring", 0), Notice(4, f"{UNSCORED}: The worker ended.", "warning"))
    it = columns(session(head(0), scores(0, 2.0, 4), *failed), 0)
    assert it["quality_remark"].startswith("failed because The worker ended; stopped after 4 of 8")


def test_an_arm_that_was_only_begun_has_no_quality() -> None:
    it = columns(session(head(0), head(1), scores(0, 2.0), outcome="stopped"), 1)
    assert it.get("quality_path") is None and it["quality_remark"] == "no window was scored"


def test_a_loss_that_is_no_number_gives_no_figure() -> None:
    it = columns(session(head(0), scores(0, math.nan)), 0)
    assert it["perplexity_blocks"] is None and "no finite number" in it["quality_remark"]
    assert columns(session(head(0), scores(0, 1e6)), 0)["perplexity_blocks"] is None


def test_tasks_are_told_as_they_came() -> None:
    it = columns(session(head(0), scores(0, 2.0), Task(3, 0, "mmlu", "acc,none", 0.5, 0.01, 200, "0.4.9")), 0)
    (told,) = json.loads(it["quality_tasks"])
    asked = replace(ASKED, tasks=("mmlu", "piqa"))
    assert columns(session(*BOTH, quality=asked), 0)["quality_remark"] == "not done: mmlu, piqa"
    assert (told["task"], told["value"], told["stderr"], told["samples"]) == ("mmlu", 0.5, 0.01, 200)


def test_a_ratio_of_equal_windows_is_as_sure_as_they_are_alike() -> None:
    assert ratio_of_sums([0.5] * 9, [10] * 9) == resampling.Interval(0.05, 0.05, 0.05)
    assert ratio_of_sums([], []) is None
    uneven = ratio_of_sums([1.0, 2.0, 3.0, 2.0, 1.0, 2.0], [10, 20, 30, 20, 10, 20])
    assert uneven is not None and uneven.low == pytest.approx(0.1) and uneven.high == pytest.approx(0.1)


@pytest.mark.parametrize("windows", [8, 17, 60])
def test_the_interval_holds_the_truth_in_93_to_97_of_100_cases_where_plain_percentiles_do_not(
    windows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "RESAMPLES", 2000)
    rng, truth, cases = np.random.default_rng(3), 0.5, 1200
    drawn = rng.standard_t(4, (cases, windows + 20)) / math.sqrt(2)
    for at in range(1, windows + 20):
        drawn[:, at] = 0.2 * drawn[:, at - 1] + math.sqrt(1 - 0.2**2) * drawn[:, at]
    plain = wide = 0
    for deltas in (drawn[:, 20:] + truth).tolist():
        it = ratio_of_sums(deltas, [1] * windows)
        assert it is not None and it.low is not None and it.high is not None
        wide += it.low <= truth <= it.high
        longer = widening(windows)
        plain += it.value - (it.value - it.low) / longer <= truth <= it.value + (it.high - it.value) / longer
    assert 93 <= 100 * wide / cases <= 97
    assert 100 * plain / cases < 92
