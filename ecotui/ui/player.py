"""Plays a recorded session again: a position in its time, and the timeline of all events up to there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.events import Event, Header, Resident, Steps, Window
from ecotui.core.timeline import Timeline
from ecotui.log.reader import fold

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


def stamp(event: Event) -> int:
    """When an event was known: the newest stamp that it holds."""
    match event:
        case Steps():
            return event.base_ns + sum(event.delta_ns)
        case Window():
            return event.t1_ns
        case Header() | Resident():
            return event.at_ns
        case _:
            return event.at_ns


class Player:
    """A log's events at a position; `clock` is any count of nanoseconds that goes forward."""

    def __init__(self, events: Sequence[Event], clock: Callable[[], int], path: Path = Path()) -> None:
        self._events, self._clock, self._path = events, clock, path
        # An event is shown no earlier than those written before it, so that order is the log's.
        stamps = np.array([stamp(e) for e in events] or [0], dtype=np.int64)
        self._due = np.maximum.accumulate(stamps)
        self.start_ns = int(self._due[0])
        self.end_ns = int(self._due[-1])
        self.position_ns = self.start_ns
        self.speed = 1.0
        self.playing = True
        self.timeline = Timeline()
        self._taken = 0
        self._seen = clock()
        self._fold()

    @property
    def at_s(self) -> float:
        """The position, seconds from the session's start."""
        return (self.position_ns - self.start_ns) / NS

    @property
    def length_s(self) -> float:
        """The session's length."""
        return (self.end_ns - self.start_ns) / NS

    @property
    def at_end(self) -> bool:
        """Whether everything was shown."""
        return self.position_ns >= self.end_ns

    def poll(self) -> int:
        """Move on by the time that went by; returns how many events that took in."""
        now = self._clock()
        passed, self._seen = now - self._seen, now
        if not self.playing:
            return 0
        self.position_ns = min(self.position_ns + round(passed * self.speed), self.end_ns)
        self.playing = not self.at_end
        return self._fold()

    def toggle(self) -> None:
        """Play or pause; at the end, play from the start."""
        self._seen = self._clock()
        if not self.playing and self.at_end:
            self.seek(0.0)
        self.playing = not self.playing

    def faster(self, steps: int = 1) -> None:
        """The next speed up, or down where `steps` is negative."""
        self.poll()
        place = SPEEDS.index(self.speed) + steps
        self.speed = SPEEDS[min(max(place, 0), len(SPEEDS) - 1)]

    def seek(self, at_s: float) -> None:
        """Go to a position, seconds from the start; outside of the session is its nearer end."""
        self._seen = self._clock()
        target = self.start_ns + round(at_s * NS)
        target = min(max(target, self.start_ns), self.end_ns)
        if target < self.position_ns:
            self.timeline, self._taken = Timeline(), 0
        self.position_ns = target
        self._fold()

    def skip(self, seconds: float) -> None:
        """Go on by some seconds, or back."""
        self.seek(self.at_s + seconds)

    def window(self, steps: int) -> None:
        """Go to the start of the next window, or of the one before."""
        starts = self._starts()
        if steps > 0:
            self.seek(min((s for s in starts if s > self.at_s + 0.05), default=self.length_s))
        else:
            self.seek(max((s for s in starts if s < self.at_s - 0.5), default=0.0))

    def _starts(self) -> list[float]:
        """When windows begin, seconds from the start."""
        return [(e.t0_ns - self.start_ns) / NS for e in self._events if isinstance(e, Window)]

    def _fold(self) -> int:
        upto = int(np.searchsorted(self._due, self.position_ns, side="right")) if self._events else 0
        fresh = self._events[self._taken : upto]
        for event in fresh:
            fold(self.timeline, event, self._path)
        self._taken = max(upto, self._taken)
        return len(fresh)
