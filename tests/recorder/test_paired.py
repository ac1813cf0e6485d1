"""A paired session through real processes, pipes and files: arms that take turns, block by block."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.pairs import JOULES, log_ratios
from ecotui.core.stopping import arm_of, precise
from ecotui.core.summary import summarize
from ecotui.core.traces import trace
from ecotui.log import read_timeline
from ecotui.recorder.launch import Recording
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.recorder.following import PLAN

ARMS = (Arm("synthetic:tiny", new_tokens=20), Arm("synthetic:tiny", new_tokens=20, engine="graph"))
PAIRED = replace(
    PLAN, arms=ARMS, protocol=replace(PLAN.protocol, blocks=2, window_s=0.3, idle_after=True, examine=True)
)


@pytest.fixture
def recorded(started: Callable[..., Recording]) -> Recording:
    recording = started(PAIRED)
    assert recording.process.wait(60) == 0
    return recording


def test_arms_take_turns_with_both_resident_and_one_baseline(recorded: Recording, home: Home) -> None:
    line = read_timeline(recorded.log)
    assert line.end is not None and line.end.outcome == "completed"
    assert [(w.arm, w.block) for w in line.windows] == [(0, 1), (1, 1), (1, 1), (0, 1), (0, 2), (1, 2), (1, 2), (0, 2)]
    names = [s.phase.name for s in line.spans]
    assert names[:4] == ["bare", "loading", "loading", "context"]
    assert names[-4:] == ["cooling", "context-after", "examining", "examining"]
    assert line.together and set(line.residents) == set(line.examined) == {0, 1}
    assert all(w.tokens == w.tokens_expected for w in line.windows)


def test_both_runs_are_stored_with_the_same_baselines_and_their_blocks(recorded: Recording, home: Home) -> None:
    first, second = sorted((s.row for s in Store(home).runs()), key=lambda row: row.run_id)
    assert (first.engine, second.engine) == ("eager", "graph")
    assert first.idle_context_w == second.idle_context_w is not None
    assert first.blocks == second.blocks == 2
    assert first.windows == second.windows == first.windows_planned == 4
    assert [w.block for w in Store(home).windows(second.run_id)] == [1, 1, 2, 2]
    runs, _ = summarize(read_timeline(recorded.log))
    assert runs == [first, second]


def test_calls_of_both_arms_are_told_apart(recorded: Recording) -> None:
    line = read_timeline(recorded.log)
    for window in line.windows:
        mine = [line.calls[window.arm, n] for n in range(window.first_call, window.first_call + window.calls)]
        assert all(len(call.stamps) == 21 for call in mine)
        assert all(window.t0_ns <= call.stamps[0] < call.stamps[-1] <= window.t1_ns for call in mine)


def test_a_stop_between_turns_keeps_every_window_that_was_over(started: Callable[..., Recording], home: Home) -> None:
    recording = started(replace(PAIRED, protocol=replace(PAIRED.protocol, blocks=40)), fault="die", at_window=6)
    assert recording.process.wait(60) == 1
    runs = [s.row for s in Store(home).runs()]
    assert sorted(run.windows or 0 for run in runs) == [2, 3]
    assert {run.outcome for run in runs} == {"failed"}


def test_one_gate_under_the_steadiest_load_holds_for_both(started: Callable[..., Recording], home: Home) -> None:
    gated = replace(PAIRED.protocol, gate_s=1.0, gate_timeout_s=4.0, blocks=1)
    recording = started(replace(PAIRED, protocol=gated))
    assert recording.process.wait(60) == 0
    line = read_timeline(recording.log)
    assert set(line.gates) == {1}, "the graph's"
    first, second = (s.row for s in Store(home).runs())
    assert first.stability == second.stability in ("stable", "UNSTABLE")


def test_arms_too_large_for_each_other_are_loaded_by_turns_and_the_log_says_so(
    started: Callable[..., Recording], home: Home
) -> None:
    large = Arm("synthetic:mistral-7b", new_tokens=20, batch_size=6000)
    arms = (large, replace(large, quantization="nf4"))
    recording = started(replace(PAIRED, arms=arms, protocol=replace(PAIRED.protocol, blocks=1, gate_s=0.0)))
    assert recording.process.wait(60) == 0
    line = read_timeline(recording.log)
    assert not line.together
    assert [s.phase.arm for s in line.spans if s.phase.name == "loading"] == [0, 1, 0]
    assert [(w.arm, w.window, w.block) for w in line.windows] == [(0, 1, 1), (1, 1, 1), (1, 2, 1), (0, 2, 1)]
    assert any("loaded again" in notice.text for notice in line.notices)
    first, second = sorted((s.row for s in Store(home).runs()), key=lambda row: row.run_id)
    assert first.idle_context_w is not None and second.idle_context_w is not None
    assert first.windows == second.windows == 2


@pytest.mark.parametrize(
    ("until", "most", "says"), [(50.0, 12, "Stopped by precision"), (0.05, 4, "Stopped by blocks")]
)
def test_a_session_goes_on_until_its_ratio_is_known_or_its_blocks_are_over(
    until: float, most: int, says: str, started: Callable[..., Recording], home: Home
) -> None:
    protocol = replace(PAIRED.protocol, blocks=most, until_pct=until, window_s=0.2)
    recording = started(replace(PAIRED, protocol=protocol))
    assert recording.process.wait(60) == 0
    line = read_timeline(recording.log)
    assert line.end is not None and line.end.outcome == "completed"
    assert [n.text.partition(" after")[0].partition(":")[0] for n in line.notices if "Stopped" in n.text] == [says]
    blocks = max(w.block or 0 for w in line.windows)
    first, second = ([w for w in summarize(line)[1] if arm_of(w) == number] for number in (0, 1))
    logs = log_ratios(first, second, JOULES)
    known = [k for k in range(1, blocks + 1) if precise(logs[:k], until)]
    assert known == ([blocks] if "precision" in says else []), "it stops at the first block that is precise enough"
    assert 3 <= blocks < most if "precision" in says else blocks == most
    assert len(line.windows) == 4 * blocks and set(line.examined) == {0, 1}
    assert [s.phase.name for s in line.spans][-4:] == ["cooling", "context-after", "examining", "examining"]
    rows = sorted((s.row for s in Store(home).runs()), key=lambda row: row.run_id)
    assert all(row.windows == 2 * blocks and row.idle_context_after_w is not None for row in rows)
    assert {row.stopped_by for row in rows} == {says.rsplit(maxsplit=1)[-1]}


def test_a_trace_holds_the_arms_own_turns_and_nothing_of_the_others(recorded: Recording) -> None:
    line = read_timeline(recorded.log)
    for arm in (0, 1):
        it = trace(line, arm)
        theirs = np.zeros(len(it.at_s), dtype=bool)
        for other in trace(line, 1 - arm).windows:
            shift = (line.windows_of(1 - arm)[0].t0_ns - line.windows_of(arm)[0].t0_ns) / NS
            theirs |= (it.at_s > other[0] + shift) & (it.at_s < other[1] + shift)
        ours = np.zeros(len(it.at_s), dtype=bool)
        for begin, end in it.windows:
            ours |= (it.at_s > begin) & (it.at_s < end)
        assert theirs.any() and np.isnan(it.power_w[theirs]).all()
        assert ours.any() and np.isfinite(it.power_w[ours]).all()
