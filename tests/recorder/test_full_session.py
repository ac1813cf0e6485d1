"""The full protocol through real processes, pipes and files: what it leaves in the log and in the store."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from ecotui.core.arm import Arm
from ecotui.core.plan import Plan, Protocol
from ecotui.core.rows import RunRow
from ecotui.core.timeline import Timeline
from ecotui.log import read_timeline
from ecotui.recorder.launch import Recording, request_stop
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.recorder.following import PLAN, QUICK, ended, until

GATED = replace(QUICK, windows=2, gate_s=1.0, gate_timeout_s=20.0)
FULL = replace(GATED, idle_after=True, examine=True, split_prefill=True)
NO_GATE = replace(GATED, gate_s=0.0)


def names(line: Timeline) -> list[str]:
    """The phases in order, each window's in one."""
    found = [span.phase.name for span in line.spans]
    return [name for name, before in zip(found, ["", *found], strict=False) if name != before]


def row_of(home: Home) -> RunRow:
    (stored,) = Store(home).runs()
    return stored.row


@pytest.fixture
def steady(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[[Protocol], Timeline]:
    """Records on a board that does not drift; the session is over when it returns."""

    def run(protocol: Protocol) -> Timeline:
        monkeypatch.setenv("ECOTUI_SCRIPT", json.dumps({"step_s": 0.004, "load_s": 0.1}))
        plan = json.dumps(replace(PLAN, protocol=protocol).to_dict())
        command = [sys.executable, "-m", "tests.recorder.steady", "steady"]
        done = subprocess.run(command, input=plan, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return read_timeline(home.session_log("steady"))

    return run


def test_every_phase_of_the_full_protocol_is_in_the_log(steady: Callable[[Protocol], Timeline], home: Home) -> None:
    line = steady(FULL)
    first = ["bare", "loading", "context", "warm-up", "stabilizing"]
    assert names(line) == [*first, "measuring", "splitting", "cooling", "context-after", "examining"]
    gate = line.gate(0)
    assert gate is not None
    assert gate.state == "stable"
    assert gate.drift_pct is not None
    assert gate.drift_pct <= gate.gate_pct
    assert [look.state for look in line.gates[0][:-1]] == ["watching"] * (len(line.gates[0]) - 1)
    assert {w.new_tokens for w in line.split_windows_of(0)} == {2, 5}
    assert all(w.tokens == w.tokens_expected == w.calls * 2 * (w.new_tokens or 0) for w in line.split_windows_of(0))
    assert [w.window for w in line.windows] == list(range(1, 9))
    assert line.examined[0].kernel_ms == 2.0
    assert line.forecasts[0].total_b > line.forecasts[0].weights_b > 0
    assert line.forecasts[0].free_b == 80_000_000_000
    row = row_of(home)
    assert row.outcome == "completed"
    assert row.stability == "stable"
    assert row.windows == 2
    assert row.idle_context_after_w is not None
    assert row.prefill_energy_j is not None
    assert row.kernels_per_step == 200.0
    assert row.memory_forecast_b == line.forecasts[0].total_b


def test_the_ring_is_logged_without_a_hole_from_the_first_window_to_the_last(
    steady: Callable[[Protocol], Timeline],
) -> None:
    line = steady(NO_GATE)
    at = line.samples.at_ns.tolist()
    assert all(0 < b - a < 60e6 for a, b in pairwise(at))
    assert at[0] < line.windows[0].t0_ns
    assert at[-1] > line.windows[-1].t1_ns
    assert [w.figures["energy_integral_source"] for w in line.windows] == ["ring", "ring"]


def test_vitals_surround_every_window_that_is_written(steady: Callable[[Protocol], Timeline]) -> None:
    line = steady(NO_GATE)
    assert min(v.at_ns for v in line.vitals) < line.windows[0].t0_ns
    assert max(v.at_ns for v in line.vitals) > line.windows[-1].t1_ns
    assert all(v.throttle_ns == 0 and not v.foreign for v in line.vitals)
    assert [w.figures["throttle_ms"] for w in line.windows] == [0.0, 0.0]


def test_a_board_that_does_not_settle_is_measured_and_called_unstable(
    started: Callable[..., Recording], home: Home
) -> None:
    plan = replace(PLAN, protocol=replace(GATED, gate_timeout_s=1.2))
    recording = started(plan)
    line = until(recording, ended)
    assert recording.process.wait() == 0
    gate = line.gate(0)
    assert gate is not None
    assert gate.state == "unstable"
    assert gate.waiting_for
    row = row_of(home)
    assert row.outcome == "completed"
    assert row.stability == "UNSTABLE"
    assert row.windows == 2


def test_a_stop_while_the_board_settles_leaves_a_stopped_run(started: Callable[..., Recording], home: Home) -> None:
    recording = started(replace(PLAN, protocol=replace(GATED, gate_timeout_s=600)))
    until(recording, lambda line: line.phase is not None and line.phase.name == "stabilizing")
    request_stop(recording.log)
    assert recording.process.wait(30) == 130
    row = row_of(home)
    assert row.outcome == "stopped"
    assert row.windows == 0
    assert row.weights == "scripted"


@pytest.mark.parametrize("phase", ["splitting", "cooling", "context-after"])
def test_a_stop_after_the_windows_keeps_them(phase: str, started: Callable[..., Recording], home: Home) -> None:
    recording = started(replace(PLAN, protocol=replace(FULL, gate_s=0.0, idle_s=2.0)))
    until(recording, lambda line: line.phase is not None and line.phase.name == phase)
    request_stop(recording.log)
    assert recording.process.wait(30) == 130
    row = row_of(home)
    assert row.outcome == "stopped"
    assert row.windows == 2


def test_an_arm_that_does_not_fit_is_refused_before_it_is_loaded(started: Callable[..., Recording], home: Home) -> None:
    recording = started(Plan((Arm("synthetic:mistral-7b", batch_size=4000),), QUICK, "simulated", 0, "cpu"))
    assert recording.process.wait(60) == 1
    line = read_timeline(recording.log)
    assert line.fault is not None
    assert "was not loaded" in line.fault.what
    assert "80.0 GB" in line.fault.what
    assert "--batch-size" in line.fault.advice
    assert not line.residents
    forecast = line.forecasts[0]
    assert forecast.free_b is not None
    assert forecast.total_b > forecast.free_b
    assert not recording.log.with_name("worker.log").exists()
    row = row_of(home)
    assert row.outcome == "failed"
    assert row.memory_forecast_b == forecast.total_b


def test_each_arm_has_its_own_forecast_gate_and_idle_after(started: Callable[..., Recording], home: Home) -> None:
    protocol = replace(GATED, gate_timeout_s=1.0, windows=1, idle_after=True, examine=True)
    recording = started(
        replace(PLAN, arms=(*PLAN.arms, Arm("synthetic:tiny", "nf4", new_tokens=10)), protocol=protocol)
    )
    assert recording.process.wait(90) == 0
    line = read_timeline(recording.log)
    assert set(line.forecasts) == set(line.residents) == set(line.gates) == set(line.examined) == {0, 1}
    # The board is empty again when the second arm is forecast.
    assert line.forecasts[1].free_b == line.forecasts[0].free_b
    for arm in (0, 1):
        assert line.forecasts[arm].at_ns < line.residents[arm].at_ns
        assert line.gates[arm][-1].state == "unstable"
    assert [s.phase.name for s in line.spans].count("bare") == 1
    assert len(Store(home).runs()) == 2
