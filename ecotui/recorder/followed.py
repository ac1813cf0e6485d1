"""Sessions that an interface shows: of one that ends while no interface is there, the next start tells, once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ecotui.recorder.launch import is_recorded
from ecotui.store.home import Home, log_of

MARK = "followed"
"""Whoever shows a session of its home makes this file beside the log, and takes it away once it has seen the end."""


def begin(home: Home, log: Path) -> None:
    """The session is shown; of other homes nothing is noted."""
    with suppress(OSError):
        if log.parent.parent == home.sessions:
            (log.parent / MARK).touch(mode=0o600)


def done(log: Path) -> None:
    """Its end was seen."""
    with suppress(OSError):
        (log.parent / MARK).unlink()


def ended_unseen(home: Home) -> list[str]:
    """Sessions that were shown and have ended since, by id, the oldest first; the next call tells no more of them."""
    found = []
    for mark in sorted(home.sessions.glob(f"*/{MARK}")):
        log = log_of(home.root, mark.parent.name)
        if log is None or not is_recorded(log):
            done(mark)
            found.append(mark.parent.name)
    return found
