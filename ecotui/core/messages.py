"""What recorder and worker say to each other: one JSON object a line, over the worker's stdin and stdout.

The worker also sends `Resident`, `Steps` and `Examined` of `ecotui.core.events`, which go into the log as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from ecotui.core.arm import Arm
from ecotui.core.events import Examined, Resident, Steps


@dataclass(frozen=True, slots=True)
class Load:
    """Bring an arm onto the device."""

    arm: Arm
    number: int
    """Index into the plan's arms; comes back in every message about the arm."""
    device: str
    gpu: int
    seed: int
    keep: bool = False
    """Whether the arms that were loaded before stay on the device; arms of one model and quantization share weights."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Generate once; nothing of it counts."""

    arm: int | None = None
    """Which of the loaded arms; None is the newest."""
    new_tokens: int | None = None
    """Tokens a row; None is the arm's own number."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Repeat generate() until `seconds` have passed, whole calls only."""

    window: int
    seconds: float
    new_tokens: int | None = None
    """Tokens a row and call; None is the arm's own number."""
    arm: int | None = None
    """Which of the loaded arms; None is the newest."""


@dataclass(frozen=True, slots=True)
class Examine:
    """Profile a few decoding steps; nothing of it counts. The reply is `ecotui.core.events.Examined`."""

    arm: int | None = None
    """Which of the loaded arms; None is the newest."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End in order."""


Command = Load | WarmUp | Measure | Examine | Quit


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker runs; torch and the others were imported."""

    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Began:
    """A bracket opens: the device is idle and generate() comes next. Sent at once, unbatched."""

    at_ns: int
    window: int | None
    """None for a warm-up."""


@dataclass(frozen=True, slots=True)
class WarmedUp:
    """One warm-up call is over."""

    at_ns: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A window is over; its bracket and what it held."""

    window: int
    t0_ns: int
    t1_ns: int
    first_call: int
    calls: int
    tokens: int
    tokens_expected: int
    memory_peak_b: int | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The command could not be carried out; the worker ends."""

    what: str
    advice: str


Reply = Ready | Resident | Began | Steps | WarmedUp | Measured | Examined | Failed
