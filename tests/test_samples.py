"""The shipped samples are what they say: recorded on a board, rebuilt from their logs to 1e-9, and small."""

import json
import math
from dataclasses import astuple
from functools import cache
from pathlib import Path

import pytest

from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.selftest import examine
from ecotui.core.summary import summarize
from ecotui.core.sweep_events import Driven, GroupEnded, GroupStarted
from ecotui.log import read_timeline
from ecotui.recorder.selftest_files import unpack
from ecotui.recorder.sweep import read_record, read_state
from ecotui.store.home import Home
from ecotui.store.store import Store, default_samples

SAMPLES = default_samples()
LOGS = sorted((SAMPLES or Path()).glob("sessions/*/log.jsonl.gz"))
SCORED = [log for log in LOGS if log.parent.name in ("20261122-015948-076c", "20261122-020017-8e7d")]
"""Sessions that scored quality and measured no window."""
MEASURED = [log for log in LOGS if log not in SCORED]
BROKEN_OFF = ("20261122-021134-9a84", "20261122-082529-b1db", "20261122-174422-54c3")
"""Sessions whose machine was taken away, after five blocks and, twice, while the board rested at the end."""
THRICE = ("20261122-082529-b1db", "20261122-112642-c197", "20261122-172931-86b5")
"""The sessions of four quantizations and a graph at batch 64, on three boards."""
PREFILL_WINDOWS = {"20261122-051106-2d22": 6}
"""Windows of other output lengths, which no run of the store has."""


@cache
def rows_of(log: Path) -> tuple[list[RunRow], list[WindowRow]]:
    """What a log comes to: many facts are of the same one."""
    return summarize(read_timeline(log))


def same(stored: RunRow | WindowRow, again: RunRow | WindowRow) -> bool:
    """Equal, floats to 1e-9."""
    pairs = zip(astuple(stored), astuple(again), strict=True)
    return all(
        math.isclose(a, b, rel_tol=1e-9) if isinstance(a, float) and isinstance(b, float) else a == b for a, b in pairs
    )


def test_four_quantizations_were_measured_at_three_batch_sizes_on_a_board_that_had_settled() -> None:
    runs = [run for log in LOGS for run in rows_of(log)[0] if run.stability == "stable"]
    found = {(r.quantization, r.batch_size) for r in runs if r.model == "synthetic:mistral-7b" and r.engine == "eager"}
    assert found >= {(q, b) for q in ("fp16", "nf4", "int8", "int8-pure") for b in (1, 8, 64)}


def test_nf4_was_measured_as_a_graph_beside_its_eager_arm_on_a_board_that_had_settled() -> None:
    runs = [run for log in LOGS for run in summarize(read_timeline(log))[0] if run.stability == "stable"]
    found = {(r.session_id, r.engine, r.batch_size) for r in runs if r.quantization == "nf4"}
    for session, batch in (("20261122-111848-3fcb", 1), ("20261122-112242-9d4b", 8)):
        assert {(session, "eager", batch), (session, "graph", batch)} <= found


def test_a_captured_graph_repeats_from_one_board_to_another_where_the_eager_loop_does_not(tmp_path: Path) -> None:
    store = Store(Home(tmp_path), SAMPLES)
    eager, graph = ([store.find(f"{name}.{arm}").row for name in THRICE] for arm in (0, 4))
    assert {(r.batch_size, r.quantization, r.engine) for r in graph} == {(64, "fp16", "graph")}
    fast, slow = ([r.throughput_tok_s or 0 for r in runs] for runs in (graph, eager))
    assert max(fast) / min(fast) == pytest.approx(1, abs=0.006)
    assert max(slow) / min(slow) > 1.2
    assert len({r.gpu_uuid for r in eager}) == 3


def test_batch_64_was_measured_whole_on_a_board_that_had_settled() -> None:
    runs, windows = rows_of(next(log for log in LOGS if log.parent.name == THRICE[-1]))
    assert {(r.outcome, r.stability, r.valid, r.windows, r.batch_size) for r in runs} == {
        ("completed", "stable", True, 6, 64)
    }
    arms = [("fp16", "eager"), ("int8", "eager"), ("int8-pure", "eager"), ("nf4", "eager"), ("fp16", "graph")]
    assert [(r.quantization, r.engine) for r in runs] == arms
    assert all(r.gpu_busy_pct and r.launches_per_step for r in runs)
    assert len(windows) == 30


def test_the_readme_of_the_samples_counts_what_there_is(tmp_path: Path) -> None:
    assert SAMPLES is not None
    store = Store(Home(tmp_path), SAMPLES)
    runs = [s.row for s in store.runs() if s.origin == "sample"]
    told = (SAMPLES / "README.md").read_text(encoding="utf-8")
    windows = sum(len(store.windows(run.run_id)) for run in runs) + sum(PREFILL_WINDOWS.values())
    assert f"All {windows} windows are valid." in told
    for run in runs:
        assert f"`{run.run_id}`" in told or run.session_id in told
        assert run.gpu_name == "NVIDIA H200" or f"`{(run.gpu_uuid or '')[:8]}…`" in told


def test_there_are_samples_of_four_quantizations_at_three_batch_sizes(tmp_path: Path) -> None:
    runs = [s.row for s in Store(Home(tmp_path), SAMPLES).runs() if s.origin == "sample"]
    found = {(r.quantization, r.batch_size) for r in runs if r.model == "synthetic:mistral-7b"}
    assert found >= {(q, b) for q in ("fp16", "nf4", "int8", "int8-pure") for b in (1, 8, 64)}


def test_in_a_paired_session_an_arm_answers_for_its_own_windows_and_not_for_those_between_them() -> None:
    (log,) = (log for log in LOGS if log.parent.name == "20261121-230720-e51d")
    runs = {(r.quantization, r.engine): r for r in rows_of(log)[0]}
    assert (runs["fp16", "graph"].power_cap_ms or 0) > 5000, "500 W on the mean, the limit in its bursts"
    assert runs["int8-pure", "graph"].power_cap_ms == 0


@pytest.mark.parametrize("log", LOGS, ids=lambda p: p.parent.name)
def test_a_sample_is_rebuilt_from_its_log(log: Path, tmp_path: Path) -> None:
    store = Store(Home(tmp_path), SAMPLES)
    runs, windows = rows_of(log)
    for run in runs:
        assert same(store.find(run.run_id).row, run)
        mine = [w for w in windows if w.run_id == run.run_id and not w.split]
        assert all(same(a, b) for a, b in zip(store.windows(run.run_id), mine, strict=True))


@pytest.mark.parametrize("log", MEASURED, ids=lambda p: p.parent.name)
def test_a_sample_was_measured_and_says_that_its_weights_are_random(log: Path) -> None:
    runs, windows = rows_of(log)
    for run in runs:
        assert run.simulated is False
        assert run.outcome == ("unfinished" if log.parent.name in BROKEN_OFF else "completed")
        assert run.weights == ("checkpoint" if run.model.startswith("sample:") else "random")
        assert run.gpu_name in ("NVIDIA H100 80GB HBM3", "NVIDIA H200")
        assert (run.windows or 0) >= 5
    for window in windows:
        assert (window.window_s or 0) >= 5
        assert window.tokens == window.tokens_expected
        assert window.energy_counter_j == pytest.approx(window.energy_integral_j, rel=0.02)


@pytest.mark.parametrize("log", MEASURED, ids=lambda p: p.parent.name)
def test_a_sample_has_all_that_a_full_measurement_has(log: Path) -> None:
    runs, windows = rows_of(log)
    assert {w.energy_integral_source for w in windows} == {"ring"}
    for run in runs:
        assert run.stability in ("stable", "UNSTABLE", "not gated")
        assert run.idle_bare_w and run.idle_context_w
        assert run.bound in ("host-bound", "memory-bound", "compute-bound", "kernel-bound")
        # What was broken off was never profiled: that comes after the last window.
        assert run.gpu_busy_pct or log.parent.name in BROKEN_OFF
        assert run.bandwidth_share_pct
        assert run.outlier_columns_decode is not None
        assert 3 <= run.outlier_columns_decode <= 8 or run.weights == "checkpoint"
        assert run.memory_peak_b == pytest.approx(run.memory_forecast_b, abs=1.5e9) or len(runs) > 1


def test_energy_and_quality_of_six_quantizations_stand_in_one_session() -> None:
    (log,) = (log for log in LOGS if log.parent.name == "20261122-050449-37df")
    runs, windows = rows_of(log)
    assert [r.quantization for r in runs] == ["fp16", "bf16", "nf4", "nf4-dq", "int8", "int8-pure"]
    assert all(r.energy_gross_j_per_1k_tokens and r.perplexity_sliding and r.perplexity_blocks for r in runs)
    assert all(r.kl_nats and r.agreement_pct for r in runs[1:])
    assert len(windows) == 36


def test_prefill_and_decode_are_told_apart_with_their_intervals() -> None:
    (log,) = (log for log in LOGS if log.parent.name == "20261122-051106-2d22")
    ((run,), windows) = rows_of(log)
    assert len([w for w in windows if w.split]) == 6
    assert run.prefill_energy_j and run.prefill_energy_ci_j and run.prefill_energy_ci_j < run.prefill_energy_j
    assert run.decode_energy_j_per_token and run.decode_energy_ci_j_per_token
    # A request of the other windows comes to what a prefill and the 63 tokens after its first one take.
    whole = run.prefill_energy_j + 63 * run.decode_energy_j_per_token
    assert run.energy_gross_j_per_request == pytest.approx(whole, rel=0.05)


def test_a_sweep_over_two_boards_kept_each_comparison_on_one() -> None:
    logs = [log for log in LOGS if log.parent.name in ("20261122-052616-9486", "20261122-052616-f80f")]
    boards = [{run.gpu_uuid for run in rows_of(log)[0]} for log in logs]
    assert [len(found) for found in boards] == [1, 1]
    assert boards[0] != boards[1]


def test_a_sweep_broken_off_on_one_machine_went_on_at_its_first_missing_point_on_another() -> None:
    assert SAMPLES is not None
    home = Home(SAMPLES)
    record, state = read_record(home, "20261122-051414-2802"), read_state(home, "20261122-051414-2802")
    events = list(record.events)
    (_, resumed) = (i for i, event in enumerate(events) if isinstance(event, Driven))
    broken, told, again = events[resumed - 1], events[resumed + 1], events[resumed + 2]
    assert isinstance(broken, GroupStarted) and isinstance(told, GroupEnded) and isinstance(again, GroupStarted)
    assert "b32" in broken.group and (told.session, told.outcome) == (broken.session, "unfinished")
    assert again.group == broken.group and again.session != broken.session
    assert state.outcome == "completed" and not state.missing
    sessions = {e.session for e in events if isinstance(e, GroupEnded) and e.outcome == "completed"}
    boards = {r.gpu_uuid for log in LOGS if log.parent.name in sessions for r in rows_of(log)[0]}
    assert len(sessions) == 4
    assert len(boards) == 2


def test_sessions_whose_machine_was_taken_away_keep_their_windows_and_their_answer() -> None:
    found = [rows_of(log) for log in LOGS if log.parent.name in BROKEN_OFF]
    assert [{(r.quantization, r.engine, r.stability, r.windows) for r in runs} for runs, _ in found] == [
        {("fp16", "eager", "stable", 10), ("int8", "eager", "stable", 10)},
        {(q, "eager", "stable", 6) for q in ("fp16", "int8", "int8-pure", "nf4")}
        | {(q, "graph", "stable", 6) for q in ("fp16", "int8-pure")},
        {(q, "eager", "stable", 6) for q in ("fp16", "int8", "int8-pure", "nf4")} | {("fp16", "graph", "stable", 6)},
    ]
    assert [len(windows) for _, windows in found] == [20, 36, 30]


@pytest.mark.parametrize("log", SCORED, ids=lambda p: p.parent.name)
def test_a_scored_sample_tells_perplexity_of_trained_weights_and_divergence_of_all(log: Path) -> None:
    runs, windows = rows_of(log)
    assert not windows
    first, *others = runs
    assert first.quantization == "fp16"
    assert all(run.kl_nats and run.quality_text and "H100" in (run.gpu_name or "") for run in others)
    assert all((run.perplexity_sliding is None) == (run.weights == "random") for run in runs)


def test_the_sample_of_a_selftest_is_rebuilt_from_its_samples() -> None:
    (table,) = (SAMPLES or Path()).glob("selftests/*.json")
    stored = json.loads(table.read_text(encoding="utf-8"))
    again = json.loads(json.dumps(examine(unpack(table.with_suffix(".jsonl.gz"))).to_dict()))
    assert "H100" in stored["board"]["name"]
    assert again["checks"] == stored["checks"]


def test_all_samples_together_are_small() -> None:
    assert SAMPLES is not None
    assert sum(p.stat().st_size for p in SAMPLES.rglob("*") if p.is_file()) < 24_000_000
