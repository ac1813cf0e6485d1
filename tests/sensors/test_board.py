"""The seam: which board a name and a number open."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ecotui.core.errors import NoSuchBoardError, UsageError
from ecotui.sensors.board import list_boards, no_such_board, open_board, watts


def test_the_simulated_board_opens_and_is_listed() -> None:
    board = open_board("simulated", 0)
    assert board.info == list_boards("simulated")[0]
    assert board.info.sensor == "simulated"
    board.close()


def test_a_simulated_board_of_another_number_is_not_there() -> None:
    with pytest.raises(NoSuchBoardError, match=r"GPU 3 is not there: this host has 1 \(0: Simulated board\)"):
        open_board("simulated", 3)


@pytest.mark.parametrize("call", [lambda: open_board("amd", 0), lambda: list_boards("amd")])
def test_an_unknown_sensor_names_the_known(call: object) -> None:
    assert callable(call)
    with pytest.raises(UsageError, match="nvml, simulated"):
        call()


def test_several_boards_are_named_by_number() -> None:
    assert "this host has 2 (0: A, 1: B)" in no_such_board(5, ["A", "B"]).what


def test_no_watts_are_no_answer() -> None:
    assert (watts(0.0), watts(None), watts(0.5)) == (None, None, 0.5)


def test_the_simulated_board_needs_neither_nvml_nor_numpy() -> None:
    code = "import sys; from ecotui.sensors.board import open_board as o; o('simulated', 0).read(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pynvml", "numpy", "torch"} & set(done.stdout.split())
