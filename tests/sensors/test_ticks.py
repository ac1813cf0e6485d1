"""The tracker of counter ticks, against counters whose every tick is known."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from ecotui.core.reading import Tick
from ecotui.sensors.ticks import NEVER_NS, TickTracker

MS = 1_000_000
CALL_NS = 3_200_000
"""A look at an H100's counter."""


def track(
    counter: Callable[[int], float | None],
    until_ms: float,
    call_ns: int = CALL_NS,
    held: tuple[float, float] = (0, 0),
    one_in: int = 1,
) -> tuple[list[Tick], list[int], TickTracker]:
    """Ticks found and begins of looks; `held`: from when until when (ms) the process does not run."""
    now, looks, ticks = 0, [], []
    tracker = TickTracker(now)
    tracker.every = one_in
    while tracker.due_ns < until_ms * MS:
        now = max(now, tracker.due_ns)
        if held[0] * MS <= now < held[1] * MS:
            now = round(held[1] * MS)
        looks.append(now)
        value = counter(now + call_ns // 2)
        tick = tracker.looked(now, now + call_ns, value)
        now += call_ns
        if tick:
            ticks.append(tick)
    return ticks, looks, tracker


def every(period_ms: float, phase_ms: float = 37.0) -> Callable[[int], float]:
    return lambda ns: 1000.0 + ((ns - phase_ms * MS) // (period_ms * MS))


def true_ns(tick: Tick, period_ms: float, phase_ms: float = 37.0) -> float:
    return (phase_ms + (tick.energy_j - 1000.0) * period_ms) * MS


def test_every_tick_is_found_and_lies_within_its_half_width() -> None:
    ticks, _, _ = track(every(100), 5_000)
    assert [t.energy_j for t in ticks] == [1000.0 + k for k in range(50)]
    assert all(abs(t.at_ns - true_ns(t, 100)) <= t.half_width_ns for t in ticks)
    assert max(t.half_width_ns for t in ticks) <= 4 * MS


def test_few_looks_are_spent() -> None:
    _, looks, _ = track(every(100), 10_000)
    assert len(looks) < 600


def test_beside_a_ring_one_tick_in_five_is_stamped_as_well_with_a_fifth_of_the_looks() -> None:
    ticks, looks, tracker = track(every(100), 60_000, one_in=5)
    numbers = [round(t.energy_j - 1000) for t in ticks]
    assert {b - a for a, b in pairwise(numbers[9:])} == {5}, "once the period is known"
    assert all(abs(t.at_ns - true_ns(t, 100)) <= t.half_width_ns <= 4 * MS for t in ticks)
    assert len(looks) < 600, "ten a second"
    assert tracker.period_ns == pytest.approx(100 * MS, rel=0.01)


@pytest.mark.parametrize("period", [60.0, 97.0, 103.0, 200.0])
def test_another_period_is_learned_from_one_tick_in_five(period: float) -> None:
    ticks, _, tracker = track(every(period), 30_000, one_in=5)
    assert tracker.period_ns == pytest.approx(period * MS, rel=0.02)
    assert len(ticks) > 0.9 * 30_000 / period / 5
    assert all(abs(t.at_ns - true_ns(t, period)) <= t.half_width_ns for t in ticks)


@pytest.mark.parametrize("one_in", [1, 5])
def test_pauses_of_any_length_at_any_time_break_nothing(one_in: int) -> None:
    for begin in range(100, 1_300, 37):
        ticks, _, _ = track(every(100), 8_000, held=(begin, 2.3 * begin), one_in=one_in)
        assert max(t.half_width_ns for t in ticks if t.at_ns > 5_000 * MS) <= 4 * MS


def test_a_sparse_tracker_finds_its_way_back_after_a_pause() -> None:
    ticks, _, _ = track(every(100), 10_000, held=(3_050, 4_290), one_in=5)
    late = [t for t in ticks if t.at_ns > 6_000 * MS]
    assert len(late) >= 7
    assert max(t.half_width_ns for t in late) <= 4 * MS


def test_an_instant_call_is_looked_at_no_faster_than_every_2_ms() -> None:
    ticks, looks, _ = track(every(100), 5_000, call_ns=0)
    assert min(b - a for a, b in pairwise(looks)) >= 2 * MS
    assert max(t.half_width_ns for t in ticks) <= 1 * MS


@pytest.mark.parametrize("period", [60.0, 97.0, 103.0, 130.0, 200.0])
def test_another_period_is_learned(period: float) -> None:
    ticks, _, tracker = track(every(period), 10_000)
    assert tracker.period_ns == pytest.approx(period * MS, rel=0.02)
    assert len(ticks) > 0.95 * 10_000 / period
    assert all(abs(t.at_ns - true_ns(t, period)) <= t.half_width_ns for t in ticks)


def test_a_counter_of_one_second_ends_with_narrow_stamps() -> None:
    ticks, _, _ = track(every(1_000), 30_000)
    assert all(t.half_width_ns <= 4 * MS for t in ticks[5:])


def test_the_first_value_is_no_tick_for_when_it_came_is_not_known() -> None:
    ticks, _, tracker = track(every(100), 30)
    assert ticks == []
    assert tracker.newest_j == 999.0


def test_a_tick_that_fell_into_a_pause_is_left_out_and_the_next_are_found() -> None:
    ticks, _, _ = track(every(100), 3_000, held=(1_050, 1_290))
    found = [t.energy_j - 1000 for t in ticks]
    assert found == [k for k in range(30) if k not in {11, 12}]
    assert max(t.half_width_ns for t in ticks) <= 4 * MS


def test_a_counter_that_stands_still_is_looked_at_ten_times_a_second() -> None:
    _, looks, _ = track(lambda ns: 1000.0 + min(ns // (100 * MS), 5), 10_000)
    late = [at for at in looks if at > 2_000 * MS]
    assert len(late) <= 80


def test_a_counter_that_goes_back_is_reported_as_it_is() -> None:
    ticks, _, _ = track(lambda ns: every(100)(ns) - (900.0 if ns > 1_500 * MS else 0.0), 2_000)
    assert min(t.energy_j for t in ticks) < 200


def test_a_board_without_counter_is_given_up() -> None:
    _, looks, tracker = track(lambda ns: None, 60_000)
    assert len(looks) == 3
    assert tracker.due_ns == NEVER_NS


def test_a_counter_that_fails_for_a_while_comes_back() -> None:
    ticks, _, tracker = track(lambda ns: None if 1_000 * MS < ns < 3_000 * MS else every(100)(ns), 5_000)
    assert tracker.newest_j is not None
    assert ticks[-1].energy_j == 1049.0


def test_a_counter_that_does_not_answer_has_no_newest_value() -> None:
    _, _, tracker = track(lambda ns: None if ns > 1_000 * MS else every(100)(ns), 3_000)
    assert tracker.newest_j is None
