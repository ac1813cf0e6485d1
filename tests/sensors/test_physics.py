"""The physical model: energy is the integral of power, temperature follows it, sensors are slow."""

from __future__ import annotations

import math

import pytest

from ecotui.core.clock import NS
from ecotui.sensors.physics import AMBIENT_C, LEAKAGE_PER_C, RESISTANCE_C_PER_W, TAU_S, Physics

START = 77 * NS
IDLE_W, LOAD_W = 74.0, 400.0


def model(noise: float = 0.0, limit_w: float = 700.0, seed: int = 0) -> Physics:
    return Physics(START, IDLE_W, limit_w, noise, seed)


def at(seconds: float) -> int:
    return START + round(seconds * NS)


def test_temperature_approaches_its_end_with_one_time_constant() -> None:
    physics = model()
    physics.switch(START, LOAD_W, True)
    first = physics.temperature_c
    physics.advance(at(600))
    last = physics.temperature_c
    # Leakage feeds back: the loop gain g = R·dP/dT makes the time constant τ / (1 - g).
    slowed_s = TAU_S / (1 - RESISTANCE_C_PER_W * LOAD_W * LEAKAGE_PER_C)
    again = model()
    again.switch(START, LOAD_W, True)
    again.advance(at(slowed_s))
    assert (again.temperature_c - first) / (last - first) == pytest.approx(1 - math.exp(-1), abs=0.005)


def test_temperature_settles_where_heat_in_is_heat_out() -> None:
    physics = model()
    physics.switch(START, LOAD_W, True)
    physics.advance(at(400))
    settled = AMBIENT_C + RESISTANCE_C_PER_W * physics.published.power_w
    assert physics.temperature_c == pytest.approx(settled, abs=0.01)


def test_a_warm_board_draws_more() -> None:
    physics = model()
    physics.switch(START, LOAD_W, True)
    physics.advance(at(1))
    cold_w, cold_c = physics.published.power_w, physics.temperature_c
    physics.advance(at(400))
    gained = physics.published.power_w / cold_w - 1
    assert gained == pytest.approx(LEAKAGE_PER_C * (physics.temperature_c - cold_c), rel=0.1)


def test_energy_is_power_times_time_across_a_step_between_two_refreshes() -> None:
    physics = model()
    physics.switch(at(1.0337), LOAD_W, True)
    physics.switch(at(1.0937), IDLE_W, False)
    physics.advance(at(2))
    extra = physics.energy_j - 2 * IDLE_W
    assert extra == pytest.approx(0.06 * (LOAD_W - IDLE_W), rel=0.01)


def test_instant_power_is_the_mean_of_25_ms_and_average_power_of_a_second() -> None:
    physics = model()
    physics.switch(at(1.0), LOAD_W, True)
    physics.advance(at(1.1))
    assert physics.published.power_w == pytest.approx(LOAD_W, rel=0.01)
    assert physics.published.power_average_w == pytest.approx(IDLE_W + 0.1 * (LOAD_W - IDLE_W), rel=0.01)
    physics.advance(at(2.0))
    assert physics.published.power_average_w == pytest.approx(LOAD_W, rel=0.01)


def test_instant_power_shows_a_quarter_of_the_time() -> None:
    physics = model()
    physics.switch(at(1.01), LOAD_W, True)
    physics.switch(at(1.05), IDLE_W, False)
    physics.advance(at(1.1))
    assert physics.published.power_w == pytest.approx(IDLE_W, rel=0.01)


def test_sensors_change_every_100_ms_only() -> None:
    physics = model(noise=0.01)
    seen = []
    for k in range(400):
        physics.advance(at(k * 0.005))
        seen.append(physics.published.energy_j)
    changes = [k for k in range(1, 400) if seen[k] != seen[k - 1]]
    assert changes == list(range(20, 400, 20))


def test_how_often_it_is_asked_changes_nothing() -> None:
    often, seldom = model(noise=0.01, seed=5), model(noise=0.01, seed=5)
    for physics in (often, seldom):
        physics.switch(at(0.5012), LOAD_W, True)
    for k in range(3_000):
        often.advance(at(k * 0.0037))
    often.advance(at(12))
    seldom.advance(at(12))
    assert often.published == seldom.published


def test_noise_is_of_the_size_asked_for_and_has_no_bias() -> None:
    physics = model(noise=0.01, seed=1)
    readings = []
    for k in range(1, 601):
        physics.advance(at(k * 0.1))
        readings.append(physics.published.power_w)
    mean = sum(readings) / len(readings)
    spread = math.sqrt(sum((r - mean) ** 2 for r in readings) / len(readings))
    assert mean == pytest.approx(IDLE_W, rel=0.003)
    assert spread / mean == pytest.approx(0.01, rel=0.2)


def test_hours_unasked_are_caught_up_and_the_energy_is_there() -> None:
    physics = model()
    physics.switch(START, LOAD_W, True)
    physics.advance(at(8 * 3600))
    settled_w = physics.published.power_w
    assert physics.energy_j == pytest.approx(settled_w * 8 * 3600, rel=1e-3)
    assert physics.published.power_average_w == pytest.approx(settled_w, rel=1e-3)


def test_the_power_limit_holds() -> None:
    physics = model(limit_w=350.0)
    physics.switch(START, LOAD_W, True)
    physics.advance(at(5))
    assert physics.published.power_w == pytest.approx(350.0)
    assert physics.published.capped
