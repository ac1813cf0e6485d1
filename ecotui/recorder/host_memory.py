"""Memory of the host, which is what a model fills that runs on the CPU."""

from __future__ import annotations

from pathlib import Path

MEMINFO = Path("/proc/meminfo")
AVAILABLE = "MemAvailable:"
REAL = "transformers"
"""The worker that loads models; the scripted one loads nothing."""


def available_b(meminfo: Path = MEMINFO) -> int | None:
    """Bytes that can be had without swapping, as the kernel estimates them; None where it does not tell."""
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith(AVAILABLE))
        return 1024 * int(kilobytes)
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def room_b(device: str, worker: str = REAL) -> int | None:
    """What the host has for a load on that device; None where the host's memory does not limit it, or is not known."""
    return available_b() if device == "cpu" and worker == REAL else None
