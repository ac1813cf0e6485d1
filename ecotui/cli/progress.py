"""Progress of a session on stderr: redrawn in place on a terminal, one line a phase elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from ecotui.core.clock import now_ns
from ecotui.core.progress import Progress, progress
from ecotui.core.timeline import Timeline
from ecotui.core.units import clean, duration, number

NAMES = {
    "bare": "idle, nothing loaded",
    "loading": "loading the model",
    "context": "idle, weights resident",
    "warm-up": "warm-up",
    "measuring": "measuring",
    "starting": "starting",
}
BAR = 20


class ProgressLine:
    """One line that says where a session is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._in_place, self._said, self._notices = stream, stream.isatty(), "", 0

    def show(self, line: Timeline) -> None:
        """Bring the line up to date."""
        for notice in line.notices[self._notices :]:
            self._write(f"note: {clean(notice.text)}", lasting=True)
        self._notices = len(line.notices)
        if line.end is not None:
            return
        now = progress(line, now_ns())
        title = self._title(now)
        if self._in_place:
            filled = round(now.fraction * BAR)
            live = self._live(line)
            bar = f"{'█' * filled}{'░' * (BAR - filled)}"
            self._write(f"{title:<24} {bar} {live} about {duration(now.remaining_s)} left", lasting=False)
        elif title != self._said and now.phase != "starting":
            self._write(f"{title}, about {duration(now.remaining_s)} left", lasting=True)
        self._said = title

    def _title(self, now: Progress) -> str:
        name = NAMES.get(now.phase, now.phase)
        return f"{name} {now.window}/{now.windows}" if now.window else name

    def _live(self, line: Timeline) -> str:
        power = line.last.power_w if line.last else None
        rates = line.throughput.column("tok_s")
        busy = line.phase is not None and line.phase.name in ("warm-up", "measuring")
        rate = float(rates[-1]) if busy and len(rates) else None
        simulated = " SIMULATED" if line.plan and line.plan.simulated else ""
        return f"{number(power):>6} W{simulated} {number(rate):>8} tok/s"

    def _write(self, text: str, *, lasting: bool) -> None:
        if self._in_place:
            self._stream.write(f"\r\x1b[K{text}" + ("\n" if lasting else ""))
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._in_place:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
