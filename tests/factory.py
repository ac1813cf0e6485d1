"""Session logs written by the shipped writer, with figures that a test can work out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.events import (
    End,
    Event,
    Examined,
    Forecast,
    Gate,
    Header,
    Outliers,
    Over,
    Phase,
    Resident,
    Steps,
    Trace,
    Vitals,
    Window,
    known_ns,
)
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.core.timeline import Timeline
from ecotui.log.format import VERSION
from ecotui.log.writer import LogWriter

START = 1_000 * NS
WALL = 1_795_000_000 * NS
OUTLIERS = Outliers(28, 4.5, 6.0, 3.5)
EXAMINED = Examined(0, 0, 8, 4.0, 310.0, 29.0)
"""Its stamp and arm are those of the session that carries it."""


def at(seconds: float) -> int:
    """The stamp of a time of the made-up session."""
    return START + round(seconds * NS)


def plan(**arm: object) -> Plan:
    """A small simulated plan."""
    facts: dict[str, object] = {"model": "synthetic:tiny", "quantization": "fp16", "batch_size": 4, "new_tokens": 20}
    return Plan(
        (Arm(**(facts | arm)),),  # type: ignore[arg-type]
        Protocol(idle_s=2.0, warmups=1, windows=3, window_s=1.0),
        sensor="simulated",
        device="cpu",
    )


def measured_plan(**arm: object) -> Plan:
    """The same plan under the whole protocol, on a board that is no model."""
    small = plan(**arm)
    protocol = replace(small.protocol, gate_s=60.0, split_prefill=True, examine=True, idle_after=True)
    return replace(small, protocol=protocol, sensor="nvml", device="cuda")


def board(name: str = "Simulated board", sensor: str = "simulated") -> BoardInfo:
    """The board of the made-up session."""
    return BoardInfo(name, "SIM-0", 0, sensor, 700.0, 80_000_000_000, None, None)


@dataclass(frozen=True)
class Extras:
    """What a session has beside readings, ticks, phases, stamps and windows; the default has nothing of it."""

    ring: bool = False
    """The driver's 20 ms samples, in batches of a second."""
    vitals: bool = False
    gate: str | None = None
    """State of the last look of the gate, "stable" or "unstable"."""
    after_w: float | None = None
    """Idle power with the weights resident, after the windows."""
    split: tuple[int, ...] = ()
    """Output lengths that have two windows each after the arm's own."""
    examined: Examined | None = None
    forecast: bool = False
    resident: dict[str, object] = field(default_factory=dict)
    """Fields of `Resident` that are not the default ones."""


EVERYTHING = Extras(
    ring=True,
    vitals=True,
    gate="stable",
    after_w=122.0,
    split=(4, 10),
    examined=EXAMINED,
    forecast=True,
    resident={"outliers": OUTLIERS, "step_weights_b": 9_000_000, "step_cache_b": 1_000},
)


def events(  # noqa: PLR0917 - a made-up session has that many facts
    session: str = "20261121-120000-beef",
    idle_w: float = 70.0,
    context_w: float = 120.0,
    load_w: float = 300.0,
    step_s: float = 0.01,
    outcome: str | None = "completed",
    the_plan: Plan | None = None,
    *,
    prefill_s: float | None = None,
    the_board: BoardInfo | None = None,
    extras: Extras | None = None,
) -> Iterator[Event]:
    """A session of constant power a phase: bare 2 s, loading 1 s, context 2 s, one warm-up, then the windows.

    Every window holds whole calls back to back: a first step of `prefill_s` (`step_s` unless told), then steps of
    `step_s`. Readings and ticks come every 100 ms, ticks 37 ms later than readings. `extras` add what the full
    protocol has.
    """
    it, more = the_plan or plan(), extras or Extras()
    first_s = step_s if prefill_s is None else prefill_s
    made = _Session(it, more, first_s, step_s)
    loaded_at, busy_from, busy_to, over = made.run(outcome)

    def power(s: float) -> float:
        if s < loaded_at:
            return idle_w
        if s <= busy_from or s > busy_to:
            return context_w if more.after_w is None or s < busy_to else more.after_w
        return load_w

    cuts = loaded_at, busy_from, busy_to
    made.marks += [*_looks(power, cuts, over), *_by_the_second(power, over, more)]
    info = the_board or board()
    yield Header(
        VERSION, session, START, WALL, it.to_dict(), info, {"host": "testhost", "ecotui": "0.1.0", "torch": "2.13.0"}
    )
    yield from (event for _, event in sorted(made.marks, key=lambda m: m[0]))


def _looks(power: Callable[[float], float], cuts: Sequence[float], over: float) -> Iterator[tuple[float, Event]]:
    """Readings and ticks every 100 ms of a board whose power changes at the cuts."""
    energy, last = 5_000.0, 0.0
    for i in range(1, int((over + 0.3) * 10)):
        s = i / 10
        yield s, Reading(at(s), power(s), power(s), energy, 40.0 + min(s, 12), 1755.0, 90.0, 2_000_000_000, 0)
        tick = s + 0.037
        ends = sorted({last, tick, *(c for c in cuts if last < c < tick)})
        energy += sum(power((a + b) / 2) * (b - a) for a, b in pairwise(ends))
        last = tick
        yield tick, Tick(at(tick), energy, 2_000_000)


def _by_the_second(power: Callable[[float], float], over: float, more: Extras) -> Iterator[tuple[float, Event]]:
    """The driver's samples of each second, and what else is on the board."""
    for s in range(1, int(over) + 2):
        if more.ring:
            times = [s - 1 + i / 50 for i in range(1, 51)]
            held = [round(1000 * power(t - 0.01)) for t in times]
            yield s + 0.001, Trace(at(s), at(times[0]), [NS // 50] * 49, held)
        if more.vitals:
            yield s + 0.002, Vitals(at(s), 0, 0, [4242], [])


class _Session:
    """Phases, stamps and windows of the made-up session."""

    def __init__(self, the_plan: Plan, more: Extras, first_s: float, step_s: float) -> None:
        self.plan, self.more, self.first_s, self.step_s = the_plan, more, first_s, step_s
        self.marks: list[tuple[float, Event]] = []
        self.clock, self.call = 0.0, 0

    def run(self, outcome: str | None) -> tuple[float, float, float, float]:
        """Fill the marks: when the weights were loaded, when the load began and ended, when all was over (s)."""
        protocol = self.plan.protocol
        self.phase("bare", protocol.idle_s)
        self.phase("loading", 1.0)
        loaded_at = self.clock - 1.0
        self.resident()
        self.phase("context", protocol.idle_s)
        busy_from = self.clock
        self.warm_up()
        for number in range(1, protocol.windows + 1):
            self.window("measuring", number, None)
        number = protocol.windows
        for tokens in (n for n in self.more.split for _ in range(2)):
            number += 1
            self.window("splitting", number, tokens)
        busy_to = self.clock
        self.afterwards()
        if outcome:
            self.marks.append((self.clock + 0.3, End(at(self.clock + 0.3), outcome)))
        return loaded_at, busy_from, busy_to, self.clock

    def phase(self, name: str, length_s: float, expected: bool = True) -> None:
        """A phase of some seconds."""
        told = length_s if expected and name != "loading" else None
        self.marks.append((self.clock, Phase(at(self.clock), name, 0, None, told)))
        self.clock += length_s

    def resident(self) -> None:
        """The weights are there."""
        weights = Resident(
            at(self.clock), 0, 1.0, 5_048_576, 10_097_152, {"Linear": 29}, "random", "cpu", {"dtype": "float16"}
        )
        if self.more.forecast:
            forecast = Forecast(at(self.clock - 1), 0, 10_000_000, 1_000, 2_000, 700_000_000, 710_003_000, 80 * 10**9)
            self.marks.append((self.clock - 1, forecast))
        self.marks.append((self.clock, replace(weights, **self.more.resident)))  # type: ignore[arg-type]

    def warm_up(self) -> None:
        """The discarded calls, and the gate's looks over them."""
        self.marks.append((self.clock, Phase(at(self.clock), "warm-up", 0)))
        begun = self.clock
        for _ in range(self.plan.protocol.warmups):
            self.generate(self.plan.arms[0].new_tokens)
        if self.more.gate:
            watching = Gate(at(begun), 0, "watching", 0.0, 0.5, waiting_for="60 s under load")
            drift = 0.2 if self.more.gate == "stable" else 1.3
            waiting = "" if self.more.gate == "stable" else "drift"
            settled = replace(watching, at_ns=at(self.clock), state=self.more.gate, span_s=60.0, drift_pct=drift)
            settled = replace(settled, tau_s=75.0, waiting_for=waiting)
            self.marks += [(begun, watching), (self.clock, settled)]

    def generate(self, tokens: int) -> None:
        """One generate() call."""
        begin, deltas = self.clock, [round(self.first_s * NS)] + [round(self.step_s * NS)] * (tokens - 1)
        self.clock += self.first_s + self.step_s * (tokens - 1)
        self.marks.append((self.clock, Steps(0, self.call, 0, at(begin), deltas)))
        self.call += 1

    def window(self, phase: str, number: int, new_tokens: int | None) -> None:
        """A window of whole calls."""
        arm, length_s = self.plan.arms[0], self.plan.protocol.window_s
        each = arm.new_tokens if new_tokens is None else new_tokens
        calls = max(1, round(length_s / (self.first_s + self.step_s * (each - 1)) + 0.499))
        self.marks.append((self.clock, Phase(at(self.clock), phase, 0, number, length_s)))
        t0, first, tokens = self.clock, self.call, calls * arm.batch_size * each
        for _ in range(calls):
            self.generate(each)
        it = Window(0, number, at(t0), at(self.clock), first, calls, tokens, tokens, 123_000_000, new_tokens)
        self.marks.append((self.clock + 0.15, it))

    def afterwards(self) -> None:
        """What follows the windows."""
        if self.more.after_w is not None:
            self.phase("cooling", 1.0)
            self.phase("context-after", self.plan.protocol.idle_s)
        if self.more.examined is not None:
            self.phase("examining", 0.5, expected=False)
            self.marks.append((self.clock, replace(self.more.examined, at_ns=at(self.clock), arm=0)))


def everything(**facts: object) -> list[Event]:
    """A session under the full protocol on an H100, with every kind of event that a good one has."""
    given: dict[str, object] = {
        "the_plan": measured_plan(),
        "the_board": board("NVIDIA H100 80GB HBM3", "nvml"),
        "extras": EVERYTHING,
    }
    return list(events(**(given | facts)))  # type: ignore[arg-type]


def over(window: Window) -> Over:
    """The same window as the log has it before its readings have passed its end."""
    told = (getattr(window, name) for name in Over.__slots__ if name != "at_ns")
    return Over(window.t1_ns + 1_000_000, *told)


def broken_off(after_s: float, made: Iterable[Event] | None = None) -> list[Event]:
    """A session whose recorder was killed so long after its last window's end, which is told as over and no more."""
    whole = list(made or events(outcome=None))
    last = next(e for e in reversed(whole) if isinstance(e, Window))
    told = [e for e in whole if e is not last and known_ns(e) <= last.t1_ns + round(after_s * NS)]
    place = next((i for i, e in enumerate(told) if known_ns(e) > last.t1_ns), len(told))
    return [*told[:place], over(last), *told[place:]]


def fold(made: Iterable[Event]) -> Timeline:
    """The events as a timeline."""
    line = Timeline()
    for event in made:
        line.apply(event)
    return line


def write_log(path: Path, made: Iterator[Event] | None = None) -> Path:
    """The events as a log file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with LogWriter(path) as writer:
        for event in made or events():
            writer.write(event)
    return path
