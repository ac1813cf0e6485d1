"""One session, recorded: a thin shell that carries inputs to the protocol and its effects to the world."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ecotui.core.clock import NS, now_ns
from ecotui.core.errors import BoardError, EcotuiError
from ecotui.core.events import End, Event, Fault, Header, Resident, Steps, Window
from ecotui.core.messages import Began, Failed, Measured, Ready, Reply, WarmedUp
from ecotui.core.reading import Reading, Tick
from ecotui.core.rows import row_dict
from ecotui.core.summary import window_row
from ecotui.core.timeline import Timeline
from ecotui.log.writer import LogWriter
from ecotui.recorder.protocol import (
    Accept,
    Broke,
    Effect,
    Enter,
    Finish,
    Input,
    Passed,
    Send,
    StartWorker,
    StopAsked,
    begin,
    step,
)
from ecotui.recorder.worker import WorkerProcess
from ecotui.sensors.board import Board
from ecotui.sensors.sampler import Sampler

PACE_S = 0.05
"""How often time and the stop file are looked at."""
HANG_S = 120.0
"""A generating worker that is silent for so long hangs."""
LATE_NS = NS
"""A window waits at most this long for the first reading after it."""
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


class SessionRecorder:
    """Records one session into its log; `run` returns its outcome."""

    def __init__(self, header: Header, board: Board, writer: LogWriter, worker: Sequence[str], hang_s: float = HANG_S):
        self.line = Timeline()
        self._board, self._writer, self._worker_command = board, writer, worker
        self._paths = Paths(writer.path)
        self._hang_ns = round(hang_s * NS)
        self._inbox: asyncio.Queue[object] = asyncio.Queue()
        self._worker: WorkerProcess | None = None
        self._heard_ns = now_ns()
        self._waiting: list[Window] = []
        self._outcome: str | None = None
        self._write(header)

    def _write(self, event: Event) -> None:
        self._writer.write(event)
        self.line.apply(event)

    async def run(self) -> str:
        """Record until the session is over; returns "completed", "stopped" or "failed".

        Raises:
            LogError: the log cannot be written any more.
        """
        loop = asyncio.get_running_loop()
        assert self.line.plan is not None
        with contextlib.ExitStack() as stack:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._inbox.put_nowait, StopAsked(0))
                stack.callback(loop.remove_signal_handler, number)
            stack.enter_context(Sampler(self._board, sink=self._from_sampler(loop)))
            state, effects = begin(self.line.plan, now_ns())
            pacing = asyncio.create_task(self._pace())
            try:
                await self._carry_out(effects)
                while self._outcome is None:
                    item = await self._inbox.get()
                    for what in self._take(item):
                        state, effects = step(state, what, now_ns())
                        await self._carry_out(effects)
            finally:
                pacing.cancel()
                await self._end_worker()
        return self._outcome

    def _from_sampler(self, loop: asyncio.AbstractEventLoop) -> Callable[[Reading | Tick | BoardError], None]:
        def sink(item: Reading | Tick | BoardError) -> None:
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
            case Reading() | Tick():
                self._write(item)
                self._settle_windows(item.at_ns if isinstance(item, Reading) else 0)
                return []
            case BoardError():
                return [Broke(now_ns(), item.what, item.advice)]
            case Passed():
                return [StopAsked(item.at_ns) if self._paths.stop.exists() else self._silence(item)]
            case StopAsked():
                return [item]
            case _:
                return self._from_worker(item)

    def _from_worker(self, item: object) -> list[Input]:
        self._heard_ns = now_ns()
        match item:
            case Ready() | WarmedUp() | Measured() | Failed():
                self._board.observe(item)
                return [item]
            case Resident():
                self._board.observe(item)
                self._write(item)
                return [item]
            case Began():
                self._board.observe(item)
            case Steps():
                self._board.observe(item)
                self._write(item)
            case WorkerEnded(worker) if worker is self._worker:
                return [Broke(now_ns(), f"The worker {worker.ending()}.", "See its log; a smaller batch may help.")]
        return []

    def _silence(self, passed: Passed) -> Input:
        phase = self.line.phase.name if self.line.phase else ""
        if phase in ("warm-up", "measuring") and passed.at_ns - self._heard_ns > self._hang_ns:
            what = f"The worker has been silent for {self._hang_ns / NS:.0f} s while generating, so it was ended."
            return Broke(passed.at_ns, what, "See its log, and run again.")
        return passed

    async def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Enter(phase):
                    self._heard_ns = now_ns()
                    self._write(phase)
                case Send(command):
                    if self._worker is not None:
                        self._worker.send(command)
                case StartWorker():
                    await self._start_worker()
                case Accept(arm, measured):
                    self._accept(arm, measured)
                case Finish():
                    await self._finish(effect)

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

    async def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.close()
            self._board.observe(None)

    def _accept(self, arm: int, measured: Measured) -> None:
        window = Window(
            arm,
            measured.window,
            measured.t0_ns,
            measured.t1_ns,
            measured.first_call,
            measured.calls,
            measured.tokens,
            measured.tokens_expected,
            measured.memory_peak_b,
        )
        self._waiting.append(window)

    def _settle_windows(self, seen_ns: int) -> None:
        """Write every window that the readings have passed: only then is all of it known."""
        while self._waiting and self._waiting[0].t1_ns < seen_ns:
            window = self._waiting.pop(0)
            figures = row_dict(window_row(self.line, window))
            self._write(replace(window, figures=figures))

    async def _finish(self, finish: Finish) -> None:
        await self._end_worker()
        deadline = now_ns() + LATE_NS
        while self._waiting and now_ns() < deadline:
            with contextlib.suppress(TimeoutError):
                item = await asyncio.wait_for(self._inbox.get(), PACE_S)
                if isinstance(item, Reading | Tick):
                    self._take(item)
        self._settle_windows(now_ns() + 10 * LATE_NS)
        if finish.outcome == "failed":
            self._write(Fault(now_ns(), finish.reason, finish.advice, self._detail()))
        self._write(End(now_ns(), finish.outcome, finish.reason))
        self._outcome = finish.outcome

    def _detail(self) -> str:
        path = self._paths.worker_errors
        return str(path) if path.exists() and path.stat().st_size else ""


@dataclass(frozen=True)
class WorkerEnded:
    """A worker's stdout has ended."""

    worker: WorkerProcess
