"""A whole session through real processes, pipes and files: the recorder's own process and the scripted worker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ecotui.core.events import Over, Window
from ecotui.core.summary import summarize
from ecotui.core.wire import kind_of
from ecotui.log import is_running, read_timeline
from ecotui.recorder.launch import Recording, request_stop
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.recorder.following import LONG, PLAN, ended, until


def children(pid: int) -> list[int]:
    found = subprocess.run(["/usr/bin/env", "ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, check=False)
    return [int(word) for word in found.stdout.split()]


def test_a_whole_session_is_logged_and_stored(started: Callable[..., Recording], home: Home) -> None:
    recording = started()
    line = until(recording, ended)
    assert recording.process.wait() == 0
    assert line.end is not None
    assert line.end.outcome == "completed"
    assert [s.phase.name for s in line.spans] == ["bare", "loading", "context", "warm-up", *["measuring"] * 3]
    assert [w.window for w in line.windows] == [1, 2, 3]
    for window in line.windows:
        assert window.tokens == window.tokens_expected == window.calls * 20
        assert window.t1_ns - window.t0_ns >= 0.3e9
    (stored,) = Store(home).runs()
    assert stored.row.windows == 3
    assert stored.row.simulated
    assert stored.row.weights == "scripted"
    assert stored.row.energy_gross_j_per_1k_tokens is not None
    assert stored.row.idle_context_w is not None
    assert stored.row.idle_bare_w is not None
    assert stored.row.idle_context_w > stored.row.idle_bare_w


def test_what_is_stored_can_be_rebuilt_from_the_log(started: Callable[..., Recording], home: Home) -> None:
    recording = started()
    recording.process.wait()
    runs, windows = summarize(read_timeline(recording.log))
    store = Store(home)
    assert [s.row for s in store.runs()] == runs
    assert store.windows(runs[0].run_id) == windows


def test_figures_written_live_equal_those_computed_later(started: Callable[..., Recording]) -> None:
    recording = started()
    recording.process.wait()
    line = read_timeline(recording.log)
    _, windows = summarize(line)
    for logged, later in zip(line.windows, windows, strict=True):
        assert logged.figures["energy_gross_j"] == later.energy_gross_j
        assert logged.figures["throughput_tok_s"] == later.throughput_tok_s


@pytest.mark.parametrize("how", ["file", "interrupt", "terminate"])
def test_a_stop_keeps_what_was_measured(how: str, started: Callable[..., Recording], home: Home) -> None:
    recording = started(LONG)
    until(recording, lambda line: len(line.windows) >= 2)
    if how == "file":
        request_stop(recording.log)
    else:
        recording.process.send_signal(signal.SIGINT if how == "interrupt" else signal.SIGTERM)
    assert recording.process.wait(30) == 130
    line = read_timeline(recording.log)
    assert line.end is not None
    assert line.end.outcome == "stopped"
    (stored,) = Store(home).runs()
    assert stored.row.outcome == "stopped"
    assert stored.row.windows == len(line.windows) >= 2


def test_a_hang_up_of_the_terminal_stops_nothing(started: Callable[..., Recording]) -> None:
    recording = started()
    until(recording, lambda line: line.phase is not None)
    recording.process.send_signal(signal.SIGHUP)
    assert recording.process.wait(60) == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("die", "exit code 9"),
        ("oom", "memory"),
        ("garbage", "no message"),
    ],
)
def test_a_worker_that_fails_leaves_a_labelled_run(
    fault: str, words: str, started: Callable[..., Recording], home: Home
) -> None:
    recording = started(fault=fault, at_window=2)
    assert recording.process.wait(60) == 1
    line = read_timeline(recording.log)
    assert line.fault is not None
    assert words in line.fault.what
    assert line.fault.advice
    (stored,) = Store(home).runs()
    assert stored.row.outcome == "failed"
    assert stored.row.windows == 1


def test_a_short_count_of_tokens_marks_the_window_invalid(started: Callable[..., Recording], home: Home) -> None:
    recording = started(fault="short", at_window=2)
    assert recording.process.wait(60) == 0
    (stored,) = Store(home).runs()
    windows = Store(home).windows(stored.row.run_id)
    assert [w.valid for w in windows] == [True, False, True]
    assert "tokens where" in (windows[1].cause or "")
    assert stored.row.windows == 3


def test_a_worker_that_hangs_is_ended(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOTUI_SCRIPT", json.dumps({"step_s": 0.004, "load_s": 0.1, "fault": "hang", "at_window": 2}))
    code = (
        "import json,sys; from ecotui.core.plan import Plan; from ecotui.recorder.main import record;"
        "from ecotui.sensors.board import open_board; from ecotui.store.home import Home;"
        "print(record(Home.open(), 'hanging', Plan.from_dict(json.load(sys.stdin)),"
        " lambda p: open_board(p.sensor, p.gpu), worker='scripted', hang_s=1.0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(PLAN.to_dict()), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "failed"
    line = read_timeline(home.session_log("hanging"))
    assert line.fault is not None
    assert "silent" in line.fault.what
    assert len(line.windows) == 1


def test_the_lock_tells_whether_a_recorder_lives(started: Callable[..., Recording]) -> None:
    recording = started(LONG)
    until(recording, lambda line: line.phase is not None)
    assert is_running(recording.log)
    recording.process.kill()
    recording.process.wait()
    assert not is_running(recording.log)


def test_a_killed_recorder_takes_its_worker_along_and_its_windows_are_adopted(
    started: Callable[..., Recording], home: Home
) -> None:
    recording = started(LONG)
    until(recording, lambda line: len(line.windows) >= 1)
    (worker,) = children(recording.process.pid)
    descriptor = os.pidfd_open(worker)
    recording.process.kill()
    recording.process.wait()
    with os.fdopen(descriptor) as pid:
        import select

        assert select.select([pid], [], [], 30)[0], "the worker outlived its recorder"
    store = Store(home)
    store.adopt()
    (stored,) = store.runs()
    assert stored.row.outcome == "unfinished"
    assert (stored.row.windows or 0) >= 1


def test_neither_torch_nor_textual_is_in_the_recorder(started: Callable[..., Recording]) -> None:
    recording = started(LONG)
    until(recording, lambda line: len(line.windows) >= 1)
    maps = Path(f"/proc/{recording.process.pid}/maps").read_text()
    assert "torch" not in maps
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, ecotui.cli.run, ecotui.recorder.main; print('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"torch", "transformers", "textual", "plotext"} & set(loaded)


def test_a_recorder_that_is_killed_as_a_window_ends_loses_no_window(
    started: Callable[..., Recording], home: Home
) -> None:
    recording = started(LONG)
    until(recording, lambda line: bool(line.windows and line.overs.waiting))
    recording.process.kill()
    recording.process.wait()
    known = recorded(recording.log, Window)
    overs = recorded(recording.log, Over)
    assert 1 <= known <= overs
    store = Store(home)
    assert store.adopt() == [recording.log.parent.name] and store.problems == []
    (stored,) = store.runs()
    assert (stored.row.outcome, stored.row.windows) == ("unfinished", overs)
    windows = store.windows(stored.row.run_id)
    assert [w.window for w in windows] == list(range(1, overs + 1))
    assert all(w.tokens == w.tokens_expected for w in windows)
    assert all(w.valid or w.cause for w in windows)


def recorded(log: Path, kind: type) -> int:
    """So many whole lines of a kind are in a log."""
    begins = f'{{"kind":"{kind_of(kind)}"'.encode()
    return sum(line.startswith(begins) and line.endswith(b"\n") for line in log.read_bytes().splitlines(keepends=True))
