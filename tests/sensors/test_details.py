"""What a board tells beside its sensors."""

from __future__ import annotations

from types import SimpleNamespace

from ecotui.sensors.details import Detailed, Details, User
from ecotui.sensors.nvml_board import NvmlBoard
from ecotui.sensors.simulated import SimulatedBoard
from tests.sensors.fake_nvml import NOT_SUPPORTED, FakeNvml

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
