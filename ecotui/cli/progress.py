"""Progress of a session on stderr: redrawn in place on a terminal, one line a phase elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from ecotui.core.clock import NS, now_ns
from ecotui.core.events import Gate
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
    "starting": "starting",
}
BAR = 20
BUSY = ("warm-up", "stabilizing", "measuring", "splitting")
GATED = ("warm-up", "stabilizing")
SAY_GATE_NS = 10 * NS
"""Between two words about the gate where they do not replace each other."""


def gate_words(gate: Gate) -> str:
    """Drift that may still come, gate, and seconds until it should pass."""
    drift = f"drift up to {percent(gate.drift_pct, 2)}, gate {percent(gate.gate_pct)}"
    if gate.state != "watching":
        return drift if gate.state == "stable" else f"{drift}, time is up: measuring all the same"
    why = f", waiting for {clean(gate.waiting_for)}" if gate.waiting_for else ""
    eta = "" if gate.eta_s is None else f", stable in about {duration(gate.eta_s)}"
    return f"{drift}{why}{eta}"


class ProgressLine:
    """One line that says where a session is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._in_place, self._said, self._notices = stream, stream.isatty(), "", 0
        self._gate_ns, self._gate_state = 0, ""

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
            text = f"{title:<24} {bar} {live} {self._gate(line)}about {duration(now.remaining_s)} left"
            self._write(text, lasting=False)
        elif title != self._said and now.phase != "starting":
            self._write(f"{title}, about {duration(now.remaining_s)} left", lasting=True)
        self._said = title
        if not self._in_place:
            self._say_gate(line)

    def _say_gate(self, line: Timeline) -> None:
        """A line for a look of the gate: each time its state is another, and every ten seconds between."""
        gate = line.gate(line.phase.arm) if line.phase else None
        if gate is None or (gate.state == self._gate_state and gate.at_ns < self._gate_ns + SAY_GATE_NS):
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
