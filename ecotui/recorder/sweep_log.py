"""Writes a sweep's log, each line whole and on the disk, and holds its lock: one driver a sweep."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from ecotui.core.errors import EcotuiError, LogError
from ecotui.core.sweep_events import SweepEvent, SweepHeader
from ecotui.core.wire import encode

TRIES, PAUSE_S = 10, 0.02


class SweepBusyError(EcotuiError):
    """Another driver has the sweep."""


class SweepLog:
    """The log of a sweep that is being driven; holds its lock while open.

    Raises:
        SweepBusyError: another process drives it.
        LogError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            raise LogError(f"The sweep's log {path} cannot be opened ({error.strerror}).") from error
        self._stream = os.fdopen(descriptor, "r+b", buffering=0)
        self._hold()
        self._drop_torn_line()

    def _hold(self) -> None:
        # Whoever asks whether it is driven has it for a moment as well, so one refusal says nothing.
        for _ in range(TRIES):
            try:
                return fcntl.flock(self._stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(PAUSE_S)
        self._stream.close()
        raise SweepBusyError(f"The sweep {self.path.parent.name} is being driven already.")

    def _drop_torn_line(self) -> None:
        """What a power cut left of a last line is no line, and nothing may be written behind it."""
        data = self.path.read_bytes()
        if not data.endswith(b"\n"):
            self._stream.truncate(data.rfind(b"\n") + 1)

    def write(self, event: SweepEvent) -> None:
        """Append one event; it is on the disk when this returns.

        Raises:
            LogError: the disk is full or gone.
        """
        write_line(self._stream.fileno(), event, self.path)

    def close(self) -> None:
        """Let go of the file and its lock."""
        self._stream.close()

    def __enter__(self) -> SweepLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def create(path: Path, header: SweepHeader) -> None:
    """Make a sweep's log, with its first line.

    Raises:
        LogError: it is there already, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LogError(
            f"The sweep's log {path} cannot be created ({error.strerror}).",
            "Point ECOTUI_HOME at a folder that can be written.",
        ) from error
    try:
        write_line(descriptor, header, path)
    finally:
        os.close(descriptor)


def write_line(descriptor: int, event: SweepHeader | SweepEvent, path: Path) -> None:
    """Append one line and wait until the disk has it."""
    data = (encode(event) + "\n").encode()
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    except OSError as error:
        raise LogError(
            f"The sweep's log {path} cannot be written ({error.strerror}).",
            "Make room on that disk; the sweep goes on from there with the same command.",
        ) from error
