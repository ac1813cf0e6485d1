"""What the store lacks of a session whose log is there, the next start stores from the log.

A recorder that was killed leaves a log without runs; a damaged file that was moved away leaves a table without it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ecotui.core.errors import LogError
from ecotui.core.timeline import Timeline
from ecotui.log.lock import is_running
from ecotui.log.reader import read_timeline
from ecotui.store.home import SESSION, Home, log_of
from ecotui.store.schema import RUNS, TABLES, Table


def lacking(held: Mapping[str, Collection[str]], session: str) -> tuple[Table, ...]:
    """Tables that have nothing of the session; all of them where it has no runs, which are written last."""
    absent = tuple(t for t in TABLES if session not in held[t.name])
    return TABLES if RUNS in absent else absent


def orphans(home: Home, held: Mapping[str, Collection[str]]) -> list[tuple[Path, tuple[Table, ...]]]:
    """Logs of this home that nobody writes any more, with the tables that lack their session.

    held: the sessions that each table has.

    Raises:
        OSError: the folder of sessions cannot be read.
    """
    if not home.sessions.is_dir():
        return []
    out = []
    for session in sorted(path.name for path in home.sessions.iterdir()):
        # Most sessions are stored: these cost no look at their folder.
        if not SESSION.fullmatch(session) or not (absent := lacking(held, session)):
            continue
        log = log_of(home.root, session)
        # An empty log belongs to a recorder that has made the file and not yet taken its lock.
        if log is not None and log.stat().st_size and not is_running(log):
            out.append((log, absent))
    return out


def worth_storing(log: Path) -> Timeline | None:
    """The session of an orphaned log; None where it neither measured a window nor came to an end.

    Raises:
        LogError: the log cannot be read, or is another session's than its folder says.
    """
    line = read_timeline(log)
    if not line.windows and line.end is None:
        return None
    named = line.header.session if line.header else ""
    if named != log.parent.name:
        raise LogError(
            f"{log} is the log of session {named} in the folder of another and was passed over.",
            "Give the folder the session's name.",
        )
    return line
