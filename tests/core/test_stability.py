"""The gate's look at a board under load, and the fits that it rests on."""

import math
from dataclasses import replace

import numpy as np
import pytest

from ecotui.core.drift import beside_warming, blocks, held, slope_with_error
from ecotui.core.drift import warming as fitted
from ecotui.core.energy import Values
from ecotui.core.stability import GATE_PCT, Look, look
from tests.core.simulate import Warming, ramp, wandering, warming, warming_twice

RNG = np.random.default_rng
HALF_A_WATT = 0.5


def looked(board: Warming, gate_s: float = 60.0) -> Look:
    return look(board.at_s, board.power_w, board.temperature_c, board.clock_mhz, board.reasons, gate_s)


def time_constant(at_s: Values, temperature_c: Values, gate_s: float) -> float:
    return held(fitted(at_s, temperature_c, gate_s), gate_s)


def steady(seconds: float = 70.0, noise_w: float = HALF_A_WATT) -> Warming:
    return ramp(RNG(1), 0.0, seconds, noise_w=noise_w)


def test_a_steady_board_passes_as_soon_as_the_gate_has_seen_enough() -> None:
    it = looked(steady())
    assert it.state_ok
    assert it.span_s == 60
    assert it.drift_pct is not None
    assert it.drift_pct <= GATE_PCT
    assert it.tau_s == 60
    assert it.temperature_range_c == 0
    assert it.clock_range_pct == 0
    assert it.eta_s == 0
    assert it.waiting_for == ""


def test_a_young_load_waits_for_the_rest_of_the_span() -> None:
    it = looked(steady(20))
    assert not it.state_ok
    assert it.drift_pct is None
    assert it.eta_s == pytest.approx(40.1)
    assert it.waiting_for == "60 s under load"


def test_nothing_at_all_is_a_young_load() -> None:
    none = np.empty(0)
    it = look(none, none, none, none, none, 60.0)
    assert not it.state_ok
    assert it.span_s == 0
    assert it.eta_s == 60


def test_drift_is_the_slope_and_two_errors_over_a_time_constant() -> None:
    it = looked(ramp(RNG(2), 3.0, 70, noise_w=HALF_A_WATT))
    assert not it.state_ok
    assert it.waiting_for == "drift"
    assert it.slope_pct_per_min == pytest.approx(3.0, rel=0.05)
    assert it.drift_pct is not None
    assert it.slope_pct_per_min is not None
    assert it.slope_error_pct_per_min is not None
    assert it.tau_s is not None
    expected = (it.slope_pct_per_min + it.slope_error_pct_per_min) / 60 * it.tau_s
    assert it.drift_pct == pytest.approx(expected)
    assert it.eta_s == pytest.approx(it.tau_s * math.log(it.drift_pct / GATE_PCT))


def test_power_that_falls_drifts_as_well() -> None:
    it = looked(ramp(RNG(2), -3.0, 70, noise_w=HALF_A_WATT))
    assert it.waiting_for == "drift"
    assert it.slope_pct_per_min == pytest.approx(-3.0, rel=0.05)
    assert it.drift_pct is not None
    assert it.drift_pct > GATE_PCT


def test_noise_is_outwaited_by_looking_farther_back() -> None:
    board = ramp(RNG(3), 0.0, 130, noise_w=8.0)
    it = looked(board)
    assert it.state_ok
    assert it.span_s > 60


def test_a_temperature_that_moves_keeps_the_gate_shut() -> None:
    board = steady()
    it = looked(replace(board, temperature_c=np.round(60 + board.at_s / 15)))
    assert it.waiting_for == "temperature"
    assert it.temperature_range_c == 4
    assert it.eta_s is None


def test_a_clock_that_moves_keeps_the_gate_shut() -> None:
    board = steady()
    it = looked(replace(board, clock_mhz=np.where(board.at_s > 40, 1725.0, 1755.0)))
    assert it.waiting_for == "clock"
    assert it.clock_range_pct == pytest.approx(100 * 30 / 1740, rel=0.02)


def test_a_dip_of_the_clock_at_every_call_is_no_clock_that_moves() -> None:
    board = steady()
    dips = np.where(board.at_s % 1.3 < 0.2, 1845.0, 1980.0)  # a prefill at the power cap
    assert np.ptp(blocks(board.at_s, dips, 1.0)[1]) / 1980 > 0.01  # a second has none of them, or two
    it = looked(replace(board, clock_mhz=dips))
    assert it.state_ok
    assert it.clock_range_pct is not None
    assert it.clock_range_pct < 0.9


def test_a_clock_that_moves_for_one_window_alone_keeps_the_gate_shut() -> None:
    board = steady()
    for began_s in (12.0, 33.3, 64.9):  # wherever it lies
        for lower, waits in ((0.995, ""), (1.012, "clock"), (1.05, "clock")):
            moved = np.where((board.at_s > began_s) & (board.at_s < began_s + 5), 1980.0 / lower, 1980.0)
            assert looked(replace(board, clock_mhz=moved)).waiting_for == waits, (began_s, lower)


def test_a_slowdown_bit_keeps_the_gate_shut_and_is_named() -> None:
    board = steady()
    reasons = board.reasons.copy()
    reasons[-50] = 0x40 | 0x4
    assert looked(replace(board, reasons=reasons)).waiting_for == "hardware thermal slowdown"
    reasons[-50] = 0x4  # a power limit is what a full load may run into
    assert looked(replace(board, reasons=reasons)).state_ok


def test_everything_that_is_waited_for_is_named() -> None:
    board = ramp(RNG(2), 3.0, 70)
    reasons = board.reasons.copy()
    reasons[-1] = 0x80
    clock = np.where(board.at_s > 40, 1600.0, 1755.0)
    it = looked(replace(board, clock_mhz=clock, reasons=reasons))
    assert it.waiting_for == "drift, clock, power brake"


def test_what_happened_before_the_span_is_forgotten() -> None:
    board = steady(100)
    early = board.at_s < 30
    reasons = np.where(early, 0x80, 0.0)
    it = looked(replace(board, reasons=reasons, clock_mhz=np.where(early, 900.0, 1755.0)))
    assert it.state_ok


def test_a_board_without_thermometer_clock_and_reasons_is_judged_by_its_power() -> None:
    board = steady()
    absent = np.full(len(board.at_s), np.nan)
    it = looked(replace(board, temperature_c=absent, clock_mhz=absent, reasons=absent))
    assert it.state_ok
    assert it.temperature_range_c is None
    assert it.clock_range_pct is None
    assert it.tau_s == 60


@pytest.mark.parametrize("silent", [np.nan, 0.0])
def test_power_that_stops_answering_is_waited_for(silent: float) -> None:
    board = steady()
    it = looked(replace(board, power_w=np.where(board.at_s > 30, silent, board.power_w)))
    assert not it.state_ok
    assert it.waiting_for == "power readings"
    assert it.drift_pct is None


def test_a_reading_of_zero_watts_is_no_power() -> None:
    board = steady()
    power = board.power_w.copy()
    power[300:303] = 0
    assert looked(replace(board, power_w=power)).state_ok


@pytest.mark.parametrize("gate_s", [1.0, 5.0])
def test_a_simulated_board_is_judged_on_its_own_scale(gate_s: float) -> None:
    board = steady(3 * gate_s, noise_w=0.1)
    it = looked(board, gate_s)
    assert it.state_ok
    assert it.tau_s == gate_s


@pytest.mark.parametrize("tau_s", [70.0, 100.0, 150.0])
def test_the_time_constant_is_found_in_whole_degrees(tau_s: float) -> None:
    board = warming(RNG(4), tau_s, 240, rise_c=30)
    assert time_constant(board.at_s, board.temperature_c, 60.0) == pytest.approx(tau_s, rel=0.15)


def test_the_time_constant_is_held_between_the_gate_and_ten_thirds_of_it() -> None:
    quick, slow = warming(RNG(5), 10, 240), warming(RNG(5), 390, 240, rise_c=60)
    assert time_constant(quick.at_s, quick.temperature_c, 60.0) == 60
    assert time_constant(slow.at_s, slow.temperature_c, 60.0) == pytest.approx(200)


def test_without_a_swing_of_temperature_the_time_constant_is_the_gate() -> None:
    board = steady(240)
    flickering = 40.0 + (RNG(6).random(len(board.at_s)) < 0.5)
    assert time_constant(board.at_s, flickering, 60.0) == 60
    absent = np.full(len(board.at_s), np.nan)
    assert time_constant(board.at_s, absent, 60.0) == 60


def test_blocks_leave_out_what_is_absent() -> None:
    at = np.array([0.0, 0.5, 1.0, 1.5, 3.0])
    centres, means = blocks(at, np.array([1.0, 3.0, np.nan, 5.0, 7.0]), 1.0)
    assert centres.tolist() == [0.5, 1.5, 3.5]
    assert means.tolist() == [2.0, 5.0, 7.0]
    assert [len(a) for a in blocks(at, np.full(5, np.nan), 1.0)] == [0, 0]


def test_the_slope_of_a_line_has_no_error() -> None:
    times = np.arange(20.0)
    slope, error, _ = slope_with_error(times, 3 + 0.5 * times)
    assert slope == pytest.approx(0.5)
    assert error == pytest.approx(0, abs=1e-9)


def test_residuals_that_follow_one_another_widen_the_slope() -> None:
    rng, times = RNG(7), np.arange(120.0)
    white = rng.normal(0, 1, 120)
    walking = np.convolve(rng.normal(0, 1, 129), np.ones(10) / np.sqrt(10), "valid")
    assert slope_with_error(times, walking)[1] > 2 * slope_with_error(times, white)[1]


def test_a_slope_that_only_noise_keeps_open_asks_for_a_longer_look_and_gets_one() -> None:
    noisy = looked(steady(100.0, noise_w=25.0))
    assert not noisy.state_ok
    assert noisy.waiting_for == "a longer look, power is noisy"
    assert noisy.eta_s is not None
    assert 0 < noisy.eta_s < 600
    assert looked(steady(240.0, noise_w=10.0)).state_ok
    assert looked(steady(240.0, noise_w=10.0)).span_s > 60


def test_a_pace_that_goes_with_the_clock_explains_nothing_away() -> None:
    board = ramp(RNG(2), 0.0, 130.0)
    ring, pace = wandering(RNG(2), board)
    columns = (board.at_s, board.power_w, board.temperature_c)
    steady_clock = look(*columns, board.clock_mhz, board.reasons, 60.0, ring, pace)
    moving = board.clock_mhz + 5.0 * (board.at_s > 100.0)
    with_clock = look(*columns, moving, board.reasons, 60.0, ring, pace)
    assert steady_clock.drift_pct is not None
    assert with_clock.drift_pct is not None
    assert with_clock.drift_pct > 3 * steady_clock.drift_pct


def test_the_slope_at_constant_load_is_that_of_the_formula() -> None:
    times, load = np.arange(60.0), RNG(3).normal(30, 3, 60)
    slope, error, weights = slope_with_error(times, 200 + 0.05 * times + 4 * load, load)
    assert weights == pytest.approx([4])
    assert slope == pytest.approx(0.05, abs=1e-9)
    assert error < 1e-6
    assert slope_with_error(times, 200 + 0.05 * times, np.full(60, 30.0))[0] == pytest.approx(0.05)


def test_a_load_that_is_a_line_in_time_leaves_the_slope_unknown() -> None:
    times = np.arange(60.0)
    load = 30 + times / 10 + RNG(4).normal(0, 0.01, 60)
    slope, error, _ = slope_with_error(times, 200 + 4 * load + RNG(5).normal(0, 1, 60), load)
    assert error > abs(slope)
    assert error > 1


def test_the_slope_beside_an_exponential_and_a_load_tells_all_three() -> None:
    times, load = np.arange(90.0), RNG(3).normal(30, 3, 90)
    decay = np.exp(-times / 15)
    slope, error, weights = slope_with_error(times, 200 + 0.02 * times - 12 * decay + 4 * load, decay, load)
    assert slope == pytest.approx(0.02, abs=1e-9)
    assert error < 1e-6
    assert weights == pytest.approx([-12, 4])


def test_a_quick_warming_passes_over_the_whole_load_before_it_is_out_of_sight() -> None:
    board = warming(RNG(12), 15.0, 98.0, noise_w=8.0)
    it = looked(board)
    assert it.state_ok
    assert it.span_s == pytest.approx(97.9)
    assert it.tau_s == 40
    assert not looked(replace(board, temperature_c=np.full(len(board.at_s), 60.0))).state_ok


def test_a_drift_beside_a_quick_warming_keeps_the_gate_shut() -> None:
    for seed in range(20):
        board = warming(RNG(seed), 15.0, 240.0)
        rising = replace(board, power_w=board.power_w + 400 * 0.01 * board.at_s / 60)
        assert not looked(rising).state_ok


def test_the_line_beside_a_warming_is_that_of_the_formula() -> None:
    at = np.arange(0, 100, 0.1)
    temperature = 40 + 0.02 * at - 9 * np.exp(-at / 5.0)
    assert beside_warming(at, temperature, 60.0) == pytest.approx(0.02, rel=1e-3)


def test_a_second_warming_behind_a_quick_one_is_not_overlooked() -> None:
    once, twice = (warming_twice(RNG(7), parts, 90.0) for parts in (((14.0, 15.0),), ((4.0, 10.0), (10.0, 120.0))))
    beside = [60 * beside_warming(it.at_s, it.temperature_c, 60.0) for it in (once, twice)]
    assert abs(beside[0]) < 1 and beside[1] > 2
    assert looked(once).tau_s == 40 and looked(twice).tau_s != 40


def test_a_slow_warming_is_no_quick_one() -> None:
    board = warming(RNG(5), 60.0, 150.0)
    it = looked(board)
    assert it.tau_s is not None
    assert it.tau_s >= 60


def test_a_steady_minute_after_a_ramp_does_not_pass_for_the_whole() -> None:
    ramped = ramp(RNG(2), 1.5, 180.0, noise_w=1.0)
    power = np.where(ramped.at_s > 110, ramped.power_w[1100] + RNG(3).normal(0, 1, len(ramped.at_s)), ramped.power_w)
    board = replace(ramped, power_w=power)
    it = looked(board)
    assert not it.state_ok
    assert it.waiting_for == "drift"
    assert it.span_s > 150
    assert it.drift_pct is not None
    assert it.drift_pct > GATE_PCT
    begun = board.at_s >= 110
    alone = look(
        board.at_s[begun], power[begun], board.temperature_c[begun], board.clock_mhz[begun], board.reasons[begun], 60.0
    )
    assert alone.state_ok


def test_the_onset_of_a_load_proves_no_drift() -> None:
    board = steady(72.0)
    assert looked(replace(board, power_w=np.where(board.at_s < 9, 0.4, 1.0) * board.power_w)).state_ok
