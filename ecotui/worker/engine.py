"""What the command loop needs of whatever loads and generates: torch, or the script that stands in for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ecotui.core.arm import Arm
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
    launches: float | None = None
    """Calls a step in which the host launched a kernel or a graph."""
    launch_us: float | None = None
    """What one launch costs the host, measured without the profiler."""
    step_ms: float | None = None
    """Length of a profiled step."""
    gap_ms: float | None = None
    """Time a step in which no kernel ran."""
    gap_max_ms: float | None = None
    """The longest such gap."""
    kernel_names: list[str] = field(default_factory=list)
    """The kernels that took most of the device's time, the largest first."""
    kernel_top_ms: list[float] = field(default_factory=list)
    """Their time a step."""
    kernel_top_calls: list[float] = field(default_factory=list)
    """How often each ran a step."""


class Loaded(Protocol):
    """One arm on the device; what refers to it keeps it there."""

    @property
    def arm(self) -> Arm:
        """What was loaded."""
        ...

    @property
    def resident(self) -> Resident:
        """What the recorder is told of it."""
        ...

    def prepare(self, new_tokens: int | None = None) -> None:
        """Make ready what a call of that length needs and what no window should hold."""
        ...

    def generate(self, stamps: Stamps, new_tokens: int | None = None) -> int:
        """One whole call of the arm's or another length; returns its tokens, over all rows."""
        ...

    def examine(self) -> Profile:
        """Profile a few decoding steps."""
        ...


class Engine(Protocol):
    """Loads arms; one that nothing refers to any more leaves the device with the next load."""

    def versions(self) -> dict[str, str]:
        """Packages and their versions."""
        ...

    def load(self, command: Load) -> Loaded:
        """Bring an arm onto the device, beside those that are there."""
        ...

    def synchronize(self) -> None:
        """Wait until the device has nothing left to do."""
        ...

    def forget_peak(self) -> None:
        """Start counting the memory's peak anew."""
        ...

    def memory_peak_b(self) -> int | None:
        """Most bytes that were held since, graphs' pools included; None on a device that does not count them."""
        ...
