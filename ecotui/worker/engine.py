"""What the command loop needs of whatever loads and generates: torch, or the script that stands in for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ecotui.core.arm import Arm
from ecotui.core.events import Examined, Resident
from ecotui.core.messages import Load, Rated, Score
from ecotui.worker.stamps import Stamps

Told = Rated


def profiled(steps: int, *figures: Any, **more: Any) -> Examined:
    """What was found in `steps` decoding steps, in the order of `Examined`'s figures; whoever asked knows when and of
    which arm."""
    return Examined(0, 0, steps, *figures, **more)


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

    def examine(self) -> Examined:
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

    def try_text(self, command: Score, arm: Loaded) -> None:
        """Whether the arm could be scored so: raises WorkerError where its text or its tokenizer is of no use."""
        ...

    def score(self, command: Score, arms: Mapping[int, Loaded], tell: Callable[[Told], None]) -> int | None:
        """Score those arms, by number; returns the windows whose logits lie on the shelf, None where none was asked
        for."""
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
