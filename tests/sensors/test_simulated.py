"""The simulated board: what the worker reports becomes watts, and a poor board can be asked for."""

from __future__ import annotations

import pytest

from ecotui.core.clock import NS
from ecotui.core.errors import BoardError
from ecotui.core.events import Resident, Steps
from ecotui.core.messages import Began, Failed, Measured, WarmedUp
from ecotui.sensors.simulated import BARE_W, CONTEXT_W, SENSORS, Faults, SimulatedBoard, load_w
from tests.sensors.fake_nvml import Hands

WEIGHTS_B = 14_000_000_000


def resident(now_ns: int) -> Resident:
    return Resident(now_ns, 0, 2.0, 7_000_000_000, WEIGHTS_B, {"Linear": 1}, "random", "cpu")


def steps(now_ns: int, step_s: float, count: int, call: int = 0) -> Steps:
    return Steps(0, call, 0, now_ns - round(count * step_s * NS), [round(step_s * NS)] * count)


def power(board: SimulatedBoard) -> float:
    watts = board.read().power_w
    assert watts is not None
    return watts


def test_power_goes_from_bare_to_context_to_load_and_back() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, noise=0)
    hands.forward(1)
    assert power(board) == pytest.approx(BARE_W, rel=0.001)
    board.observe(resident(hands()))
    hands.forward(1)
    assert power(board) == pytest.approx(CONTEXT_W, rel=0.01)
    board.observe(Began(hands(), None))
    hands.forward(1)
    assert 300 < power(board) < 420
    board.observe(WarmedUp(hands(), 1.0))
    hands.forward(1)
    assert power(board) == pytest.approx(CONTEXT_W, rel=0.01)
    board.observe(Began(hands(), 1))
    hands.forward(1)
    board.observe(Measured(1, hands() - NS, hands(), 1, 1, 64, 64, None))
    hands.forward(1)
    assert power(board) == pytest.approx(CONTEXT_W, rel=0.01)
    board.observe(None)
    hands.forward(1)
    assert power(board) == pytest.approx(BARE_W, rel=0.01)


def test_a_worker_that_failed_leaves_a_bare_board() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, noise=0)
    board.observe(resident(hands()))
    board.observe(Began(hands(), None))
    board.observe(Failed("Out of memory.", ""))
    hands.forward(1)
    assert power(board) == pytest.approx(BARE_W, rel=0.01)
    assert board.read().clock_event_reasons == 1


@pytest.mark.parametrize("rate", [15.0, 60.0, 400.0])
def test_load_power_follows_the_workers_step_rate(rate: float) -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, noise=0)
    board.observe(Began(hands(), None))
    for call in range(10):
        hands.forward(0.5)
        board.observe(steps(hands(), 1 / rate, round(rate / 2), call))
    assert power(board) == pytest.approx(load_w(rate), rel=0.02)


def test_a_batch_of_one_stamp_counts_from_the_batch_before() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, noise=0)
    board.observe(Began(hands(), None))
    for index in range(100):
        board.observe(Steps(0, 0, index, hands(), []))
        hands.forward(1 / 15)
    assert power(board) == pytest.approx(load_w(15), rel=0.02)


def test_work_counts_from_the_workers_own_stamp() -> None:
    hands = Hands()
    board, late = SimulatedBoard(clock=hands, noise=0), SimulatedBoard(clock=hands, noise=0)
    began = hands() + NS // 2
    hands.forward(0.6)
    board.observe(Began(began, None))  # 100 ms after the fact
    late.observe(Began(hands(), None))
    hands.forward(0.4)
    extra = (board.energy_j() or 0) - (late.energy_j() or 0)
    assert extra == pytest.approx(0.1 * (load_w(60) - BARE_W), rel=0.01)


def test_the_counter_rises_by_power_times_time_and_ticks_every_100_ms() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, noise=0)
    board.observe(resident(hands()))
    values = []
    for _ in range(2000):
        values.append(board.energy_j() or 0.0)
        hands.forward(0.001)
    changes = [k for k in range(1, 2000) if values[k] != values[k - 1]]
    assert changes == list(range(100, 2000, 100))
    assert values[-1] - values[0] == pytest.approx(1.9 * power(board), rel=0.005)


def test_readings_integrate_to_what_the_counter_says() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, seed=3)
    board.observe(Began(hands(), None))
    hands.forward(1)
    before, total = board.energy_j() or 0.0, 0.0
    for _ in range(300):
        hands.forward(0.1)
        total += power(board) * 0.1
    assert total == pytest.approx((board.energy_j() or 0.0) - before, rel=0.005)


def test_the_other_sensors_under_load_and_at_rest() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands)
    hands.forward(1)
    rest = board.read()
    assert (rest.sm_clock_mhz, rest.utilization_pct, rest.clock_event_reasons) == (345.0, 0.0, 1)
    board.observe(resident(hands()))
    board.observe(Began(hands(), None))
    hands.forward(0.5)
    soon = board.read()
    assert (soon.sm_clock_mhz, soon.utilization_pct, soon.clock_event_reasons) == (1980.0, 97.0, 0)
    assert soon.memory_used_b == WEIGHTS_B + 600_000_000
    hands.forward(120)
    warm = board.read()
    assert warm.sm_clock_mhz is not None
    assert 1900 < warm.sm_clock_mhz < 1980
    assert warm.temperature_c is not None
    assert soon.temperature_c is not None
    assert warm.temperature_c > soon.temperature_c + 10


def test_work_at_the_power_limit_shows_the_cap() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, limit_w=320.0)
    board.observe(Began(hands(), None))
    hands.forward(1)
    assert board.read().clock_event_reasons == 4
    assert power(board) <= 320


def test_two_boards_of_one_seed_are_alike_and_of_two_are_not() -> None:
    def sequence(seed: int) -> list[float]:
        hands = Hands()
        board = SimulatedBoard(clock=hands, seed=seed)
        out = []
        for _ in range(20):
            hands.forward(0.1)
            out.append(power(board))
        return out

    assert sequence(1) == sequence(1) != sequence(2)


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_sensor_that_the_board_lacks_is_none(sensor: str) -> None:
    board = SimulatedBoard(clock=Hands(), lacking={sensor})
    if sensor == "energy":
        assert board.energy_j() is None
    else:
        reading = board.read()
        missing = {f for f in SENSORS.values() if getattr(reading, f) is None}
        assert missing == {SENSORS[sensor], "energy_j"}


def test_a_sensor_that_does_not_exist_cannot_be_lacking() -> None:
    with pytest.raises(ValueError, match="fan"):
        SimulatedBoard(lacking={"fan"})


def test_a_sensor_stops_answering() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, faults=Faults(silent={"temperature": 1.0, "energy": 2.0}))
    assert board.read().temperature_c is not None
    hands.forward(1)
    assert board.read().temperature_c is None
    assert board.energy_j() is not None
    hands.forward(1)
    assert board.energy_j() is None


def test_zero_watts_are_no_answer() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, faults=Faults(zero_power_s=1.0))
    hands.forward(1)
    reading = board.read()
    assert (reading.power_w, reading.power_average_w) == (None, None)


def test_the_counter_starts_anew_and_counts_on() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, faults=Faults(counter_back_s=1.0))
    hands.forward(0.95)
    before = board.energy_j() or 0.0
    hands.forward(0.1)
    reset = board.energy_j() or 0.0
    hands.forward(1)
    assert reset < before
    assert (board.energy_j() or 0.0) > reset


def test_a_lost_board_raises() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, faults=Faults(lost_s=1.0))
    board.read()
    hands.forward(1)
    with pytest.raises(BoardError, match="is lost"):
        board.read()
    with pytest.raises(BoardError, match="is lost"):
        board.energy_j()
