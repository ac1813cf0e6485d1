"""The ring, the throttle counters and the processes behind NVML, against a stand-in for its module."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ecotui.core.errors import BoardError
from ecotui.sensors.nvml_board import NvmlBoard
from ecotui.sensors.nvml_processes import LONGEST, plain
from tests.sensors.fake_nvml import NOT_SUPPORTED, TIMEOUT, FakeNvml, process

COUNTERS = {74: (0, 3, 5_000), 75: (0, 3, 70), 269: (0, 3, 71), 270: (0, 3, 200), 271: (0, 3, 3_000)}


def sampled(nvml: FakeNvml, *milliwatts: float) -> None:
    """Fill the ring with samples of the last few microseconds."""
    now_us = time.time_ns() // 1000
    nvml.samples = [(now_us + k, mw) for k, mw in enumerate(milliwatts)]


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4, 5, 6])
def test_a_sample_is_read_by_its_own_value_type(kind: int) -> None:
    nvml = FakeNvml()
    board = NvmlBoard(nvml, 0)
    nvml.sample_type = kind
    sampled(nvml, 352_250, 0, 352_260)
    ring = board.ring()
    assert ring is not None
    assert ring.power_mw == (352_250, 0, 352_260)
    assert ring.sample_ns == tuple(sorted(ring.sample_ns))
    assert abs(ring.sample_ns[-1] - ring.at_ns) < 1_000_000_000


def test_samples_of_an_unknown_type_are_no_ring() -> None:
    nvml = FakeNvml()
    board = NvmlBoard(nvml, 0)
    nvml.sample_type = 7
    sampled(nvml, 1.0)
    assert board.ring() is None


def test_a_ring_without_new_samples_is_none() -> None:
    nvml = FakeNvml()
    board = NvmlBoard(nvml, 0)
    assert board.ring() is None
    sampled(nvml, 1)
    assert board.ring() is not None
    assert board.ring() is None


@pytest.mark.parametrize("code", [NOT_SUPPORTED, TIMEOUT])
def test_a_driver_without_ring_is_none(code: int) -> None:
    nvml = FakeNvml()
    nvml.fail("nvmlDeviceGetSamples", code)
    assert NvmlBoard(nvml, 0).ring() is None
    del nvml.values["nvmlDeviceGetSamples"]
    assert NvmlBoard(nvml, 0).ring() is None


def test_throttle_time_is_heat_hardware_and_power_brake_and_the_power_cap_is_apart() -> None:
    nvml = FakeNvml()
    nvml.fields |= COUNTERS
    slow = NvmlBoard(nvml, 0).slow()
    assert (slow.throttle_ns, slow.power_cap_ns) == (71 + 200 + 3_000, 5_000)


def test_an_older_driver_counts_heat_under_its_older_name() -> None:
    nvml = FakeNvml()
    nvml.fields |= {74: COUNTERS[74], 75: COUNTERS[75]}
    assert NvmlBoard(nvml, 0).slow().throttle_ns == 70


def test_a_field_that_means_something_else_to_the_driver_is_not_counted() -> None:
    nvml = FakeNvml()
    nvml.fields |= {75: COUNTERS[75], 269: (0, 1, 99), 270: (0, 1, 99), 271: (0, 0, 99)}
    assert NvmlBoard(nvml, 0).slow().throttle_ns == 70


def test_a_board_that_counts_no_throttle_time_says_none_and_not_0() -> None:
    slow = NvmlBoard(FakeNvml(), 0).slow()
    assert (slow.throttle_ns, slow.power_cap_ns, slow.processes) == (None, None, ())
    nvml = FakeNvml()
    nvml.fail("nvmlDeviceGetFieldValues", NOT_SUPPORTED)
    assert NvmlBoard(nvml, 0).slow().throttle_ns is None


def test_a_counter_that_fails_once_is_no_time_gained() -> None:
    nvml = FakeNvml()
    nvml.fields |= COUNTERS | {270: (TIMEOUT, 3, 0)}
    board = NvmlBoard(nvml, 0)
    seen = [board.slow().throttle_ns]
    nvml.fields |= COUNTERS
    seen.append(board.slow().throttle_ns)
    nvml.fields[271] = (TIMEOUT, 3, 0)
    seen.append(board.slow().throttle_ns)
    assert seen == [3_071, 3_071, None]


def test_a_counter_at_0_is_0() -> None:
    nvml = FakeNvml()
    nvml.fields |= dict.fromkeys(COUNTERS, (0, 3, 0))
    slow = NvmlBoard(nvml, 0).slow()
    assert (slow.throttle_ns, slow.power_cap_ns) == (0, 0)


def test_processes_of_every_kind_are_listed_once_by_number() -> None:
    names = {17: "/usr/lib/xorg/Xorg", 23: b"python3", 42: "ollama"}
    nvml = FakeNvml(
        nvmlDeviceGetComputeRunningProcesses=[process(42), process(23)],
        nvmlDeviceGetGraphicsRunningProcesses=[process(17), process(23)],
        nvmlSystemGetProcessName=names.__getitem__,
    )
    assert NvmlBoard(nvml, 0).slow().processes == ((17, "Xorg"), (23, "python3"), (42, "ollama"))


def test_a_list_that_fails_leaves_the_other() -> None:
    nvml = FakeNvml(nvmlDeviceGetGraphicsRunningProcesses=[process(17)])
    nvml.fail("nvmlDeviceGetComputeRunningProcesses", NOT_SUPPORTED)
    nvml.fail("nvmlSystemGetProcessName", 6)
    assert NvmlBoard(nvml, 0).slow().processes == ((17, "unknown"),)


def test_a_name_is_asked_for_once_while_its_process_stays() -> None:
    asked: list[int] = []

    def name(pid: int) -> str:
        asked.append(pid)
        return f"p{len(asked)}"

    nvml = FakeNvml(nvmlDeviceGetComputeRunningProcesses=[process(5)], nvmlSystemGetProcessName=name)
    board = NvmlBoard(nvml, 0)
    assert board.slow().processes == board.slow().processes == ((5, "p1"),)
    nvml.values["nvmlDeviceGetComputeRunningProcesses"] = []
    assert board.slow().processes == ()
    nvml.values["nvmlDeviceGetComputeRunningProcesses"] = [process(5)]
    assert board.slow().processes == ((5, "p2"),)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/opt/my tool/run it", "run it"),
        ("\x1b[2J\x1b]0;owned\x07evil", "[2J]0;ownedevil"),
        ("two\nlines\r\tand\u202egnp.exe", "twolinesandgnp.exe"),
        (b"caf\xe9", "caf\ufffd"),
        ("x" * 500, "x" * LONGEST),
        ("\x00\x1b", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_name_holds_nothing_that_a_terminal_would_obey(name: str | bytes | None, shown: str) -> None:
    assert plain(name) == shown


@pytest.mark.parametrize("call", ["nvmlDeviceGetSamples", "nvmlDeviceGetFieldValues"])
def test_a_board_that_is_gone_is_noticed_in_ring_and_slow_look(call: str) -> None:
    nvml = FakeNvml()
    board = NvmlBoard(nvml, 0)
    nvml.fail(call, 15)
    ask: Any = board.ring if call.endswith("Samples") else board.slow
    with pytest.raises(BoardError, match="is lost"):
        ask()


def test_a_board_whose_mig_mode_cannot_be_asked_is_not_partitioned() -> None:
    nvml = FakeNvml()
    nvml.fail("nvmlDeviceGetMigMode", NOT_SUPPORTED)
    assert NvmlBoard(nvml, 0).info.mig is False
