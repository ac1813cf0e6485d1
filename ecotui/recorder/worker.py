"""The worker's process, seen from the recorder: commands in, messages out, stderr to a file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ecotui.core.errors import WorkerError
from ecotui.core.messages import Command, Failed, Reply
from ecotui.core.wire import WireError, decode, encode, kinds

REPLIES = kinds(Reply)
WORKERS = {"transformers": "ecotui.worker", "scripted": "ecotui.worker.scripted"}
"""Workers by name: the real one, and the one of tests and demonstrations that only keeps time."""
GRACE_S = 5.0
LINE_LIMIT = 4 * 1024 * 1024


def private(path: str, flags: int) -> int:
    """An opener of files that nobody but the operator reads."""
    return os.open(path, flags, 0o600)


def command_line(name: str) -> list[str]:
    """How a worker is started."""
    return [sys.executable, "-m", WORKERS[name]]


class WorkerProcess:
    """One worker; ends when its stdin closes.

    `hear` is called in the event loop with every message, and with None once stdout has ended.
    """

    def __init__(self, process: asyncio.subprocess.Process, hear: Callable[[Reply | None], None], errors: Path):
        self._process, self._errors = process, errors
        self._hear = hear
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, command: Sequence[str], errors: Path, hear: Callable[[Reply | None], None]) -> WorkerProcess:
        """Start a worker whose stderr goes to the file `errors`.

        Raises:
            WorkerError: the process could not be started.
        """
        try:
            with open(errors, "ab", opener=private) as stderr:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=stderr,
                    start_new_session=True,
                    limit=LINE_LIMIT,
                    env=os.environ | {"PYTHONUNBUFFERED": "1"},
                )
        except OSError as error:
            raise WorkerError(f"The worker could not be started ({error}).", "Reinstall ecotui.") from error
        return cls(process, hear, errors)

    @property
    def pid(self) -> int:
        """The worker's process, which leads a process session of its own."""
        return self._process.pid

    def send(self, command: Command) -> None:
        """Put a command on the worker's stdin; a worker that is gone hears nothing."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write((encode(command) + "\n").encode())

    async def _listen(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            async for raw in stdout:
                reply: Reply | None = decode(raw.decode("utf-8", "replace"), REPLIES)
                if reply is not None:
                    self._hear(reply)
        except (WireError, ValueError) as error:
            self._hear(Failed(f"The worker wrote something that is no message ({error}).", f"See {self._errors}."))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), GRACE_S)
        self._hear(None)

    def ending(self) -> str:
        """How the process ended, in words."""
        code = self._process.returncode
        if code is None:
            return "closed its output"
        if code < 0:
            name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
            return f"was ended by {name}" + (" (the host may be out of memory)" if name == "SIGKILL" else "")
        return f"ended with exit code {code} in mid-session"

    async def close(self) -> int:
        """End the worker, in order if it can, and return its exit code."""
        with contextlib.suppress(OSError, RuntimeError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            code = await asyncio.wait_for(self._process.wait(), GRACE_S)
        except TimeoutError:
            code = await self._kill()
        self._listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listening
        return code

    async def _kill(self) -> int:
        """End it by force; its exit code, also of one that the driver holds in a call that no signal ends."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self._process.wait(), GRACE_S)
        return -signal.SIGKILL
