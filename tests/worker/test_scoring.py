"""Scoring: both conventions against a direct computation, divergence, and what must not change the figures."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from ecotui.core.scores import Sums
from ecotui.worker import scoring_arm, scoring_rows, scoring_sums, text_ids
from tests.worker.scored import TEXT, Bench, exact

EXACT = 1e-6
BOTH = ["sliding", "blocks"]


def ids(bench: Bench) -> torch.Tensor:
    """The text as the tokenizer gives it."""
    found = torch.tensor(text_ids.tokenizer(bench.arms[0].arm)(TEXT)["input_ids"])
    assert len(found) == 1000
    return found


def losses(model: Any, window: torch.Tensor, scored: int) -> torch.Tensor:
    """Each of a window's last tokens' negative log-likelihood, in 64 bits."""
    with torch.no_grad():
        likelihoods = model(window[None]).logits[0].double().log_softmax(-1)
    at = range(len(window) - scored, len(window))
    return torch.stack([-likelihoods[i - 1, window[i]] for i in at])


def perplexity(sums: Sums) -> float:
    """exp of the mean over tokens."""
    return math.exp(sum(sums.nll) / sum(sums.tokens))


def test_blocks_are_a_direct_computation(bench: Bench) -> None:
    model = exact(bench)
    found, text = bench.score().sums[0, "blocks"], ids(bench)
    direct = [losses(model, text[b : b + 64], 63) for b in range(0, 1000 - 63, 64)]
    assert found.head.windows == len(direct) == 15
    assert found.nll == pytest.approx([float(d.sum()) for d in direct], rel=EXACT)
    assert perplexity(found) == pytest.approx(float(torch.cat(direct).mean().exp()), rel=EXACT)


def test_sliding_windows_are_a_direct_computation_that_scores_each_token_once(bench: Bench) -> None:
    model = exact(bench)
    found, text = bench.score(conventions=["sliding"]).sums[0, "sliding"], ids(bench)
    begins = [0, *range(16, 1000 - 48, 16)]
    scored = [63, *[16] * (len(begins) - 2), (1000 - 64) % 16]
    direct = [losses(model, text[b : b + 64], n) for b, n in zip(begins, scored, strict=True)]
    assert sum(found.tokens) == 999
    assert perplexity(found) == pytest.approx(float(torch.cat(direct).mean().exp()), rel=EXACT)


def test_sliding_windows_agree_with_transformers_own_loss(bench: Bench) -> None:
    model = exact(bench)
    found, text = bench.score(conventions=["sliding"]).sums[0, "sliding"], ids(bench)
    before, expected = 0, []
    for begin in range(0, 1000, 16):
        end = min(begin + 64, 1000)
        labels = text[None, begin:end].clone()
        labels[:, : -(end - before)] = -100
        with torch.no_grad():
            loss = model(text[None, begin:end], labels=labels).loss
        scored = int((labels[:, 1:] != -100).sum())
        expected.append(float(loss) * scored)
        before = end
        if end == 1000:
            break
    assert found.nll == pytest.approx(expected, rel=EXACT)


def test_a_stride_of_one_window_is_blocks_and_the_rest_of_the_text(bench: Bench) -> None:
    exact(bench)
    sums = bench.score(conventions=BOTH, stride=64).sums
    sliding, blocks = sums[0, "sliding"], sums[0, "blocks"]
    assert sliding.nll[:15] == pytest.approx(blocks.nll, rel=EXACT)
    assert sliding.tokens == [*blocks.tokens, 1000 - 15 * 64 - 1]


def test_a_model_does_not_diverge_from_itself(bench: Bench) -> None:
    bench.load("fp16", "fp16")
    found = bench.score().sums[1, "blocks"]
    assert (found.head.against, found.head.compared_windows) == (0, 15)
    assert found.kl == [0.0] * 15
    assert found.agreed == found.compared == [31] * 15


def test_divergence_is_of_the_predictions_from_half_a_window_on(bench: Bench) -> None:
    bench.load("fp16", "nf4")
    found, text = bench.score().sums[1, "blocks"], ids(bench)
    with torch.no_grad():
        p, q = (bench.arms[n].weights.model(text[None, 64:128]).logits[0, 32:63].double() for n in (0, 1))
    kl = (p.softmax(-1) * (p.log_softmax(-1) - q.log_softmax(-1))).sum()
    assert found.kl[1] == pytest.approx(float(kl), rel=1e-3)
    assert found.agreed[1] == int((p.argmax(-1) == q.argmax(-1)).sum())
    assert sum(found.kl) > 0 and sum(found.agreed) < sum(found.compared)


def test_how_many_windows_go_together_changes_no_figure(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    exact(bench)
    many = bench.score(conventions=BOTH, tokens=500).sums
    monkeypatch.setattr(scoring_rows, "HOST_TOKENS", 1)
    monkeypatch.setattr(scoring_sums, "PART", 1000)
    one = bench.score(conventions=BOTH, tokens=500).sums
    assert (many[0, "blocks"].head.rows, one[0, "blocks"].head.rows) == (16, 1)
    for key in many:
        assert many[key].nll == pytest.approx(one[key].nll, rel=EXACT)


def test_too_little_memory_halves_the_windows_and_loses_none(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    exact(bench)
    whole = bench.score().sums[0, "blocks"].nll
    given: list[int] = []

    def small(model: Any, ids: torch.Tensor, scored: int) -> Any:
        given.append(len(ids))
        if len(ids) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return prefill(model, ids, scored)

    prefill = scoring_arm.prefill
    monkeypatch.setattr(scoring_arm, "prefill", small)
    assert bench.score().sums[0, "blocks"].nll == pytest.approx(whole, rel=EXACT)
    assert given == [15, 7, 3, 3, 3, 3, 3]


def test_a_window_that_does_not_fit_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.load("fp16")

    def none(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(scoring_arm, "prefill", none)
    with pytest.raises(scoring_arm.WorkerError, match="ran out of memory while scoring fp16 in windows of 64 tokens"):
        bench.score()


def test_a_window_is_told_of_as_soon_as_it_is_slow(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.load("fp16", "int8")
    monkeypatch.setattr(scoring_arm, "TELL_NS", 0)
    bench.score([1])
    assert bench.batches() == [1] * 15


def test_all_arms_are_scored_in_each_batch_before_the_next(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring_rows, "HOST_TOKENS", 64 * 4)
    bench.load("fp16", "nf4")
    bench.score()
    assert [(m.arm, m.first) for m in bench.said[2:]] == [(n, first) for first in (0, 4, 8, 12) for n in (0, 1)]


def test_a_model_of_few_positions_is_scored_in_shorter_windows(bench: Bench) -> None:
    bench.load("fp16")
    head = bench.score(conventions=["sliding"], window=2048, stride=512).sums[0, "sliding"].head
    assert (head.window, head.stride) == (512, 512)
    head = bench.score(conventions=["sliding"], window=2048, stride=1024).sums[0, "sliding"].head
    assert (head.window, head.stride, head.tokens) == (512, 256, 1000)


def test_a_figure_that_is_no_number_is_said_and_not_sent(bench: Bench) -> None:
    exact(bench).lm_head.weight.data[97] = float("nan")
    with pytest.raises(scoring_arm.WorkerError, match="as fp16 gives a token of window 0 no probability"):
        bench.score()


def test_random_weights_are_scored_on_random_ids_and_only_compared(bench: Bench) -> None:
    bench = Bench("synthetic:tiny", "embedded").load("fp16")
    bench.arms[1] = bench.arms[0]
    sums = bench.score(window=32, conventions=BOTH).sums
    assert list(sums) == [(0, "blocks"), (1, "blocks")]
    head = sums[1, "blocks"].head
    assert (head.text, head.windows, head.tokens, head.bos, head.against) == ("random ids", 16, 16 * 32, False, 0)
    model = bench.arms[0].weights.model
    same, other = (text_ids.drawn(model, 512, seed) for seed in (7, 8))
    assert same.sha256 == head.text_sha256 != other.sha256
