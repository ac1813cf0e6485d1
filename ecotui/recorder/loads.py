"""What works the board during a selftest: a process with torch, or a script that tells a simulated board of work."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Protocol

from ecotui.core import wire
from ecotui.core.bursts import Answer, Burst, Ran, Up, end_of, planned
from ecotui.core.clock import NS
from ecotui.core.errors import WorkerError
from ecotui.core.events import Resident
from ecotui.core.messages import Began, Failed, WarmedUp
from ecotui.sensors.board import Board

ANSWERS = wire.kinds(Answer)
MODULE = "ecotui.worker.burst"
IMPORT_S = 180.0
"""Importing torch and starting CUDA may take so long on a busy host."""
GRACE_S = 5.0
OVERDUE_S = 60.0
"""A burst that is so late does not come any more."""


class Load(Protocol):
    """Something that works the board in a rhythm."""

    def up(self) -> str:
        """Returns once it is ready, with what does the work.

        Raises:
            WorkerError: it cannot work.
        """
        ...

    def start(self, burst: Burst) -> None:
        """Begin a burst, and come back at once."""
        ...

    def wait(self) -> Ran:
        """The bracket of the burst that was started, once it is over.

        Raises:
            WorkerError: it ended instead.
        """
        ...

    def close(self) -> None:
        """Let go of the board."""
        ...


class BurstProcess:
    """The load on a real card."""

    def __init__(self, gpu: int) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", MODULE, str(gpu)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        except OSError as error:
            raise WorkerError(f"The load could not be started ({error}).", "Reinstall ecotui.") from error
        self._answers: SimpleQueue[Answer | None] = SimpleQueue()
        self._patience_s = IMPORT_S
        Thread(target=self._listen, name="load", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def up(self) -> str:
        answer = self._answer()
        assert isinstance(answer, Up)
        return f"matrix products of {answer.product_ms:.2f} ms on {answer.device}"

    def start(self, burst: Burst) -> None:
        assert self._process.stdin is not None
        self._patience_s = burst.seconds + OVERDUE_S
        try:
            self._process.stdin.write(wire.encode(burst).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # `wait` finds out why

    def wait(self) -> Ran:
        answer = self._answer()
        assert isinstance(answer, Ran)
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.wait(GRACE_S)
        for stream in (self._process.stdin, self._errors):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue

    def _answer(self) -> Up | Ran:
        try:
            answer = self._answers.get(timeout=self._patience_s)
        except Empty:
            raise WorkerError("The load has been silent for too long.", "See the GPU with nvidia-smi.") from None
        if answer is None:
            raise WorkerError(f"The load ended in the middle of the test. {self._complaint()}".strip())
        if isinstance(answer, Failed):
            raise WorkerError(answer.what, answer.advice)
        return answer

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            for line in stdout:
                try:
                    answer: Answer | None = wire.decode(line.decode(errors="replace"), ANSWERS)
                except wire.WireError:
                    continue
                if answer is not None:
                    self._answers.put(answer)
        self._answers.put(None)

    def _complaint(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


class ScriptedLoad:
    """The load on a simulated board: the board is told when work begins and ends, in the rhythm of the burst."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._done: SimpleQueue[Ran] = SimpleQueue()
        board.observe(Resident(time.monotonic_ns(), 0, 0.0, 0, 0, {}, "scripted", "scripted"))

    def up(self) -> str:
        return "a script; no GPU works"

    def start(self, burst: Burst) -> None:
        Thread(target=self._run, args=(burst,), daemon=True).start()

    def wait(self) -> Ran:
        return self._done.get()

    def close(self) -> None:
        self._board.observe(None)

    def _run(self, burst: Burst) -> None:
        plan = planned(burst, time.monotonic_ns())
        for begin, end in plan:
            _sleep_until(begin)
            self._board.observe(Began(begin, None))
            _sleep_until(end)
            self._board.observe(WarmedUp(end, 0.0))
        _sleep_until(end_of(burst, plan))
        self._done.put(Ran(plan[0][0], end_of(burst, plan), [b for b, _ in plan], [e for _, e in plan]))


def _sleep_until(at_ns: int) -> None:
    while (left := at_ns - time.monotonic_ns()) > 0:
        time.sleep(left / NS)
