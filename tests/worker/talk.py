"""A worker in a process of its own, spoken to over real pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from ecotui.core import messages, wire
from ecotui.core.arm import Arm
from ecotui.core.messages import Command, Failed, Load, Ready, Reply

T = TypeVar("T")
REPLIES = wire.kinds(messages.Reply)
PATIENCE_S = 120.0
"""Importing torch takes 4 s on an idle machine, and much longer on a busy one."""

SMALL: dict[str, Any] = {"batch_size": 2, "prompt_tokens": 8, "new_tokens": 16}


def arm(model: str = "synthetic:tiny", quantization: str = "fp16", **more: Any) -> Arm:
    """A small arm."""
    return Arm(model, quantization, **(SMALL | more))


class Worker:
    """Starts a worker, sends commands, waits for replies."""

    def __init__(self, folder: Path, module: str = "ecotui.worker", env: Mapping[str, str] | None = None) -> None:
        self.stderr = folder / "worker.stderr"
        self._log = self.stderr.open("wb")
        offline = {"HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **offline, **(env or {})},
        )
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line.decode())
        self._lines.put(None)

    def line(self) -> str | None:
        """The next line; None at the end of the pipe."""
        try:
            return self._lines.get(timeout=PATIENCE_S)
        except Empty:
            raise AssertionError(f"The worker said nothing:\n{self.stderr.read_text()}") from None

    def reply(self) -> Reply | None:
        """The next message; None at the end of the pipe. A line that is none fails the test."""
        line = self.line()
        return None if line is None else wire.decode(line, REPLIES)

    def until(self, wanted: type[T]) -> tuple[list[Reply], T]:
        """What came before a message of that type, and the message."""
        before: list[Reply] = []
        while not isinstance(reply := self.reply(), wanted):
            if reply is None or isinstance(reply, Failed):
                raise AssertionError(f"{reply} instead of {wanted.__name__}:\n{self.stderr.read_text()}")
            before.append(reply)
        return before, reply

    def send(self, command: Command) -> None:
        """A command to the worker's stdin."""
        assert self.process.stdin
        self.process.stdin.write(wire.encode(command).encode() + b"\n")
        self.process.stdin.flush()

    def load(self, wanted: Arm, number: int = 0, device: str = "cpu", seed: int = 7) -> None:
        """Ask for an arm."""
        self.send(Load(wanted, number, device, 0, seed))

    def hang_up(self) -> None:
        """Close the worker's stdin, as the recorder's end would."""
        assert self.process.stdin
        self.process.stdin.close()

    def ready(self) -> Ready:
        """The first message."""
        return self.until(Ready)[1]

    def exit_code(self) -> int:
        """How the process ended."""
        return self.process.wait(PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self._log.close()
