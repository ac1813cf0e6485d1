"""A board with faults on order: each does what it says, for as long as it says, and wrong orders are refused."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from ecotui.core.clock import NS
from ecotui.core.errors import BoardError, UsageError
from ecotui.core.messages import Began
from ecotui.core.reading import Ring
from ecotui.sensors.board import list_boards, open_board
from ecotui.sensors.faults import PARTS, VARIABLE, Faults, faults_of
from ecotui.sensors.simulated import SimulatedBoard
from tests.sensors.fake_nvml import Hands

MS = 1_000_000


def poor(faults: Faults) -> tuple[SimulatedBoard, Hands]:
    """A board with faults, and the clock that it and its hangs go by."""
    hands = Hands()
    return SimulatedBoard(clock=hands, sleep=hands.forward, noise=0, faults=faults), hands


def test_the_ring_is_the_power_of_every_20_ms() -> None:
    board, hands = poor(Faults())
    rings: list[Ring | None] = []
    begin = hands()
    before = board.energy_j() or 0.0
    board.observe(Began(hands(), None))
    for _ in range(5):
        hands.forward(1)
        rings.append(board.ring())
    stamps = [at for ring in rings if ring for at in ring.sample_ns]
    milliwatts = [mw for ring in rings if ring for mw in ring.power_mw]
    assert stamps == [begin + k * 20 * MS for k in range(1, 251)]
    assert sum(milliwatts) / 1000 * 0.02 == pytest.approx((board.energy_j() or 0.0) - before, rel=1e-5)


def test_the_ring_is_2_36_s_deep_and_gives_every_sample_once() -> None:
    board, hands = poor(Faults())
    hands.forward(10)
    ring = board.ring()
    assert ring is not None
    assert (ring.sample_ns[-1] - ring.sample_ns[0]) / MS == 2_340
    assert len(ring.sample_ns) == len(ring.power_mw) == 118
    assert board.ring() is None


def test_after_hours_unasked_the_ring_holds_what_is_newest() -> None:
    board, hands = poor(Faults())
    board.observe(Began(hands(), None))
    hands.forward(3600)
    ring = board.ring()
    assert ring is not None
    assert (hands() - ring.sample_ns[0]) / NS <= 2.36
    assert min(ring.power_mw) == pytest.approx(max(ring.power_mw), rel=0.001)
    assert ring.power_mw[-1] / 1000 == pytest.approx(board.read().power_w, rel=0.001)


def test_a_board_may_lack_its_ring_and_its_throttle_counters() -> None:
    board, hands = poor(Faults(lacking=("ring", "throttle")))
    hands.forward(1)
    assert board.ring() is None
    assert (board.slow().throttle_ns, board.slow().power_cap_ns) == (None, None)


def test_a_sound_board_has_not_been_throttled_and_is_ours_alone() -> None:
    board, hands = poor(Faults())
    hands.forward(5)
    slow = board.slow()
    assert (slow.throttle_ns, slow.power_cap_ns, slow.processes) == (0, 0, ())
    assert board.info.mig is False


def test_time_at_the_power_limit_is_counted() -> None:
    hands = Hands()
    board = SimulatedBoard(clock=hands, limit_w=320.0, noise=0)
    hands.forward(1)
    board.observe(Began(hands(), None))
    hands.forward(2)
    assert board.slow().power_cap_ns == pytest.approx(2 * NS, rel=0.01)
    assert board.slow().throttle_ns == 0


def test_power_is_0_between_two_moments_in_readings_and_ring() -> None:
    board, hands = poor(Faults(zero_power_s=1.0, zero_power_until_s=2.0))
    hands.forward(1.5)
    reading = board.read()
    assert (reading.power_w, reading.power_average_w) == (None, None)
    hands.forward(0.75)
    assert board.read().power_w is not None
    ring = board.ring()
    assert ring is not None
    assert ring.power_mw.count(0) == 50


def test_a_driver_without_the_instant_field_has_the_average_alone() -> None:
    board, hands = poor(Faults(lacking=("power",)))
    hands.forward(1)
    reading = board.read()
    assert reading.power_w is None
    assert reading.power_average_w is not None


def test_a_board_without_counter_has_no_energy() -> None:
    board, _ = poor(Faults(lacking=("energy",)))
    assert board.energy_j() is None


def test_clock_event_bits_show_and_their_time_is_counted() -> None:
    board, hands = poor(Faults(event_s=1.0, event_until_s=3.0, event_bits=0x48))
    seen = []
    for _ in range(4):
        hands.forward(0.9)
        seen.append(board.read().clock_event_reasons)
    assert seen == [0x1, 0x49, 0x49, 0x1]
    assert (board.slow().throttle_ns, board.slow().power_cap_ns) == (2 * NS, 0)


def test_a_power_cap_counts_as_such() -> None:
    board, hands = poor(Faults(event_s=1.0, event_bits=0x4))
    hands.forward(3)
    assert (board.slow().throttle_ns, board.slow().power_cap_ns) == (0, 2 * NS)


def test_throttle_time_can_pass_unseen() -> None:
    board, hands = poor(Faults(throttle_s=1.0, throttle_until_s=1.25))
    hands.forward(1.1)
    assert board.read().clock_event_reasons == 1
    hands.forward(1)
    assert board.slow().throttle_ns == NS // 4


def test_a_foreign_process_comes_and_goes() -> None:
    board, hands = poor(Faults(foreign_s=1.0, foreign_until_s=2.0))
    seen = []
    for _ in range(3):
        seen.append(board.slow().processes)
        hands.forward(1)
    assert seen == [(), ((4711, "python"),), ()]


def test_a_partitioned_board_says_so() -> None:
    assert poor(Faults(mig=True))[0].info.mig


@pytest.mark.parametrize("call", ["read", "energy_j", "ring", "slow"])
def test_a_board_that_hangs_answers_late(call: str) -> None:
    board, hands = poor(Faults(hang_s=1.0, hang_for_s=0.5))
    begin = hands()
    hands.forward(1.1)
    getattr(board, call)()
    assert hands() - begin == 1.5 * NS
    getattr(board, call)()
    assert hands() - begin == 1.5 * NS


def test_nothing_of_the_ring_is_lost_in_a_hang() -> None:
    board, hands = poor(Faults(hang_s=1.0, hang_for_s=1.2))
    stamps: list[int] = []
    for _ in range(4):
        hands.forward(1)
        ring = board.ring()
        stamps += ring.sample_ns if ring else ()
    assert {b - a for a, b in pairwise(stamps)} == {20 * MS}


@pytest.mark.parametrize("call", ["read", "energy_j", "ring", "slow"])
def test_every_call_of_a_lost_board_fails(call: str) -> None:
    board, hands = poor(Faults(lost_s=1.0))
    hands.forward(1)
    with pytest.raises(BoardError, match="is lost"):
        getattr(board, call)()


def test_the_environment_makes_the_simulated_board_a_poor_one(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = {"mig": True, "lacking": ["energy"], "foreign_s": 0, "silent": {"clock": 0.0}}
    monkeypatch.setenv(VARIABLE, json.dumps(faults))
    board = open_board("simulated", 0)
    assert board.info.mig
    assert board.energy_j() is None
    assert board.read().sm_clock_mhz is None
    assert board.slow().processes == ((4711, "python"),)
    board.close()


def test_without_the_variable_the_simulated_board_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert open_board("simulated", 0).info == list_boards("simulated")[0]
    assert faults_of("") == Faults()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("[1]", "it is no object"),
        ('{"fan": 1}', "there is no fault 'fan'"),
        ('{"lost_s": "soon"}', "lost_s cannot be 'soon'"),
        ('{"lost_s": true}', "lost_s cannot be True"),
        ('{"mig": 1}', "mig cannot be 1"),
        ('{"lacking": ["fan"]}', "no such sensors: fan"),
        ('{"lacking": "power"}', "lacking cannot be 'power'"),
        ('{"lacking": [["power"]]}', "cannot be read"),
        ('{"silent": {"power": "now"}}', "silent cannot be"),
    ],
)
def test_faults_that_cannot_be_read_are_told_in_a_sentence(
    text: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(UsageError, match="ECOTUI_SIMULATED_FAULTS") as caught:
        open_board("simulated", 0)
    assert words in caught.value.what
    assert "lost_s" in caught.value.advice


def test_every_part_can_be_lacking() -> None:
    assert Faults(lacking=PARTS).lacking == PARTS
