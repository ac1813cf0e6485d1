"""One session, recorded: a thin shell that carries inputs to the protocol and its effects to the world."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from ecotui.core.clock import now_ns
from ecotui.core.errors import BoardError, EcotuiError, LogError
from ecotui.core.events import End, Event, Examined, Fault, Header, Notice, Resident, Steps, Trace, Window
from ecotui.core.messages import Command, Failed, Measured, Ready, Reply, Score, Scored, WarmedUp
from ecotui.core.quality import SHELF
from ecotui.core.quality_remarks import unscored_words
from ecotui.core.reading import Reading, Ring, Slow, Tick
from ecotui.core.rows import WindowRow
from ecotui.core.score_events import Decoded, Scores, Scoring, Task
from ecotui.core.timeline import Timeline
from ecotui.log.writer import LogWriter
from ecotui.recorder.exchange import (
    Accept,
    Broke,
    Effect,
    Enter,
    Finish,
    Foresee,
    Foreseen,
    Input,
    Passed,
    Say,
    SayUnscored,
    Send,
    StartWorker,
    StopAsked,
)
from ecotui.recorder.gate import look_if_due
from ecotui.recorder.last_words import Reserve, drop_torn_line
from ecotui.recorder.neighbours import Neighbours
from ecotui.recorder.protocol import begin, step
from ecotui.recorder.settling import LATE_NS, Settling
from ecotui.recorder.silence import HANG_S, Silence
from ecotui.recorder.together import foresee_all
from ecotui.recorder.worker import WorkerProcess
from ecotui.sensors.board import Board
from ecotui.sensors.sampler import Sampled, Sampler

PACE_S = 0.05
"""How often time and the stop file are looked at."""
STOP_FILE = "stop"


@dataclass(frozen=True)
class Paths:
    """Where a session's files are."""

    log: Path

    @property
    def stop(self) -> Path:
        """Whoever makes this file asks the session to stop."""
        return self.log.with_name(STOP_FILE)

    @property
    def worker_errors(self) -> Path:
        """stderr of the session's workers: tracebacks end here."""
        return self.log.with_name("worker.log")

    @property
    def shelf(self) -> Path:
        """Logits of an arm that others are compared with later; gone when the session is over."""
        return self.log.with_name(SHELF)


def ring_event(ring: Ring) -> Trace:
    """The ring's new samples as the log holds them."""
    at = ring.sample_ns
    return Trace(ring.at_ns, at[0], [b - a for a, b in pairwise(at)], list(ring.power_mw))


class SessionRecorder:
    """Records one session into its log; `run` returns its outcome."""

    def __init__(
        self,
        header: Header,
        board: Board,
        writer: LogWriter,
        worker: Sequence[str],
        hang_s: float = HANG_S,
        *,
        host_b: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`host_b`: bytes that the host has for a load, None where a board holds it."""
        self.line = Timeline()
        self._board, self._writer, self._worker_command = board, writer, worker
        self._paths = Paths(writer.path)
        self._inbox: asyncio.Queue[object] = asyncio.Queue()
        self._worker: WorkerProcess | None = None
        self._silence = Silence(hang_s, self._paths.worker_errors)
        self._settling = Settling()
        self._ripe: list[Window] = []
        """Windows that are known in full, and not yet in the log."""
        self._reserve = Reserve(writer.path.parent)
        self._neighbours = Neighbours(adopting=board.info.sensor != "simulated")
        self._foreseeing: Foreseeing | None = None
        self._known: list[WindowRow] = []
        self._outcome: str | None = None
        self._host_b = host_b
        self._write(header)

    def _write(self, event: Event) -> None:
        self._writer.write(event)
        self.line.apply(event)
        self._writer.note(self.line)

    async def run(self) -> str:
        """Record until the session is over; returns "completed", "stopped" or "failed".

        Raises:
            LogError: the log cannot be written any more, not even its last words.
        """
        loop = asyncio.get_running_loop()
        assert self.line.plan is not None
        with contextlib.ExitStack() as stack:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._inbox.put_nowait, StopAsked(0))
                stack.callback(loop.remove_signal_handler, number)
            sparse = self._board.info.sensor != "simulated"  # whose windows may be shorter than five ticks
            stack.enter_context(Sampler(self._board, sink=self._from_sampler(loop), sparse=sparse))
            state, effects = begin(self.line.plan, now_ns())
            pacing = asyncio.create_task(self._pace())
            try:
                await self._carry_out(effects)
                while self._outcome is None:
                    item = await self._inbox.get()
                    for what in self._take(item):
                        state, effects = step(state, what, now_ns(), self._known)
                        await self._carry_out(effects)
            except LogError as error:
                self._outcome = self._say_last(error)
            finally:
                pacing.cancel()
                await self._end_worker()
                shutil.rmtree(self._paths.shelf, ignore_errors=True)
                self._reserve.release()
        return self._outcome

    def _from_sampler(self, loop: asyncio.AbstractEventLoop) -> Callable[[Sampled], None]:
        def sink(item: Sampled) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the session is over
                loop.call_soon_threadsafe(self._inbox.put_nowait, item)

        return sink

    async def _pace(self) -> None:
        while True:
            await asyncio.sleep(PACE_S)
            self._inbox.put_nowait(Passed(now_ns()))

    def _take(self, item: object) -> list[Input]:
        """Log what belongs into the log; what the protocol must hear comes back."""
        match item:
            case Reading() | Tick() | Ring() | Slow():
                self._silence.heard_board()
                return self._from_board(item)
            case BoardError():
                return [Broke(now_ns(), item.what, item.advice)]
            case Passed():
                return self._passed(item)
            case StopAsked():
                return [item]
            case _:
                return self._from_worker(item)

    def _from_board(self, item: Reading | Tick | Ring | Slow) -> list[Input]:
        match item:
            case Ring():
                self._write(ring_event(item))
            case Slow():
                self._write(self._neighbours.vitals(item))
            case _:
                self._write(item)
        if not isinstance(item, Tick):
            self._settling.saw(item)
            self._write_windows(now_ns())
        return self._foreseen(item) if isinstance(item, Reading) else []

    def _foreseen(self, reading: Reading) -> list[Input]:
        """The forecast, where one waits for a reading of the board without our worker."""
        if self._foreseeing is None or reading.at_ns < self._foreseeing.since_ns:
            return []
        assert self.line.plan is not None, "a log begins with its header"
        numbers, self._foreseeing = self._foreseeing.arms, None
        found = foresee_all(self.line.plan, numbers, self._board.info, reading, now_ns(), host_b=self._host_b())
        for forecast in found.forecasts:
            self._write(forecast)
        for caution in found.cautions:
            self._write(Notice(now_ns(), caution, "warning"))
        return [found.refusal or Foreseen(found.together)]

    def _from_worker(self, item: object) -> list[Input]:
        self._silence.heard_worker()
        if not isinstance(item, WorkerEnded):
            self._board.observe(item)
        match item:
            case Ready() | WarmedUp() | Measured() | Scored() | Failed():
                return [item]
            case Resident() | Examined():
                if isinstance(item, Resident):
                    self._neighbours.worker_resident(item.at_ns)
                self._write(item)
                return [item]
            case Steps() | Scoring() | Scores() | Decoded() | Task():
                self._write(item)
            case WorkerEnded(worker) if worker is self._worker:
                scoring = self.line.phase is not None and self.line.phase.name == "scoring"  # its batch is our choice
                more = "" if scoring else "; a smaller batch may help"
                return [Failed(f"The worker {worker.ending()}.", f"See {self._paths.worker_errors}{more}.")]
        return []

    def _passed(self, passed: Passed) -> list[Input]:
        if self._paths.stop.exists():
            return [StopAsked(passed.at_ns)]
        phase = self.line.phase.name if self.line.phase else ""
        if (silence := self._silence.verdict(phase, passed.at_ns)) is not None:
            return [silence]
        gate = look_if_due(self.line, now_ns())
        if gate is None:
            return [passed]
        self._write(gate)
        return [gate, passed]

    async def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Enter(phase):
                    self._silence.heard_worker()
                    self._write(phase)
                case Send(command):
                    self._send(command)
                case Foresee(arms):
                    await self._end_worker()
                    self._foreseeing = Foreseeing(arms, now_ns())
                case StartWorker():
                    await self._start_worker()
                case Accept():
                    self._write(self._settling.add(effect, now_ns()))
                case Say(text):
                    self._write(Notice(now_ns(), text, "warning"))
                case SayUnscored(arms, reason):
                    self._write(Notice(now_ns(), unscored_words(self.line, arms, reason), "warning"))
                case Finish():
                    await self._finish(effect)

    def _send(self, command: Command) -> None:
        if isinstance(command, Score) and command.shelf:
            command = replace(command, shelf=str(self._paths.shelf))
        if self._worker is not None:
            self._worker.send(command)

    async def _start_worker(self) -> None:
        await self._end_worker()
        started: list[WorkerProcess] = []

        def hear(reply: Reply | None) -> None:
            self._inbox.put_nowait(WorkerEnded(started[0]) if reply is None else reply)

        try:
            self._worker = await WorkerProcess.start(self._worker_command, self._paths.worker_errors, hear)
        except EcotuiError as error:
            self._inbox.put_nowait(Failed(error.what, error.advice))
        else:
            started.append(self._worker)
            self._neighbours.worker_started(self._worker.pid)
            self._silence.worker = self._worker.pid

    async def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.close()
            self._board.observe(None)

    def _write_windows(self, seen_ns: int) -> None:
        self._ripe += self._settling.ripe(self.line, seen_ns)
        while self._ripe:
            self._write(self._ripe[0])
            window = self._ripe.pop(0)
            if self.line.plan is not None and self.line.plan.protocol.blocks:  # nobody else asks for them
                self._known.append(WindowRow(**window.figures | {"started_at": None}))

    def _say_last(self, error: LogError) -> str:
        """What was over by now, and why the session ends, in the room that was kept for it; returns its outcome.

        Raises:
            LogError: somebody else was quicker, or the log may not grow.
        """
        self._reserve.release()
        try:
            drop_torn_line(self._writer.path)
        except OSError:
            raise error from None
        self._write_windows(now_ns() + 10 * LATE_NS)
        self._write(Fault(now_ns(), error.what, error.advice))
        self._write(End(now_ns(), "failed", error.what))
        return "failed"

    async def _finish(self, finish: Finish) -> None:
        self._foreseeing = None
        await self._end_worker()
        deadline = now_ns() + LATE_NS
        while self._settling.waiting and now_ns() < deadline:
            with contextlib.suppress(TimeoutError):
                item = await asyncio.wait_for(self._inbox.get(), PACE_S)
                if isinstance(item, Reading | Tick | Ring | Slow):
                    self._from_board(item)
        self._write_windows(now_ns() + 10 * LATE_NS)
        if finish.outcome == "failed":
            self._write(Fault(now_ns(), finish.reason, f"{finish.advice}{self._kept()}".strip(), self._detail()))
        self._write(End(now_ns(), finish.outcome, finish.reason))
        self._outcome = finish.outcome

    def _kept(self) -> str:
        over = len(self.line.windows)
        return f" What was measured is kept: {over} window{'s' * (over > 1)}." if over else ""

    def _detail(self) -> str:
        path = self._paths.worker_errors
        return str(path) if path.exists() and path.stat().st_size else ""


@dataclass(frozen=True)
class Foreseeing:
    """A forecast that waits for a reading."""

    arms: tuple[int, ...]
    since_ns: int
    """When no worker held the board any more."""


@dataclass(frozen=True)
class WorkerEnded:
    """A worker's stdout has ended."""

    worker: WorkerProcess
