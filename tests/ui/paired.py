"""Paired sessions with figures that a test can work out: arms of different speed and power that take turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.events import End, Event, Examined, Forecast, Gate, Header, Phase, Resident, Steps, Vitals, Window
from ecotui.core.plan import Plan, Protocol
from ecotui.core.program import Bring, Idle, Profile, Settle, Take, Warm, program
from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.log.format import VERSION
from tests.factory import START, WALL, at

BOARD = BoardInfo("NVIDIA H100 80GB HBM3", "GPU-5a3f", 0, "nvml", 700.0, 85_000_000_000, "580.159", "13.0")
EAGER = Arm("synthetic:mistral-7b", "fp16", 8, new_tokens=20)
GRAPH = replace(EAGER, engine="graph")
PURE = replace(EAGER, quantization="int8-pure")
PURE_GRAPH = replace(PURE, engine="graph")
PACE = {EAGER: (172.0, 0.025), GRAPH: (255.0, 0.012), PURE: (154.0, 0.05), PURE_GRAPH: (180.0, 0.016)}
"""Watts under load, seconds a step."""
SWAY = (1.0, 1.01, 0.99, 1.004, 0.997)
"""Power of a window by its number and arm, so that an interval has a width."""
SESSION = "20261121-120000-abba"


def paired_plan(*arms: Arm, blocks: int = 5, simulated: bool = False, gate_s: float = 60.0) -> Plan:
    """Arms that take turns in short windows."""
    protocol = Protocol(
        idle_s=2.0, warmups=1, window_s=1.0, gate_s=gate_s, examine=True, idle_after=True, blocks=blocks
    )
    return Plan(
        arms or (EAGER, GRAPH),
        protocol,
        sensor="simulated" if simulated else "nvml",
        device="cpu" if simulated else "cuda",
    )


@dataclass
class _Stage:
    """Marks of the session so far, and what the board draws from when on."""

    plan: Plan
    clock: float = 0.0
    marks: list[tuple[float, Event]] = field(default_factory=list)
    draws: list[tuple[float, float]] = field(default_factory=list)
    calls: dict[int, int] = field(default_factory=dict)

    def phase(self, name: str, arm: int, watts: float, window: int | None = None, block: int | None = None) -> None:
        self.marks.append((self.clock, Phase(at(self.clock), name, arm, window, None, block)))
        self.draws.append((self.clock, watts))

    def call(self, arm: int, tokens: int) -> None:
        begin, step_s = self.clock, PACE[self.plan.arms[arm]][1]
        self.clock += step_s * tokens
        number = self.calls.get(arm, 0)
        self.calls[arm] = number + 1
        self.marks.append((self.clock, Steps(arm, number, 0, at(begin), [round(step_s * NS)] * tokens)))

    def take(self, it: Take) -> None:
        arm = self.plan.arms[it.arm]
        watts, step_s = PACE[arm]
        self.phase("measuring", it.arm, watts * SWAY[(it.window + 2 * it.arm) % len(SWAY)], it.window, it.block)
        calls = round(self.plan.protocol.window_s / (step_s * arm.new_tokens) + 0.499)
        t0, first, tokens = self.clock, self.calls.get(it.arm, 0), calls * arm.tokens_per_call
        for _ in range(calls):
            self.call(it.arm, arm.new_tokens)
        made = Window(it.arm, it.window, at(t0), at(self.clock), first, calls, tokens, tokens, block=it.block)
        self.marks.append((self.clock + 0.15, made))

    def bring(self, arm: int) -> None:
        self.phase("loading", arm, 110.0)
        forecast = Forecast(at(self.clock), arm, 14 * 10**9, 10**9, 10**8, 7 * 10**8, 158 * 10**8, 84 * 10**9)
        self.marks.append((self.clock, forecast))
        self.clock += 1.0
        facts = {"engine": self.plan.arms[arm].engine}
        made = Resident(at(self.clock), arm, 1.0, 7_241_732_096, 14 * 10**9, {}, "random", self.plan.device, facts)
        self.marks.append((self.clock, made))

    def warm(self, it: Warm) -> None:
        arm = self.plan.arms[it.arm]
        self.phase("warm-up", it.arm, PACE[arm][0])
        for _ in range(it.calls):
            self.call(it.arm, it.new_tokens or arm.new_tokens)
        if it.gated and self.plan.protocol.gate_s:
            looked = Gate(at(self.clock), it.arm, "stable", 60.0, 0.5, 0.2, 0.1, 0.1, 75.0, 1.0, 0.1)
            self.marks.append((self.clock, looked))

    def profile(self, arm: int) -> None:
        self.phase("examining", arm, 130.0)
        self.clock += 0.5
        busy = 20.0 if self.plan.arms[arm].engine == "eager" else 11.9
        kernel_ms = min(busy, 900 * PACE[self.plan.arms[arm]][1])
        self.marks.append((self.clock, Examined(at(self.clock), arm, 8, kernel_ms, 310.0, 29.0)))


def paired_events(
    plan: Plan | None = None,
    *,
    together: bool = True,
    upto: int | None = None,
    outcome: str | None = "completed",
    session: str = SESSION,
) -> Iterator[Event]:
    """The whole session, or up to the middle of window `upto` of all arms; `outcome` is its end's, None without."""
    it = plan or paired_plan()
    stage = _Stage(it)
    stage.phase("bare", 0, 74.0)
    stop = None
    for step in program(it, together=together):
        begun = stage.clock
        match step:
            case Idle(name, arm, seconds):
                if name != "bare":
                    stage.phase(name, arm, 128.0)
                stage.clock += seconds
            case Settle(_, seconds):
                stage.clock += seconds
            case Bring(arm):
                stage.bring(arm)
            case Warm():
                stage.warm(step)
            case Take():
                stage.take(step)
                upto = None if upto is None else upto - 1
                if upto == 0:
                    stop = (begun + stage.clock) / 2
                    break
            case Profile(arm):
                stage.profile(arm)
    over = stage.clock + 0.3 if stop is None else stop
    ends = [(over, End(at(over), outcome))] if outcome else []
    marks = [m for m in [*stage.marks, *_board(stage, over), *ends] if m[0] <= over]
    info = replace(BOARD, sensor=it.sensor, name="Simulated board") if it.simulated else BOARD
    yield Header(VERSION, session, START, WALL, it.to_dict(), info, {"host": "testhost"})
    yield from (event for _, event in sorted(marks, key=lambda m: m[0]))


def _board(stage: _Stage, over: float) -> Iterator[tuple[float, Event]]:
    """Readings and ticks every 100 ms, what else is on the board every second."""
    energy, last = 5_000.0, 0.0
    for i in range(1, int((over + 0.4) * 10)):
        s = i / 10
        watts = _power(stage.draws, s - 1e-9)
        yield s, Reading(at(s), watts, watts, energy, 40.0 + min(s, 12), 1755.0, 90.0, 20 * 10**9, 0)
        tick = s + 0.037
        cuts = sorted({last, tick, *(t for t, _ in stage.draws if last < t < tick)})
        energy += sum(_power(stage.draws, (a + b) / 2) * (b - a) for a, b in pairwise(cuts))
        last = tick
        yield tick, Tick(at(tick), energy, 2_000_000)
    for s in range(1, int(over) + 2):
        yield s + 0.002, Vitals(at(s), 0, 0, [4242], [])


def _power(draws: Sequence[tuple[float, float]], s: float) -> float:
    return next((watts for since, watts in reversed(draws) if since <= s), draws[0][1])
