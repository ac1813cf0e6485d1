"""The sampler: readings on a grid, ticks in between, one error at the end."""

from __future__ import annotations

import threading
from itertools import pairwise
from queue import Empty, Queue
from typing import Any

import pytest

from ecotui.core.clock import NS
from ecotui.core.errors import BoardError
from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.sensors.board import Board
from ecotui.sensors.sampler import Sampler, next_on_grid
from ecotui.sensors.simulated import Faults, SimulatedBoard
from tests.sensors.fake_nvml import Hands

MS = 1_000_000


class Slow:
    """A board whose calls take time on the test's clock; `blocked` holds one reading up."""

    info = BoardInfo("Slow board", "SLOW-0", 0, "simulated")

    def __init__(self, hands: Hands, read_s: float = 0.0015, energy_s: float = 0.0032) -> None:
        self.hands, self.read_s, self.energy_s = hands, read_s, energy_s
        self.board = SimulatedBoard(clock=hands)
        self.blocked: dict[int, float] = {}
        self.readings = self.looks = 0

    def read(self) -> Reading:
        self.hands.forward(self.blocked.get(self.readings, self.read_s))
        self.readings += 1
        return self.board.read()

    def energy_j(self) -> float | None:
        self.looks += 1
        self.hands.forward(self.energy_s)
        return self.board.energy_j()

    def observe(self, message: object) -> None: ...

    def close(self) -> None: ...


def drive(board: Board, hands: Hands, seconds: float) -> list[Any]:
    """What a sampler hands over while the test's clock turns so far."""
    out: list[Any] = []
    sampler = Sampler(board, sink=out.append, clock=hands)
    end = hands() + round(seconds * NS)
    while hands() < end:
        due = sampler.turn()
        hands.now_ns = max(hands.now_ns, min(due, end))
    return out


def readings(out: list[Any]) -> list[Reading]:
    return [o for o in out if isinstance(o, Reading)]


def ticks(out: list[Any]) -> list[Tick]:
    return [o for o in out if isinstance(o, Tick)]


def test_the_grid_goes_on_from_where_it_began() -> None:
    assert next_on_grid(50, 100, 50) == 150
    assert next_on_grid(50, 100, 149) == 150
    assert next_on_grid(50, 100, 150) == 250
    assert next_on_grid(50, 100, 467) == 550


def test_readings_keep_to_the_grid_without_drift() -> None:
    hands = Hands()
    begin = hands()
    taken = readings(drive(Slow(hands), hands, 60))
    assert len(taken) == 600
    late_ms = [(r.at_ns - begin) / MS % 100 for r in taken[1:]]
    assert max(late_ms) <= 1.5 + 3.2 + 0.1  # its own call, and a look at the counter that had begun


def test_a_reading_that_a_call_has_held_up_is_not_made_up() -> None:
    hands = Hands()
    begin = hands()
    board = Slow(hands)
    board.blocked[10] = 0.35
    taken = readings(drive(board, hands, 3))
    assert len(taken) == 30 - 3
    assert (taken[11].at_ns - begin) / MS == pytest.approx(1400, abs=6)


def test_ticks_are_found_while_readings_are_taken() -> None:
    hands = Hands()
    found = ticks(drive(Slow(hands), hands, 10))
    assert len(found) >= 97
    assert max(t.half_width_ns for t in found) <= 6 * MS
    begin = 1_000_000_000_000
    assert all(abs((t.at_ns - begin + 50 * MS) % (100 * MS) - 50 * MS) <= t.half_width_ns for t in found)


def test_a_reading_holds_the_newest_counter_value() -> None:
    hands = Hands()
    newest = None
    for o in drive(Slow(hands), hands, 3):
        if isinstance(o, Tick):
            newest = o.energy_j
        elif newest is not None:
            assert o.energy_j == newest
        else:
            assert o.energy_j is not None


def test_a_board_without_counter_gives_readings_alone() -> None:
    hands = Hands()
    board = Slow(hands)
    board.board = SimulatedBoard(clock=hands, lacking={"energy"})
    out = drive(board, hands, 10)
    assert (len(readings(out)), len(ticks(out)), board.looks) == (100, 0, 3)
    assert all(r.energy_j is None for r in readings(out))


def test_looking_at_the_counter_costs_a_share_of_the_time() -> None:
    hands = Hands()
    board = Slow(hands)
    drive(board, hands, 30)
    assert board.looks <= 30 * 80


def take(queue: Queue[Any], until: type, count: int) -> list[Any]:
    """What comes until `count` of a kind have come; a test that waits in vain fails after 10 s."""
    out: list[Any] = []
    while sum(isinstance(o, until) for o in out) < count:
        out.append(queue.get(timeout=10))
    return out


def test_in_real_time_readings_and_ticks_come_ten_times_a_second() -> None:
    queue: Queue[Any] = Queue()
    with Sampler(SimulatedBoard(), sink=queue.put) as sampler:
        out = take(queue, Reading, 12)
        assert sampler is not None
    taken, found = readings(out), ticks(out)
    assert 1.0 <= (taken[-1].at_ns - taken[0].at_ns) / NS <= 2.5
    assert len(found) >= 5
    assert all(b.energy_j > a.energy_j for a, b in pairwise(found))
    assert all(t.half_width_ns < 100 * MS for t in found)


def test_nothing_comes_after_stop_and_the_thread_is_gone() -> None:
    queue: Queue[Any] = Queue()
    sampler = Sampler(SimulatedBoard(), sink=queue.put)
    sampler.start()
    take(queue, Reading, 2)
    sampler.stop()
    while not queue.empty():
        queue.get()
    assert all(t.name != "ecotui-sampler" for t in threading.enumerate())
    with pytest.raises(Empty):
        queue.get_nowait()


def test_a_board_error_comes_once_and_last() -> None:
    queue: Queue[Any] = Queue()
    with Sampler(SimulatedBoard(faults=Faults(lost_s=0.15)), sink=queue.put, period_s=0.02) as sampler:
        out = take(queue, BoardError, 1)
        sampler.stop()
    assert isinstance(out[-1], BoardError)
    assert queue.empty()


def test_an_error_that_is_no_board_error_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    queue: Queue[Any] = Queue()
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    board = SimulatedBoard()
    monkeypatch.setattr(board, "read", lambda: 1 // 0)
    with Sampler(board, sink=queue.put):
        out = take(queue, BoardError, 1)
    assert "ZeroDivisionError" in out[-1].what


def test_a_sampler_that_never_started_can_be_stopped() -> None:
    Sampler(SimulatedBoard(), sink=lambda sampled: None).stop()
