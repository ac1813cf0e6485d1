"""One table under one root: its files read as one, each again only where it changed, a session once.

A session's own file comes before its rows in a compacted one, which were written earlier, and the youngest compacted
file before older ones. A file that disappears between the listing and the reading was compacted: the folder is listed
again, and its rows are found in the other file, which was there before they went.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from ecotui.store.files import SUFFIX, Stamp, is_compact, stamp, stamps
from ecotui.store.parquet import load, load_all, load_some
from ecotui.store.schema import Table, UnfitError

if TYPE_CHECKING:
    import polars as pl

TRIES = 10
"""Listings in a row that may turn out old: a compaction takes seconds and happens once in hundreds of sessions."""
Files = dict[Path, Stamp]


class Shelf:
    """The files of `table` under `root`, and what was wrong with them at the last look."""

    def __init__(self, root: Path, table: Table) -> None:
        self.folder, self.table = root / "store" / table.name, table
        self.faults: dict[Path, str] = {}
        self._lock = RLock()  # the History reads in two threads
        self._seen: Files | None = None
        self._whole: pl.DataFrame | None = None
        self._parts: list[pl.DataFrame] = []
        self._loose: tuple[Files, pl.DataFrame] | None = None
        self._compacts: dict[Path, tuple[Stamp, pl.DataFrame]] = {}
        self._names: dict[Path, tuple[Stamp, frozenset[str]]] = {}

    def frame(self) -> pl.DataFrame:
        """Every row of every file that can be read; the same object as long as no file changes."""
        with self._lock:
            for _ in range(TRIES):
                files = self._list()
                if self._whole is not None and files == self._seen and not self.faults:
                    return self._whole
                try:
                    whole, self._seen = self._read(files), files
                except FileNotFoundError:
                    continue
                return whole
            return self._empty()

    def some(self, sessions: Collection[str] | None, columns: Sequence[str]) -> pl.DataFrame:
        """These columns of these sessions' rows, of all where that is None; nothing is kept."""
        with self._lock:
            for _ in range(TRIES):
                try:
                    return self._some(sessions, columns)
                except FileNotFoundError:
                    continue
            return self._empty().select(columns)

    def one(self, session: str) -> pl.DataFrame | None:
        """A session's rows; None where no file that can be read has any, nor one of its own."""
        path = self.folder / f"{session}{SUFFIX}"
        with self._lock:
            self.faults.pop(path, None)
            try:
                return load(path, self.table)
            except FileNotFoundError:
                pass
            except UnfitError as error:
                self.faults[path] = str(error)
            found = self.some([session], list(self.table.columns)) if self._compacted() else None
            return found if found is not None and found.height else None

    def sessions(self) -> set[str]:
        """Sessions that have a file here, whatever is in it, or rows in a compacted file that can be read.

        Raises:
            OSError: the folder cannot be read.
        """
        with self._lock:
            files = stamps(self.folder)
            self.faults = {path: said for path, said in self.faults.items() if path in files}
            held = {path.stem for path in files if not is_compact(path)}
            return held.union(*(self._named(path, now) for path, now in files.items() if is_compact(path)))

    def _compacted(self) -> bool:
        return any(self.folder.glob("compact.*"))

    def _list(self) -> Files:
        """The files of now; faults of files that are gone are forgotten."""
        try:
            files, fault = stamps(self.folder), ""
        except OSError as error:
            files, fault = {}, f"{self.folder} cannot be read ({error.strerror or error})."
        self.faults = {path: said for path, said in self.faults.items() if path in files}
        if fault:
            self.faults[self.folder] = fault
        return files

    def _read(self, files: Files) -> pl.DataFrame:
        """All files as one frame; the one of before where nothing came of it."""
        loose = self._read_loose({path: now for path, now in files.items() if not is_compact(path)})
        parts = [loose, *(self._read_compact(path, files[path]) for path in _youngest_first(files))]
        self._compacts = {path: held for path, held in self._compacts.items() if path in files}
        if self._whole is None or [id(part) for part in parts] != [id(part) for part in self._parts]:
            self._parts, self._whole = parts, once(parts)
        return self._whole

    def _read_loose(self, files: Files) -> pl.DataFrame:
        """Files of one session each: only what came, where nothing else changed."""
        import polars as pl

        before, held = self._loose or ({}, self._empty())
        if any(files.get(path) != now for path, now in before.items()):
            before, held = {}, self._empty()
        new = self._load([path for path in files if path not in before])
        whole = pl.concat([held, new]).rechunk() if new.height else held
        self._loose = ({path: now for path, now in files.items() if path not in self.faults}, whole)
        return whole

    def _load(self, paths: Sequence[Path]) -> pl.DataFrame:
        frame, faults = load_all(paths, self.table)
        self.faults = {path: said for path, said in self.faults.items() if path not in paths} | faults
        return frame

    def _read_compact(self, path: Path, now: Stamp) -> pl.DataFrame:
        if (held := self._compacts.get(path)) is not None and held[0] == now:
            return held[1]
        try:
            frame = load(path, self.table)
            self.faults.pop(path, None)
        except UnfitError as error:
            self.faults[path], frame = str(error), self._empty()
        self._compacts[path] = (now, frame)
        return frame

    def _named(self, path: Path, now: Stamp) -> frozenset[str]:
        """Sessions of a compacted file; none of one that cannot be read."""
        if (held := self._names.get(path)) is None or held[0] != now:
            try:
                found = frozenset(load(path, self.table)["session_id"].unique().to_list())
                self.faults.pop(path, None)
            except UnfitError as error:
                self.faults[path], found = str(error), frozenset()
            except FileNotFoundError:
                return frozenset()
            self._names[path] = held = (now, found)
        return held[1]

    def _some(self, sessions: Collection[str] | None, columns: Sequence[str]) -> pl.DataFrame:
        """Raises FileNotFoundError where a file went meanwhile."""
        needed = list(dict.fromkeys([*columns, "session_id"]))
        files = self._list() if sessions is None else self._of(sessions)
        parts = [self._load([path for path in files if not is_compact(path)]).select(needed)]
        for path in _youngest_first(files):
            wanted = self._named(path, files[path])
            if sessions is not None:
                wanted &= frozenset(sessions)
            if wanted:
                parts.append(load_some(path, self.table, None if sessions is None else wanted, needed))
        return once(parts).select(columns)

    def _of(self, sessions: Collection[str]) -> Files:
        """Files that may have rows of these sessions."""
        paths = [self.folder / f"{session}{SUFFIX}" for session in sessions]
        own = {path: now for path in paths if (now := stamp(path)) is not None}
        return own | {path: now for path in self.folder.glob("compact.*") if (now := stamp(path)) is not None}

    def _empty(self) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame(schema=self.table.schema)


def _youngest_first(files: Files) -> list[Path]:
    return sorted((path for path in files if is_compact(path)), key=lambda path: files[path], reverse=True)


def once(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The parts as one; of a session that several have only the first's rows."""
    import polars as pl

    out: list[pl.DataFrame] = []
    for part in parts:
        if part.height and out:
            taken = pl.concat([other.select(pl.col("session_id").unique()) for other in out])
            part = part.join(taken, on="session_id", how="anti", maintain_order="left")  # noqa: PLW2901
        if part.height or not out:
            out.append(part)
    return pl.concat(out) if len(out) > 1 else out[0]
