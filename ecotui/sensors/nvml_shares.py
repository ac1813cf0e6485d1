"""How much of the board's multiprocessors each process kept busy: what nvidia-smi pmon and nvitop name SM %.

One call of NVML, at most once a second and only while somebody looks at the boards: never from a recorder or a worker.
Beside a recording it is left out once it took longer than MOST_MS, for a driver that answers it slowly would be seen in
the figures that are measured; when nothing is recorded any more it is asked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

SPAN_US = 2_000_000
"""Samples that are older tell nothing of now; the driver takes one every 1/6 to 1 s (nvml.h)."""
APART_NS = 900_000_000
"""Within this time the last answer still holds: looks come once a second."""
MOST_MS = 5.0
"""What the call may take beside a recording."""
FULL_PCT = 100
"""More than all is no share: a driver leaves such values in samples that it did not fill."""

Call = Callable[..., Any]


class Shares:
    """One board's; read by one thread."""

    def __init__(
        self, ask: Call, clock: Callable[[], int] = time.monotonic_ns, wall: Callable[[], int] = time.time_ns
    ) -> None:
        """ask: calls NVML with the board and gives None for what fails; wall: nanoseconds of the epoch, as samples."""
        self._ask, self._clock, self._wall = ask, clock, wall
        self._asked_ns: int | None = None
        self._told: dict[int, float] = {}
        self.cost_ms = 0.0
        """Of the last call."""

    def look(self, *, sparing: bool) -> dict[int, float]:
        """Percent of the time of all multiprocessors, by process; none of one that did nothing, or of a board that
        does not tell.

        sparing: whether a recording goes on on this board.
        """
        if sparing and self.cost_ms > MOST_MS:
            return {}
        began_ns = self._clock()
        if self._asked_ns is None or began_ns - self._asked_ns >= APART_NS:
            self._asked_ns = began_ns
            samples = self._ask("nvmlDeviceGetProcessUtilization", self._wall() // 1000 - SPAN_US)
            self.cost_ms = (self._clock() - began_ns) / 1e6
            self._told = newest(samples or ())
        return self._told


def newest(samples: Iterable[Any]) -> dict[int, float]:
    """The last share of each process, percent."""
    in_turn = sorted(samples, key=lambda sample: int(sample.timeStamp))
    return {int(sample.pid): float(sample.smUtil) for sample in in_turn if 0 <= sample.smUtil <= FULL_PCT}
