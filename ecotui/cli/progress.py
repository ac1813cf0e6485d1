"""Progress of a session on stderr: redrawn in place on a terminal, one line a phase elsewhere."""

from __future__ import annotations

import os
from contextlib import suppress
from types import TracebackType
from typing import TextIO

from ecotui.cli.scoring_progress import Scored, pace_words, scored
from ecotui.core.clock import NS, now_ns
from ecotui.core.events import Gate
from ecotui.core.gate_words import unpassed_words
from ecotui.core.progress import Progress, progress
from ecotui.core.timeline import Timeline
from ecotui.core.units import clean, duration, number, percent

NAMES = {
    "bare": "idle, nothing loaded",
    "loading": "loading the model",
    "context": "idle, weights resident",
    "warm-up": "warm-up",
    "stabilizing": "waiting until it is stable",
    "measuring": "measuring",
    "splitting": "prefill and decode apart",
    "cooling": "cooling",
    "context-after": "idle again, weights resident",
    "examining": "profiling a few steps",
    "scoring": "scoring the quality",
    "starting": "starting",
}
BAR, LEAST_BAR = 20, 5
UNKNOWN_COLUMNS = 200
STOPPING = "stopping: what was measured is kept; its result follows"
BUSY = ("warm-up", "stabilizing", "measuring", "splitting")
GATED = ("warm-up", "stabilizing")
SAY_NS = 10 * NS
"""Between two words about the gate, or about the windows that are scored, where they do not replace each other."""


def gate_words(gate: Gate) -> str:
    """Drift that may still come, gate, and seconds until it should pass."""
    drift = f"drift up to {percent(gate.drift_pct, 2)}, gate {percent(gate.gate_pct)}"
    if gate.state != "watching":
        missed = clean(unpassed_words(gate)) or drift
        return drift if gate.state == "stable" else f"{missed}; time is up: measuring all the same"
    why = f", waiting for {clean(gate.waiting_for)}" if gate.waiting_for else ""
    eta = "" if gate.eta_s is None else f", stable in about {duration(gate.eta_s)}"
    return f"{drift}{why}{eta}"


def _alone(line: Timeline) -> bool:
    """Whether nothing but quality is measured: watts say nothing of it."""
    return line.plan is not None and line.plan.quality is not None and line.plan.quality.alone


class ProgressLine:
    """One line that says where a session is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._in_place, self._said, self._notices = stream, stream.isatty(), "", 0
        self._gate_ns, self._gate_state, self._scored_ns = 0, "", 0
        self.stopping = False
        """Whether the operator has asked it to stop: then nothing but that is said any more."""

    def show(self, line: Timeline) -> None:
        """Bring the line up to date."""
        for notice in line.notices[self._notices :]:
            self._write(f"note: {clean(notice.text)}", lasting=True)
        self._notices = len(line.notices)
        if line.end is not None:
            return
        if self.stopping:
            self._say_stopping()
            return
        now = progress(line, now_ns())
        if (it := scored(line)) is not None:
            self._show_scored(it, now)
            return
        title = self._title(now)
        if self._in_place:
            watts = "" if _alone(line) else f"{self._live(line)} "
            live = f"{watts}{self._gate(line)}about {duration(now.remaining_s)} left"
            self._write(self._barred(title, now.fraction, live), lasting=False)
        elif title != self._said and now.phase != "starting":
            self._say_gate(line, ended=True)
            self._write(f"{title}, about {duration(now.remaining_s)} left", lasting=True)
        self._said = title
        if not self._in_place:
            self._say_gate(line)

    def _say_stopping(self) -> None:
        if self._said != STOPPING:
            self._write(STOPPING, lasting=not self._in_place)
            self._said = STOPPING

    def _show_scored(self, it: Scored, now: Progress) -> None:
        """Windows that are done, in place; elsewhere a line when another convention begins, and every ten seconds."""
        pace = f"{pace_words(it)}about {duration(now.remaining_s)} left"
        if self._in_place:
            self._write(self._barred(it.title, it.fraction, pace), lasting=False)
            return
        if it.what != self._said:
            self._write(f"scoring {it.what}: {it.windows:,} {it.unit}", lasting=True)
            self._said, self._scored_ns = it.what, now_ns()
        elif now_ns() >= self._scored_ns + SAY_NS:
            self._write(f"{it.title}, {pace.strip()}", lasting=True)
            self._scored_ns = now_ns()

    def _barred(self, title: str, fraction: float, rest: str) -> str:
        """Title, bar and the rest; narrow terminals have less of the bar, and a line is cut: what wraps cannot be
        redrawn."""
        most = self._columns()
        rest = rest if len(rest) + BAR + 26 <= most else " ".join(rest.split())
        title = f"{title:<24}" if len(rest) + BAR + 26 <= most else title
        width = min(most - len(title) - len(rest) - 2, BAR)
        filled = round(fraction * width)
        bar = f"{'█' * filled}{'░' * (width - filled)} " if width >= LEAST_BAR else ""
        text = f"{title} {bar}{rest}"
        return text if len(text) <= most else f"{text[: most - 1]}…"

    def _columns(self) -> int:
        """Letters of a line that does not wrap."""
        with suppress(OSError, ValueError):
            return (os.get_terminal_size(self._stream.fileno()).columns or UNKNOWN_COLUMNS) - 1
        return UNKNOWN_COLUMNS

    def _say_gate(self, line: Timeline, ended: bool = False) -> None:
        """A line for a look of the gate: each time its state is another, and every ten seconds between.

        ended: only for its last look, which comes before the phase that it lets begin.
        """
        gate = line.gate(line.phase.arm) if line.phase else None
        if gate is None or (ended and gate.state == "watching"):
            return
        if gate.state == self._gate_state and gate.at_ns < self._gate_ns + SAY_NS:
            return
        self._gate_ns, self._gate_state = gate.at_ns, gate.state
        self._write(f"{gate.state}: {gate_words(gate)}", lasting=True)

    def _gate(self, line: Timeline) -> str:
        gate = line.gate(line.phase.arm) if line.phase and line.phase.name in GATED else None
        return f"{gate_words(gate)}, " if gate else ""

    def _title(self, now: Progress) -> str:
        name = NAMES.get(now.phase, now.phase)
        return f"{name} {now.window}/{now.windows}" if now.window else name

    def _live(self, line: Timeline) -> str:
        power = line.last.power_w if line.last else None
        rates = line.throughput.column("tok_s")
        busy = line.phase is not None and line.phase.name in BUSY
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
