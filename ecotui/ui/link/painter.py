"""Paints frames through a gate: what the link cannot take now is painted later, as it is to look by then."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from rich.color import ColorSystem
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Offset, Size
from textual.strip import Strip

from ecotui.ui.link.gate import LEAST, Gate
from ecotui.ui.link.grid import LEAD, Grid, Pen, Span, cells_of
from ecotui.ui.link.sgr import Inks

QUESTION = "\x1b[5n"
"""Device status report: every terminal answers `ANSWER` once it has taken what came before."""
ANSWER = "\x1b[0n"
URGENT_S = 0.3
"""What is painted within this time after a key may go beyond what the link holds otherwise."""
ANSWER_S = 2.0
"""What is drawn within this time after a key answers it: a screen comes in several frames."""
HOLD_S = 0.1
"""So long what moves by itself is held back for a key's answer."""
SOON_S = 0.005
"""After so long bytes that the kernel had not taken may have gone."""
NOTED_S = 3.0
"""So long after a frame was skipped the rate is shown."""
TELLING_BPS = 50
"""Below this rate there is nothing to tell."""
BUSY = 0.25
"""Of what the link takes: below this share it is the machine that is behind, or the terminal."""
BEHIND_S = 0.1
"""A terminal that is behind for a shorter time is only being written to."""
TOGETHER = 400
"""Bytes from which a piece is to appear at once, where the terminal can."""
Frame = LayoutUpdate | ChopsUpdate


class Line(Protocol):
    """The way to the terminal."""

    @property
    def blocked(self) -> bool:
        """Whether bytes wait that the kernel did not take."""

    def write(self, data: str) -> None:
        """Send letters and escapes."""


class Painter:
    """One for an application; every call comes from its event loop."""

    def __init__(
        self,
        gate: Gate,
        system: ColorSystem | None,
        clock: Callable[[], float] = time.monotonic,
        *,
        dark: bool = True,
        erases: bool = False,
    ) -> None:
        """erases: whether the terminal erases cells in the ground that is written on."""
        self.gate, self.clock, self._erases = gate, clock, erases
        self.synchronized = False
        """Whether the terminal holds back what it is told to hold back."""
        self.skipped = 0
        """Frames that were overtaken by another before the terminal had them."""
        self.later: Callable[[float], None] = lambda seconds: None
        """Asks for `flush` after so many seconds."""
        self._inks = Inks(system, dark)
        self._line: Line | None = None
        self._grid = Grid(0, 0)
        self._pen = Pen(self._inks, 0)
        self._fresh: list[Span] = []
        """What answers a key: painted before everything else."""
        self._asked_s = float("-inf")
        self._answered = True
        self._led = False
        """Whether the first row of the screen that a key asked for was painted before it."""
        self._sent: deque[tuple[float, int]] = deque()
        self._skipped_s = float("-inf")
        self._skipped_bps = 0.0
        """The rate when a frame was skipped: what is written a second later says nothing of the link."""
        self._settled_s = clock()
        """When the terminal last showed all that it was to show, as far as frames told."""

    @property
    def behind(self) -> bool:
        """Whether the terminal does not show the last frame yet."""
        return not self._grid.settled

    @property
    def asked_lately(self) -> bool:
        """Whether a key waits for its answer."""
        return not self._answered and self.clock() - self._asked_s < HOLD_S

    @property
    def quiet_s(self) -> float:
        """Seconds since the last key."""
        return self.clock() - self._asked_s

    @property
    def rate_bps(self) -> float:
        """Bytes that were written in the last second."""
        start = self.clock() - 1
        while self._sent and self._sent[0][0] < start:
            self._sent.popleft()
        return float(sum(size for _, size in self._sent))

    @property
    def note(self) -> str:
        """ "12 kB/s of 16" while frames are skipped; empty otherwise, and where it is not the link that is slow."""
        rate, takes = self._skipped_bps, self.gate.capacity_bps or 0.0
        if self.clock() - self._skipped_s > NOTED_S or rate < TELLING_BPS:
            return ""
        if self.gate.budget_bps is None and rate < BUSY * takes:
            return ""
        most = self.gate.budget_bps or takes
        return f"{_kilo(rate)} kB/s" + (f" of {_kilo(most)}" if most >= TELLING_BPS else "")

    def begin(self, line: Line) -> None:
        """A terminal of which nothing is known; asks it a first question."""
        self._line = line
        self.gate.lose()
        self.forget()
        self._write(QUESTION, asked=True)
        self.later(0.0)

    def end(self) -> None:
        """Nothing is painted any more."""
        self._line = None

    def forget(self) -> None:
        """The terminal may show anything: all is painted again."""
        self._grid.unknown()
        self._pen = Pen(self._inks, self._grid.width, self._erases)

    def asked(self) -> None:
        """A key was pressed."""
        self._asked_s, self._answered, self._led, self._fresh = self.clock(), False, False, []

    def turned(self) -> None:
        """Another screen is in front: it alone answers the key that led there, whatever the old one drew meanwhile."""
        if not self._led:
            self._answered, self._fresh = False, []

    def heard(self) -> None:
        """The terminal answered a question."""
        self.gate.heard(self.clock())
        self.flush()

    def lead(self, row: Strip, y: int) -> None:
        """A row of the screen that a key asked for, painted before that is made; the rest of the old is dropped."""
        if row.cell_length != self._grid.width:
            return
        self._grid.drop()
        self._fresh = [span._replace(rank=LEAD) for span in self._grid.want(y, 0, cells_of(row, self._inks))]
        self._answered = self._led = True
        self.flush()

    def show(self, frame: Frame, size: Size, cursor: Offset, *, awaited: bool = False) -> None:
        """A frame, or the part of it that changed; `awaited` where it is of a screen whose first whole one is to come.

        Such a part is not the answer to the key that leads there: a footer would take the link for as long as a title.
        """
        if (self._grid.width, self._grid.height) != size:
            self._grid, self._pen = Grid(*size, self._erases), Pen(self._inks, size.width, self._erases)
            self._fresh = []
        answers, overtaken = self.clock() - self._asked_s < ANSWER_S, self.behind
        if not overtaken:
            self._settled_s = self.clock()
        if not answers:
            self._fresh = []
        wanted = [self._grid.want(y, x, cells_of(strip, self._inks)) for y, x, strip in parts(frame)]
        if answers:  # words first: behind a dialog everything changes its colour, and a key may move a curve
            fresh = (*self._fresh, *(span for spans in wanted for span in spans))
            self._fresh = sorted(set(fresh), key=lambda span: (span.rank, span))
        self._answered = self._answered or not awaited
        self.flush(cursor)
        if overtaken and self.behind:
            self.skipped += 1
            if self.clock() - self._settled_s >= BEHIND_S:
                self._skipped_s, self._skipped_bps = self.clock(), self.rate_bps

    def flush(self, cursor: Offset | None = None) -> None:
        """Paint as much as may be written now."""
        if self._grid.settled or self._line is None:
            return
        now = self.clock()
        urgent = bool(self._fresh) and now - self._asked_s < URGENT_S
        room = self.gate.room(now, urgent=urgent)
        if self._line.blocked or self.asked_lately:
            self.later(SOON_S)
            return
        if room < (1 if urgent else LEAST / 2):
            self.later(self.gate.wait_s())
            return
        text = self._piece(room)
        if cursor:
            text += self._pen.move(*cursor)
        self._write(text, asked=self.gate.answers)
        if self.behind:
            self.later(self.gate.wait_s())

    def _piece(self, room: float) -> str:
        """Whole spans, as many as there is room for, one at least."""
        out: list[str] = []
        size = 0
        for span in self._grid.spans(self._fresh):
            if out and size + self._grid.size(span) > room:
                break
            text = self._pen.write(span, self._grid.take(span))
            out.append(text)
            size += _bytes(text)
        return "".join(out)

    def _write(self, text: str, *, asked: bool) -> None:
        if self._line is None or not text:
            return
        if self.synchronized and len(text) > TOGETHER:
            text = f"{SYNC_START}{text}{SYNC_END}"
        if asked and text != QUESTION:
            text += QUESTION
        size, now = _bytes(text), self.clock()
        self.gate.sent(size, now, asked=asked)
        self._sent.append((now, size))
        self._line.write(text)


def _kilo(rate_bps: float) -> str:
    """Thousands of bytes a second; below one with a decimal, so that no rate reads as none."""
    return f"{rate_bps / 1000:.{0 if rate_bps >= 950 else 1}f}"


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def parts(frame: Frame) -> Iterator[tuple[int, int, Strip]]:
    """What a frame holds, as (row, column, strip); of a part of a frame, all of each strip that it touches."""
    if isinstance(frame, LayoutUpdate):
        for y, line in enumerate(frame.strips, frame.region.y):
            yield from _along(y, frame.region.x, line)
        return
    done: set[tuple[int, int]] = set()
    for y, first, last in frame.spans:
        for end, (x, strip) in zip(frame.chop_ends[y], frame.chops[y].items(), strict=False):
            if strip is not None and x < last and end > first and (y, x) not in done:
                done.add((y, x))
                yield y, x, strip if strip.cell_length == end - x else strip.crop(0, end - x)


def _along(y: int, x: int, line: Iterable[Strip]) -> Iterator[tuple[int, int, Strip]]:
    for strip in line:
        yield y, x, strip
        x += strip.cell_length
