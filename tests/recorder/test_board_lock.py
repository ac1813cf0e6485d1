"""One recorder a board, whoever it is and however its holder ends."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.errors import BoardError
from ecotui.recorder.board_lock import SIMULATED, holding
from tests.factory import board

CARD = replace(board(), uuid="GPU-1234", sensor="nvml", name="NVIDIA H100")
HOLD = (
    "import sys; from pathlib import Path; from ecotui.core.reading import BoardInfo;"
    "from ecotui.recorder.board_lock import holding;"
    "it = BoardInfo('NVIDIA H100', sys.argv[2], 0, 'nvml')\n"
    "with holding(it, Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


def holder(place: Path, uuid: str = "GPU-1234") -> subprocess.Popen[str]:
    """Another process that holds a board by now."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place), uuid], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_board_that_is_held_is_refused_with_its_holder(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        with pytest.raises(BoardError) as refused, holding(CARD, tmp_path):
            pass
        other.communicate()
    assert "NVIDIA H100" in refused.value.what
    assert f"process {other.pid} of " in refused.value.what
    assert " since 2" in refused.value.what
    assert refused.value.advice


def test_another_board_is_free(tmp_path: Path) -> None:
    with holder(tmp_path, "GPU-9") as other:
        with holding(CARD, tmp_path):
            pass
        other.communicate()


def test_a_holder_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        other.kill()
    with holding(CARD, tmp_path):
        pass


def test_a_board_can_be_held_again_after_the_block(tmp_path: Path) -> None:
    for _ in range(2):
        with holding(CARD, tmp_path):
            pass


def test_every_user_may_ask_for_the_lock(tmp_path: Path) -> None:
    with holding(CARD, tmp_path):
        (path,) = tmp_path.iterdir()
        assert path.stat().st_mode & 0o777 == 0o666


def test_a_link_in_the_locks_place_is_not_written_through(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "ecotui-GPU-1234.lock").symlink_to(precious)
    with holding(CARD, tmp_path):
        pass
    assert precious.read_text() == "kept"


def test_a_host_without_such_a_place_goes_without_the_lock(tmp_path: Path) -> None:
    with holding(CARD, tmp_path / "missing"):
        pass


def test_a_locks_text_is_outside_text(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        (tmp_path / "ecotui-GPU-1234.lock").write_text('{"pid": 1, "user": "\\u001b[2J", "since": "now"}')
        with pytest.raises(BoardError) as refused, holding(CARD, tmp_path):
            pass
        other.communicate()
    assert "\x1b" not in refused.value.what


def test_simulated_boards_are_independent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with holding(board(), tmp_path), holding(board(), tmp_path):
        pass
    monkeypatch.setenv(SIMULATED, "1")
    with holding(board(), tmp_path), pytest.raises(BoardError), holding(board(), tmp_path):
        pass
