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


def test_a_host_has_as_many_simulated_boards_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOTUI_SIMULATED_BOARDS", "3")
    assert [(b.index, b.uuid) for b in list_boards("simulated")] == [(0, "SIM-0"), (1, "SIM-1"), (2, "SIM-2")]
    board = open_board("simulated", 2)
    assert board.info.uuid == "SIM-2"
    board.close()
    with pytest.raises(NoSuchBoardError, match="this host has 3"):
        open_board("simulated", 3)
    for odd in ("0", "17", "two", "-1"):
        monkeypatch.setenv("ECOTUI_SIMULATED_BOARDS", odd)
        with pytest.raises(UsageError, match="from 1 to 16"):
            list_boards("simulated")


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
