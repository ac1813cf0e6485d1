"""What the command loop needs of whatever loads and generates: torch, or the script that stands in for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ecotui.core.events import Resident
from ecotui.core.messages import Load
from ecotui.worker.stamps import Stamps


@dataclass(frozen=True, slots=True)
class Profile:
    """What a decoding step asks of device and host; None where there is no profiler."""

    steps: int
    """Decoding steps that were profiled."""
    kernel_ms: float | None = None
    """Time a step in which at least one kernel ran."""
    kernels: float | None = None
    """Kernels a step."""
    waits: float | None = None
    """Calls a step in which the host waited for the device."""


class Engine(Protocol):
    """Loads one arm at a time and generates with it."""

    def versions(self) -> dict[str, str]:
        """Packages and their versions."""
        ...

    def load(self, command: Load) -> Resident:
        """Bring an arm onto the device, in place of the one before."""
        ...

    def generate(self, stamps: Stamps, new_tokens: int | None = None) -> int:
        """One whole generate() call of the arm's or another length; returns its tokens, over all rows."""
        ...

    def examine(self) -> Profile:
        """Profile a few decoding steps."""
        ...

    def synchronize(self) -> None:
        """Wait until the device has nothing left to do."""
        ...

    def forget_peak(self) -> None:
        """Start counting the memory's peak anew."""
        ...

    def memory_peak_b(self) -> int | None:
        """Most bytes the allocator held since; None on a device that does not count them."""
        ...
