"""The real board: only where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from queue import Queue
from typing import Any

import pytest

from ecotui.core.clock import NS
from ecotui.core.errors import NoSuchBoardError
from ecotui.core.reading import Reading, Ring, Slow, Tick
from ecotui.sensors.board import Board, list_boards, open_board
from ecotui.sensors.sampler import Sampler

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="no NVIDIA driver on this host"),
]


@pytest.fixture
def board() -> Iterator[Board]:
    opened = open_board("nvml", 0)
    yield opened
    opened.close()


def sampled(board: Board, seconds: float) -> list[Any]:
    queue: Queue[Any] = Queue()
    out: list[Any] = []
    with Sampler(board, sink=queue.put):
        while sum(isinstance(o, Reading) for o in out) <= seconds * 10:
            out.append(queue.get(timeout=10))
    return out


def test_the_board_says_what_it_is(board: Board) -> None:
    assert board.info.name
    assert board.info.uuid.startswith("GPU-")
    assert board.info.driver
    assert board.info.cuda
    assert board.info.power_limit_w
    assert board.info.memory_total_b
    assert board.info in list_boards("nvml")


def test_a_number_that_is_not_there_names_this_board(board: Board) -> None:
    with pytest.raises(NoSuchBoardError, match=board.info.name):
        open_board("nvml", 99)


def test_every_sensor_answers(board: Board) -> None:
    reading = board.read()
    assert reading.power_w is not None
    assert reading.power_w > 20
    assert reading.power_average_w is not None
    assert reading.temperature_c is not None
    assert 10 < reading.temperature_c < 110
    assert reading.sm_clock_mhz
    assert reading.memory_used_b is not None
    assert reading.utilization_pct is not None
    assert reading.clock_event_reasons is not None


def test_the_counter_rises_by_power_times_time(board: Board) -> None:
    out = sampled(board, 3)
    ticks = [o for o in out if isinstance(o, Tick)]
    power = [o.power_w for o in out if isinstance(o, Reading) and o.power_w]
    counted = (ticks[-1].energy_j - ticks[0].energy_j) / ((ticks[-1].at_ns - ticks[0].at_ns) / NS)
    assert counted == pytest.approx(sum(power) / len(power), rel=0.10)


def test_gaps_between_readings_are_even_and_ticks_are_sharp(board: Board) -> None:
    out = sampled(board, 10)
    readings = [o for o in out if isinstance(o, Reading)]
    ticks = [o for o in out if isinstance(o, Tick)]
    gaps = sorted((b.at_ns - a.at_ns) / 1e6 for a, b in pairwise(readings))
    widths = sorted(t.half_width_ns / 1e6 for t in ticks)
    periods = sorted((b.at_ns - a.at_ns) / 1e6 for a, b in pairwise(ticks))
    print(f"gaps ms: p50 {gaps[50]:.1f} p99 {gaps[98]:.1f} max {gaps[-1]:.1f}")  # noqa: T201 - what -s is for
    middle = len(ticks) // 2
    print(f"{len(ticks)} ticks, periods ms: min {periods[0]:.1f} p50 {periods[middle]:.1f} max {periods[-1]:.1f}")  # noqa: T201
    print(f"half widths ms: p50 {widths[middle]:.2f} max {widths[-1]:.2f}")  # noqa: T201
    assert gaps[98] <= 110
    assert len(ticks) >= 90
    assert widths[len(widths) // 2] <= 10


def rings(board: Board, count: int) -> list[Ring]:
    """The first drains, one a second."""
    queue: Queue[Any] = Queue()
    out: list[Ring] = []
    with Sampler(board, sink=queue.put):
        while len(out) < count:
            item = queue.get(timeout=10)
            out += [item] if isinstance(item, Ring) else []
    return out


def test_the_ring_drained_every_second_covers_three_without_a_hole(board: Board) -> None:
    stamps = [at for ring in rings(board, 4) for at in ring.sample_ns]
    gaps = [b - a for a, b in pairwise(stamps)]
    assert stamps[-1] - stamps[0] >= 3 * NS
    assert min(gaps) > 0
    assert max(gaps) <= 3 * 20_000_000


def test_the_rings_newest_sample_is_of_just_now(board: Board) -> None:
    assert all(-5_000_000 <= ring.at_ns - ring.sample_ns[-1] <= 50_000_000 for ring in rings(board, 3))


def test_the_ring_is_in_milliwatts(board: Board) -> None:
    milliwatts = [mw for ring in rings(board, 2) for mw in ring.power_mw]
    power_w = board.read().power_w
    assert power_w is not None
    assert sum(milliwatts) / len(milliwatts) / 1000 == pytest.approx(power_w, rel=0.25)


def test_throttle_time_is_counted_and_processes_are_named(board: Board) -> None:
    first, last = [o for o in sampled(board, 2.5) if isinstance(o, Slow)][:2]
    assert first.throttle_ns is not None
    assert last.throttle_ns is not None
    assert 0 <= last.throttle_ns - first.throttle_ns <= 3 * (last.at_ns - first.at_ns)
    assert first.power_cap_ns is not None
    assert last.power_cap_ns is not None
    assert 0 <= last.power_cap_ns - first.power_cap_ns <= 2 * (last.at_ns - first.at_ns)
    assert all(name for _, name in last.processes)


def test_a_drain_and_a_slow_look_cost_a_few_milliseconds(board: Board) -> None:
    queue: Queue[Any] = Queue()
    with Sampler(board, sink=queue.put) as sampler:
        while not isinstance(queue.get(timeout=10), Ring):
            pass
        costs = {cost.kind: cost for cost in sampler.costs}
    for cost in costs.values():
        print(f"{cost.kind}: {cost.count} at {cost.mean_ms:.2f} ms, most {cost.max_ms:.2f} ms")  # noqa: T201
    assert all(cost.count for cost in costs.values())
