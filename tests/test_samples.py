"""The shipped samples are what they say: recorded on a board, rebuilt from their logs to 1e-9, and small."""

import math
from dataclasses import astuple
from pathlib import Path

import pytest

from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.summary import summarize
from ecotui.log import read_timeline
from ecotui.store.home import Home
from ecotui.store.store import Store, default_samples

SAMPLES = default_samples()
LOGS = sorted((SAMPLES or Path()).glob("sessions/*/log.jsonl.gz"))


def same(stored: RunRow | WindowRow, again: RunRow | WindowRow) -> bool:
    """Equal, floats to 1e-9."""
    pairs = zip(astuple(stored), astuple(again), strict=True)
    return all(
        math.isclose(a, b, rel_tol=1e-9) if isinstance(a, float) and isinstance(b, float) else a == b for a, b in pairs
    )


def test_there_are_samples_of_four_quantizations_at_two_batch_sizes(tmp_path: Path) -> None:
    runs = [s.row for s in Store(Home(tmp_path), SAMPLES).runs() if s.origin == "sample"]
    found = {(r.quantization, r.batch_size) for r in runs if r.model == "synthetic:mistral-7b"}
    assert found >= {(q, b) for q in ("fp16", "nf4", "int8", "int8-pure") for b in (1, 8)}


@pytest.mark.parametrize("log", LOGS, ids=lambda p: p.parent.name)
def test_a_sample_is_rebuilt_from_its_log(log: Path, tmp_path: Path) -> None:
    store = Store(Home(tmp_path), SAMPLES)
    runs, windows = summarize(read_timeline(log))
    for run in runs:
        assert same(store.find(run.run_id).row, run)
        mine = [w for w in windows if w.run_id == run.run_id]
        assert all(same(a, b) for a, b in zip(store.windows(run.run_id), mine, strict=True))


@pytest.mark.parametrize("log", LOGS, ids=lambda p: p.parent.name)
def test_a_sample_was_measured_and_says_that_its_weights_are_random(log: Path) -> None:
    (run,), windows = summarize(read_timeline(log))
    assert run.simulated is False
    assert run.outcome == "completed"
    assert run.weights == "random"
    assert "H100" in (run.gpu_name or "")
    assert len(windows) >= 5
    for window in windows:
        assert (window.window_s or 0) >= 5
        assert window.tokens == window.tokens_expected
        assert window.energy_counter_j == pytest.approx(window.energy_integral_j, rel=0.05)


def test_all_samples_together_are_small() -> None:
    assert SAMPLES is not None
    assert sum(p.stat().st_size for p in SAMPLES.rglob("*") if p.is_file()) < 20_000_000
