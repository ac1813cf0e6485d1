"""A stand-in for the module pynvml: one card with every sensor; what a test sets to an int fails with that code."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

OK, NOT_SUPPORTED, NOT_FOUND, TIMEOUT, UNKNOWN = 0, 3, 6, 10, 999
MEMBERS = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")


class Hands:
    """A clock that a test turns."""

    def __init__(self, now_ns: int = 1_000_000_000_000) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns

    def forward(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


class FakeNvml:
    """Answers by name from `values`; a name that is deleted is a call that the module lacks."""

    NVML_CLOCK_SM = 1
    NVML_TEMPERATURE_GPU = 0
    nvmlMemory_v2 = 0x02000028  # noqa: N815

    class NVMLError(Exception):
        def __init__(self, value: int) -> None:
            super().__init__(f"code {value}")
            self.value = value

    class NVMLLibraryMismatchError(Exception):
        pass

    def __init__(self, **values: Any) -> None:
        self.started = 0
        self.fields: dict[int, tuple[int, int, float]] = {185: (OK, 1, 341_500), 186: (OK, 1, 352_250)}
        self.samples: list[tuple[int, float]] = []
        """The driver's ring: microseconds and milliwatts."""
        self.sample_type = 1
        self.values: dict[str, Any] = {
            "nvmlDeviceGetCount": 1,
            "nvmlDeviceGetHandleByIndex": "handle",
            "nvmlDeviceGetName": "NVIDIA H100 80GB HBM3",
            "nvmlDeviceGetUUID": "GPU-1234",
            "nvmlDeviceGetTotalEnergyConsumption": 5_000_250,
            "nvmlDeviceGetPowerUsage": 340_000,
            "nvmlDeviceGetTemperatureV": 51,
            "nvmlDeviceGetTemperature": 50,
            "nvmlDeviceGetClockInfo": 1980,
            "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=97, memory=40),
            "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=85_520_809_984, used=3_000_000_000),
            "nvmlDeviceGetCurrentClocksEventReasons": 0x4,
            "nvmlDeviceGetCurrentClocksThrottleReasons": 0x5,
            "nvmlDeviceGetEnforcedPowerLimit": 700_000,
            "nvmlDeviceGetMigMode": [0, 0],
            "nvmlSystemGetDriverVersion": "580.159",
            "nvmlSystemGetCudaDriverVersion_v2": 13_010,
            "nvmlDeviceGetSamples": self._samples,
            "nvmlDeviceGetComputeRunningProcesses": [],
            "nvmlDeviceGetGraphicsRunningProcesses": [],
            "nvmlInit": None,
        } | values

    def __getattr__(self, name: str) -> Any:
        if name == "nvmlDeviceGetFieldValues" and name not in self.values:
            return self._fields
        if name not in self.values:
            raise AttributeError(name)
        return lambda *arguments: self._answer(name, arguments)

    def nvmlShutdown(self) -> None:
        self.started -= 1

    def _answer(self, name: str, arguments: tuple[Any, ...]) -> Any:
        value = self.values[name]
        if isinstance(value, Exception):
            raise value
        self.started += name == "nvmlInit"
        return value(*arguments) if callable(value) else value

    def _fields(self, handle: str, wanted: list[int]) -> list[SimpleNamespace]:
        out = []
        for field in wanted:
            code, kind, value = self.fields.get(field, (NOT_SUPPORTED, 0, 0))
            out.append(SimpleNamespace(nvmlReturn=code, valueType=kind, value=filled(kind, value)))
        return out

    def _samples(self, handle: str, sampling: int, seen_us: int) -> tuple[int, list[SimpleNamespace]]:
        newer = [(at, mw) for at, mw in self.samples if at > seen_us]
        if sampling != 0 or not newer:
            raise self.NVMLError(NOT_FOUND)
        kind = self.sample_type
        return kind, [SimpleNamespace(timeStamp=at, sampleValue=filled(kind, mw)) for at, mw in newer]

    def fail(self, name: str, code: int) -> None:
        self.values[name] = self.NVMLError(code)


def filled(kind: int, value: float) -> SimpleNamespace:
    """An nvmlValue_t: the value in the member of its type, and what was in the memory before in all others."""
    return SimpleNamespace(**{m: value if m == MEMBERS[min(kind, 6)] else -1 for m in MEMBERS})


def process(pid: int) -> SimpleNamespace:
    """An entry of NVML's lists of processes."""
    return SimpleNamespace(pid=pid, usedGpuMemory=1_000_000)
