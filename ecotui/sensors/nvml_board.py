"""A card behind NVML; the module pynvml comes as a parameter, so that a test can bring its own.

Call costs on an H100: energy counter 3 ms, SM clock 1.4 ms, a drain of the ring 0.5 to 1.7 ms, the fields of a slow
look 1 ms, everything else microseconds. PCIe throughput, at 21 ms, is never asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ecotui.core.reading import BoardInfo, Reading, Ring, Slow
from ecotui.sensors.board import no_such_board, watts
from ecotui.sensors.details import Details, nvml_details
from ecotui.sensors.nvml_processes import processes
from ecotui.sensors.nvml_shares import Shares
from ecotui.sensors.nvml_trouble import GONE, gone_error, start_error
from ecotui.sensors.ring import RingDrain, Sample

POWER_AVERAGE, POWER_INSTANT = 185, 186
"""Field ids of nvml.h: mean of about one second where the architecture has it, and power now; both mW."""

POWER_CAP_NS, THERMAL_NS = 74, 75
SOFTWARE_THERMAL_NS, HARDWARE_THERMAL_NS, POWER_BRAKE_NS = 269, 270, 271
"""Field ids of nvml.h: how long each has held the clocks down since the driver was loaded. Nanoseconds, seen against
the clock on driver 580: 4.83 s of a 5 s load at the power limit. 75 is the older name of 269."""

POWER_SAMPLES = 0
"""nvmlSamplingType_t: board power, the driver's own ring."""

_MEMBERS = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")
"""Member of nvmlValue_t by nvmlValueType_t; the bytes beside the member are whatever was there before."""
_COUNTER_TYPE = 3
"""nvmlValueType_t of every time counter: another type is another field, for the ids from 251 on were moved once."""


class Started:
    """NVML between its start and its end; what it raises inside leaves as a BoardError.

    Starts are counted by NVML; `keep` leaves the end to the caller.
    """

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self._kept = False

    def __enter__(self) -> Started:
        try:
            self._nvml.nvmlInit()
        except self._nvml.NVMLError as error:
            raise start_error(error.value, str(error)) from error
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not self._kept:
            with suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()
        if isinstance(error, self._nvml.NVMLError):
            raise start_error(error.value, str(error)) from error

    def keep(self) -> None:
        self._kept = True


class NvmlBoard:
    """Board number `gpu`, in the driver's own order (CUDA_VISIBLE_DEVICES does not count here).

    Raises:
        NoSuchBoardError: there is no board of that number.
        BoardError: NVML cannot be started, or the board not opened.
    """

    def __init__(self, nvml: Any, gpu: int) -> None:
        self._nvml = nvml
        self._name = f"GPU {gpu}"
        self._open = False
        with Started(nvml) as started:
            self._handle = _handle(nvml, gpu)
            self.info = self._find_info(gpu)
            self._name = f"GPU {gpu} ({self.info.name})"
            started.keep()
        self._open = True
        self._ring = RingDrain(time.monotonic_ns())
        self._names: dict[int, str] = {}
        self._users: dict[int, str] = {}
        self._shares = Shares(self._ask)
        self._throttles: tuple[int, ...] = ()

    def read(self) -> Reading:
        clock = self._ask("nvmlDeviceGetClockInfo", self._nvml.NVML_CLOCK_SM)
        rates = self._ask("nvmlDeviceGetUtilizationRates")
        memory = self._memory()
        temperature = self._temperature()
        reasons = self._ask("nvmlDeviceGetCurrentClocksEventReasons")
        if reasons is None:
            reasons = self._ask("nvmlDeviceGetCurrentClocksThrottleReasons")
        average = self._field_mw(POWER_AVERAGE)
        if average is None:
            average = _milli(self._ask("nvmlDeviceGetPowerUsage"))
        power = self._field_mw(POWER_INSTANT)
        return Reading(
            time.monotonic_ns(),  # right after the power, the one value that moves fast
            power_w=power,
            power_average_w=average,
            temperature_c=None if temperature is None else float(temperature),
            sm_clock_mhz=None if clock is None else float(clock),
            utilization_pct=None if rates is None else float(rates.gpu),
            memory_used_b=None if memory is None else int(memory.used),
            clock_event_reasons=None if reasons is None else int(reasons),
        )

    def energy_j(self) -> float | None:
        return _milli(self._ask("nvmlDeviceGetTotalEnergyConsumption"))

    def ring(self) -> Ring | None:
        return self._ring.drain(self._samples)

    def slow(self) -> Slow:
        times = self._times_ns(POWER_CAP_NS, THERMAL_NS, SOFTWARE_THERMAL_NS, HARDWARE_THERMAL_NS, POWER_BRAKE_NS)
        self._names = processes(self._ask, self._call, self._names)
        return Slow(
            time.monotonic_ns(),
            throttle_ns=self._throttle_ns(times),
            power_cap_ns=times[POWER_CAP_NS],
            processes=tuple(sorted(self._names.items())),
        )

    def details(self, *, sparing: bool = False) -> Details:
        return nvml_details(self._ask, self._call, self._users, self._shares.look(sparing=sparing))

    def observe(self, message: object) -> None:
        """Nothing: the card feels the work by itself."""

    def close(self) -> None:
        if self._open:
            self._open = False
            with suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()

    def _find_info(self, gpu: int) -> BoardInfo:
        memory, mig = self._memory(), self._ask("nvmlDeviceGetMigMode")
        cuda = self._call("nvmlSystemGetCudaDriverVersion_v2")
        return BoardInfo(
            name=_text(self._ask("nvmlDeviceGetName")) or "NVIDIA GPU",
            uuid=_text(self._ask("nvmlDeviceGetUUID")) or "",
            index=gpu,
            sensor="nvml",
            power_limit_w=_milli(self._ask("nvmlDeviceGetEnforcedPowerLimit")),
            memory_total_b=None if memory is None else int(memory.total),
            driver=_text(self._call("nvmlSystemGetDriverVersion")),
            cuda=f"{cuda // 1000}.{cuda % 1000 // 10}" if cuda else None,
            mig=bool(mig and mig[0]),
        )

    def _temperature(self) -> int | None:
        """°C of the die; older drivers know the second call alone, newer ones are to lose it."""
        sensor = self._nvml.NVML_TEMPERATURE_GPU
        value: int | None = self._ask("nvmlDeviceGetTemperatureV", sensor)
        if value is None:
            value = self._ask("nvmlDeviceGetTemperature", sensor)
        return value

    def _memory(self) -> Any:
        """`total` and `used` bytes; in version 2 `used` leaves out what the driver reserves for itself."""
        version = getattr(self._nvml, "nvmlMemory_v2", None)
        memory = self._ask("nvmlDeviceGetMemoryInfo", version) if version else None
        return self._ask("nvmlDeviceGetMemoryInfo") if memory is None else memory

    def _field_mw(self, field: int) -> float | None:
        """A field of milliwatts, in watts."""
        value = self._fields(field)[0]
        return None if value is None else _milli(_member(value.valueType, value.value))

    def _times_ns(self, *fields: int) -> dict[int, int | None]:
        """Fields that count nanoseconds; None where the driver does not know one, or means something else by it."""
        values = zip(fields, self._fields(*fields), strict=True)
        return {f: int(v.value.ullVal) if v and v.valueType == _COUNTER_TYPE else None for f, v in values}

    def _throttle_ns(self, times: dict[int, int | None]) -> int | None:
        """Heat, hardware and power brake together; a moment under two of them counts twice.

        What is summed is settled with the first answer: a counter that fails once must not look like time gained.
        """
        if not self._throttles:
            heat = THERMAL_NS if times[SOFTWARE_THERMAL_NS] is None else SOFTWARE_THERMAL_NS
            parts = (heat, HARDWARE_THERMAL_NS, POWER_BRAKE_NS)
            self._throttles = tuple(part for part in parts if times[part] is not None)
        known = [time_ns for part in self._throttles if (time_ns := times[part]) is not None]
        return sum(known) if known and len(known) == len(self._throttles) else None

    def _fields(self, *fields: int) -> list[Any]:
        """Field values in the order asked for, None where one did not answer: each has a return code of its own."""
        values = self._ask("nvmlDeviceGetFieldValues", list(fields)) or [None] * len(fields)
        for value in values:
            if value is not None and value.nvmlReturn in GONE:
                raise gone_error(value.nvmlReturn, self._name)
        return [value if value is not None and value.nvmlReturn == 0 else None for value in values]

    def _samples(self, seen_us: int) -> list[Sample]:
        """The ring's samples that are newer, oldest first; a driver that has none says that it has not found any."""
        answer = self._ask("nvmlDeviceGetSamples", POWER_SAMPLES, seen_us)
        if answer is None:
            return []
        kind, samples = answer
        powers = [(sample.timeStamp, _member(kind, sample.sampleValue)) for sample in samples]
        return [(int(stamp_us), int(power_mw)) for stamp_us, power_mw in powers if power_mw is not None]

    def _ask(self, name: str, *arguments: Any) -> Any:
        return self._call(name, self._handle, *arguments)

    def _call(self, name: str, *arguments: Any) -> Any:
        """What the call returns; None where module, library or board lack it, or it failed this time.

        Raises:
            BoardError: the board or its driver is gone.
        """
        call: Callable[..., Any] | None = getattr(self._nvml, name, None)
        if call is None:
            return None
        try:
            return call(*arguments)
        except self._nvml.NVMLError as error:
            if error.value in GONE:
                raise gone_error(error.value, self._name) from error
            return None
        except self._nvml.NVMLLibraryMismatchError:
            return None


def _handle(nvml: Any, gpu: int) -> Any:
    count = nvml.nvmlDeviceGetCount()
    if not 0 <= gpu < count:
        raise no_such_board(gpu, [_name(nvml, number) for number in range(count)])
    return nvml.nvmlDeviceGetHandleByIndex(gpu)


def _name(nvml: Any, gpu: int) -> str:
    try:
        return _text(nvml.nvmlDeviceGetName(nvml.nvmlDeviceGetHandleByIndex(gpu))) or "NVIDIA GPU"
    except nvml.NVMLError as error:
        return f"does not answer ({error})"


def _member(kind: int, value: Any) -> float | None:
    """What an nvmlValue_t holds, by its value type; None where that is unknown."""
    known: float | None = getattr(value, _MEMBERS[kind]) if 0 <= kind < len(_MEMBERS) else None
    return known


def _milli(value: float | None) -> float | None:
    """Milliwatts as watts, millijoules as joules; 0 is a sensor that did not answer."""
    return None if value is None else watts(value / 1000)


def _text(value: str | bytes | None) -> str | None:
    """Text of a call; releases before 11.500 give bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value
