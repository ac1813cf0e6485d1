"""Sessions under way, as their logs tell them: the newest reading and the phase, without folding the whole log."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from pathlib import Path

from ecotui.core.errors import EcotuiError, LogError
from ecotui.core.events import Header, Phase
from ecotui.core.plan import Plan
from ecotui.core.reading import BoardInfo, Reading
from ecotui.log.format import parse
from ecotui.log.lock import is_running
from ecotui.log.reader import read_events
from ecotui.store.home import Home

RECENT = 50
"""Sessions that are asked whether they still run; one that lasts is among the newest."""
TAIL_B = 262_144
"""How far back the first look goes, bytes: about a minute of readings."""
WANTED = (b'{"kind":"reading"', b'{"kind":"phase"')


class Live:
    """One session under way; `poll` takes in what its log has gained.

    Raises:
        LogError: the file is no log, or names no board.
    """

    def __init__(self, log: Path) -> None:
        header = next(read_events(log), None)
        if not isinstance(header, Header) or header.board is None:
            raise LogError(f"{log} names no board.")
        self.log, self.session = log, header.session
        self.board: BoardInfo = header.board
        self.plan = Plan.from_dict(header.plan)
        self.reading: Reading | None = None
        self.phase: Phase | None = None
        self._offset = max(log.stat().st_size - TAIL_B, 0)
        self._rest: bytes | None = None if self._offset else b""
        """The beginning of a line whose end is not written yet; None before the first whole line."""

    @property
    def label(self) -> str:
        """What is measured, in words; the arm of the phase where there are several."""
        arms = self.plan.arms
        now = self.phase.arm if self.phase is not None and self.phase.arm < len(arms) else 0
        return arms[now].label + (f" ({now + 1} of {len(arms)} arms)" if len(arms) > 1 else "")

    def poll(self) -> None:
        """Read on; what cannot be read any more is left as it was."""
        try:
            with self.log.open("rb") as stream:
                stream.seek(self._offset)
                data = stream.read()
        except OSError:
            return
        self._offset += len(data)
        first = self._rest is None
        *lines, self._rest = ((self._rest or b"") + data).split(b"\n")
        for line in lines[first:]:
            if line.startswith(WANTED):
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            event = parse(line.decode("utf-8", "replace"), self.log, 0)
        except LogError:
            return
        if isinstance(event, Reading):
            self.reading = event
        elif isinstance(event, Phase):
            self.phase = event


def running(home: Home) -> Iterator[Path]:
    """Logs of this home that are being recorded, the newest first."""
    try:
        names = heapq.nlargest(RECENT, os.listdir(home.sessions))  # noqa: PTH208 - ten thousand names, no paths
    except OSError:
        return
    for name in names:
        log = home.sessions / name / "log.jsonl"
        if is_running(log):
            yield log


def opened(log: Path) -> Live | None:
    """The session of a log; None where it has no header yet, or cannot be read."""
    try:
        return Live(log)
    except (OSError, ValueError, KeyError, TypeError, EcotuiError):
        return None
