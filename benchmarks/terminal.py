"""A program in a pseudo-terminal of a given size: what it writes, when, and how much.

What it records in the ECOTUI_HOME that it was given ends with it, also where SIGTERM ends whoever asked.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from benchmarks.ending import ending


class Terminal:
    """Runs a command with a terminal of `columns` by `rows` as its stdin and stdout."""

    def __init__(self, command: Sequence[str], columns: int, rows: int, more: Mapping[str, str] | None = None) -> None:
        self.main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        ours = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = ours | {"TERM": "xterm-256color", "COLORTERM": ""} | dict(more or {})
        self._ending = ending((more or {}).get("ECOTUI_HOME"))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True
        )
        os.close(side)
        self.bytes = 0

    def read(self, seconds: float) -> bytes:
        """Everything that is written within `seconds`."""
        taken, deadline = b"", time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0 and select.select([self.main], [], [], left)[0]:
            try:
                data = os.read(self.main, 65536)
            except OSError:
                break
            if not data:
                break
            self._took(data)
            taken += data
        return taken

    def _took(self, data: bytes) -> None:
        """Counts what was written, and answers as terminals do whether they are still there (`ESC [ 5 n`)."""
        self.bytes += len(data)
        os.write(self.main, data.count(b"\x1b[5n") * b"\x1b[0n")

    def until(self, marker: bytes, timeout_s: float = 60.0) -> float:
        """Seconds since the start until the marker was written; everything before it is read."""
        seen, deadline = b"", time.perf_counter() + timeout_s
        while marker not in seen:
            select.select([self.main], [], [], 1.0)
            new = self.read(0.001)
            if time.perf_counter() > deadline or (not new and self.ended):
                raise TimeoutError(f"{marker!r} was not written; the end of it all: {seen[-500:]!r}")
            seen += new
        return time.perf_counter() - self.began

    @property
    def ended(self) -> bool:
        """Whether the program is over."""
        return self.process.poll() is not None

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.main, keys.encode())

    def __enter__(self) -> Self:
        self._ending.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._close()
        finally:
            self._ending.__exit__(None, None, None)

    def _close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.main)
