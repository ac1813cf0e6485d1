"""One recorder a board: two on one GPU would each measure the other's work.

The lock is a file of the board's UUID in /tmp, which all users and all homes of a host share; $TMPDIR and the state
home may be another for each of them. Containers with a /tmp of their own do not see it: there a second worker is a
foreign process on the board, and spoils the windows by name. The kernel lets go of the lock however its holder ends;
the file stays, and says who was the last.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ecotui.core.reading import BoardInfo
from ecotui.recorder.holders import HeldError, Holder, me, told

PLACE = Path("/tmp")  # noqa: S108 - a place that all users share is what is meant; the file is opened with care
SIMULATED = "ECOTUI_SIMULATED_LOCK"
"""Set to a word, a simulated board is locked as well, one a word, for tests; else each is a board of its own."""
TRIES, PAUSE_S = 5, 0.02
"""Who merely asks whether a board is held holds it for a moment: a recorder that meets that moment tries again."""
PLAIN = re.compile(r"[^0-9A-Za-z-]+")


def is_locked(board: BoardInfo) -> bool:
    """Whether the board is one that only one recorder may hold."""
    return bool(board.uuid) and (board.sensor != "simulated" or bool(os.environ.get(SIMULATED)))


@contextmanager
def holding(board: BoardInfo, place: Path = PLACE, *, what: str = "", log: Path | None = None) -> Iterator[None]:
    """Hold the board within the block. A host whose /tmp cannot be used goes without the lock.

    what: what is recorded, in words, and the log it goes to: told to whoever asks for the board meanwhile.

    Raises:
        HeldError: another recorder holds it; names process, user, time and what is recorded.
    """
    descriptor = _open(_path(board, place)) if is_locked(board) else None
    if descriptor is None:
        yield
        return
    try:
        _take(descriptor, board, {"what": what, "log": str(log.absolute()) if log else None})
        yield
    finally:
        os.close(descriptor)


def holder_of(board: BoardInfo, place: Path = PLACE) -> Holder | None:
    """Who holds the board now; None where nobody does, or boards of its kind are not locked."""
    if not is_locked(board):
        return None
    try:
        descriptor = os.open(_path(board, place), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None


def refuse_held(board: BoardInfo) -> None:
    """Nothing where the board is free.

    Raises:
        HeldError: another recorder holds it.
    """
    holder = holder_of(board)
    if holder is not None:
        raise HeldError(board, holder)


def _path(board: BoardInfo, place: Path) -> Path:
    word = f"-{os.environ.get(SIMULATED, '')}" if board.sensor == "simulated" else ""
    return place / f"ecotui-{PLAIN.sub('_', board.uuid + word)}.lock"


def _take(descriptor: int, board: BoardInfo, about: dict[str, str | None]) -> None:
    for left in reversed(range(TRIES)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if not left:
                raise HeldError(board, _holder(descriptor)) from None
            time.sleep(PAUSE_S)
    try:
        mine = {"pid": os.getpid(), "user": me(), "since": _now()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(mine | about).encode(), 0)
    except OSError:  # the lock holds all the same; its holder stays unnamed
        return


def _open(path: Path) -> int | None:
    """The lock's file, made where it is missing; None where it cannot be had. Never through a link of someone else."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    for more in (flags, flags | os.O_CREAT | os.O_EXCL, flags):  # another may make it in between
        try:
            descriptor = os.open(path, more, 0o666)
        except OSError:
            continue
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return None
        if more & os.O_CREAT:
            os.fchmod(descriptor, 0o666)  # past the umask: every user's recorder must find out whether it is held
        return descriptor
    return None


def _holder(descriptor: int) -> Holder:
    """Who holds the lock; the file is anybody's to write, so its text is outside text."""
    try:
        return told(os.pread(descriptor, 10_000, 0))
    except OSError:
        return Holder()


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
