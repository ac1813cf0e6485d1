"""Puts the files of many sessions into one, while others read and record.

The new file is written whole and synced before anything goes; older compacted files go first and the sessions' own
files after them. So a crash anywhere leaves every row in at least one file, and readers, who take a session's own file
before its rows in a compacted one, see the same as before. Files that cannot be read, or that hold columns of a newer
version, stay as they are.

Runs and windows are compacted, since lists and fits read all of them. Traces are read one at a time, by name: one file
a session is what serves that best.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.store.files import COMPACT, SUFFIX, Stamp, is_compact, stamp, stamps, turn, write_whole
from ecotui.store.parquet import load_all, to_bytes
from ecotui.store.schema import RUNS, WINDOWS, Table
from ecotui.store.shelf import once

if TYPE_CHECKING:
    import polars as pl

ORDER = (WINDOWS, RUNS)
MANY = 64
"""Files of one session each that are not yet many: a reader opens them in some 40 ms."""
FEW = 8
"""Compacted files that are not yet many; beyond, they become one, so that most rows are written once or twice."""
AT_ONCE = 64
"""Files that go in one turn, so that a recorder waits for milliseconds."""


def compact(store: Path, many: int = MANY) -> int:
    """Compact a store's folder where its files have grown many; returns how many files went into another.

    Nothing is done where another process is at it, nor on a disk without locks.

    Raises:
        StoreError: the disk does not take the new file; nothing has changed.
    """
    try:
        listed = stamps(store / RUNS.name)
    except OSError:
        return 0  # whoever reads the folder says so
    compacts = sum(map(is_compact, listed))
    if len(listed) - compacts <= many and compacts <= FEW:
        return 0
    # The runs' folder stands for "compacting", the store's for "taking files away", which recorders wait for.
    with turn(store / RUNS.name, wait=False) as mine:
        return sum(_fold(store, table) for table in ORDER) if mine else 0


def _fold(store: Path, table: Table) -> int:
    """All that can be folded without loss."""
    try:
        files = stamps(store / table.name)
        loose, rest = _loose(files, table)
        old = _old(files, table, rest)
    except OSError:
        return 0
    if not loose and len(old) <= 1:
        return 0
    data = to_bytes(once([rest, *old.values()]).sort("session_id", "run_id", maintain_order=True))
    target = store / table.name / f"{COMPACT}{hashlib.sha256(data).hexdigest()[:16]}{SUFFIX}"
    write_whole(target, data)
    return _remove(store, [path for path in old if path != target], files) + _remove(store, loose, files)


def _old(files: Mapping[Path, Stamp], table: Table, rest: pl.DataFrame) -> dict[Path, pl.DataFrame]:
    """Compacted files that are folded in, the youngest first: all where they are many, else those with older rows of
    the same sessions, which the new file must not leave behind beside its own.
    """
    paths = sorted((path for path in files if is_compact(path)), key=lambda path: files[path], reverse=True)
    frames = {path: frame for path in paths for frame, faults in [load_all([path], table, whole=True)] if not faults}
    if len(frames) > FEW:
        return frames
    new = set(rest["session_id"].unique())
    return {path: frame for path, frame in frames.items() if not new.isdisjoint(frame["session_id"].unique())}


def _loose(files: Mapping[Path, Stamp], table: Table) -> tuple[list[Path], pl.DataFrame]:
    """Sessions' own files that hold rows of just their session, and these rows."""
    import polars as pl

    own = [path for path in files if not is_compact(path)]
    frame, faults = load_all(own, table, whole=True)
    stems = {path.stem for path in own if path not in faults}
    found = set(frame["session_id"].unique().to_list())
    if found - stems:  # somebody gave a file another session's name: it stays, and so does the one of that name
        own, frame = _honest(own, table)
        found = set(frame["session_id"].unique().to_list())
    # A session without windows has a file without rows, which tells that there are none.
    paths = [path for path in own if path.stem in found and path not in faults]
    return paths, frame.filter(pl.col("session_id").is_in([path.stem for path in paths]))


def _honest(paths: Iterable[Path], table: Table) -> tuple[list[Path], pl.DataFrame]:
    import polars as pl

    kept: dict[Path, pl.DataFrame] = {}
    for path in paths:
        frame, faults = load_all([path], table, whole=True)
        if not faults and set(frame["session_id"].unique().to_list()) == {path.stem}:
            kept[path] = frame
    return list(kept), pl.concat(kept.values()) if kept else pl.DataFrame(schema=table.schema)


def _remove(store: Path, paths: Sequence[Path], seen: Mapping[Path, Stamp]) -> int:
    """Take files away that are still as they were read; one that was written again meanwhile stays."""
    gone, rest = 0, iter(paths)
    while some := list(islice(rest, AT_ONCE)):
        with turn(store):
            for path in some:
                if stamp(path) == seen[path]:
                    with suppress(OSError):
                        path.unlink()
                        gone += 1
    return gone
