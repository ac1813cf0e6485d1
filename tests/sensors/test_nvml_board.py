"""The card behind NVML, against a stand-in for its module: every sensor, every null, every failure."""

from __future__ import annotations

from typing import Any

import pytest

from ecotui.core.errors import BoardError, NoSuchBoardError
from ecotui.core.reading import Reading
from ecotui.sensors.nvml import list_infos
from ecotui.sensors.nvml_board import NvmlBoard
from tests.sensors.fake_nvml import NOT_SUPPORTED, TIMEOUT, UNKNOWN, FakeNvml

BY_FIELD = {
    "temperature_c": ("nvmlDeviceGetTemperatureV", "nvmlDeviceGetTemperature"),
    "sm_clock_mhz": ("nvmlDeviceGetClockInfo",),
    "utilization_pct": ("nvmlDeviceGetUtilizationRates",),
    "memory_used_b": ("nvmlDeviceGetMemoryInfo",),
    "clock_event_reasons": ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"),
    "power_w": ("nvmlDeviceGetFieldValues",),
    "power_average_w": ("nvmlDeviceGetFieldValues", "nvmlDeviceGetPowerUsage"),
}


def nulls(reading: Reading) -> set[str]:
    return {name for name in BY_FIELD if getattr(reading, name) is None}


def test_a_reading_holds_every_sensor_in_its_unit_and_no_energy() -> None:
    reading = NvmlBoard(FakeNvml(), 0).read()
    assert (reading.power_w, reading.power_average_w, reading.energy_j) == (352.25, 341.5, None)
    assert (reading.temperature_c, reading.sm_clock_mhz, reading.utilization_pct) == (51.0, 1980.0, 97.0)
    assert (reading.memory_used_b, reading.clock_event_reasons) == (3_000_000_000, 4)


def test_the_counter_is_in_joules() -> None:
    assert NvmlBoard(FakeNvml(), 0).energy_j() == 5000.25


def test_the_board_says_what_it_is() -> None:
    info = NvmlBoard(FakeNvml(), 0).info
    assert (info.name, info.uuid, info.index, info.sensor) == ("NVIDIA H100 80GB HBM3", "GPU-1234", 0, "nvml")
    assert (info.power_limit_w, info.memory_total_b, info.mig) == (700.0, 85_520_809_984, False)
    assert (info.driver, info.cuda) == ("580.159", "13.1")


def test_a_board_that_only_has_a_name_opens() -> None:
    nvml = FakeNvml()
    for name in list(nvml.values):
        if name not in {"nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetHandleByIndex", "nvmlDeviceGetName"}:
            nvml.fail(name, NOT_SUPPORTED)
    nvml.fields = {}
    board = NvmlBoard(nvml, 0)
    assert nulls(board.read()) == set(BY_FIELD)
    assert board.energy_j() is None
    assert (board.info.power_limit_w, board.info.memory_total_b, board.info.cuda) == (None, None, None)


@pytest.mark.parametrize("code", [NOT_SUPPORTED, TIMEOUT, UNKNOWN])
@pytest.mark.parametrize("field", BY_FIELD)
def test_a_sensor_that_does_not_answer_is_none_and_the_others_stay(field: str, code: int) -> None:
    nvml = FakeNvml()
    board = NvmlBoard(nvml, 0)
    for name in BY_FIELD[field]:
        nvml.fail(name, code)
    expected = {"power_w"} if "power" in field else set()
    assert nulls(board.read()) == expected | {field}


@pytest.mark.parametrize("field", BY_FIELD)
def test_a_call_that_the_module_lacks_is_none(field: str) -> None:
    nvml = FakeNvml()
    for name in BY_FIELD[field]:
        nvml.values.pop(name, None)
    if field.startswith("power"):
        nvml.fields = {}
    assert getattr(NvmlBoard(nvml, 0).read(), field) is None


def test_an_unversioned_call_that_the_library_lacks_is_none() -> None:
    nvml = FakeNvml()
    nvml.values["nvmlDeviceGetUtilizationRates"] = nvml.NVMLLibraryMismatchError("use _v2")
    assert NvmlBoard(nvml, 0).read().utilization_pct is None


def test_a_counter_that_does_not_answer_is_none() -> None:
    nvml = FakeNvml()
    nvml.fail("nvmlDeviceGetTotalEnergyConsumption", NOT_SUPPORTED)
    assert NvmlBoard(nvml, 0).energy_j() is None


def test_zero_is_a_sensor_that_did_not_answer() -> None:
    nvml = FakeNvml(nvmlDeviceGetPowerUsage=0, nvmlDeviceGetTotalEnergyConsumption=0)
    nvml.fields = {185: (0, 1, 0), 186: (0, 1, 0)}
    board = NvmlBoard(nvml, 0)
    assert nulls(board.read()) == {"power_w", "power_average_w"}
    assert board.energy_j() is None


def test_without_the_instant_field_power_stays_unknown_and_the_average_is_given() -> None:
    nvml = FakeNvml()
    nvml.fields = {}
    reading = NvmlBoard(nvml, 0).read()
    assert (reading.power_w, reading.power_average_w) == (None, 340.0)


@pytest.mark.parametrize(("kind", "value"), [(0, 352250.0), (1, 352250), (2, 352250), (3, 352250), (4, 352250)])
def test_a_field_is_read_by_its_own_value_type(kind: int, value: float) -> None:
    nvml = FakeNvml()
    nvml.fields[186] = (0, kind, value)
    assert NvmlBoard(nvml, 0).read().power_w == 352.25


def test_a_field_of_an_unknown_value_type_is_none() -> None:
    nvml = FakeNvml()
    nvml.fields[186] = (0, 7, 352_250)
    assert NvmlBoard(nvml, 0).read().power_w is None


def test_older_drivers_are_asked_by_the_older_names() -> None:
    nvml = FakeNvml()
    nvml.fail("nvmlDeviceGetTemperatureV", 13)
    del nvml.values["nvmlDeviceGetCurrentClocksEventReasons"]
    reading = NvmlBoard(nvml, 0).read()
    assert (reading.temperature_c, reading.clock_event_reasons) == (50.0, 5)


def test_memory_leaves_out_what_the_driver_reserves_where_it_can() -> None:
    from types import SimpleNamespace

    nvml = FakeNvml()

    def memory(handle: str, version: int | None = None) -> Any:
        if version and not nvml.values["v2"]:
            raise nvml.NVMLError(13)
        return SimpleNamespace(total=80, used=10 if version else 12)

    nvml.values |= {"nvmlDeviceGetMemoryInfo": memory, "v2": True}
    board = NvmlBoard(nvml, 0)
    assert board.read().memory_used_b == 10
    nvml.values["v2"] = False
    assert board.read().memory_used_b == 12


def test_mig_is_told() -> None:
    assert NvmlBoard(FakeNvml(nvmlDeviceGetMigMode=[1, 1]), 0).info.mig


@pytest.mark.parametrize(
    ("code", "words"),
    [(12, "No NVIDIA driver"), (9, "not loaded"), (4, "may not talk"), (18, "different versions"), (999, "code 999")],
)
def test_an_nvml_that_does_not_start_is_told_in_a_sentence(code: int, words: str) -> None:
    nvml = FakeNvml()
    nvml.fail("nvmlInit", code)
    with pytest.raises(BoardError, match=words) as caught:
        NvmlBoard(nvml, 0)
    assert caught.value.advice


@pytest.mark.parametrize("gpu", [7, -1])
def test_a_number_that_is_not_there_names_those_that_are(gpu: int) -> None:
    nvml = FakeNvml()
    with pytest.raises(NoSuchBoardError) as caught:
        NvmlBoard(nvml, gpu)
    assert caught.value.what == f"GPU {gpu} is not there: this host has 1 (0: NVIDIA H100 80GB HBM3)."
    assert nvml.started == 0


def test_a_driver_without_boards_says_so() -> None:
    with pytest.raises(NoSuchBoardError, match="this host has none"):
        NvmlBoard(FakeNvml(nvmlDeviceGetCount=0), 0)


def test_a_board_that_may_not_be_opened_is_a_board_error() -> None:
    nvml = FakeNvml()
    nvml.fail("nvmlDeviceGetHandleByIndex", 4)
    with pytest.raises(BoardError, match="may not talk"):
        NvmlBoard(nvml, 0)
    assert nvml.started == 0


@pytest.mark.parametrize(("code", "words"), [(15, "is lost"), (9, "unloaded"), (1, "shut down"), (16, "be reset")])
@pytest.mark.parametrize("name", ["nvmlDeviceGetClockInfo", "nvmlDeviceGetFieldValues"])
def test_a_board_that_is_gone_ends_the_reading(name: str, code: int, words: str) -> None:
    nvml = FakeNvml()
    board = NvmlBoard(nvml, 0)
    nvml.fail(name, code)
    with pytest.raises(BoardError, match=words) as caught:
        board.read()
    assert "GPU 0 (NVIDIA H100 80GB HBM3)" in str(caught.value) or "driver" in str(caught.value)


def test_a_board_that_is_gone_is_noticed_in_a_field_and_at_the_counter() -> None:
    nvml = FakeNvml()
    board = NvmlBoard(nvml, 0)
    nvml.fields[186] = (15, 1, 0)
    with pytest.raises(BoardError, match="is lost"):
        board.read()
    nvml.fail("nvmlDeviceGetTotalEnergyConsumption", 15)
    with pytest.raises(BoardError, match="is lost"):
        board.energy_j()


def test_closing_ends_nvml_once() -> None:
    nvml = FakeNvml()
    board = NvmlBoard(nvml, 0)
    board.observe(None)
    assert nvml.started == 1
    board.close()
    board.close()
    assert nvml.started == 0


def test_listing_leaves_out_what_does_not_answer() -> None:
    nvml = FakeNvml(nvmlDeviceGetCount=3)

    def handle(gpu: int) -> str:
        if gpu == 1:
            raise nvml.NVMLError(15)
        return f"handle {gpu}"

    nvml.values["nvmlDeviceGetHandleByIndex"] = handle
    assert [info.index for info in list_infos(nvml)] == [0, 2]
    assert nvml.started == 0


def test_listing_without_a_driver_is_a_board_error() -> None:
    nvml = FakeNvml()
    nvml.fail("nvmlInit", 12)
    with pytest.raises(BoardError, match="No NVIDIA driver"):
        list_infos(nvml)
