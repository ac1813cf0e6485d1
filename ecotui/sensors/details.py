"""What an operator wants to see of a board and no measurement needs: its states, and who uses how much of it.

Asked about once a second, and only while somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ecotui.sensors.nvml_processes import LISTS, plain

UNCORRECTED, SINCE_LOADED = 1, 0
"""nvmlMemoryErrorType_t and nvmlEccCounterType_t of nvml.h: errors that cost data, since the driver was loaded."""

COMPUTE_MODES = ("default", "exclusive thread", "prohibited", "exclusive process")
"""nvmlComputeMode_t of nvml.h, by number."""
SLOWEST_PSTATE = 15
"""nvmlPstates_t of nvml.h; 32 is unknown."""

Call = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class User:
    """A process with a context on the board, as the driver numbers it."""

    pid: int
    name: str
    memory_b: int | None = None
    """On the board; None where the driver does not tell."""
    sm_pct: float | None = None
    """Share of the multiprocessors' time; None where it did nothing, or the driver does not tell."""


@dataclass(frozen=True, slots=True)
class Details:
    """One look; what the board lacks, or did not tell, is None."""

    power_limit_w: float | None = None
    """In force now; it may have been changed since the board was opened."""
    fan_pct: float | None = None
    ecc: bool | None = None
    ecc_errors: int | None = None
    """Uncorrected errors since the driver was loaded."""
    mig: bool | None = None
    users: tuple[User, ...] = ()
    pstate: int | None = None
    """Performance state, 0 the highest: idle power depends on it."""
    persistence: bool | None = None
    """Whether the driver keeps the board awake while nobody uses it."""
    compute_mode: str | None = None
    """Who may have a context: a word of COMPUTE_MODES."""


@runtime_checkable
class Detailed(Protocol):
    """A board that has more to tell than its sensors."""

    def details(self, *, sparing: bool = False) -> Details:
        """One look; sparing: a recording goes on on this board, so that what takes long is left out.

        Raises:
            BoardError: the board or its driver is gone.
        """
        ...


def nvml_details(ask: Call, call: Call, names: dict[int, str], shares: Mapping[int, float]) -> Details:
    """The details of a card behind NVML; both calls give None for what fails.

    ask: calls NVML with the board; call: without it. names: of processes seen before, which are not asked for again.
    shares: percent of the multiprocessors by process, as far as they are known.
    """
    limit_mw, ecc = ask("nvmlDeviceGetEnforcedPowerLimit"), ask("nvmlDeviceGetEccMode")
    errors = ask("nvmlDeviceGetTotalEccErrors", UNCORRECTED, SINCE_LOADED) if ecc and ecc[0] else None
    fan, mig = ask("nvmlDeviceGetFanSpeed"), ask("nvmlDeviceGetMigMode")
    pstate, awake = ask("nvmlDeviceGetPerformanceState"), ask("nvmlDeviceGetPersistenceMode")
    return Details(
        power_limit_w=limit_mw / 1000 if limit_mw else None,
        fan_pct=None if fan is None else float(fan),
        ecc=None if ecc is None else bool(ecc[0]),
        ecc_errors=None if errors is None else int(errors),
        mig=None if mig is None else bool(mig[0]),
        pstate=None if pstate is None or not 0 <= pstate <= SLOWEST_PSTATE else int(pstate),
        persistence=None if awake is None else bool(awake),
        compute_mode=dict(enumerate(COMPUTE_MODES)).get(ask("nvmlDeviceGetComputeMode")),
        users=users(ask, call, names, shares),
    )


def users(ask: Call, call: Call, names: dict[int, str], shares: Mapping[int, float]) -> tuple[User, ...]:
    """Every process that the driver lists, by number; one that is on several lists counts once, with the most."""
    held: dict[int, int | None] = {}
    for process in (p for name in LISTS for p in ask(name) or ()):
        pid, memory_b = int(process.pid), getattr(process, "usedGpuMemory", None)
        held[pid] = memory_b if held.get(pid) is None else max(held[pid] or 0, memory_b or 0)
    for pid in held.keys() - names.keys():
        names[pid] = plain(call("nvmlSystemGetProcessName", pid))
    for pid in names.keys() - held.keys():
        del names[pid]
    return tuple(User(pid, names[pid], memory_b, shares.get(pid)) for pid, memory_b in sorted(held.items()))
