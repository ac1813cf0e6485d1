"""A selftest, carried out: known loads on a board, and everything that its sensors said of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from ecotui.core.bursts import Burst, Ran
from ecotui.core.clock import NS, Tie, now_ns
from ecotui.core.errors import BoardError
from ecotui.core.events import Trace, Vitals
from ecotui.core.reading import Reading, Ring, Slow, Tick
from ecotui.core.selftest import FULL_S, About, Polled, Samples, Stretch
from ecotui.recorder.board_lock import holding
from ecotui.recorder.calls import Stopwatch, open_timed
from ecotui.recorder.environment import environment
from ecotui.recorder.loads import BurstProcess, Load, ScriptedLoad
from ecotui.recorder.session import ring_event
from ecotui.sensors.board import Board
from ecotui.sensors.sampler import Sampler

SHORT_S = 30.0
"""Below this there is one stretch of bursts instead of three, and four phases instead of eight."""
ALIAS_PERIOD_S, ALIAS_ON_S = 0.1, 0.025
BURST_S, REST_S = 0.3, 0.33
"""Together no multiple of the sensors' 100 ms: each burst begins elsewhere between two ticks."""
TAIL_S = 1.3
"""The ring is drained once a second: what came before the sampler's end is known so much later."""

Say = Callable[[str, float], None]
"""Told of each part as it begins: what it is, and how long it should last."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long each part lasts, seconds, and how often."""

    idle_s: float
    phase_s: float
    phases: int
    bursts_s: float
    bursts: int
    steady_s: float
    poll_s: float

    @classmethod
    def of(cls, seconds: float) -> Lengths:
        """The parts of a test of about `seconds`; none is so short that nothing could be told from it."""
        share = min(seconds / FULL_S, 1.0)
        short = seconds < SHORT_S
        return cls(
            idle_s=max(10 * share, 0.8),
            phase_s=max(5 * share, 0.6),
            phases=4 if short else 8,
            bursts_s=max(5 * share, 1.2),
            bursts=1 if short else 3,
            steady_s=max(10 * share, 1.0),
            poll_s=max(6 * share, 0.8),
        )


class Events:
    """What the sampler says, in its thread's order; a board that fails ends the test at the next look."""

    def __init__(self) -> None:
        self.heard: list[Reading | Tick | Trace | Vitals] = []
        self._failure: BoardError | None = None

    def hear(self, item: Reading | Tick | Ring | Slow | BoardError) -> None:
        match item:
            case Ring():
                self.heard.append(ring_event(item))
            case Slow():
                processes = [number for number, _ in item.processes]
                self.heard.append(Vitals(item.at_ns, item.throttle_ns, item.power_cap_ns, processes))
            case BoardError():
                self._failure = item
            case _:
                self.heard.append(item)

    def check(self) -> None:
        """Raise what the sampler met."""
        if self._failure is not None:
            raise self._failure


def take(sensor: str, gpu: int, seconds: float, say: Say) -> tuple[Samples, list[Reading | Tick | Trace | Vitals]]:
    """Run the test; returns its samples, and the sampler's events as they came.

    Raises:
        BoardError: the board cannot be opened, is being recorded, or is lost on the way.
        WorkerError: the load cannot run.
    """
    watch = Stopwatch()
    with closing(open_timed(sensor, gpu, watch)) as board, holding(board.info, what="selftest"):
        tie = Tie.now()
        about = About(tie.monotonic_ns, tie.wall_ns, board.info, seconds, "", environment())
        samples, events = Samples(about), Events()
        _Test(board, samples, events, watch, Lengths.of(seconds), say).run(sensor, gpu)
    for event in events.heard:
        samples.line.apply(event)
    samples.costs = watch.costs()
    return samples, events.heard


@dataclass
class _Test:
    """The parts of a test, in order."""

    board: Board
    samples: Samples
    events: Events
    watch: Stopwatch
    lengths: Lengths
    say: Say

    def run(self, sensor: str, gpu: int) -> None:
        """Idle, load, rest, phases, bursts, steady; then the sensors are asked as fast as they answer."""
        sampler = Sampler(self.board, sink=self.events.hear)
        sampler.start()
        try:
            self._idle("bare", "idle, nothing loaded")
            self.say("starting the load", 0.0)
            with closing(ScriptedLoad(self.board) if sensor == "simulated" else BurstProcess(gpu)) as load:
                self.samples.about = replace(self.samples.about, load=load.up())
                self._pause(min(1.0, self.lengths.idle_s / 2))
                self._idle("context", "idle, context resident")
                self._rhythms(load)
                self._steady(load, sampler)
        finally:
            sampler.stop()

    def _rhythms(self, load: Load) -> None:
        it = self.lengths
        self._work(load, Burst(it.idle_s / 5, 1.0), "", "warming up")
        for i in range(it.phases):
            burst = Burst(it.phase_s, ALIAS_ON_S, ALIAS_PERIOD_S - ALIAS_ON_S, ALIAS_PERIOD_S * i / it.phases)
            self._work(load, burst, "alias", f"alias, phase {i + 1}/{it.phases}")
        for i in range(it.bursts):
            self._pause(min(1.5, it.idle_s / 2))
            self._work(load, Burst(it.bursts_s, BURST_S, REST_S), "bursts", f"bursts {i + 1}/{it.bursts}")
        self._pause(min(1.0, it.idle_s / 2))

    def _steady(self, load: Load, sampler: Sampler) -> None:
        it = self.lengths
        seconds = it.steady_s + TAIL_S + 2 * it.poll_s
        self.say("steady load", seconds)
        load.start(Burst(seconds, 1.0))
        self._pause(it.steady_s + TAIL_S)
        sampler.stop()
        self.watch.runs = False
        self.samples.polled = [*poll_power(self.board, it.poll_s), poll_counter(self.board, it.poll_s)]
        ran = load.wait()
        self.samples.stretches.append(Stretch("steady", ran.t0_ns, ran.t0_ns + round(it.steady_s * NS)))

    def _idle(self, name: str, title: str) -> None:
        self.say(title, self.lengths.idle_s)
        begin = now_ns()
        self._pause(self.lengths.idle_s)
        self.samples.stretches.append(Stretch(name, begin, now_ns()))

    def _work(self, load: Load, burst: Burst, name: str, title: str) -> None:
        self.say(title, burst.seconds)
        load.start(burst)
        ran = load.wait()
        self.events.check()
        if name:
            self._keep(name, ran, burst.phase_s)

    def _keep(self, name: str, ran: Ran, phase_s: float = 0.0) -> None:
        self.samples.stretches.append(Stretch(name, ran.t0_ns, ran.t1_ns, phase_s, ran.on_ns, ran.off_ns))

    def _pause(self, seconds: float) -> None:
        time.sleep(seconds)
        self.events.check()


def poll_power(board: Board, seconds: float) -> list[Polled]:
    """Both power sensors, read back to back for so long."""
    power, average = _Changes(), _Changes()
    end = now_ns() + round(seconds * NS)
    while now_ns() < end:
        reading = board.read()
        power.see(reading.at_ns, reading.power_w)
        average.see(reading.at_ns, reading.power_average_w)
    return [power.told("power"), average.told("average")]


def poll_counter(board: Board, seconds: float) -> Polled:
    """The counter, read back to back for so long."""
    counter = _Changes()
    end = now_ns() + round(seconds * NS)
    while now_ns() < end:
        joules = board.energy_j()
        counter.see(now_ns(), joules)
    return counter.told("counter")


class _Changes:
    """When a value became another."""

    def __init__(self) -> None:
        self._looks = self._unanswered = self._back = 0
        self._changed_ns: list[int] = []
        self._first: float | None = None
        self._value: float | None = None

    def see(self, at_ns: int, value: float | None) -> None:
        if value is None:
            self._unanswered += 1
            return
        if self._value is None:
            self._first = value
        elif value != self._value:
            self._changed_ns.append(at_ns)
            self._back += value < self._value
        self._looks, self._value = self._looks + 1, value

    def told(self, sensor: str) -> Polled:
        """What was seen of the sensor of that name."""
        return Polled(sensor, self._looks, self._changed_ns, self._unanswered, self._back, self._first)
