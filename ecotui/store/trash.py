"""Sessions that the operator removed: moved to `trash/` of the home, whole, and back again until it is emptied.

A removal is a folder of its own there, with a note of what it holds, the folder of each session and its rows as they
were. The rows are written before anything goes, and the note is named `going.json` until everything went: so a crash
anywhere leaves every row and every log in the home or in the trash, and whoever looks next finishes what was begun. A
compaction waits meanwhile, since it would write rows that go into a file of many sessions.

What is moved is no session of the home any more: neither the next start nor `ecotui store rebuild` brings it back.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ecotui.core.errors import StoreError, UsageError
from ecotui.log.lock import is_running
from ecotui.store.files import turn, write_whole
from ecotui.store.home import Home, log_of, private_folder
from ecotui.store.schema import RUNS
from ecotui.store.trash_rows import copy_rows, drop_rows, put_rows

NOTE, GOING = "removal.json", "going.json"
OWN = ("here", "imported")
"""Origins that can be removed; samples come with ecotui."""
NOTHING = "Nothing was removed that could be restored."


@dataclass(frozen=True, slots=True)
class Removal:
    """What went at once."""

    key: str
    """Name of its folder; a later removal's sorts behind."""
    at: str
    """When, UTC, as ISO 8601."""
    runs: Mapping[str, Sequence[str]]
    """Ids of the runs, by session."""
    names: Mapping[str, str]
    """What each run was, in few words, by its id."""

    @property
    def sessions(self) -> tuple[str, ...]:
        """Ids of the sessions."""
        return tuple(self.runs)

    @property
    def count(self) -> int:
        """How many runs went."""
        return sum(map(len, self.runs.values()))


def remove(home: Home, runs: Mapping[str, Sequence[str]], names: Mapping[str, str] | None = None) -> Removal:
    """Move whole sessions to the trash. `runs`: ids of the runs of each, by session; `names`: what to call them.

    Raises:
        UsageError: one of them is being recorded, or nothing of it is there; nothing has changed.
        StoreError: the disk does not take it; nothing is lost, and the next look finishes what was begun.
    """
    for session in runs:
        refuse_running(home, session)
    with _alone(home):
        _finish(home)
        folder = _fresh(home, next(iter(runs)))
        at = datetime.now(UTC).isoformat(timespec="seconds")
        made = Removal(folder.name, at, {s: list(ids) for s, ids in runs.items()}, dict(names or {}))
        for session in runs:
            for origin, root in _roots(home):
                copy_rows(root, session, folder / session / origin)
        told = {"at": made.at, "runs": made.runs, "names": made.names}
        write_whole(folder / GOING, json.dumps(told).encode())
        _go(home, folder, made)
    return made


def removals(home: Home) -> list[Removal]:
    """What is in the trash, the oldest first; a folder whose note cannot be read is passed over."""
    found = (_read(folder) for folder in _folders(home))
    return [one for one in found if one is not None]


def holds_any(home: Home) -> bool:
    """Whether something could be restored; asks the disk, and opens no file."""
    return any(home.trash.glob(f"*/{NOTE}"))


def undo(home: Home, key: str | None = None) -> Removal:
    """Bring a removal back, the last one where none is named.

    Raises:
        UsageError: there is none.
        StoreError: the disk does not take it, or a session of that id is there again; what is in the trash stays.
    """
    with _alone(home):
        _finish(home)
        wanted = [one for one in removals(home) if key in (None, one.key)]
        if not wanted:
            raise UsageError(NOTHING, "`ecotui trash` lists what was removed.")
        one = wanted[-1]
        held = [(s, o, root, home.trash / one.key / s / o) for s in one.runs for o, root in _roots(home)]
        for session, _, root, folder in held:
            if (folder / "session").exists() and (root / "sessions" / session).exists():
                raise StoreError(
                    f"Session {session} is in {root} again, so it was not restored over it.",
                    f"Move one of the two away: {root / 'sessions' / session} or {folder / 'session'}.",
                )
        for session, _, root, folder in held:
            put_rows(root, session, folder)
            _move(folder / "session", root / "sessions" / session)
        _delete(home.trash / one.key)
    return one


def empty(home: Home) -> tuple[list[Removal], int]:
    """Delete what is in the trash for good; returns what that was, and how many bytes it took.

    Raises:
        StoreError: a folder cannot be deleted.
    """
    with _alone(home):
        _finish(home)
        gone = removals(home)
        size = sum(p.stat().st_size for p in home.trash.rglob("*") if p.is_file())
        for folder in _folders(home):
            _delete(folder)
    return gone, size


def finish(home: Home) -> None:
    """Go on with removals that were interrupted; nothing where another process is at it.

    Raises:
        StoreError: the disk does not take it.
    """
    if any(home.trash.glob(f"*/{GOING}")):
        with turn(home.store / RUNS.name, wait=False) as mine:
            if mine:
                _finish(home)


def refuse_running(home: Home, session: str) -> None:
    """Raises UsageError where the session is being recorded."""
    log = log_of(home.root, session)
    if log is not None and is_running(log):
        raise UsageError(f"Session {session} is being recorded, so it was not removed.", "Stop it first.")


def sweeps_of(home: Home, sessions: Sequence[str]) -> dict[str, bool]:
    """Sweeps whose log names one of the sessions, and whether each is being driven."""
    found = {}
    for log in sorted(home.sweeps.glob("*/sweep.jsonl")):
        try:
            text = log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if any(f'"{session}"' in text for session in sessions):
            found[log.parent.name] = is_running(log)
    return found


def removed_sessions(home: Home) -> frozenset[str]:
    """Sessions that are in the trash."""
    return frozenset(session for one in removals(home) for session in one.runs)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """No compaction begins, and no other removal."""
    try:
        private_folder(home.store / RUNS.name)
        with turn(home.store / RUNS.name):
            yield
    except OSError as error:
        raise StoreError(f"{home.trash} cannot be used ({error.strerror or error}).", "Make room there.") from error


def _finish(home: Home) -> None:
    for folder in _folders(home):
        if (folder / GOING).is_file() and (one := _read(folder)) is not None:
            _go(home, folder, one)
        elif not (folder / NOTE).is_file() and not any(folder.glob("*/*/session")):
            _delete(folder)  # copies alone, of a removal that never began


def _go(home: Home, folder: Path, one: Removal) -> None:
    """The steps of a removal whose rows are safe; each may be done already."""
    for session in one.runs:
        for origin, root in _roots(home):
            _move(root / "sessions" / session, folder / session / origin / "session")
            drop_rows(root, session)
    (folder / GOING).rename(folder / NOTE)


def _move(source: Path, target: Path) -> None:
    if source.is_dir() and not target.exists():
        private_folder(target.parent)
        source.rename(target)


def _fresh(home: Home, session: str) -> Path:
    """A folder whose name sorts behind those that are there."""
    private_folder(home.trash)
    numbers = [int(folder.name.partition("-")[0]) for folder in _folders(home)]
    folder = home.trash / f"{max(numbers, default=0) + 1:06d}-{session}"
    folder.mkdir(mode=0o700)
    return folder


def _folders(home: Home) -> list[Path]:
    if not home.trash.is_dir():
        return []
    return sorted(p for p in home.trash.iterdir() if p.name.partition("-")[0].isdecimal() and p.is_dir())


def _read(folder: Path) -> Removal | None:
    for name in (NOTE, GOING):
        try:
            told = json.loads((folder / name).read_bytes())
            runs = {home_id(s): [str(run) for run in ids] for s, ids in told["runs"].items()}
            names = {str(run): str(text) for run, text in told["names"].items()}
            return Removal(folder.name, str(told["at"]), runs, names)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


def home_id(session: str) -> str:
    """The id of a session as it is. Raises ValueError where it would be a path."""
    from ecotui.store.home import SESSION

    if not SESSION.fullmatch(session):
        raise ValueError(session)
    return session


def _delete(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise StoreError(f"{folder} cannot be deleted ({error.strerror or error}).") from error


def _roots(home: Home) -> list[tuple[str, Path]]:
    return list(zip(OWN, (home.root, home.root / "imported"), strict=True))
