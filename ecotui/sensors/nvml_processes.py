"""Who has a context on the board: a figure measured beside somebody else's work is not the arm's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

LISTS = (
    "nvmlDeviceGetComputeRunningProcesses",
    "nvmlDeviceGetGraphicsRunningProcesses",
    "nvmlDeviceGetMPSComputeRunningProcesses",
)
LONGEST = 60
"""Characters of a name that are kept."""

Call = Callable[..., Any]


def processes(ask: Call, call: Call, known: Mapping[int, str]) -> dict[int, str]:
    """Name by number of every process that the driver lists; both calls give None for what fails.

    ask: calls NVML with the board; call: without it. known: those of the last time, whose names are not asked for
    again.
    """
    found = {int(process.pid) for name in LISTS for process in ask(name) or ()}
    return {pid: known.get(pid) or plain(call("nvmlSystemGetProcessName", pid)) for pid in found}


def plain(name: str | bytes | None) -> str:
    """A process's name without its folder and without anything that a terminal would obey; outside text."""
    text = name.decode(errors="replace") if isinstance(name, bytes) else name or ""
    kept = "".join(c for c in text.rsplit("/", 1)[-1] if c.isprintable()).strip()
    return kept[:LONGEST] or "unknown"
