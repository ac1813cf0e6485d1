"""How many bytes may be written to the terminal now: a budget, and what the terminal has not answered yet.

A kernel's queue says nothing of a link: a pseudo-terminal takes tens of kilobytes, an SSH server megabytes more.
What has arrived is known from the terminal alone, which answers a question that follows each piece of a frame.
The window of unanswered bytes keeps the delay that they make near a target, as LEDBAT does (RFC 6817, section 2.4.2).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

TARGET_S = 0.020
"""Delay that frames may add to the link's own; a key's answer has to wait for as much."""
LEAST = 200
"""Bytes of the smallest window: a row of figures."""
MOST = 1 << 20
FIRST = 4096
BURST_S = 0.040
"""What a budget lets through at once, in its own time."""
SILENT_BPS = 8000
"""Bytes a second of live frames to a terminal that answers no question: nothing is known of its link."""
LOST_S = 5.0
"""After this long an answer is not waited for any more."""
EPOCH_S = 60.0
"""The link's own delay is the least of the last one to two of these."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes whose arrival was asked for."""

    at_s: float
    size: int
    ahead: int
    """Unanswered bytes when it was written, itself included."""


class Gate:
    """Times are seconds of one clock, given with every call."""

    def __init__(self, budget_bps: int | None = None) -> None:
        self.budget_bps = budget_bps
        self.answers = False
        """Whether the terminal has answered a question."""
        self.window = float(FIRST)
        self.capacity_bps: float | None = None
        """What the link takes, as far as it was ever full."""
        self._pieces: deque[Piece] = deque()
        self._unasked = 0
        self._tokens = float(LEAST)
        self._filled_s = 0.0
        self._epochs = (float("inf"), float("inf"))
        self._epoch_s = 0.0
        self._cut_s = 0.0

    @property
    def unanswered(self) -> int:
        """Bytes that may be on their way."""
        return sum(piece.size for piece in self._pieces)

    @property
    def waiting(self) -> bool:
        """Whether an answer is waited for."""
        return bool(self._pieces)

    def room(self, now_s: float, *, urgent: bool = False) -> float:
        """Bytes that may be written now; an urgent one answers a key, and may go beyond by as much again."""
        self._forget(now_s)
        self._fill(now_s)
        more = 2 if urgent else 1
        rooms = [float("inf")]
        if self.answers:
            rooms.append(self.window * more - self.unanswered)
        if self.budget_bps is not None:
            rooms.append(self._tokens + (more - 1) * self._burst(self.budget_bps))
        elif not self.answers and not urgent:
            rooms.append(self._tokens)
        return min(rooms)

    def wait_s(self) -> float:
        """Seconds after which to ask again, unless an answer comes before."""
        rate = self._rate()
        return 0.25 if rate is None else min(max((LEAST - self._tokens) / rate, 0.01), 0.25)

    def sent(self, size: int, now_s: float, *, asked: bool) -> None:
        """`size` bytes were written; `asked` where a question is behind them."""
        self._fill(now_s)
        self._tokens -= size
        self._unasked += size
        if asked:
            self._pieces.append(Piece(now_s, self._unasked, self.unanswered + self._unasked))
            self._unasked = 0

    def heard(self, now_s: float) -> None:
        """The terminal answered the oldest question."""
        self.answers = True
        if not self._pieces:
            return
        piece = self._pieces.popleft()
        trip = now_s - piece.at_s
        delay = trip - self._least_trip(trip, now_s)
        if delay > TARGET_S / 2:
            rate = piece.ahead / delay
            self.capacity_bps = rate if self.capacity_bps is None else 0.8 * self.capacity_bps + 0.2 * rate
        if delay > 2 * TARGET_S:
            if piece.at_s >= self._cut_s:  # one cut for all that was on its way
                self.window, self._cut_s = max(self.window / 2, LEAST), now_s
        elif piece.ahead > self.window / 2:
            grown = self.window + piece.size * (1 - delay / TARGET_S)
            self.window = min(max(grown, LEAST), MOST)

    def lose(self) -> None:
        """The terminal begins anew; no answer of before comes any more."""
        self._pieces.clear()
        self._unasked = 0

    def _least_trip(self, trip: float, now_s: float) -> float:
        before, now = self._epochs
        if now_s - self._epoch_s > EPOCH_S:
            before, now, self._epoch_s = now, float("inf"), now_s
        self._epochs = (before, min(now, trip))
        return min(self._epochs)

    def _forget(self, now_s: float) -> None:
        while self._pieces and now_s - self._pieces[0].at_s > LOST_S:
            self._pieces.popleft()

    def _rate(self) -> int | None:
        return self.budget_bps if self.budget_bps is not None else None if self.answers else SILENT_BPS

    def _burst(self, rate: int) -> float:
        return max(rate * BURST_S, LEAST)

    def _fill(self, now_s: float) -> None:
        passed, self._filled_s = now_s - self._filled_s, now_s
        if (rate := self._rate()) is not None:
            self._tokens = min(self._tokens + rate * passed, self._burst(rate))
        else:
            self._tokens = float(LEAST)
