"""The path of a prefill and that of decoding: one figure without a threshold, two with one; and the shelf."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ecotui.core.errors import WorkerError
from ecotui.core.score_events import Decoded
from ecotui.worker import scoring_arm, shelf
from ecotui.worker.columns import Columns
from ecotui.worker.shelf import Held, Shelf
from tests.worker.scored import Bench, exact

HEAD = {"vocabulary": 8, "text_sha256": "a"}


def test_decoding_comes_to_what_a_prefill_comes_to(bench: Bench) -> None:
    exact(bench)
    whole = bench.score().sums[0, "blocks"]
    stepped = bench.score(path="decode").sums[0, "blocks"]
    assert (stepped.head.path, stepped.head.rows) == ("decode", 2)
    assert stepped.nll == pytest.approx(whole.nll, rel=1e-6)
    assert bench.batches() == [2] * 7 + [1]


def test_decoding_tells_of_its_steps_while_a_batch_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring_arm, "STEPS_NS", 0)
    bench.load("fp16").score(path="decode", tokens=192)
    steps = [(it.first, it.windows, it.step, it.steps) for it in bench.said if isinstance(it, Decoded)]
    assert steps[:2] == [(0, 2, 1, 63), (0, 2, 2, 63)] and steps[-1] == (2, 1, 63, 63)
    bench.score(tokens=192)
    assert not any(isinstance(it, Decoded) for it in bench.said), "a pass is one step"


def test_in_16_bits_the_paths_differ_by_rounding_alone(bench: Bench) -> None:
    bench.load("fp16", "int8-pure", batch_size=5)
    whole, stepped = (bench.score(path=p, tokens=320).sums for p in ("prefill", "decode"))
    for arm in (0, 1):
        assert stepped[arm, "blocks"].nll == pytest.approx(whole[arm, "blocks"].nll, rel=2e-3)
    assert sum(stepped[1, "blocks"].kl) == pytest.approx(sum(whole[1, "blocks"].kl), rel=0.1)


def test_with_a_threshold_a_prefill_flags_the_union_of_its_rows_and_decoding_flags_one_row(bench: Bench) -> None:
    model, flagged = bench.load("fp16", "int8", batch_size=1).arms[1].weights.model, {}
    with torch.no_grad():
        for block in model.model.layers:
            block.input_layernorm.weight[:6] *= 8
    for path in ("prefill", "decode"):
        counter = Columns()
        with counter.attached(model):
            bench.score(path=path, tokens=64)
        # The counter takes the first pass for a prefill: by the decoding path that is one row.
        flagged[path] = [int(counter._prefill[n].sum()) for n in (0, 1, 2)]
    assert flagged["prefill"] == [6, 6, 6]
    assert max(flagged["decode"]) < 6


def test_a_window_with_a_threshold_goes_alone_whatever_the_memory(bench: Bench) -> None:
    bench.load("fp16", "int8", "int8-pure")
    heads = {n: s.head.rows for (n, _), s in bench.score().sums.items()}
    assert heads == {0: 16, 1: 1, 2: 16}


def test_arms_of_other_batch_sizes_are_not_compared_by_the_decoding_path(bench: Bench) -> None:
    bench.load("fp16").load("nf4", batch_size=3)
    found = bench.score(path="decode", tokens=192).sums
    assert (found[1, "blocks"].head.rows, found[1, "blocks"].head.against, found[1, "blocks"].kl) == (3, None, [])


def test_the_shelf_gives_the_divergence_that_memory_gives(bench: Bench, tmp_path: Path) -> None:
    bench.load("bf16", "nf4")
    beside = bench.score().sums[1, "blocks"]
    place = str(tmp_path / "logits")
    bench.score([0], shelf=place)
    assert bench.shelf_windows == 15
    later = bench.score([1], shelf=place).sums[1, "blocks"]
    assert (later.head.against, later.head.compared_windows) == (0, 15)
    assert (later.kl, later.agreed, later.nll) == (beside.kl, beside.agreed, beside.nll)


def test_only_as_many_windows_are_compared_as_the_shelf_has_room_for(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_B", 7 * 31 * 512 * 2 + 5)
    bench.load("fp16", "nf4")
    place = str(tmp_path / "logits")
    bench.score([0], shelf=place)
    assert bench.shelf_windows == len(list((tmp_path / "logits").glob("*.logits"))) == 7
    found = bench.score([1], shelf=place).sums[1, "blocks"]
    assert (len(found.nll), len(found.kl), found.head.compared_windows) == (15, 7, 7)


def test_logits_of_other_windows_are_not_compared_with(bench: Bench, tmp_path: Path) -> None:
    bench.load("fp16", "nf4")
    bench.score([0], shelf=str(tmp_path))
    found = bench.score([1], shelf=str(tmp_path), window=32).sums[1, "blocks"]
    assert (found.head.against, found.kl) == (None, [])


def test_a_reference_that_was_broken_off_leaves_its_whole_windows(tmp_path: Path) -> None:
    kept = Shelf(tmp_path, HEAD, 4)
    assert kept.open(torch.bfloat16) > 2
    logits = torch.randn(2, 4, 8, dtype=torch.bfloat16)
    kept.put([0, 1], 0, logits[:, :3])
    kept.put([0], 3, logits[:1, 3:])
    assert Shelf(tmp_path, HEAD, 4).windows() == 1
    assert torch.equal(kept.get([0], 1, 3), logits[:1, 1:])
    assert Shelf(tmp_path, HEAD | {"text_sha256": "b"}, 4).windows() == 0


def test_a_shelf_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkerError, match="cannot be kept in"):
        Shelf(tmp_path / "file" / "logits", HEAD, 4).open(torch.float16)


def test_held_logits_are_of_the_models_own_16_bits() -> None:
    held = Held(2, torch.float16)
    held.put([3], 0, torch.tensor([[[1.00001], [2.0]]]))
    assert held.get([3], 0, 2).tolist() == [[[1.0], [2.0]]]
    held.forget()
    with pytest.raises(KeyError):
        held.get([3], 0, 1)


def test_decoding_that_does_not_fit_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.load("fp16")

    def none(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(scoring_arm, "decode", none)
    with pytest.raises(WorkerError, match="in 2 windows side by side of 64 tokens") as said:
        bench.score(path="decode")
    assert "--batch-size" in said.value.advice
