"""What the command loop needs of whatever loads and generates: torch, or the script that stands in for it."""

from __future__ import annotations

from typing import Protocol

from ecotui.core.events import Resident
from ecotui.core.messages import Load
from ecotui.worker.stamps import Stamps


class Engine(Protocol):
    """Loads one arm at a time and generates with it."""

    def versions(self) -> dict[str, str]:
        """Packages and their versions."""
        ...

    def load(self, command: Load) -> Resident:
        """Bring an arm onto the device, in place of the one before."""
        ...

    def generate(self, stamps: Stamps) -> int:
        """One whole generate() call; returns the tokens that it yielded, over all rows."""
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
