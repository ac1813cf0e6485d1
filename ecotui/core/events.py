"""What a session log is made of: one frozen event a line, all stamps CLOCK_MONOTONIC nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ecotui.core.reading import BoardInfo, Reading, Tick


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: what this file is, what was planned, and on what."""

    version: str
    """Version of the log format, "major.minor"; a reader refuses a newer major."""
    session: str
    at_ns: int
    wall_ns: int
    """Wall time, in nanoseconds since 1970 UTC, at `at_ns`."""
    plan: dict[str, Any]
    board: BoardInfo | None
    """None where the board could not be opened; a fault follows."""
    environment: dict[str, str] = field(default_factory=dict)
    """Host, Python, and the versions of ecotui and of what it measures with."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase begins; the one before ends.

    Names: bare, loading, context, warm-up, measuring, cooling.
    """

    at_ns: int
    name: str
    arm: int
    """Index into the plan's arms."""
    window: int | None = None
    """Which window, from 1, while measuring."""
    expected_s: float | None = None
    """How long it should last, where that is known."""


@dataclass(frozen=True, slots=True)
class Resident:
    """An arm's weights are on the device: what was loaded, as the loader saw it."""

    at_ns: int
    arm: int
    load_s: float
    parameters: int
    weights_b: int
    """Bytes of parameters and buffers as they lie on the device."""
    layers: dict[str, int]
    """Linear layers by class, for instance {"Linear8bitLt": 224, "Linear": 1}."""
    weights: str
    """ "random" or "checkpoint"."""
    device: str
    facts: dict[str, str] = field(default_factory=dict)
    """dtype, attention, torch's CUDA, hash of the input ids, and the like."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Token stamps of one generate() call, or a part of them.

    Stamp 0 of a call is its start; stamp i is when every row's i-th token was on the host.
    """

    arm: int
    call: int
    """generate() calls of the arm, from 0, warm-ups included."""
    first: int
    """Index of this batch's first stamp within the call."""
    base_ns: int
    """The first stamp."""
    delta_ns: list[int]
    """Each later stamp minus the one before it."""


@dataclass(frozen=True, slots=True)
class Window:
    """A measured repetition: the bracket [t0, t1] around whole generate() calls, and what it came to."""

    arm: int
    window: int
    """From 1."""
    t0_ns: int
    t1_ns: int
    first_call: int
    calls: int
    tokens: int
    """Tokens that were generated, over all rows and calls."""
    tokens_expected: int
    """calls · B · N."""
    memory_peak_b: int | None = None
    """Most memory the allocator held; None on a device that does not count it."""
    figures: dict[str, Any] = field(default_factory=dict)
    """The window's row in the store, for readers of the log; recomputed from the raw events, never read back."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing that changed nothing."""

    at_ns: int
    text: str
    level: str = "info"
    """ "info" or "warning"."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something failed."""

    at_ns: int
    what: str
    advice: str = ""
    detail: str = ""
    """Path of the file that holds the traceback."""


@dataclass(frozen=True, slots=True)
class End:
    """The last line."""

    at_ns: int
    outcome: str
    """ "completed", "stopped" or "failed"."""
    reason: str = ""


Event = Header | Reading | Tick | Phase | Resident | Steps | Window | Notice | Fault | End


def known_ns(event: Event) -> int:
    """When an event was known, on the session's clock: what a replay shows at that time and not before."""
    match event:
        case Window():
            return event.t1_ns
        case Steps():
            return event.base_ns + sum(event.delta_ns)
        case _:
            return event.at_ns
