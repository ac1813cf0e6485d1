"""A stand-in for the module pynvml: one card with every sensor; what a test sets to an int fails with that code."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

OK, NOT_SUPPORTED, TIMEOUT, UNKNOWN = 0, 3, 10, 999


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
            members = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")
            filled = {m: value if m == members[min(kind, 6)] else -1 for m in members}
            out.append(SimpleNamespace(nvmlReturn=code, valueType=kind, value=SimpleNamespace(**filled)))
        return out

    def fail(self, name: str, code: int) -> None:
        self.values[name] = self.NVMLError(code)
