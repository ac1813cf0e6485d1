"""Takes a bundle's sessions into the home: everything is checked and unpacked beside, then renamed, or nothing is.

They go to HOME/imported, a root of its own: what was measured elsewhere is never taken for this machine's.
Rows of a session whose log came along are made from that log, not taken over, so that nobody can hand in others.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecotui.core.errors import EcotuiError, StoreError, UsageError
from ecotui.core.rows import RunRow, WindowRow
from ecotui.log.reader import open_log, read_timeline
from ecotui.store.bundle import ADVICE, MOST_B, Entry, sessions_of
from ecotui.store.bundle_check import apart, contradictions
from ecotui.store.bundle_read import CHUNK, Bundle, open_bundle
from ecotui.store.files import turn
from ecotui.store.home import Home, log_of, private_folder
from ecotui.store.parquet import load
from ecotui.store.schema import RUNS, TABLES, WINDOWS, UnfitError, to_rows
from ecotui.store.store import IMPORTED, Store

BESIDE = ".import-"
"""How the folder's name begins in which an import is made ready."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    sessions: tuple[str, ...]
    """Ids that were taken in."""
    runs: int
    left: tuple[str, ...]
    """Ids that were there already, and were left as they are."""


def import_bundle(store: Store, path: Path) -> Imported:
    """Take in every session of a bundle that is not there yet; those that are there are checked like the others.

    Raises:
        UsageError: something is wrong with the bundle; the sentence names the file, and nothing was imported.
        StoreError: the disk does not take it; nothing was imported.
    """
    home = store.home
    known = {run.row.session_id for run in store.runs()}
    with open_bundle(path) as bundle:
        by_session = sessions_of(bundle.manifest.entries)
        wanted = [session for session in by_session if session not in known]
        beside = None
        bundle.check_card()
        try:
            _clear(home.root)
            beside = Path(tempfile.mkdtemp(prefix=BESIDE, dir=home.root))
            with turn(beside):
                runs = {session: _prepare(bundle, session, some, beside) for session, some in by_session.items()}
                _move(wanted, beside, home.root / IMPORTED)
        except OSError as error:
            why = error.strerror or error
            raise StoreError(f"{home.root} does not take the import ({why}).", "Make room there.") from error
        finally:
            if beside is not None:
                shutil.rmtree(beside, ignore_errors=True)
    left = tuple(session for session in by_session if session in known)
    return Imported(tuple(wanted), sum(runs[session] for session in wanted), left)


def _clear(root: Path) -> None:
    """Take away what imports have left behind that were killed; one that is under way has its folder locked."""
    for folder in root.glob(f"{BESIDE}*"):
        with turn(folder, wait=False) as nobodys:
            if nobodys:
                shutil.rmtree(folder, ignore_errors=True)


def _prepare(bundle: Bundle, session: str, entries: Sequence[Entry], beside: Path) -> int:
    """Unpack a session and make sure of its rows; returns how many runs it has."""
    for entry in entries:
        place = beside / entry.path
        private_folder(place.parent)
        bundle.unpack(entry, place)
    try:
        return len(_checked(session, beside))
    except (EcotuiError, UnfitError) as error:
        what = str(error).replace(f"{beside}/", "").replace(" and was passed over", "")
        raise UsageError(f"{bundle.shown}: {what}", ADVICE) from error


def _checked(session: str, beside: Path) -> Sequence[RunRow]:
    log = log_of(beside, session)
    if log is None:
        return _rows_alone(session, beside)
    _bounded(log)
    line = read_timeline(log)
    named = line.header.session if line.header else ""
    if named != session:
        raise UsageError(f"The log in the folder of {session} is that of session {named!r}.")
    return Store(Home(beside)).append(line)


def _bounded(log: Path) -> None:
    """Refuse a packed log that would fill the memory: looked at in pieces, before anyone reads its lines."""
    count = 0
    with open_log(log) as stream:
        try:
            while piece := stream.read(CHUNK):
                count += len(piece)
                if count > MOST_B:
                    raise UsageError(f"{log} unpacks to more than {MOST_B / 1e9:.0f} GB, more than any log has.")
        except EOFError:
            return  # a packed log that was cut ends where it was cut


def _rows_alone(session: str, beside: Path) -> Sequence[RunRow]:
    """Rows of a session whose log did not come along: whole tables, and of that session alone."""
    frames = {table.name: load(beside / "store" / table.name / f"{session}.parquet", table) for table in TABLES}
    for name, frame in frames.items():
        if not frame.is_empty() and not frame["run_id"].str.starts_with(f"{session}.").all():
            raise UsageError(f"store/{name}/{session}.parquet has rows of another session.")
    rows = to_rows(frames[RUNS.name], RunRow)
    if any(row.session_id != session for row in rows) or not rows:
        raise UsageError(f"store/{RUNS.name}/{session}.parquet has no rows of session {session}, or of others.")
    for name, some in ((RUNS.name, rows), (WINDOWS.name, windows := to_rows(frames[WINDOWS.name], WindowRow))):
        if wrong := next(contradictions(some), ""):
            raise UsageError(f"store/{name}/{session}.parquet contradicts itself: {wrong}")
    if wrong := next(apart(rows, windows), ""):
        raise UsageError(f"The rows of session {session} contradict each other: {wrong}")
    return rows


def _move(sessions: Sequence[str], beside: Path, root: Path) -> None:
    """Rename everything into place, runs last, so that a session that can be seen is whole; undone if one fails."""
    names = [f"sessions/{session}" for session in sessions]
    names += [f"store/{table.name}/{session}.parquet" for table in TABLES for session in sessions]
    done: list[Path] = []
    try:
        for name in names:
            place = root / name
            if not (beside / name).exists():
                continue
            private_folder(place.parent)
            if place.is_dir():  # a session's folder without rows: an import that was killed between two renames
                shutil.rmtree(place)
            (beside / name).replace(place)
            done.append(place)
    except OSError:
        for place in reversed(done):
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        raise
