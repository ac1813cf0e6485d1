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
import pwd
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ecotui.core.errors import BoardError
from ecotui.core.reading import BoardInfo
from ecotui.core.units import clean

PLACE = Path("/tmp")  # noqa: S108 - a place that all users share is what is meant; the file is opened with care
SIMULATED = "ECOTUI_SIMULATED_LOCK"
"""Set to 1, a simulated board is locked as well, for tests; else each is a board of its own."""
ADVICE = "Wait until it ends or stop it, or choose another board with --gpu."
PLAIN = re.compile(r"[^0-9A-Za-z-]+")


def is_locked(board: BoardInfo) -> bool:
    """Whether the board is one that only one recorder may hold."""
    return bool(board.uuid) and (board.sensor != "simulated" or os.environ.get(SIMULATED) == "1")


@contextmanager
def holding(board: BoardInfo, place: Path = PLACE) -> Iterator[None]:
    """Hold the board within the block. A host whose /tmp cannot be used goes without the lock.

    Raises:
        BoardError: another recorder holds it; names process, user and time.
    """
    descriptor = _open(place / f"ecotui-{PLAIN.sub('_', board.uuid)}.lock") if is_locked(board) else None
    if descriptor is None:
        yield
        return
    try:
        _take(descriptor, board)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, board: BoardInfo) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        what = f"GPU {board.index} ({board.name}) is being recorded by {_holder(descriptor)}."
        raise BoardError(what, ADVICE) from None
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "user": _user(), "since": _now()}).encode(), 0)
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


def _holder(descriptor: int) -> str:
    """Who holds the lock, in words; the file is anybody's to write, so its text is outside text."""
    try:
        told = json.loads(os.pread(descriptor, 1000, 0))
        return f"process {int(told['pid'])} of {clean(told['user'], 40)} since {clean(told['since'], 40)}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another recorder"


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
