"""Work that comes and goes in a known rhythm, for telling what a board's sensors make of it.

The messages between a selftest and the process that loads the board, one JSON object a line (`ecotui.core.wire`).
"""

from __future__ import annotations

from dataclasses import dataclass

from ecotui.core.clock import NS
from ecotui.core.messages import Failed

LEAD_NS = 20_000_000
"""Between a command and the first burst, so that the first one is in time as well."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Work for `on_s`, rest for `off_s`, and again; whole periods, until `seconds` have passed."""

    seconds: float
    on_s: float
    off_s: float = 0.0
    """0 works all the time."""
    phase_s: float = 0.0
    """Work begins so long after a whole number of periods of CLOCK_MONOTONIC."""


@dataclass(frozen=True, slots=True)
class Up:
    """The process is ready to work."""

    device: str
    product_ms: float
    """Length of the smallest piece of work."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command was carried out: its bracket, and when each burst began and ended."""

    t0_ns: int
    t1_ns: int
    on_ns: list[int]
    off_ns: list[int]


Answer = Up | Ran | Failed


def planned(burst: Burst, now_ns: int) -> list[tuple[int, int]]:
    """When each burst is to begin and to end, ns; the first begins `LEAD_NS` after `now_ns` at the earliest."""
    if burst.off_s <= 0:
        begin = now_ns + LEAD_NS
        return [(begin, begin + round(burst.seconds * NS))]
    period = round((burst.on_s + burst.off_s) * NS)
    phase = round(burst.phase_s * NS)
    begin = -(-(now_ns + LEAD_NS - phase) // period) * period + phase
    count = max(1, round(burst.seconds * NS / period))
    return [(begin + i * period, begin + i * period + round(burst.on_s * NS)) for i in range(count)]


def end_of(burst: Burst, plan: list[tuple[int, int]]) -> int:
    """When the bracket of a plan ends, ns: with the rest after its last burst."""
    return plan[-1][1] + round(burst.off_s * NS)
