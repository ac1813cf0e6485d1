"""The sampler: readings on a grid, ticks in between, one error at the end."""

from __future__ import annotations

import threading
from itertools import pairwise
from queue import Empty, Queue
from typing import Any

import pytest

from ecotui.core.clock import NS
from ecotui.core.errors import BoardError
from ecotui.core.reading import BoardInfo, Reading, Ring, Slow, Tick
from ecotui.sensors.board import Board
from ecotui.sensors.chores import next_on_grid
from ecotui.sensors.costs import KINDS, Costs
from ecotui.sensors.sampler import Sampler
from ecotui.sensors.simulated import Faults, SimulatedBoard
from tests.sensors.fake_nvml import Hands

MS = 1_000_000


class SlowBoard:
    """A board whose calls take time on the test's clock; `blocked` holds one reading up."""

    info = BoardInfo("Slow board", "SLOW-0", 0, "simulated")

    def __init__(self, hands: Hands, read_s: float = 0.0015, energy_s: float = 0.0032) -> None:
        self.hands, self.read_s, self.energy_s = hands, read_s, energy_s
        self.board = SimulatedBoard(clock=hands)
        self.blocked: dict[int, float] = {}
        self.readings = self.looks = 0
        self.drained: list[int] = []
        self.slowly: list[int] = []

    def read(self) -> Reading:
        self.hands.forward(self.blocked.get(self.readings, self.read_s))
        self.readings += 1
        return self.board.read()

    def energy_j(self) -> float | None:
        self.looks += 1
        self.hands.forward(self.energy_s)
        return self.board.energy_j()

    def ring(self) -> Ring | None:
        self.drained.append(self.hands())
        self.hands.forward(0.0017)
        return self.board.ring()

    def slow(self) -> Slow:
        self.slowly.append(self.hands())
        self.hands.forward(0.0012)
        return self.board.slow()

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
    taken = readings(drive(SlowBoard(hands), hands, 60))
    assert len(taken) == 600
    late_ms = [(r.at_ns - begin) / MS % 100 for r in taken[1:]]
    assert max(late_ms) <= 1.5 + 3.2 + 0.1  # its own call, and a look at the counter that had begun


def test_a_reading_that_a_call_has_held_up_is_not_made_up() -> None:
    hands = Hands()
    begin = hands()
    board = SlowBoard(hands)
    board.blocked[10] = 0.35
    taken = readings(drive(board, hands, 3))
    assert len(taken) == 30 - 3
    assert (taken[11].at_ns - begin) / MS == pytest.approx(1400, abs=6)


def test_ticks_are_found_while_readings_are_taken() -> None:
    hands = Hands()
    found = ticks(drive(SlowBoard(hands), hands, 10))
    assert len(found) >= 97
    assert max(t.half_width_ns for t in found) <= 4 * MS
    begin = 1_000_000_000_000
    assert all(abs((t.at_ns - begin + 50 * MS) % (100 * MS) - 50 * MS) <= t.half_width_ns for t in found)


def test_a_reading_holds_the_newest_counter_value() -> None:
    hands = Hands()
    newest = None
    for o in drive(SlowBoard(hands), hands, 3):
        match o:
            case Tick():
                newest = o.energy_j
            case Reading() if newest is None:
                assert o.energy_j is not None
            case Reading():
                assert o.energy_j == newest


def test_a_board_without_counter_gives_readings_alone() -> None:
    hands = Hands()
    board = SlowBoard(hands)
    board.board = SimulatedBoard(clock=hands, lacking={"energy"})
    out = drive(board, hands, 10)
    assert (len(readings(out)), len(ticks(out)), board.looks) == (100, 0, 3)
    assert all(r.energy_j is None for r in readings(out))


def test_looking_at_the_counter_costs_a_share_of_the_time() -> None:
    hands = Hands()
    board = SlowBoard(hands)
    drive(board, hands, 30)
    assert board.looks <= 30 * 80


def test_the_ring_and_what_is_slow_come_once_a_second() -> None:
    hands = Hands()
    out = drive(SlowBoard(hands), hands, 20)
    assert sum(isinstance(o, Slow) for o in out) == 20
    assert sum(isinstance(o, Ring) for o in out) == 20


def test_the_rings_follow_one_another_without_a_hole() -> None:
    hands = Hands()
    rings = [o for o in drive(SlowBoard(hands), hands, 20) if isinstance(o, Ring)]
    stamps = [at for ring in rings for at in ring.sample_ns]
    assert {b - a for a, b in pairwise(stamps)} == {20 * MS}


def test_a_drain_and_a_slow_look_never_fall_between_the_same_two_readings() -> None:
    hands = Hands()
    begin = hands()
    board = SlowBoard(hands)
    board.blocked = {10: 0.7, 55: 1.2}  # so that both are overdue at once
    drive(board, hands, 20)
    slots = [(at - begin) // (100 * MS) for at in board.drained + board.slowly]
    assert len(slots) == len(set(slots)) >= 37


def test_a_drain_holds_up_no_reading_and_widens_no_tick() -> None:
    hands = Hands()
    begin = hands()
    board = SlowBoard(hands)
    out = drive(board, hands, 60)
    at = sorted([*[r.at_ns for r in readings(out)], *[t.at_ns - t.half_width_ns for t in ticks(out)]])
    for began in board.drained + board.slowly:
        assert not any(began < other < began + 10 * MS for other in at)
    assert max((r.at_ns - begin) / MS % 100 for r in readings(out)[1:]) <= 1.5 + 3.2 + 0.1


def test_a_drain_that_finds_no_room_is_done_half_a_second_late() -> None:
    hands = Hands()
    begin = hands()
    board = SlowBoard(hands, read_s=0.09)
    drive(board, hands, 5)
    assert 0.55 < (board.drained[0] - begin) / NS <= 1.3
    assert max(b - a for a, b in pairwise(board.drained)) < 2.0 * NS


def test_a_board_without_ring_gives_none_and_is_asked_again() -> None:
    hands = Hands()
    board = SlowBoard(hands)
    board.board = SimulatedBoard(clock=hands, lacking={"ring"})
    out = drive(board, hands, 5)
    assert not any(isinstance(o, Ring) for o in out)
    assert len(board.drained) == 5


def test_what_sampling_costs_is_known_by_kind() -> None:
    hands = Hands()
    board = SlowBoard(hands)
    board.blocked[10] = 0.05
    sampler = Sampler(board, sink=lambda sampled: None, clock=hands)
    assert sampler.costs == tuple(Costs(kind) for kind in KINDS)
    end = hands() + 10 * NS
    while hands() < end:
        hands.now_ns = max(hands.now_ns, min(sampler.turn(), end))
    costs = {c.kind: c for c in sampler.costs}
    assert costs["reading"].count == board.readings
    assert costs["reading"].max_ms == pytest.approx(50)
    assert costs["reading"].mean_ms == pytest.approx((1.5 * (board.readings - 1) + 50) / board.readings)
    assert (costs["counter"].count, costs["counter"].mean_ms) == (board.looks, pytest.approx(3.2))
    assert (costs["ring"].mean_ms, costs["vitals"].mean_ms) == (pytest.approx(1.7), pytest.approx(1.2))


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
