"""The driver's ring of power samples, brought from the driver's clock to the session's.

On an H100 and an H200 (driver 580): a sample each 20 ms, give or take 12 ms, the newest 118 of them, stamped in
microseconds of wall time; a drain costs 0.5 to 1.7 ms. Other drivers are known to stamp by the time since boot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from ecotui.core.reading import Ring

Sample = tuple[int, int]
"""Stamp in microseconds of the driver's clock, and milliwatts."""
Take = Callable[[int], Sequence[Sample]]
"""The samples that are newer than a stamp of the driver's clock, oldest first; 0 asks for all."""

DEPTH_NS = 2_400_000_000
"""The ring holds no sample that is older, however long nobody has asked."""
SET_NS = 20_000_000
"""An offset that changes by more between two drains is a clock that was set, not one that wanders."""
LEAST_NS = 1_000
"""Samples that a wandering offset would lay over one another are kept this far apart: the driver's resolution."""
AHEAD_NS = 50_000_000
"""A stamp further in the future is of another clock."""
BRACKETS = 5


def _boot_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The session's clock, and those that a driver may stamp by, the most likely first; all nanoseconds."""

    session: Callable[[], int] = time.monotonic_ns
    drivers: tuple[Callable[[], int], ...] = (time.time_ns, _boot_ns)

    def offset_ns(self, driver: Callable[[], int]) -> int:
        """What turns a stamp of the driver's clock into one of the session's.

        The driver's clock is read between two reads of the session's; of a few tries the closest bracket counts, so
        that a thread that was put aside in one of them does no harm.
        """
        tries = []
        for _ in range(BRACKETS):
            before_ns, stamp_ns, after_ns = self.session(), driver(), self.session()
            tries.append((after_ns - before_ns, (before_ns + after_ns) // 2 - stamp_ns))
        return min(tries)[1]


class RingDrain:
    """Hands out every sample once, ascending from drain to drain, none from before `opened_ns`."""

    def __init__(self, opened_ns: int, clocks: Clocks | None = None) -> None:
        self._clocks = clocks or Clocks()
        self._lock = Lock()
        self._seen_us = 0
        """The driver's stamp of the newest sample that was taken; 0 asks for the whole ring."""
        self._newest_ns = opened_ns
        self._driver: Callable[[], int] | None = None
        self._offset_ns = 0
        self._mixed_until_ns = opened_ns

    def drain(self, take: Take) -> Ring | None:
        """What `take` has that is new; None where that is nothing, or where its stamps make no sense."""
        with self._lock:
            if self._driver is not None and self._was_set(self._driver):
                return None
            whole, seen_us = self._seen_us == 0, self._seen_us
            samples = [sample for sample in take(seen_us) if sample[0] > seen_us]
            now_ns = self._clocks.session()
            if not samples or not self._knows_clock(samples[-1][0], now_ns):
                return None
            self._seen_us = samples[-1][0]
            return self._brought_over(samples, now_ns, whole)

    def _was_set(self, driver: Callable[[], int]) -> bool:
        """Whether the driver's clock was set lately: until it has turned over, the ring mixes two times."""
        before_ns, self._offset_ns = self._offset_ns, self._clocks.offset_ns(driver)
        now_ns = self._clocks.session()
        if abs(self._offset_ns - before_ns) > SET_NS:
            self._mixed_until_ns, self._seen_us = now_ns + DEPTH_NS, 0
        return now_ns < self._mixed_until_ns

    def _knows_clock(self, stamp_us: int, now_ns: int) -> bool:
        """Finds out, with the first samples, which clock the driver stamps by: the one that says "just now"."""
        for driver in self._clocks.drivers if self._driver is None else ():
            offset_ns = self._clocks.offset_ns(driver)
            if -AHEAD_NS < now_ns - (stamp_us * 1000 + offset_ns) < DEPTH_NS:
                self._driver, self._offset_ns = driver, offset_ns
                break
        return self._driver is not None

    def _brought_over(self, samples: Sequence[Sample], now_ns: int, whole: bool) -> Ring | None:
        stamps: list[int] = []
        milliwatts: list[int] = []
        for stamp_us, power_mw in samples:
            at_ns = stamp_us * 1000 + self._offset_ns
            if whole and at_ns <= self._newest_ns:
                continue
            self._newest_ns = max(at_ns, self._newest_ns + LEAST_NS)
            stamps.append(self._newest_ns)
            milliwatts.append(power_mw)
        return Ring(now_ns, tuple(stamps), tuple(milliwatts)) if stamps else None
