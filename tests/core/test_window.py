"""The window estimator, on ticks whose truth is known."""

import numpy as np
import pytest

from ecotui.core.clock import NS
from ecotui.core.window import Energy, counter_energy, doubt, integral_energy, sources_bar_pct

HALF = 2_000_000


def ticks(power: float, seconds: float, phase: float = 0.037, idle: float | None = None, t0: float = 1.0):
    """A counter that ticks every 100 ms; `idle` watts before t0, `power` after."""
    at = np.arange(phase, seconds, 0.1)
    before = idle if idle is not None else power
    energy = np.where(at < t0, before * at, before * t0 + power * (at - t0))
    return (at * NS).astype(np.int64), 500 + energy, np.full(len(at), HALF)


def test_constant_power_is_exact_whatever_the_phase_of_the_ticks() -> None:
    for phase in np.linspace(0.001, 0.099, 17):
        at, joules, half = ticks(300, 12, phase)
        energy = counter_energy(at, joules, half, NS, 11 * NS)
        assert energy is not None
        assert energy.joules == pytest.approx(3000, rel=1e-9)
        assert energy.edge_error_j == pytest.approx(0, abs=1e-6)


def test_a_step_from_idle_does_not_leak_into_the_window() -> None:
    for phase in np.linspace(0.001, 0.099, 17):
        at, joules, half = ticks(400, 12, phase, idle=130)
        energy = counter_energy(at, joules, half, NS, 11 * NS)
        assert energy is not None
        assert energy.joules == pytest.approx(4000, rel=1e-9)
        assert energy.edge_error_j > 0


def test_a_naive_reading_at_both_ends_is_worse() -> None:
    at, joules, half = ticks(400, 12, 0.09, idle=130)
    seen = [joules[np.searchsorted(at, t, side="right") - 1] for t in (NS, 11 * NS)]
    energy = counter_energy(at, joules, half, NS, 11 * NS)
    assert energy is not None
    assert abs(energy.joules - 4000) < abs(seen[1] - seen[0] - 4000)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_ticks_inside_give_nothing(count: int) -> None:
    at, joules, half = ticks(300, 2)
    assert counter_energy(at, joules, half, 1 * NS, NS + count * NS // 10) is None


def test_a_counter_that_goes_back_gives_nothing() -> None:
    at, joules, half = ticks(300, 12)
    joules[60] = 0
    assert counter_energy(at, joules, half, NS, 11 * NS) is None


def test_a_counter_that_starts_anew_between_two_ticks_outside_is_still_believed() -> None:
    at, joules, half = ticks(300, 12)
    joules[:5] += 10_000
    energy = counter_energy(at, joules, half, NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(3000)


def test_a_counter_without_a_value_gives_nothing() -> None:
    at, joules, half = ticks(300, 12)
    joules[60] = np.nan
    assert counter_energy(at, joules, half, NS, 11 * NS) is None


def test_a_counter_that_rises_faster_than_the_board_can_draw_gives_nothing() -> None:
    at, joules, half = ticks(300, 12)
    joules[60:] += 200
    assert counter_energy(at, joules, half, NS, 11 * NS, limit_w=700) is None
    assert counter_energy(at, joules, half, NS, 11 * NS) is not None


def test_why_a_counter_is_not_believed_is_said_in_words() -> None:
    at, joules, half = ticks(300, 12)
    assert doubt(at, joules, half, NS, 11 * NS, limit_w=700) is None
    assert doubt(at[:11], joules[:11], half[:11], NS, 11 * NS) == "told 1 tick, and two make an energy"
    early = at < 9 * NS
    assert doubt(at[early], joules[early], half[early], NS, 11 * NS) == "was silent for 2.1 s at an edge"
    back, none, leap = joules.copy(), joules.copy(), joules.copy()
    back[60], none[60] = 0, np.nan
    leap[60:] += 200
    for odd, why in ((back, "went back by"), (none, "has ticks without a value"), (leap, "rose at")):
        said = doubt(at, odd, half, NS, 11 * NS, limit_w=700)
        assert said is not None and said.startswith(why)


@pytest.mark.parametrize(("limit_w", "believed"), [(300 / 1.3 * 0.9, False), (300 / 1.3 * 1.01, True)])
def test_the_board_may_draw_a_third_more_than_its_limit(limit_w: float, believed: bool) -> None:
    at, joules, half = ticks(300, 12)
    assert (counter_energy(at, joules, half, NS, 11 * NS, limit_w=limit_w) is not None) is believed


def test_a_stamp_that_is_off_does_not_make_a_credible_counter_suspect() -> None:
    at, joules, half = ticks(700, 12)
    half[60], at[60] = 60_000_000, at[60] + 55_000_000
    assert counter_energy(at, joules, half, NS, 11 * NS, limit_w=700) is not None


@pytest.mark.parametrize("missing", [slice(10, 14), slice(106, 111)])
def test_ticks_that_begin_late_or_end_early_give_nothing(missing: slice) -> None:
    at, joules, half = ticks(300, 12)
    kept = np.ones(len(at), dtype=bool)
    kept[missing] = False
    assert counter_energy(at[kept], joules[kept], half[kept], NS, 11 * NS) is None


def test_ticks_that_are_missed_in_the_middle_cost_nothing() -> None:
    at, joules, half = ticks(300, 12)
    kept = np.ones(len(at), dtype=bool)
    kept[50:60] = False
    energy = counter_energy(at[kept], joules[kept], half[kept], NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(3000)


def test_a_vague_stamp_does_not_begin_a_window() -> None:
    at, joules, half = ticks(300, 12)
    first = int(np.searchsorted(at, NS, side="right"))
    at[first], half[first] = at[first] + 50_000_000, 55_000_000
    energy = counter_energy(at, joules, half, NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(3000)


@pytest.mark.parametrize("end", [0, 1])
def test_a_stamp_of_more_than_4_ms_begins_and_ends_no_window_where_the_next_is_surer(end: int) -> None:
    at, joules, half = ticks(300, 12)
    half[:] = 3_000_000
    edge = int(np.searchsorted(at, NS, side="right")) if end == 0 else int(np.searchsorted(at, 11 * NS)) - 1
    at[edge], half[edge] = at[edge] + 4_500_000, 5_000_000  # not twice as wide as usual
    energy = counter_energy(at, joules, half, NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(3000)


def test_where_no_stamp_is_sure_the_usual_ones_are_taken() -> None:
    at, joules, half = ticks(300, 12)
    half[:] = 6_000_000
    energy = counter_energy(at, joules, half, NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(3000)


def test_an_edge_costs_the_jump_of_power_times_stamp_error_and_lag() -> None:
    at, joules, half = ticks(400, 12, idle=130)
    both = counter_energy(at, joules, half, NS, 11 * NS)
    assert both is not None
    assert both.edge_error_j == pytest.approx(270 * 0.022, rel=1e-3)  # no power changes at t1
    (kept,) = np.nonzero(at < 11 * NS)
    one = counter_energy(at[kept], joules[kept], half[kept], NS, 11 * NS)
    assert one is not None
    assert one.edge_error_j == pytest.approx(270 * 0.022 * np.sqrt(2), rel=1e-3)  # what follows is unknown


def test_power_that_changes_from_tick_to_tick_widens_the_edges() -> None:
    at, joules, half = ticks(300, 12)
    joules = joules + 3 * (np.arange(len(at)) % 2)  # 270 and 330 W in turns
    energy = counter_energy(at, joules, half, NS, 11 * NS)
    assert energy is not None
    assert energy.edge_error_j == pytest.approx(60 * 0.1 / 4 + np.sqrt(2) * 30 * 0.022, rel=0.01)


def ring(seconds: float = 12, power: float = 300, high: float = 900, t0: float = 1.05):
    """20 ms samples: `power`, but `high` in the three that end within the 50 ms before t0."""
    at = np.arange(0.02, seconds, 0.02)
    watts = np.where((at > t0 - 0.05) & (at < t0 + 1e-9), high, power)
    return (at * NS).astype(np.int64), watts.astype(float)


def test_what_lies_before_the_first_tick_is_taken_from_the_ring() -> None:
    at, joules, half = ticks(300, 12, phase=0.09)
    sample, watts = ring(t0=1.06)
    energy = counter_energy(at, joules, half, NS, 11 * NS, sample_ns=sample, watts=watts)
    assert energy is not None
    assert energy.source == "counter"
    assert energy.joules == pytest.approx(3000 + 0.06 * 600, rel=1e-6)  # 900 W from 1.00 to 1.06 s


def test_a_ring_that_does_not_reach_a_stub_leaves_it_to_the_ticks() -> None:
    at, joules, half = ticks(300, 12, phase=0.09)
    sample, watts = ring(t0=1.06)
    later = sample > 3 * NS
    energy = counter_energy(at, joules, half, NS, 11 * NS, sample_ns=sample[later], watts=watts[later])
    assert energy is not None
    assert energy.joules == pytest.approx(3000, rel=1e-9)


def test_an_empty_ring_leaves_both_stubs_to_the_ticks() -> None:
    at, joules, half = ticks(300, 12)
    none = np.empty(0)
    energy = counter_energy(at, joules, half, NS, 11 * NS, sample_ns=none.astype(np.int64), watts=none)
    assert energy is not None
    assert energy.joules == pytest.approx(3000, rel=1e-9)


def test_the_bar_between_two_sources_is_two_percent_and_both_edges() -> None:
    assert sources_bar_pct(Energy(1000, 5, "counter"), Energy(1000, 10, "ring")) == pytest.approx(3.5)
    assert sources_bar_pct(Energy(0, 5, "counter"), Energy(1000, 10, "ring")) == pytest.approx(3.0)


def test_an_edge_error_in_percent_of_nothing_is_unknown() -> None:
    assert Energy(0.0, 1.0, "counter").edge_error_pct is None
    assert Energy(200.0, 1.0, "counter").edge_error_pct == pytest.approx(0.5)


def test_the_integral_holds_the_nearest_value_to_the_edges() -> None:
    at = (np.arange(0.05, 12, 0.1) * NS).astype(np.int64)
    energy = integral_energy(at, np.full(len(at), 250.0), NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(2500)
    assert energy.source == "readings"


def test_the_integral_passes_over_readings_that_did_not_answer() -> None:
    at = (np.arange(0.05, 12, 0.1) * NS).astype(np.int64)
    power = np.full(len(at), 250.0)
    power[20:25] = np.nan
    energy = integral_energy(at, power, NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(2500)


def test_no_reading_gives_no_integral() -> None:
    at = (np.arange(0.05, 12, 0.1) * NS).astype(np.int64)
    assert integral_energy(at, np.full(len(at), np.nan), NS, 11 * NS) is None


def test_a_reading_of_zero_watts_is_a_sensor_that_did_not_answer() -> None:
    at = (np.arange(0.05, 12, 0.1) * NS).astype(np.int64)
    power = np.full(len(at), 250.0)
    power[40:45] = 0
    energy = integral_energy(at, power, NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(2500)
