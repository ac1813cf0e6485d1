"""Many boards, each for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ecotui.core.errors import BoardError
from ecotui.sensors.lookout import Lookout, openers
from tests.sensors.host_boards import MadeBoard, opener

Make = Callable[..., Lookout]


@pytest.fixture
def watched() -> Iterator[Make]:
    made: list[Lookout] = []

    def start(*boards: MadeBoard, **how: object) -> Lookout:
        made.append(Lookout([opener(b) for b in boards], period_s=0.01, **how))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for lookout in made:
        lookout.close()


def again(board: MadeBoard) -> None:
    """Two more looks: the one before is told by then."""
    for _ in range(2):
        board.looked.clear()
        assert board.looked.wait(10)


def test_a_board_that_hangs_holds_up_no_other(watched: Make) -> None:
    stuck, well = MadeBoard(0), MadeBoard(1)
    stuck.free.clear()
    lookout = watched(stuck, well)
    lookout.resume()
    again(well)
    first, second = lookout.looks
    assert (first.info, first.at_ns) == (None, 0)
    assert second.reading is not None and second.reading.power_w == 150.0
    stuck.free.set()
    again(stuck)
    assert lookout.looks[0].reading is not None


def test_a_board_that_is_lost_says_so_and_is_opened_again(watched: Make) -> None:
    board = MadeBoard(0)
    lookout = watched(board)
    lookout.resume()
    again(board)
    board.lost = True
    while not lookout.looks[0].trouble:
        pass
    told = lookout.looks[0]
    assert told.reading is None and "is lost" in told.trouble and told.info == board.info
    board.lost = False
    again(board)
    assert board.opened >= 2
    assert not lookout.looks[0].trouble


def test_the_sensors_of_a_spared_board_are_left_alone(watched: Make) -> None:
    board = MadeBoard(0)
    lookout = watched(board, spared=lambda uuid: uuid == board.info.uuid)
    lookout.resume()
    again(board)
    assert board.asked == 0
    assert lookout.looks[0].details is not None and board.sparing


def test_nothing_is_asked_before_somebody_looks(watched: Make) -> None:
    board = MadeBoard(0)
    watched(board)
    assert not board.looked.wait(0.05) and board.opened == 0


def test_without_a_driver_the_reason_is_told_unless_a_simulated_board_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> int:
        raise BoardError("No driver.", "Install it.")

    monkeypatch.setattr("ecotui.sensors.lookout._count", missing)
    with pytest.raises(BoardError, match="No driver"):
        openers(False)
    (only,) = openers(True)
    assert only().info.sensor == "simulated"
    monkeypatch.setattr("ecotui.sensors.lookout._count", lambda: 0)
    with pytest.raises(BoardError, match="no GPU"):
        openers(False)
