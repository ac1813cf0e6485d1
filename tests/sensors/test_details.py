"""What a board tells beside its sensors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ecotui.sensors.details import Detailed, Details, User
from ecotui.sensors.nvml_board import NvmlBoard
from ecotui.sensors.nvml_shares import Shares
from ecotui.sensors.simulated import SimulatedBoard
from tests.sensors.fake_nvml import NOT_FOUND, NOT_SUPPORTED, FakeNvml, Hands

BOTH = SimpleNamespace(pid=7, usedGpuMemory=2_000)


def test_a_card_tells_fan_ecc_mig_limit_and_who_uses_how_much() -> None:
    nvml = FakeNvml(
        nvmlDeviceGetFanSpeed=35,
        nvmlDeviceGetEccMode=[1, 1],
        nvmlDeviceGetTotalEccErrors=2,
        nvmlDeviceGetMigMode=[1, 0],
        nvmlDeviceGetPerformanceState=2,
        nvmlDeviceGetPersistenceMode=1,
        nvmlDeviceGetComputeMode=3,
        nvmlDeviceGetComputeRunningProcesses=[SimpleNamespace(pid=9, usedGpuMemory=None), BOTH],
        nvmlDeviceGetGraphicsRunningProcesses=[SimpleNamespace(pid=7, usedGpuMemory=3_000)],
        nvmlSystemGetProcessName=lambda pid: f"/usr/bin/python{pid}\x1b[2J",
    )
    told = NvmlBoard(nvml, 0).details()
    assert (told.power_limit_w, told.fan_pct, told.ecc, told.ecc_errors, told.mig) == (700.0, 35.0, True, 2, True)
    assert (told.pstate, told.persistence, told.compute_mode) == (2, True, "exclusive process")
    assert told.users == (User(7, "python7[2J", 3_000), User(9, "python9[2J", None))


def test_what_a_card_lacks_is_unknown_and_not_nothing() -> None:
    nvml = FakeNvml()
    for name in ("nvmlDeviceGetMigMode", "nvmlDeviceGetEnforcedPowerLimit"):
        nvml.fail(name, NOT_SUPPORTED)
    assert NvmlBoard(nvml, 0).details() == Details()


def test_the_simulated_board_has_details_too() -> None:
    board = SimulatedBoard()
    assert isinstance(board, Detailed)
    assert board.details() == Details(700.0)


def sample(pid: int, at_us: int, share: int) -> SimpleNamespace:
    """An entry of what NVML tells of a process's use."""
    return SimpleNamespace(pid=pid, timeStamp=at_us, smUtil=share, memUtil=1)


def test_a_process_has_its_newest_share_of_the_multiprocessors_and_a_dash_where_there_is_no_sample() -> None:
    since: list[int] = []

    def use(handle: str, seen_us: int) -> list[SimpleNamespace]:
        since.append(seen_us)
        return [sample(7, 20, 61), sample(7, 10, 3), sample(9, 20, 4_294_967)]

    listed = [BOTH, SimpleNamespace(pid=9, usedGpuMemory=1)]
    nvml = FakeNvml(nvmlDeviceGetComputeRunningProcesses=listed, nvmlDeviceGetProcessUtilization=use)
    told = NvmlBoard(nvml, 0).details()
    assert [user.sm_pct for user in told.users] == [61.0, None], "a value beyond all is none"
    assert since[0] > 1_700_000_000_000_000, "microseconds of the epoch"
    for code in (NOT_FOUND, NOT_SUPPORTED):
        nvml.fail("nvmlDeviceGetProcessUtilization", code)
        assert [user.sm_pct for user in NvmlBoard(nvml, 0).details().users] == [None, None]


def test_shares_are_asked_once_a_second_and_not_beside_a_recording_where_they_take_long() -> None:
    clock, calls = Hands(), []

    def ask(name: str, *arguments: Any) -> list[SimpleNamespace]:
        calls.append(clock.now_ns)
        clock.forward(cost_ms / 1000)
        return [sample(7, 1, 50)]

    shares = Shares(ask, clock)
    cost_ms = 6.0
    assert shares.look(sparing=True) == {7: 50.0}, "nothing is known of its cost yet"
    assert shares.look(sparing=False) == {7: 50.0} and len(calls) == 1, "within the second"
    for _ in range(3):
        clock.forward(1.0)
        assert shares.look(sparing=True) == {}
    assert len(calls) == 1
    cost_ms = 1.0
    assert shares.look(sparing=False) == {7: 50.0} and len(calls) == 2
    clock.forward(1.0)
    assert shares.look(sparing=True) == {7: 50.0} and len(calls) == 3
