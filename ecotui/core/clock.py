"""One clock for all processes: CLOCK_MONOTONIC, tied to wall time once a session."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NS = 1_000_000_000
"""Nanoseconds in a second."""


def now_ns() -> int:
    """Nanoseconds of the clock that every process of a Linux host shares."""
    return time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class Tie:
    """The same instant on both clocks."""

    monotonic_ns: int
    wall_ns: int
    """Nanoseconds since 1970 in UTC."""

    @classmethod
    def now(cls) -> Tie:
        before = time.monotonic_ns()
        wall = time.time_ns()
        return cls((before + time.monotonic_ns()) // 2, wall)

    def wall(self, monotonic_ns: int) -> datetime:
        """The wall time, in UTC, of a stamp of this session."""
        since_1970 = self.wall_ns + monotonic_ns - self.monotonic_ns
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since_1970 // 1000)
