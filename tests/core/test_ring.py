"""Energy from the driver's ring: what it covers, and what it does not."""

import numpy as np
import pytest

from ecotui.core.clock import NS
from ecotui.core.ring import held_joules
from ecotui.core.window import ring_energy

MS = 1_000_000


def samples(seconds: float = 12.0, period_ms: int = 20, power: float = 300.0):
    at = np.arange(period_ms, round(seconds * 1000), period_ms, dtype=np.int64) * MS
    return at, np.full(len(at), power)


def test_constant_power_is_exact_wherever_the_bracket_lies() -> None:
    at, watts = samples()
    for offset_ms in range(0, 40, 7):
        energy = ring_energy(at, watts, NS + offset_ms * MS, 11 * NS + offset_ms * MS)
        assert energy is not None
        assert energy.source == "ring"
        assert energy.joules == pytest.approx(3000, rel=1e-12)
        assert energy.edge_error_j == 0


def test_a_sample_stands_for_the_time_since_the_one_before() -> None:
    at = np.array([20, 40, 60, 80, 100], dtype=np.int64) * MS
    watts = np.array([100.0, 200, 300, 400, 500])
    assert held_joules(at, watts, 30 * MS, 70 * MS) == pytest.approx(0.01 * 200 + 0.02 * 300 + 0.01 * 400)
    assert held_joules(at, watts, 40 * MS, 60 * MS) == pytest.approx(0.02 * 300)
    assert held_joules(at, watts, 45 * MS, 55 * MS) == pytest.approx(0.01 * 300)


@pytest.mark.parametrize("late_ms", [0, 19, 20])
def test_a_ring_may_begin_or_end_a_period_off(late_ms: int) -> None:
    at, watts = samples()
    first, last = int(at[0]), int(at[-1])
    energy = ring_energy(at, watts, first - late_ms * MS, last + late_ms * MS)
    assert energy is not None
    assert energy.joules == pytest.approx(300 * (last - first + 2 * late_ms * MS) / NS)


def test_a_ring_that_begins_or_ends_more_than_a_period_off_gives_nothing() -> None:
    at, watts = samples()
    first, last = int(at[0]), int(at[-1])
    assert ring_energy(at, watts, first - 21 * MS, last) is None
    assert ring_energy(at, watts, first, last + 21 * MS) is None


@pytest.mark.parametrize(("lost", "covered"), [(2, True), (3, False)])
def test_a_hole_is_more_than_three_periods(lost: int, covered: bool) -> None:
    at, watts = samples()
    kept = np.ones(len(at), dtype=bool)
    kept[200 : 200 + lost] = False
    energy = ring_energy(at[kept], watts[kept], NS, 11 * NS)
    assert (energy is not None) is covered


def test_a_hole_outside_of_the_bracket_does_not_matter() -> None:
    at, watts = samples()
    kept = np.ones(len(at), dtype=bool)
    kept[10:30] = False
    assert ring_energy(at[kept], watts[kept], NS, 11 * NS) is not None


def test_a_hole_across_an_edge_gives_nothing() -> None:
    at, watts = samples()
    kept = np.ones(len(at), dtype=bool)
    kept[45:55] = False
    assert ring_energy(at[kept], watts[kept], NS, 11 * NS) is None


@pytest.mark.parametrize("silent", [np.nan, 0.0])
def test_a_sample_that_did_not_answer_is_no_zero(silent: float) -> None:
    at, watts = samples()
    watts[200] = silent
    energy = ring_energy(at, watts, NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(3000)


def test_no_sample_gives_nothing() -> None:
    at, watts = samples()
    assert ring_energy(at[:0], watts[:0], NS, 11 * NS) is None
    assert ring_energy(at[:1], watts[:1], 0, 20 * MS) is None
    assert ring_energy(at, np.full(len(at), np.nan), NS, 11 * NS) is None


def test_a_bracket_after_the_ring_or_turned_round_gives_nothing() -> None:
    at, watts = samples()
    assert held_joules(at, watts, 20 * NS, 21 * NS) is None
    assert held_joules(at, watts, 2 * NS, NS) is None


def test_a_step_at_an_edge_costs_its_jump_times_half_a_period_and_lag() -> None:
    at, watts = samples(power=400)
    watts[at <= NS] = 130
    watts[at > 11 * NS] = 130
    energy = ring_energy(at, watts, NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(4000)
    assert energy.edge_error_j == pytest.approx(np.sqrt(2) * 270 * 0.030)
