"""A program behind a link: a pseudo-terminal whose other end takes so many bytes a second, and a glass behind it."""

from __future__ import annotations

import os
import select
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence

from benchmarks.glass import Glass
from benchmarks.terminal import Terminal

STEP_S = 0.005
KEPT = 4000
"""Letters that `last` holds."""


class Line(Terminal):
    """A terminal that shows what came through a link; `rate_bps` None is a free one.

    With `answers` it tells a program that asks that it has come so far, as every terminal does.
    """

    def __init__(
        self,
        command: Sequence[str],
        columns: int,
        rows: int,
        more: Mapping[str, str] | None = None,
        *,
        rate_bps: int | None = None,
        answers: bool = True,
    ) -> None:
        super().__init__(command, columns, rows, more)
        self.rate_bps = rate_bps
        self.glass = Glass(columns, rows, self._say if answers else lambda text: None)
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self.last = ""
        """The end of what was written."""
        self._due = 0.0
        self._at = time.perf_counter()

    def _say(self, text: str) -> None:
        os.write(self.main, text.encode())

    def step(self) -> bool:
        """Take what the link carries within STEP_S; returns whether that was anything."""
        if self.rate_bps is not None:
            time.sleep(STEP_S)
            now = time.perf_counter()
            self._due = min(self._due + (now - self._at) * self.rate_bps, self.rate_bps * 4 * STEP_S)
            self._at = now
        if not select.select([self.main], [], [], 0 if self.rate_bps else STEP_S)[0]:
            self._due = min(self._due, (self.rate_bps or 0) * STEP_S)  # a link that idles saves nothing up
            return False
        room = int(self._due) if self.rate_bps is not None else 65536
        if room < 1:
            return False
        try:
            data = os.read(self.main, room)
        except OSError:  # nobody holds the other side any more
            time.sleep(STEP_S)
            return False
        self._due -= len(data)
        self.bytes += len(data)
        text = self._decode(data)
        self.last = (self.last + text)[-KEPT:]
        self.glass.feed(text)
        return True

    def shown(self, seen: Callable[[str], bool], timeout_s: float = 60.0) -> float:
        """Seconds until the glass shows these letters; NaN where it does not in time."""
        return self.until_seen(lambda glass: seen(glass.text), timeout_s)

    def until_seen(self, seen: Callable[[Glass], bool], timeout_s: float = 60.0) -> float:
        """Seconds until the glass shows it; NaN where it does not in time."""
        began = time.perf_counter()
        while not seen(self.glass):
            while not self.step() and time.perf_counter() - began < timeout_s:
                pass
            if time.perf_counter() - began > timeout_s:
                return float("nan")
        return time.perf_counter() - began

    def settle(self, quiet_s: float, timeout_s: float = 20.0) -> float:
        """Seconds until the last byte before a silence of `quiet_s`."""
        began = last = time.perf_counter()
        while (now := time.perf_counter()) - last < quiet_s and now - began < timeout_s:
            if self.step():
                last = time.perf_counter()
        return last - began

    def until_ended(self, timeout_s: float = 30.0) -> None:
        """Take everything until the program is over.

        Raises:
            TimeoutError: it is not.
        """
        end = time.perf_counter() + timeout_s
        while self.step() or not self.ended:
            if time.perf_counter() > end:
                raise TimeoutError(f"The program did not end; it wrote {self.last[-500:]!r}")

    def run(self, seconds: float) -> None:
        """Let time go by."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.step()
