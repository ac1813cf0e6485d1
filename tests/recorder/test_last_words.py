"""A log that cannot be written any more, a worker that does nothing, and a recorder that has not begun its log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from ecotui.core.clock import now_ns
from ecotui.core.errors import LogError
from ecotui.core.events import Event as CoreEvent
from ecotui.core.events import Over
from ecotui.log import LogWriter, read_timeline
from ecotui.recorder import launch as launching
from ecotui.recorder import main
from ecotui.recorder.last_words import RESERVE_B, Reserve, drop_torn_line
from ecotui.recorder.launch import is_recorded
from ecotui.recorder.silence import Silence, cpu_s
from ecotui.sensors.simulated import SimulatedBoard
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.recorder.following import PLAN


def test_a_reserve_has_no_name_and_is_free_again_when_it_is_released(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert reserve._file is not None
    assert os.fstat(reserve._file.fileno()).st_size == RESERVE_B
    reserve.release()
    reserve.release()


@pytest.mark.parametrize(("before", "after"), [(b"one\ntw", b"one\n"), (b"one\ntwo\n", b"one\ntwo\n"), (b"o", b"")])
def test_a_torn_line_is_taken_off_before_another_is_written(before: bytes, after: bytes, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(before)
    drop_torn_line(log)
    assert log.read_bytes() == after


def test_a_worker_that_computes_while_loading_is_not_hung_and_one_that_does_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = iter([1.0, 1.2, 1.21])
    monkeypatch.setattr("ecotui.recorder.silence.cpu_s", lambda _pid: next(spent))
    silence = Silence(1.0, tmp_path, worker=1)
    for _ in range(2):
        silence.worker_ns = 0
        assert silence.verdict("loading", now_ns()) is None
    silence.worker_ns = 0
    verdict = silence.verdict("loading", now_ns())
    assert verdict is not None
    assert "done nothing for 1 s while loading" in verdict.what


def test_cpu_time_is_told_of_a_process_that_is_there() -> None:
    assert (cpu_s(os.getpid()) or 0) > 0
    assert cpu_s(2**22 + 1) is None


def test_a_session_is_being_recorded_from_the_start_of_its_recorder_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.Popen

    def sleeper(_words: object, **how: object) -> subprocess.Popen[bytes]:
        return real([sys.executable, "-c", "import time; time.sleep(60)"], **how)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(launching.subprocess, "Popen", sleeper)
    begun = launching.launch(home, PLAN, "scripted")
    try:
        assert not begun.log.exists()
        assert is_recorded(begun.log)
    finally:
        begun.process.kill()
        begun.process.wait()
    assert not is_recorded(begun.log)


class FullDisk(LogWriter):
    """The disk is full when a window is over."""

    full = False

    def write(self, event: CoreEvent) -> None:
        if isinstance(event, Over) and not self.full:
            self.full = True
            raise LogError(f"The session log {self.path} cannot be written (No space left on device).")
        super().write(event)


def test_a_window_that_is_over_when_the_disk_is_full_is_among_the_last_words(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOTUI_SCRIPT", json.dumps({"step_s": 0.004, "load_s": 0.1}))
    monkeypatch.setattr(main, "LogWriter", FullDisk)
    heard = signal.getsignal(signal.SIGHUP)
    try:
        outcome = main.record(home, "full", PLAN, lambda _: SimulatedBoard(), worker="scripted")
    finally:
        signal.signal(signal.SIGHUP, heard)
    assert outcome == "failed"
    line = read_timeline(home.session_log("full"))
    assert [window.window for window in line.windows] == [1] and not line.overs.waiting
    assert line.fault is not None and "No space left" in line.fault.what
    (stored,) = Store(home).runs()
    assert (stored.row.outcome, stored.row.windows) == ("failed", 1)


def test_a_driver_that_does_not_let_go_of_its_board_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    never, board = Event(), SimulatedBoard()
    monkeypatch.setattr(main, "CLOSE_S", 0.01)
    monkeypatch.setattr(board, "close", never.wait)
    with main.closing_board(board):
        pass
    never.set()
