"""What the store lacks of a session whose log is there, the next start stores from the log.

A recorder that was killed leaves a log without runs; a damaged file that was moved away leaves a table without it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from ecotui.core.errors import LogError
from ecotui.core.events import End
from ecotui.core.quality import SHELF
from ecotui.core.timeline import Timeline
from ecotui.core.units import clean
from ecotui.log.lock import is_running
from ecotui.log.reader import read_timeline
from ecotui.store.files import is_compact, turn
from ecotui.store.home import SESSION, Home, log_of
from ecotui.store.schema import RUNS, TABLES, Table

HEADER = b'{"kind":"header"'
"""How a log begins."""
FIRST_LINE_B = 1 << 20
OLD_S = 86_400.0
SAID = "ecotui: "
"""How a sentence of ours begins on stderr; a library's warnings begin otherwise."""


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
            # Its recorder was killed: what it would have taken away is of no more use.
            shutil.rmtree(log.with_name(SHELF), ignore_errors=True)
            out.append((log, absent))
    if out:  # a writer that was killed has left its session without that table
        clear_remains(home.store)
    return out


def worth_storing(log: Path) -> Timeline | None:
    """The session of an orphaned log; None where it entered no phase: it ended before anything could be seen.

    Where it has no end, what its recorder left on stderr is the reason: a log that could not be written cannot tell.

    Raises:
        LogError: the log cannot be read, or is another session's than its folder says.
    """
    if not _begun(log):
        return None
    line = read_timeline(log)
    if not line.spans and not line.windows and line.end is None:
        return None
    named = line.header.session if line.header else ""
    if named != log.parent.name:
        raise LogError(
            f"{log} is the log of session {named} in the folder of another and was passed over.",
            "Give the folder the session's name.",
        )
    if line.end is None and (said := complaint(log)):
        line.apply(End(line.last_ns, "unfinished", f"the log has no end: {said}"))
    return line


def _begun(log: Path) -> bool:
    """Whether its first line is whole; else its recorder ended, or the disk was full, before anything was measured."""
    if log.suffix == ".gz":
        return True
    with suppress(OSError), log.open("rb") as stream:
        first = stream.readline(FIRST_LINE_B)
        return first.endswith(b"\n") or not HEADER.startswith(first[: len(HEADER)])
    return True


def complaint(log: Path) -> str:
    """Why a session's recorder ended, as it said on stderr; empty where it said nothing, as one that was killed."""
    try:
        lines = log.with_name("recorder.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((clean(line.removeprefix(SAID), 500) for line in reversed(lines) if line.startswith(SAID)), "")


def clear_remains(store: Path) -> None:
    """Take away what was half written when its writer was killed.

    Whoever writes a session's own file has the store's turn meanwhile; of compacted files only age can tell.
    """
    with turn(store, wait=False) as mine:
        for path in store.glob("*/.*.tmp") if mine else ():
            with suppress(OSError):
                if not is_compact(Path(path.name[1:])) or time.time() - path.stat().st_mtime > OLD_S:
                    path.unlink()
