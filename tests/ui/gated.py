"""Sessions in which the stability gate decides, for the screens that show it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.events import Event, Forecast, Gate, Header, Phase, Resident, Steps, Vitals, Window
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import BoardInfo, Reading
from ecotui.log.format import VERSION
from tests.factory import START, WALL, at, everything, measured_plan

BOARD = BoardInfo("NVIDIA H100 80GB HBM3", "GPU-5a3f", 0, "nvml", 700.0, 85_000_000_000, "580.159", "13.0")
ARM = Arm("synthetic:mistral-7b", "int8", batch_size=8, new_tokens=256)
PHASES = (("bare", 0.0), ("loading", 10.0), ("context", 15.0), ("warm-up", 25.0), ("stabilizing", 45.0))
LOADED_S = 25.0
LOOK_S = 2.0


def settling_plan() -> Plan:
    """The full protocol of a measured board."""
    return Plan((ARM,), replace(Protocol.for_sensor("nvml"), windows=10))


def look(at_s: float, state: str = "watching", drift_pct: float = 0.73) -> Gate:
    """What the gate says at that time; half of the drift is its error."""
    half = drift_pct / 2 * 60 / 74
    why = "" if state == "stable" else "drift, temperature"
    return Gate(at(at_s), 0, state, 60.0, 0.5, drift_pct, -half, half, 74.0, 3.0, 0.4, 74 * math.log(1.46), why)


def settling(upto_s: float, end: Gate | None = None, windows: int = 0) -> Iterator[Event]:
    """A board that warms under load; `end` is the last look, after which windows of 10 s are measured."""
    marks: list[tuple[float, Event]] = [(s, Phase(at(s), name, 0)) for name, s in PHASES]
    marks.append(
        (14.0, Forecast(at(14.0), 0, 7_500_000_000, 300_000_000, 25_000_000, 700_000_000, 8_525_000_000, 80 * 10**9))
    )
    marks.append(
        (15.0, Resident(at(15.0), 0, 4.8, 7_241_732_096, 7_510_000_000, {"Linear8bitLt": 224}, "random", "cuda"))
    )
    marks += [(s, look(s)) for s in _every(87.0, upto_s, LOOK_S) if end is None or at(s) < end.at_ns]
    begin = upto_s
    if end is not None:
        begin = (end.at_ns - START) / NS
        marks.append((begin, end))
    marks += [(begin + 10 * n, Phase(at(begin + 10 * n), "measuring", 0, n + 1, 10.0)) for n in range(windows)]
    upto_s = max(upto_s, begin + 10 * windows)
    for call, s in enumerate(_every(LOADED_S, upto_s, 2.5)):
        marks.append((s + 2.5, Steps(0, call, 0, at(s), [NS // 100] * 250)))
    for n in range(max(windows - 1, 0)):
        t0 = begin + 10 * n
        first = round((t0 - LOADED_S) / 2.5)
        marks.append((t0 + 10, Window(0, n + 1, at(t0), at(t0 + 10), first, 4, 8192, 8192, 8_100_000_000)))
    marks += [(s, _reading(s)) for s in _every(0.1, upto_s, 0.1)]
    marks += [(s, Vitals(at(s), 0, 0, [4242], [])) for s in _every(1.0, upto_s, 1.0)]
    yield Header(VERSION, "20261121-120000-beef", START, WALL, settling_plan().to_dict(), BOARD, {"host": "testhost"})
    yield from (event for s, event in sorted(marks, key=lambda m: m[0]) if s <= upto_s)


def _every(first: float, last: float, step: float) -> list[float]:
    return [first + i * step for i in range(max(int((last - first) / step) + 1, 0))]


def _reading(s: float) -> Reading:
    warm = 1 - math.exp(-max(s - LOADED_S, 0.0) / 74)
    watts = 74.0 if s < 10 else 128.0 if s < LOADED_S else 146.0 + 8.0 * warm + math.sin(7 * s)
    degrees = float(round(34 + (18 * warm if s >= LOADED_S else 0)))
    used = 900_000_000 if s < 10 else 9_100_000_000
    return Reading(at(s), watts, watts, None, degrees, 1755.0, 0.0 if s < LOADED_S else 61.0, used, 0)


def finished() -> list[Event]:
    """A session under the full protocol that went well, split windows and profile included."""
    return everything(the_plan=measured_plan(model="synthetic:mistral-7b", quantization="int8"))


def spoiled(made: Iterable[Event]) -> Iterator[Event]:
    """The same with another process on the board, and clocks held down, from the second window on."""
    late = False
    for event in made:
        late = late or (isinstance(event, Phase) and event.window == 2)
        if late and isinstance(event, Vitals):
            yield replace(event, throttle_ns=40_000_000, foreign=["991 python train.py"])
        elif late and isinstance(event, Reading):
            yield replace(event, clock_event_reasons=0x8)
        else:
            yield event
