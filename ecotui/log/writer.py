"""Appends events to a session's log, each line whole and flushed, synced where it would hurt to lose it."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

from ecotui.core.errors import LogError
from ecotui.core.events import End, Event, Header, Over, Window
from ecotui.core.timeline import Timeline
from ecotui.core.wire import encode
from ecotui.log.checkpoint import Checkpoints
from ecotui.log.lock import hold


class LogWriter:
    """The log of a session that is being recorded; holds its lock while open.

    Raises:
        LogError: the file exists already, or the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except OSError as error:
            raise LogError(
                f"The session log {path} cannot be created ({error.strerror}).",
                "Point ECOTUI_HOME at a folder that can be written.",
            ) from error
        self._stream = os.fdopen(descriptor, "wb", buffering=0)
        hold(self._stream)
        self.offset = self.lines = 0
        """Bytes and whole lines that were written."""
        self._checkpoints = Checkpoints(path)

    def write(self, event: Event) -> None:
        """Append one event; windows, the header and the end are on the disk when this returns.

        Raises:
            LogError: the disk is full or gone.
        """
        data = (encode(event) + "\n").encode()
        size = len(data)
        try:
            while data:
                data = data[self._stream.write(data) or 0 :]
            if isinstance(event, Header | Over | Window | End):
                os.fsync(self._stream.fileno())
            self.offset, self.lines = self.offset + size, self.lines + 1
        except OSError as error:
            raise LogError(
                f"The session log {self.path} cannot be written ({error.strerror}).",
                "Make room on that disk; what was written so far is whole.",
            ) from error

    def note(self, line: Timeline) -> None:
        """`line` holds all that was written: of a long log the fold is kept beside it, and it opens quickly."""
        self._checkpoints.note(line, self.offset, self.lines, at_end=line.end is not None)

    def close(self) -> None:
        """Let go of the file and its lock."""
        self._stream.close()

    def __enter__(self) -> LogWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
