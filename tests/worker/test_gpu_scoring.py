"""Quality on a card: the packaged model in every quantization, by both paths, and what memory allows."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.events import Resident
from ecotui.core.messages import Load, Score, Scored
from ecotui.core.score_events import Scores, Scoring
from ecotui.core.scores import Scorings, Sums
from tests.worker.talk import Worker, arm

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="needs an NVIDIA GPU"),
]
LABELS = list(QUANTIZATIONS)
ASKED = Score(list(range(len(LABELS))), 0, 2048, 512, ["sliding", "blocks"], "prefill", "embedded")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker that holds the packaged model in every quantization."""
    with Worker(tmp_path_factory.mktemp("gpu")) as started:
        for number, label in enumerate(LABELS):
            started.send(Load(arm("sample:whale-1m", label, batch_size=4), number, "cuda", 0, 7, keep=True))
            started.until(Resident)
        yield started


def scored(worker: Worker, asked: Score) -> Scorings:
    """What a `Score` comes to."""
    worker.send(asked)
    sums = Scorings()
    for message in worker.until(Scored)[0]:
        if isinstance(message, Scoring | Scores):
            sums.add(message)
    return sums


@pytest.fixture(scope="module")
def whole(worker: Worker) -> Scorings:
    """The embedded text by the prefill path."""
    return scored(worker, ASKED)


def perplexity(sums: Sums) -> float:
    """exp of the mean over tokens."""
    return math.exp(sum(sums.nll) / sum(sums.tokens))


@pytest.mark.parametrize("convention", ["sliding", "blocks"])
def test_every_quantization_has_its_perplexity(whole: Scorings, convention: str) -> None:
    found = {label: perplexity(whole.sums[n, convention]) for n, label in enumerate(LABELS)}
    assert all(whole.sums[n, convention].whole for n in range(len(LABELS)))
    assert 2 < found["fp16"] < 12
    assert found["bf16"] == pytest.approx(found["fp16"], rel=0.005)
    assert found["fp16"] < found["nf4"] < 1.3 * found["fp16"]
    assert found["int8"] == pytest.approx(found["fp16"], rel=0.02)


def test_divergence_orders_the_quantizations(whole: Scorings) -> None:
    kl = {label: sum(whole.sums[n, "blocks"].kl) for n, label in enumerate(LABELS) if n}
    assert 0 < kl["bf16"] < kl["nf4"]
    assert 0 < kl["int8-pure"] < kl["nf4"]


def test_a_threshold_goes_window_by_window_and_others_together(whole: Scorings) -> None:
    rows = {label: whole.sums[n, "blocks"].head.rows for n, label in enumerate(LABELS)}
    assert rows["int8"] == 1
    assert {n for label, n in rows.items() if label != "int8"} == {8}


def test_decoding_comes_to_what_a_prefill_comes_to(worker: Worker) -> None:
    short = replace(ASKED, window=256, conventions=["blocks"], tokens=4 * 256)
    whole, stepped = scored(worker, short), scored(worker, replace(short, path="decode"))
    for number, label in enumerate(LABELS):
        found = stepped.sums[number, "blocks"]
        assert (found.head.rows, len(found.nll)) == (4, 4)
        assert found.nll == pytest.approx(whole.sums[number, "blocks"].nll, rel=1e-2), label


def test_the_shelf_gives_the_divergence_that_the_card_gives(worker: Worker, whole: Scorings, tmp_path: Path) -> None:
    shelf = replace(ASKED, conventions=["blocks"], shelf=str(tmp_path / "logits"))
    scored(worker, replace(shelf, arms=[0]))
    nf4 = LABELS.index("nf4")
    later = scored(worker, replace(shelf, arms=[nf4])).sums[nf4, "blocks"]
    assert later.kl == pytest.approx(whole.sums[nf4, "blocks"].kl, rel=1e-6)
