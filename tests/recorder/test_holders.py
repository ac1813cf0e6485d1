"""Who holds a board, and whether one may look over his shoulder."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.recorder import board_lock, holders
from ecotui.recorder.board_lock import holder_of, holding, refuse_held
from ecotui.recorder.holders import HeldError, Holder, hidden, told, watchable
from tests.factory import board
from tests.recorder.under_way import under_way

CARD = replace(board(), uuid="GPU-1234", sensor="nvml", name="NVIDIA H100")
HOLD = (
    "import sys; from pathlib import Path; from ecotui.core.reading import BoardInfo;"
    "from ecotui.recorder.board_lock import holding;"
    "it = BoardInfo('NVIDIA H100', 'GPU-1234', 0, 'nvml')\n"
    "with holding(it, Path(sys.argv[1]), what='mistral-7b int8 b8', log=Path(sys.argv[2])):"
    " print('held', flush=True); sys.stdin.read()"
)


def test_a_second_recorder_is_told_what_is_measured_and_where(tmp_path: Path) -> None:
    with under_way(tmp_path, CARD) as log:
        command = [sys.executable, "-c", HOLD, str(tmp_path), str(log)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None and other.stdout.readline() == "held\n"
            holder = holder_of(CARD, tmp_path)
            assert holder is not None
            assert (holder.pid, holder.what, holder.log) == (other.pid, "mistral-7b int8 b8", log)
            with pytest.raises(HeldError) as refused, holding(CARD, tmp_path):
                pass
            other.communicate()
    assert refused.value.log == log
    assert f"process {other.pid} of {holders.me()} since 2" in refused.value.what
    assert "(mistral-7b int8 b8)" in refused.value.what
    assert f"`ecotui watch {log}`" in refused.value.advice
    assert holder_of(CARD, tmp_path) is None


def test_who_asks_for_the_holder_refuses_no_recorder(tmp_path: Path) -> None:
    with holding(CARD, tmp_path):
        pass
    with (tmp_path / "ecotui-GPU-1234.lock").open("rb") as asker:
        fcntl.flock(asker, fcntl.LOCK_SH)
        pause = board_lock.time.sleep
        try:
            board_lock.time.sleep = lambda _: asker.close()  # type: ignore[assignment]
            with holding(CARD, tmp_path):
                pass
        finally:
            board_lock.time.sleep = pause


def test_a_board_that_nobody_holds_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert holder_of(CARD, tmp_path) is None
    refuse_held(board())
    monkeypatch.setattr(board_lock, "is_locked", lambda board: False)
    assert holder_of(CARD, tmp_path) is None


@pytest.mark.parametrize("text", [b"", b"[1]", b"{}", b'{"pid": "x", "user": 1, "since": 2}', b"\xff"])
def test_what_a_locks_file_says_need_not_make_sense(text: bytes) -> None:
    assert told(text) == Holder()
    assert Holder().words == "another recorder"


def test_a_log_is_only_opened_where_it_is_the_boards_own(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    with under_way(tmp_path, CARD) as log:
        link.symlink_to(log)
        assert watchable(Holder(1, "anna", log=log), CARD) == log
        assert watchable(Holder(1, "anna", log=log), replace(CARD, uuid="GPU-9")) is None
        for other in (pipe, link, Path("log.jsonl"), tmp_path / "none", tmp_path, None):
            assert watchable(Holder(1, "anna", log=other), CARD) is None
    assert watchable(Holder(1, "anna", log=log), CARD) is None, "it has ended"


def test_a_log_in_anothers_home_is_said_to_be_there() -> None:
    holder = told(json.dumps({"pid": 7, "user": "anna", "since": "now", "log": "/home/anna/\x1b[2J.jsonl"}).encode())
    assert hidden(holder).startswith(f"Its log is in a home that {holders.me()} cannot read (/home/anna/")
    assert "\x1b" not in hidden(holder) and "anna can watch it" in hidden(holder)
    assert hidden(Holder()) == ""
