"""Who records on a board, as its lock's file tells it, and whether that session can be watched from here.

The file is anybody's to write. What it says is outside text, and the log that it names is opened only where that is a
plain file which a recorder holds, of a session on this very board.
"""

from __future__ import annotations

import json
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from ecotui.core.errors import BoardError, EcotuiError
from ecotui.core.events import Header
from ecotui.core.reading import BoardInfo
from ecotui.core.units import clean
from ecotui.log.lock import is_running
from ecotui.log.reader import read_events

ADVICE = "Wait until it ends or stop it, or choose another board with --gpu."


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a board's lock; what the file does not tell is None or empty."""

    pid: int | None = None
    user: str = ""
    since: str = ""
    """Wall time in UTC, as text."""
    what: str = ""
    """What is recorded: the plan's arms in words."""
    log: Path | None = None

    @property
    def words(self) -> str:
        """ "process 4123 of anna since 2026-11-21 17:03:12 UTC (mistral-7b int8 b8)"."""
        if self.pid is None:
            return "another recorder"
        what = f" ({self.what})" if self.what else ""
        return f"process {self.pid} of {self.user} since {self.since}{what}"


class HeldError(BoardError):
    """The board is another recorder's; `log` is its session where that can be watched."""

    def __init__(self, board: BoardInfo, holder: Holder) -> None:
        self.holder, self.log = holder, watchable(holder, board)
        what = f"GPU {board.index} ({clean(board.name, 60)}) is being recorded by {holder.words}."
        watch = f"Watch it with `ecotui watch {self.log}`." if self.log else hidden(holder)
        super().__init__(what, f"{watch} {ADVICE}".strip())


def told(text: bytes) -> Holder:
    """The holder that a lock's file names; an empty one where it cannot be read."""
    try:
        values = json.loads(text)
        log = values.get("log")
        return Holder(
            int(values["pid"]),
            clean(values["user"], 40),
            clean(values["since"], 40),
            clean(values.get("what") or "", 120),
            Path(str(log)) if log else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Holder()


def watchable(holder: Holder, board: BoardInfo) -> Path | None:
    """The log of the holder's session, where this user may read it and it is what it should be."""
    log = holder.log
    try:
        if log is None or not log.is_absolute() or not stat.S_ISREG(log.lstat().st_mode) or not is_running(log):
            return None
        header = next(read_events(log), None)
    except (OSError, ValueError, EcotuiError):
        return None
    same = isinstance(header, Header) and header.board is not None and header.board.uuid == board.uuid
    return log if same else None


def hidden(holder: Holder) -> str:
    """Why a holder's session cannot be watched, and what to do, in a sentence; empty where nothing is known."""
    if holder.log is None or holder.pid is None:
        return ""
    return (
        f"Its log is in a home that {me()} cannot read ({clean(holder.log, 200)}): "
        f"{holder.user} can watch it, or let you read that folder."
    )


def me() -> str:
    """The name of this process's user; its number where it has none."""
    try:
        return clean(pwd.getpwuid(os.getuid()).pw_name, 40)
    except KeyError:
        return f"user {os.getuid()}"
