"""Who is recording holds the lock: "is it still running?" is a question to the kernel, not a pid."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO


def hold(stream: IO[bytes]) -> None:
    """Take the log's lock until the stream is closed or the process ends, however it ends."""
    fcntl.flock(stream.fileno(), fcntl.LOCK_EX)


def is_running(log: Path) -> bool:
    """Whether a recorder still writes this log."""
    try:
        with log.open("rb") as stream:
            try:
                fcntl.flock(stream.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False
    except OSError:
        return False
