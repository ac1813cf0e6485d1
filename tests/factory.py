"""Session logs written by the shipped writer, with figures that a test can work out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.events import End, Event, Header, Phase, Resident, Steps, Window
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.log.format import VERSION
from ecotui.log.writer import LogWriter

START = 1_000 * NS
WALL = 1_795_000_000 * NS


def plan(**arm: object) -> Plan:
    """A small simulated plan."""
    facts: dict[str, object] = {"model": "synthetic:tiny", "quantization": "fp16", "batch_size": 4, "new_tokens": 20}
    return Plan(
        (Arm(**(facts | arm)),),  # type: ignore[arg-type]
        Protocol(idle_s=2.0, warmups=1, windows=3, window_s=1.0),
        sensor="simulated",
        device="cpu",
    )


def board() -> BoardInfo:
    """The board of the made-up session."""
    return BoardInfo("Simulated board", "SIM-0", 0, "simulated", 700.0, 80_000_000_000, None, None)


def events(  # noqa: PLR0917 - a made-up session has that many facts
    session: str = "20261121-120000-beef",
    idle_w: float = 70.0,
    context_w: float = 120.0,
    load_w: float = 300.0,
    step_s: float = 0.01,
    outcome: str | None = "completed",
    the_plan: Plan | None = None,
) -> Iterator[Event]:
    """A session of constant power a phase: bare 2 s, loading 1 s, context 2 s, one warm-up, then the windows.

    Every window holds whole calls of `new_tokens` steps of `step_s`, back to back. Readings and ticks come
    every 100 ms, ticks 37 ms later than readings.
    """
    it = the_plan or plan()
    arm = it.arms[0]
    call_s = arm.new_tokens * step_s
    calls_a_window = max(1, round(it.protocol.window_s / call_s + 0.499))
    marks: list[tuple[float, Event]] = []
    at = lambda s: START + round(s * NS)  # noqa: E731

    def stamp(call: int, begin: float) -> Steps:
        return Steps(0, call, 0, at(begin), [round(step_s * NS)] * arm.new_tokens)

    clock = 0.0
    marks.append((clock, Phase(at(clock), "bare", 0, None, it.protocol.idle_s)))
    clock += it.protocol.idle_s
    marks.append((clock, Phase(at(clock), "loading", 0)))
    loaded_at = clock
    clock += 1.0
    resident = Resident(at(clock), 0, 1.0, 5_048_576, 10_097_152, {"Linear": 29}, "random", "cpu", {"dtype": "float16"})
    marks.append((clock, resident))
    marks.append((clock, Phase(at(clock), "context", 0, None, it.protocol.idle_s)))
    clock += it.protocol.idle_s
    busy_from, call = clock, 0
    marks.append((clock, Phase(at(clock), "warm-up", 0)))
    for _ in range(it.protocol.warmups):
        marks.append((clock + call_s, stamp(call, clock)))
        clock, call = clock + call_s, call + 1
    for number in range(1, it.protocol.windows + 1):
        marks.append((clock, Phase(at(clock), "measuring", 0, number, it.protocol.window_s)))
        t0, first = clock, call
        for _ in range(calls_a_window):
            marks.append((clock + call_s, stamp(call, clock)))
            clock, call = clock + call_s, call + 1
        tokens = calls_a_window * arm.tokens_per_call
        window = Window(0, number, at(t0), at(clock), first, calls_a_window, tokens, tokens, 123_000_000)
        marks.append((clock + 0.15, window))
    if outcome:
        marks.append((clock + 0.3, End(at(clock + 0.3), outcome)))

    def power(s: float) -> float:
        return idle_w if s < loaded_at else context_w if s <= busy_from or s > clock else load_w

    energy, last = 5_000.0, 0.0
    for i in range(1, int((clock + 0.3) * 10)):
        s = i / 10
        marks.append((s, Reading(at(s), power(s), power(s), energy, 40.0 + min(s, 12), 1755.0, 90.0, 2_000_000_000, 0)))
        tick = s + 0.037
        cuts = sorted({last, tick, *(c for c in (loaded_at, busy_from, clock) if last < c < tick)})
        energy += sum(power((a + b) / 2) * (b - a) for a, b in pairwise(cuts))
        last = tick
        marks.append((tick, Tick(at(tick), energy, 2_000_000)))
    yield Header(
        VERSION, session, START, WALL, it.to_dict(), board(), {"host": "testhost", "ecotui": "0.1.0", "torch": "2.13.0"}
    )
    marks.sort(key=lambda m: m[0])
    for _, event in marks:
        yield event


def write_log(path: Path, made: Iterator[Event] | None = None) -> Path:
    """The events as a log file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with LogWriter(path) as writer:
        for event in made or events():
            writer.write(event)
    return path
