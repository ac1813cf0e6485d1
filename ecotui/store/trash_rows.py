"""A session's rows out of a root's files, and back: what its own files hold, and what compacted ones do.

Files are read as they are, columns of a newer version among them, so that nothing is lost on the way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.core.errors import StoreError
from ecotui.store.files import COMPACT, SUFFIX, is_compact, stamps, turn, write_whole
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, TABLES, TRACES, WINDOWS

if TYPE_CHECKING:
    import polars as pl

FROM = (RUNS, WINDOWS, TRACES)
"""Runs go first, so that a run that can be seen has its windows."""


def copy_rows(root: Path, session: str, to: Path) -> None:
    """Put the session's rows of every table into the folder `to`, one file a table; a table without any has none.

    Raises:
        StoreError: the disk does not take them, or a file cannot be read.
    """
    for table in TABLES:
        own = root / "store" / table.name / f"{session}{SUFFIX}"
        data = _read(own)
        if data is None:  # a session's own file is younger than its rows in a compacted one
            data = next((to_bytes(rows) for rows, _, _ in _compacted(root, table.name, session)), None)
        if data is not None:
            write_whole(to / f"{table.name}{SUFFIX}", data)


def drop_rows(root: Path, session: str) -> None:
    """Take the session's rows away; those of others stay, also where a file holds both.

    Raises:
        StoreError: the disk does not take the other sessions' rows anew; no row is lost.
    """
    for table in FROM:
        folder = root / "store" / table.name
        for _, rest, path in list(_compacted(root, table.name, session)):
            if rest.height:
                _replace(folder, rest, path)
            _unlink(root, path)
        _unlink(root, folder / f"{session}{SUFFIX}")


def put_rows(root: Path, session: str, held: Path) -> None:
    """The session's rows back from the folder `held`, as files of its own.

    Raises:
        StoreError: the disk does not take them.
    """
    for table in TABLES:
        data = _read(held / f"{table.name}{SUFFIX}")
        if data is not None:
            with turn(root / "store"):
                write_whole(root / "store" / table.name / f"{session}{SUFFIX}", data)


def _compacted(root: Path, table: str, session: str) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, Path]]:
    """The session's rows in each compacted file that has any, the youngest first, the file's other rows, the file."""
    import polars as pl

    try:
        files = stamps(root / "store" / table)
    except OSError as error:
        raise StoreError(f"{root / 'store' / table} cannot be read ({error.strerror or error}).") from error
    for path in sorted(filter(is_compact, files), key=lambda path: files[path], reverse=True):
        try:
            frame = pl.read_parquet(path.read_bytes())
        except (pl.exceptions.PolarsError, OSError):
            continue  # the store says so, and lists none of its runs
        mine = pl.col("session_id") == session
        if (rows := frame.filter(mine)).height:
            yield rows, frame.filter(~mine), path


def _replace(folder: Path, rest: pl.DataFrame, path: Path) -> None:
    """The other rows as a file of the same age: which of two compacted files counts must not turn."""
    import hashlib

    data, before = to_bytes(rest), path.stat()
    target = folder / f"{COMPACT}{hashlib.sha256(data).hexdigest()[:16]}{SUFFIX}"
    write_whole(target, data)
    os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))


def _unlink(root: Path, path: Path) -> None:
    with turn(root / "store"):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{path} cannot be removed ({error.strerror or error}).") from error


def _read(path: Path) -> bytes | None:
    with suppress(FileNotFoundError):
        try:
            return path.read_bytes()
        except PermissionError as error:
            raise StoreError(f"{path} cannot be read ({error.strerror}).") from error
    return None
