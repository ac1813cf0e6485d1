"""Small parts of a session: memory foresight, silence, windows that wait, and the ring's event."""

from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.messages import Failed, Measured
from ecotui.core.reading import Reading, Ring, Slow
from ecotui.log import read_timeline
from ecotui.recorder import host_memory
from ecotui.recorder.exchange import Accept, Broke
from ecotui.recorder.foresight import foresee
from ecotui.recorder.host_memory import available_b, room_b
from ecotui.recorder.session import ring_event
from ecotui.recorder.settling import LATE_NS, Settling
from ecotui.recorder.silence import BOARD_S, Silence
from tests import factory
from tests.factory import board, write_log

BIG = Arm("synthetic:mistral-7b")
BOARD = board()


def free(gigabytes: float) -> Reading:
    return Reading(0, memory_used_b=80_000_000_000 - round(gigabytes * 1e9))


def test_an_arm_that_fits_is_forecast_without_a_word() -> None:
    found = foresee(BIG, 1, BOARD, free(80), 7)
    assert found.forecast is not None
    assert (found.forecast.at_ns, found.forecast.arm, found.forecast.free_b) == (7, 1, 80_000_000_000)
    parts = found.forecast
    assert parts.total_b == parts.weights_b + parts.cache_b + parts.activations_b + parts.overhead_b
    assert (found.refusal, found.caution) == (None, "")


def test_a_refusal_names_need_room_and_the_largest_batch_that_fits() -> None:
    arm = replace(BIG, batch_size=1000)
    refusal = foresee(arm, 0, BOARD, free(20), 0).refusal
    assert refusal is not None
    assert "GB" in refusal.what
    assert "20.0 GB" in refusal.what
    largest = int(refusal.advice.rpartition(" ")[2].rstrip("."))
    assert foresee(replace(arm, batch_size=largest), 0, BOARD, free(20), 0).refusal is None
    assert foresee(replace(arm, batch_size=largest + 1), 0, BOARD, free(20), 0).refusal is not None


def test_weights_that_do_not_fit_at_all_are_refused_with_another_advice() -> None:
    refusal = foresee(BIG, 0, BOARD, free(4), 0).refusal
    assert refusal is not None
    assert "Not even one row fits" in refusal.advice


def test_little_room_is_worth_a_word() -> None:
    found = foresee(BIG, 0, BOARD, free(17), 0)
    assert found.refusal is None
    assert "Little room" in found.caution


def test_a_board_that_does_not_tell_its_memory_refuses_nothing() -> None:
    found = foresee(replace(BIG, batch_size=100_000), 0, BOARD, Reading(0), 0)
    assert found.forecast is not None
    assert found.forecast.free_b is None
    assert found.refusal is None


def test_a_load_on_the_cpu_is_refused_beyond_what_the_host_has_as_one_beyond_the_board_is() -> None:
    refusal = foresee(BIG, 0, BOARD, free(80), 0, host_b=12_000_000_000).refusal
    assert refusal is not None
    assert "was not loaded: it needs about 15." in refusal.what
    assert refusal.what.endswith("over 95 % of the 12.0 GB that are available in this host's memory.")
    assert refusal.advice.endswith("or end what else fills it.")
    assert foresee(BIG, 0, BOARD, free(80), 0, host_b=30_000_000_000).refusal is None
    on_board = foresee(BIG, 0, BOARD, free(4), 0, host_b=12_000_000_000).refusal
    assert on_board is not None and "free on the board" in on_board.what


def test_what_the_host_has_is_what_its_kernel_calls_available(tmp_path: Path) -> None:
    told = tmp_path / "meminfo"
    told.write_text("MemTotal:       24000000 kB\nMemFree:  1000 kB\nMemAvailable:   23000000 kB\n")
    assert available_b(told) == 23_000_000 * 1024
    told.write_text("MemTotal:       24000000 kB\n")
    assert available_b(told) is None and available_b(tmp_path / "none") is None


def test_only_a_model_that_is_loaded_on_the_cpu_is_limited_by_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_memory, "available_b", lambda: 7)
    assert (room_b("cpu"), room_b("cuda"), room_b("cpu", "scripted")) == (7, None, None)


def test_a_model_of_unknown_dimensions_is_said_to_be_so() -> None:
    found = foresee(Arm("/nowhere/at/all"), 0, BOARD, free(80), 0)
    assert found.forecast is None
    assert "/nowhere/at/all" in found.caution


@pytest.mark.parametrize(
    "phase", ["loading", "warm-up", "stabilizing", "measuring", "splitting", "scoring", "examining"]
)
def test_a_worker_that_works_may_be_silent_for_so_long_only(phase: str) -> None:
    quiet = Silence(10.0, Path("worker.log"))
    assert quiet.verdict(phase, quiet.worker_ns + 9 * NS) is None
    assert isinstance(quiet.verdict(phase, quiet.worker_ns + 11 * NS), Failed)


@pytest.mark.parametrize("phase", ["bare", "context", "cooling", "context-after", ""])
def test_a_worker_that_rests_may_be_silent(phase: str) -> None:
    quiet = Silence(10.0, Path("worker.log"))
    assert quiet.verdict(phase, quiet.worker_ns + 20 * NS) is None


def test_a_board_that_says_nothing_any_more_ends_the_session() -> None:
    quiet = Silence(10.0, Path("worker.log"))
    verdict = quiet.verdict("context", quiet.board_ns + round((BOARD_S + 1) * NS))
    assert isinstance(verdict, Broke)
    assert "not answered" in verdict.what


def test_a_ring_becomes_stamps_and_differences() -> None:
    trace = ring_event(Ring(99, (10, 30, 51), (1000, 0, 2000)))
    assert (trace.at_ns, trace.base_ns, trace.delta_ns, trace.power_mw) == (99, 10, [20, 21], [1000, 0, 2000])


def test_a_window_waits_until_all_that_the_board_tells_has_passed_its_end(tmp_path: Path) -> None:
    line = read_timeline(write_log(tmp_path / "log.jsonl"))
    it = line.windows[0]
    measured = Measured(1, it.t0_ns, it.t1_ns, it.first_call, it.calls, it.tokens, it.tokens_expected, None)
    late = it.t1_ns + 1
    settling = Settling()
    settling.saw(Ring(1, (1,), (1,)))
    settling.saw(Slow(1))
    told = replace(factory.over(it), at_ns=late, memory_peak_b=None)
    assert settling.add(Accept(0, measured), late) == told, "for the log at once"
    settling.saw(Reading(late))
    assert settling.ripe(line, late) == []
    settling.saw(Slow(late))
    settling.saw(Ring(late, (it.t0_ns, it.t1_ns), (1, 1)))
    assert settling.ripe(line, late) == []
    settling.saw(Ring(late, (late,), (1,)))
    (ripe,) = settling.ripe(line, late)
    assert ripe.figures["window"] == 1
    assert not settling.waiting
    settling.add(Accept(0, replace(measured, t1_ns=late + NS)), late + NS)
    assert settling.ripe(line, late + NS + LATE_NS) == []
    assert len(settling.ripe(line, late + NS + LATE_NS + 1)) == 1
