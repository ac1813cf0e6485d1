"""Sessions that look as if a recorder wrote them now."""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ecotui.core.events import Event
from ecotui.core.reading import BoardInfo
from tests import factory

SESSION = "20261121-120000-beef"


@contextmanager
def under_way(root: Path, board: BoardInfo | None = None, made: Iterable[Event] | None = None) -> Iterator[Path]:
    """The log of a session of the home `root` that has no end yet, and whose lock is held."""
    events = made or factory.events(SESSION, outcome=None, the_board=board)
    log = factory.write_log(root / "sessions" / SESSION / "log.jsonl", iter(events))
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield log
