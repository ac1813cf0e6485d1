"""Poor boards, as an operator meets them: each run is stored with its label, or refused in one sentence.

The simulated board, whole processes, and the scripted worker. A fault's seconds count from the opening of the board;
`LATER_S` is when some windows are over and some are to come.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ecotui.core.rows import row_dict
from ecotui.core.timeline import Timeline
from ecotui.log import Follower, read_timeline
from ecotui.recorder.launch import request_stop
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.cli.support import ecotui, environment
from tests.cli.test_bad_input import sentence

BASE = ("run", "--sensor", "simulated", "--worker", "scripted", "--json", "--new-tokens", "20")
QUICK = ("--idle-seconds", "0.3", "--warmups", "1", "--window-seconds", "0.3")
WORDS = (*BASE, *QUICK, "--no-gate", "--windows", "6")
SCORED = ("quality", "--model", "sample:whale-1m", "--sensor", "simulated", "--device", "cpu", "--worker", "scripted")
LATER_S = 2.2
LOCKED = {"ECOTUI_SIMULATED_LOCK": "faults"}


def run(home: Path, words: tuple[str, ...] = WORDS, **faults: Any) -> subprocess.CompletedProcess[str]:
    return ecotui(*words, home=home, ECOTUI_SIMULATED_FAULTS=json.dumps(faults))


def windows_of(home: Path, words: tuple[str, ...] = WORDS, **faults: Any) -> list[dict[str, Any]]:
    """The windows of a run that completes."""
    done = run(home, words, **faults)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [r["outcome"] for r in found["runs"]] == ["completed"]
    assert stored(home) == found["runs"]
    windows: list[dict[str, Any]] = found["windows"]
    return windows


def stored(home: Path) -> list[dict[str, Any]]:
    """The rows of the store, as a run prints them."""
    store = Store(Home(home))
    store.adopt()
    return [json.loads(json.dumps(row_dict(run.row))) for run in store.runs()]


def timeline(home: Path) -> Timeline:
    (log,) = home.glob("sessions/*/log.jsonl")
    return read_timeline(log)


def test_a_sound_board_gives_valid_windows(tmp_path: Path) -> None:
    windows = windows_of(tmp_path)
    assert [w["valid"] for w in windows] == [True] * 6
    assert {w["energy_source"] for w in windows} == {"counter"}
    assert {w["energy_integral_source"] for w in windows} == {"ring"}
    assert stored(tmp_path)[0]["stability"] == "not gated"


def test_a_counter_that_goes_backwards_leaves_its_window_to_the_integral(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, counter_back_s=LATER_S)
    ticks = timeline(tmp_path).ticks
    joules, at = ticks.column("energy_j").tolist(), ticks.at_ns.tolist()
    ((before, after),) = [(at[i], at[i + 1]) for i, (a, b) in enumerate(pairwise(joules)) if b < a]
    for window in windows:
        touched = window["t0_ns"] < after and window["t1_ns"] > before
        assert window["energy_gross_j"] > 0
        assert window["energy_source"] == "counter" or touched
        if window["t0_ns"] < before and after < window["t1_ns"]:
            assert window["energy_source"] == "integral"


def test_a_power_of_0_is_no_power(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, zero_power_s=LATER_S)
    assert windows[-1]["valid"] is False
    assert "readings without power" in windows[-1]["cause"]
    assert {w["energy_source"] for w in windows} == {"counter"}
    row = stored(tmp_path)[0]
    assert row["valid"] is False
    assert "readings without power" in row["cause"]


def test_a_board_that_always_says_0_w_has_a_counter_alone_and_no_idle_power(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, zero_power_s=0)
    assert {(w["energy_source"], w["energy_integral_j"]) for w in windows} == {("counter", None)}
    row = stored(tmp_path)[0]
    assert row["idle_bare_w"] is row["idle_context_w"] is row["energy_net_bare_j_per_1k_tokens"] is None


def test_a_driver_without_field_186_is_weighed_by_counter_and_ring(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, lacking=["power"])
    assert {(w["energy_source"], w["energy_integral_source"], w["valid"]) for w in windows} == {
        ("counter", "ring", True)
    }


def test_the_boards_own_mean_never_enters_energy(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, lacking=["power", "ring", "energy"])
    assert {(w["energy_gross_j"], w["valid"]) for w in windows} == {(None, False)}
    assert {w["cause"] for w in windows} == {"no power reading in the window"}
    assert all(w["throughput_tok_s"] > 0 for w in windows)


def test_a_board_without_a_counter_says_so(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, lacking=["energy"])
    assert {(w["energy_source"], w["valid"]) for w in windows} == {("integral", True)}
    assert stored(tmp_path)[0]["energy_source"] == "integral"


def test_sensors_that_fall_silent_in_mid_run_label_what_they_miss(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, silent={"power": LATER_S, "energy": LATER_S, "ring": LATER_S})
    assert windows[-1]["cause"] == "no power reading in the window"
    assert windows[-1]["energy_gross_j"] is None
    assert stored(tmp_path)[0]["valid"] is False


def test_nvml_that_stops_answering_in_mid_run_leaves_a_failed_run_with_its_windows(tmp_path: Path) -> None:
    done = run(tmp_path, (*BASE, *QUICK, "--no-gate", "--windows", "500"), lost_s=LATER_S)
    sentence(done, 1, "no longer answers", "Start the session again. What was measured is kept")
    line = timeline(tmp_path)
    assert line.fault is not None
    assert line.end is not None
    assert line.end.outcome == "failed"
    (row,) = stored(tmp_path)
    assert row["outcome"] == "failed"
    assert "no longer answers" in row["reason"]
    assert row["windows"] == len(line.windows) > 0
    assert f"What was measured is kept: {row['windows']} window" in " ".join(done.stderr.split())
    said, (log,) = json.loads(done.stdout), tmp_path.glob("sessions/*/log.jsonl")
    assert said["session_id"] == row["session_id"] == log.parent.name
    assert (said["log"], said["windows"], said["runs"]) == (str(log), row["windows"], [row["run_id"]])
    (shown,) = re.findall(r"`ecotui (show \S+)`", done.stderr)
    assert json.loads(ecotui(*shown.split(), "--json", home=tmp_path).stdout)["runs"] == [row]


def test_nvml_that_is_gone_before_the_load_leaves_a_failed_run_without_windows(tmp_path: Path) -> None:
    sentence(run(tmp_path, lost_s=0.2), 1, "no longer answers")
    (row,) = stored(tmp_path)
    assert (row["outcome"], row["windows"]) == ("failed", 0)


@pytest.mark.parametrize(("bits", "words"), [(0x40, "hardware thermal slowdown"), (0x80, "power brake")])
def test_a_clock_event_during_a_window_is_its_cause(bits: int, words: str, tmp_path: Path) -> None:
    windows = windows_of(tmp_path, event_s=LATER_S, event_bits=bits)
    assert windows[-1]["valid"] is False
    assert words in windows[-1]["cause"]
    assert "clocks held down" in windows[-1]["cause"]


def test_a_power_cap_is_no_cause(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, event_s=0, event_bits=0x4)
    assert {w["valid"] for w in windows} == {True}
    assert all(w["power_cap_ms"] > 0 for w in windows)


def test_a_slowdown_between_two_readings_is_found_by_its_time(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, throttle_s=LATER_S)
    assert re.fullmatch(r"clocks held down for \d+ ms", windows[-1]["cause"])
    assert windows[-1]["clock_event_reasons"] & 0xE8 == 0


@pytest.mark.parametrize("since_s", [0, LATER_S])
def test_a_foreign_process_is_named(since_s: float, tmp_path: Path) -> None:
    windows = windows_of(tmp_path, foreign_s=since_s, foreign_name="trainer")
    assert windows[-1]["cause"] == "another process on the board: 4711 trainer"
    if not since_s:
        assert {w["valid"] for w in windows} == {False}


def test_on_mig_energy_is_refused_and_throughput_kept(tmp_path: Path) -> None:
    windows = windows_of(tmp_path, mig=True)
    for window in windows:
        assert window["energy_gross_j"] is window["energy_counter_j"] is window["energy_integral_j"] is None
        assert window["throughput_tok_s"] > 0
        assert "MIG" in window["cause"]
    (row,) = stored(tmp_path)
    assert row["energy_gross_j_per_1k_tokens"] is None
    assert row["throughput_tok_s"] > 0


def test_a_gap_in_the_readings_is_a_cause(tmp_path: Path) -> None:
    many = (*BASE, *QUICK, "--no-gate", "--windows", "16")  # so that it falls among them on a busy machine, too
    windows = windows_of(tmp_path, many, hang_s=2 * LATER_S, hang_for_s=0.7)
    struck = [w for w in windows if w["reading_gap_max_ms"] > 300]
    assert struck
    assert all(re.search(r"no reading for \d+ ms", w["cause"]) for w in struck)


def test_a_board_that_does_not_settle_is_called_unstable(tmp_path: Path) -> None:
    gated = (*BASE, *QUICK, "--windows", "2", "--gate-seconds", "1", "--gate-timeout", "1.2")
    windows = windows_of(tmp_path, gated)
    assert len(windows) == 2
    (row,) = stored(tmp_path)
    assert row["stability"] == "UNSTABLE"
    assert "UNSTABLE" in row["remarks"]


def test_faults_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    sentence(run(tmp_path, weather="bad"), 2, "ECOTUI_SIMULATED_FAULTS", "weather")


@pytest.fixture
def holding(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A run that holds the simulated board until it is stopped, and its log."""
    home, words = tmp_path / "one", (*BASE, *QUICK, "--no-gate", "--windows", "500")
    with subprocess.Popen(
        [sys.executable, "-m", "ecotui", *words],
        env=environment(home, **LOCKED),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        log = recording(home, process)
        yield process, log
        request_stop(log)


def recording(home: Path, process: subprocess.Popen[bytes]) -> Path:
    """The log of the one session of a home, once its board is being watched."""
    while process.poll() is None:
        for log in home.glob("sessions/*/log.jsonl"):
            follower = Follower(log)
            follower.poll()
            if follower.timeline.phase is not None:
                return log
        time.sleep(0.02)
    raise AssertionError(f"the run ended with {process.returncode} before its session began")


def test_a_second_recorder_on_a_board_is_refused_with_the_first_named(
    holding: tuple[subprocess.Popen[bytes], Path], tmp_path: Path
) -> None:
    first, log = holding
    said = sentence(ecotui(*WORDS, home=tmp_path / "two", **LOCKED), 1, "is being recorded by process", "--gpu")
    found = re.search(r"process (\d+) of (\S+) since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", said)
    assert found is not None
    os.kill(int(found[1]), 0)  # the process that is named is there
    sentence(ecotui(*SCORED, home=tmp_path / "two", **LOCKED), 1, "is being recorded by process", "--gpu")
    assert stored(tmp_path / "two") == [] and not list((tmp_path / "two").glob("sessions/*")), "nothing was begun"
    request_stop(log)
    assert first.wait(60) == 130
    assert stored(tmp_path / "one")[0]["outcome"] == "stopped"
