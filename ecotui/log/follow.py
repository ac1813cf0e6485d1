"""Reads a log while it grows: each poll takes the whole lines that came since the last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ecotui.core.errors import LogError
from ecotui.core.timeline import Timeline
from ecotui.log.checkpoint import EVERY_B, load
from ecotui.log.format import check_header, parse
from ecotui.log.lock import is_running
from ecotui.log.reader import fold

CHUNK_B = 1_000_000
"""What is taken in at once: a day's log is not held in memory."""


class Follower:
    """A session log that may still grow, folded into `timeline`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.timeline = Timeline()
        self._offset = 0
        self._rest = b""
        self._number = 0

    def poll(self) -> int:
        """Take in what is new; returns how many events that was. A log that is not there yet has none.

        Windows that are over when a recorder was killed come as soon as that is seen.

        Raises:
            LogError: not a log, a newer major version, or a damaged line.
        """
        if not self._offset:
            self._take_up()
        taken = self._read_on()
        if self.timeline.overs.waiting and not is_running(self.path):
            taken += self._read_on()  # what was written before that was asked
            taken += self.timeline.break_off()
        return taken

    def _read_on(self) -> int:
        try:
            with self.path.open("rb") as stream:
                stream.seek(self._offset)
                return self._fold(stream)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise LogError(f"{self.path} cannot be read ({error.strerror}).") from error

    def _take_up(self) -> None:
        """Of a long log, what a checkpoint holds of it."""
        try:
            found = load(self.path) if self.path.stat().st_size >= EVERY_B else None
        except OSError:
            return
        if found is not None:
            self.timeline, self._offset, self._number = found

    def _fold(self, stream: IO[bytes]) -> int:
        taken = 0
        while data := stream.read(CHUNK_B):
            self._offset += len(data)
            *lines, self._rest = (self._rest + data).split(b"\n")
            taken += self._apply(lines)
        return taken

    def _apply(self, lines: Sequence[bytes]) -> int:
        taken = 0
        for raw in lines:
            self._number += 1
            event = parse(raw.decode("utf-8", "replace"), self.path, self._number)
            if self._number == 1:
                event = check_header(event, self.path)
            if event is not None:
                fold(self.timeline, event, self.path)
                taken += 1
        return taken

    @property
    def running(self) -> bool:
        """Whether a recorder still writes it."""
        return self.timeline.end is None and is_running(self.path)
