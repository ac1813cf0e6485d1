"""The window estimator, on ticks whose truth is known."""

import numpy as np
import pytest

from ecotui.core.clock import NS
from ecotui.core.window import counter_energy, integral_energy

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


def test_the_integral_holds_the_nearest_value_to_the_edges() -> None:
    at = (np.arange(0.05, 12, 0.1) * NS).astype(np.int64)
    energy = integral_energy(at, np.full(len(at), 250.0), NS, 11 * NS)
    assert energy is not None
    assert energy.joules == pytest.approx(2500)
    assert energy.source == "integral"


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
