"""When to look at an energy counter, so that the moment it changes is known and few looks are spent.

A counter's value is as old as its last tick. After a tick the tracker sleeps until shortly before the next is
expected, then has the counter read back to back until it changes: on an H100 that stamps a tick to within 4 ms.
Every look there takes 3 ms of the driver, some 40 looks a second for all ticks; where the driver's ring tells what lies
before the first and after the last tick of a window, every fifth is enough, and 8 looks a second.
"""

from __future__ import annotations

from collections import deque
from statistics import mean, median

from ecotui.core.clock import NS
from ecotui.core.reading import Tick

PERIOD_NS = 100_000_000
"""Where learning begins: the period of every board whose period is known."""
LEAD_NS = 8_000_000
"""How long before the earliest the next tick is expected looking begins, some 12 ms before it on an H100: its
ticks wander by up to 5 ms, and every look there keeps a core busy for 3 ms."""
PAUSE_NS = 2_000_000
"""Looks begin at least this far apart, for boards that answer at once."""
PATIENCE_NS = 250_000_000
"""Looking back to back for longer than this without a tick is a waste; then comes a look each `PACE_NS`."""
PACE_NS = 100_000_000
LEARN = 9
"""Intervals that tell a counter's period; until they are known every tick is tracked."""
ODD = 0.1
"""An interval that is further than this share off the median says nothing about the period."""
ATTEMPTS = 3
"""A counter that has not answered this often at the start is not there."""
NEVER_NS = 1 << 62


class TickTracker:
    """Says when to look next (`due_ns`) and what a look has told; holds no board and no clock."""

    def __init__(self, now_ns: int) -> None:
        self.due_ns = now_ns
        self.every = 1
        """Every how many ticks one is tracked."""
        self.newest_j: float | None = None
        """The counter's newest value; None before the first and while it does not answer."""
        self.period_ns = PERIOD_NS
        self._intervals: deque[int] = deque(maxlen=LEARN)
        self._attempts, self._answered = 0, False
        self._looked_ns = self._since_ns = now_ns
        """Begin of the last look at the current value; begin of looking for the next."""
        self._slept = False
        self._ticked_ns: int | None = None
        self._stride = 1
        """How many ticks ahead the tracker looks now."""

    def looked(self, began_ns: int, ended_ns: int, joules: float | None) -> Tick | None:
        """Takes in a look that lasted from `began_ns` to `ended_ns`; the tick where it found one."""
        slept, self._slept = self._slept, False
        if joules is None:
            self._unanswered(ended_ns)
            return None
        known, self.newest_j, self._answered = self.newest_j, joules, True
        before_ns, self._looked_ns = self._looked_ns, began_ns
        if joules == known or (slept and self._stride > 1):  # after a long sleep, this value is what to watch
            self._since_ns = began_ns if slept else self._since_ns
            waited = ended_ns - self._since_ns > PATIENCE_NS
            self.due_ns = ended_ns + PACE_NS if waited else max(ended_ns, began_ns + PAUSE_NS)
            return None
        if known is None or slept:
            self._lost_step(began_ns, ended_ns, overslept=slept)
            return None
        half_ns = (ended_ns - before_ns + 1) // 2
        tick = Tick(before_ns + half_ns, joules, half_ns)
        self._learn(tick.at_ns)
        self._stride = self.every if len(self._intervals) >= LEARN else 1
        self.due_ns = max(ended_ns, tick.at_ns + self._stride * self.period_ns - LEAD_NS - half_ns)
        self._since_ns, self._slept = ended_ns, self.due_ns > began_ns + PAUSE_NS
        return tick

    def _lost_step(self, began_ns: int, ended_ns: int, overslept: bool) -> None:
        """The value is new, but when it came is not known: nothing to report, and looking begins anew."""
        if overslept:  # the period may be shorter than believed; if it is not, the next interval says so
            self.period_ns = max(self.period_ns // 2, 2 * LEAD_NS)
        self._intervals.clear()
        self._ticked_ns, self._since_ns = None, began_ns
        self.due_ns = max(ended_ns, began_ns + PAUSE_NS)

    def _unanswered(self, ended_ns: int) -> None:
        self._attempts += 1
        self.newest_j, self._ticked_ns = None, None
        absent = not self._answered and self._attempts >= ATTEMPTS
        self.due_ns = NEVER_NS if absent else ended_ns + PACE_NS

    def _learn(self, at_ns: int) -> None:
        if self._ticked_ns is not None:
            passed_ns = at_ns - self._ticked_ns
            self._intervals.append(passed_ns // (max(round(passed_ns / self.period_ns), 1) if self._stride > 1 else 1))
            usual = median(self._intervals)
            near = [i for i in self._intervals if abs(i - usual) <= ODD * usual]
            self.period_ns = min(round(mean(near or [usual])), 2 * NS)
        self._ticked_ns = at_ns
