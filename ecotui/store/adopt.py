"""A recorder that was killed leaves a log without runs; the next start stores them from it."""

from __future__ import annotations

from pathlib import Path

from ecotui.core.errors import LogError
from ecotui.core.timeline import Timeline
from ecotui.log.lock import is_running
from ecotui.log.reader import read_timeline
from ecotui.store.files import SUFFIX
from ecotui.store.home import SESSION, Home, log_of


def orphans(home: Home) -> list[Path]:
    """Logs of this home whose session is not in the store and that nobody writes any more.

    Raises:
        OSError: the folder of sessions cannot be read.
    """
    if not home.sessions.is_dir():
        return []
    out = []
    for folder in sorted(home.sessions.iterdir()):
        log = log_of(home.root, folder.name) if SESSION.fullmatch(folder.name) else None
        if log is None or (home.store / "runs" / f"{folder.name}{SUFFIX}").exists():
            continue
        # An empty log belongs to a recorder that has made the file and not yet taken its lock.
        if log.stat().st_size and not is_running(log):
            out.append(log)
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
