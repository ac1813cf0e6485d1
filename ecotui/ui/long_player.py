"""Plays a long session again: from the fold of its whole log, cut at a position, since a day of events fills no memory.

What is older than an hour before the session's end moves on in steps of ten seconds, in a day of some minutes:
`ecotui.core.thinning`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from ecotui.core.clock import NS
from ecotui.core.scores import Scorings
from ecotui.core.timeline import Timeline
from ecotui.ui.player import Player


class LongPlayer(Player):
    """The same controls over a timeline that is whole already."""

    def __init__(self, whole: Timeline, clock: Callable[[], int]) -> None:
        self._whole = whole
        super().__init__((), clock)
        self.start_ns = self.position_ns = whole.start_ns
        self.end_ns = max(whole.last_ns, whole.start_ns)
        self._fold()

    def seek(self, at_s: float) -> None:
        """Go to a position, seconds from the start; outside of the session is its nearer end."""
        self._seen = self._clock()
        self.position_ns = min(max(self.start_ns + round(at_s * NS), self.start_ns), self.end_ns)
        self._fold()

    def _starts(self) -> list[float]:
        return [(t0_ns - self.start_ns) / NS for t0_ns in self._whole.windows.table.told("t0_ns")]

    def _fold(self) -> int:
        """Cut anew; the timeline stays the same object, so that what was made of its windows stays."""
        before = len(self.timeline.readings)
        cut(self._whole, self.timeline, self.position_ns)
        return max(len(self.timeline.readings) - before, 0)


def cut(whole: Timeline, into: Timeline, at_ns: int) -> None:
    """What `whole` knew at a time, put into another timeline."""
    into.header, into.plan, into.settled = whole.header, whole.plan, whole.settled
    for name in ("readings", "ticks", "samples", "throughput"):
        setattr(into, name, getattr(whole, name).between(0, at_ns))
    into.windows = whole.windows.until(at_ns)
    into.vitals = whole.vitals[: bisect_right(whole.vitals, at_ns, key=lambda look: look.at_ns)]
    into.spans = whole.spans.until(at_ns)
    for name in ("forecasts", "residents", "examined"):
        setattr(into, name, {arm: event for arm, event in getattr(whole, name).items() if event.at_ns <= at_ns})
    gates = {arm: [look for look in looks if look.at_ns <= at_ns] for arm, looks in whole.gates.items()}
    into.gates = {arm: looks for arm, looks in gates.items() if looks}
    into.notices = [notice for notice in whole.notices if notice.at_ns <= at_ns]
    into.calls = {key: call for key, call in whole.calls.items() if call.stamps and call.stamps[-1] <= at_ns}
    into.scrapes, into.scorings = whole.scrapes.until(at_ns), Scorings()
    for event in whole.scorings.events():
        if event.at_ns <= at_ns:
            into.scorings.add(event)
    into.fault = whole.fault if whole.fault and whole.fault.at_ns <= at_ns else None
    into.end = whole.end if whole.end and whole.end.at_ns <= at_ns else None
    into.last, into.last_ns = into.readings.last_reading(), at_ns
