"""Reads Parquet files of which some may be broken: all at once, and in halves only to name the bad ones."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ecotui.store.schema import Table, UnfitError, upgrade

if TYPE_CHECKING:
    import polars as pl

MAGIC = b"PAR1"
REBUILD = "Move it away; where the session's log is there, ecotui rebuilds it from that."
UPDATE = "Update ecotui: pip install --upgrade ecotui."


GROUP = 4096
"""Rows of a large file that are skipped together where none of them is wanted."""


def to_bytes(frame: pl.DataFrame) -> bytes:
    """The frame as a Parquet file; what tells which rows to skip, and packing tightly, only where there are many."""
    buffer, many = io.BytesIO(), frame.height > GROUP
    frame.write_parquet(buffer, compression="zstd" if many else "snappy", row_group_size=GROUP, statistics=many)
    return buffer.getvalue()


def load(path: Path, table: Table) -> pl.DataFrame:
    """One file with today's columns.

    Raises:
        UnfitError: a whole sentence with the file, what is wrong with it and what to do.
        FileNotFoundError: it is gone.
    """
    return _parse(path, _bytes(path), table)


def load_some(path: Path, table: Table, sessions: Collection[str] | None, columns: Sequence[str]) -> pl.DataFrame:
    """These columns of a file that `load` has passed, of these sessions; of all where that is None.

    Raises:
        FileNotFoundError: it is gone.
    """
    import polars as pl

    try:
        scan = pl.scan_parquet(path, schema=table.schema, missing_columns="insert", extra_columns="ignore")
        if sessions is not None:
            scan = scan.filter(pl.col("session_id").is_in(list(sessions)))
        return scan.select(columns).collect()
    except FileNotFoundError:
        raise
    except pl.exceptions.PolarsError:  # its columns are narrower than today's
        frame = load(path, table)
        return (frame if sessions is None else frame.filter(pl.col("session_id").is_in(list(sessions)))).select(columns)


def load_all(paths: Sequence[Path], table: Table, *, whole: bool = False) -> tuple[pl.DataFrame, dict[Path, str]]:
    """Every file that can be read as one frame, and a sentence for each that was passed over.

    whole: pass over a file with columns that this version does not know, too, rather than read it without them.

    Raises:
        FileNotFoundError: one of them is gone.
    """
    import polars as pl

    contents: dict[Path, bytes] = {}
    faults: dict[Path, str] = {}
    for path in paths:
        try:
            contents[path] = _bytes(path)
        except UnfitError as error:
            faults[path] = str(error)
    if not contents:
        return pl.DataFrame(schema=table.schema), faults
    return pl.concat(_gather(list(contents.items()), table, faults, whole)), faults


def _gather(
    files: Sequence[tuple[Path, bytes]], table: Table, faults: dict[Path, str], whole: bool
) -> list[pl.DataFrame]:
    """Frames of the good files; halves until a bad one stands alone, so that one of thousands costs little."""
    import polars as pl

    together = _together([data for _, data in files], table, whole)
    if together is not None:
        return [together]
    if len(files) > 1:
        half = len(files) // 2
        return _gather(files[:half], table, faults, whole) + _gather(files[half:], table, faults, whole)
    path, data = files[0]
    try:
        return [_parse(path, data, table, whole)]
    except UnfitError as error:
        faults[path] = str(error)
        return [pl.DataFrame(schema=table.schema)]


def _together(contents: Sequence[bytes], table: Table, whole: bool) -> pl.DataFrame | None:
    """All files in one scan; None where any of them needs a closer look."""
    import polars as pl

    try:
        extra: Literal["ignore", "raise"] = "raise" if whole else "ignore"
        scan = pl.scan_parquet(list(contents), schema=table.schema, missing_columns="insert", extra_columns=extra)
        return upgrade(scan.collect(), table)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, UnfitError):
        return None


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnfitError(
            f"{path} cannot be read ({error.strerror or error}) and was passed over. Check its permissions."
        ) from error
    # Looked at first, because polars prints a panic of its own for some damaged files.
    if len(data) < 12 or data[:4] != MAGIC or data[-4:] != MAGIC:
        raise UnfitError(f"{path} is not a whole Parquet file and was passed over. {REBUILD}")
    return data


def _parse(path: Path, data: bytes, table: Table, whole: bool = False) -> pl.DataFrame:
    import polars as pl

    try:
        frame = pl.read_parquet(data)
        if whole and (unknown := set(frame.columns) - set(table.columns)):
            raise UnfitError(f"has columns that this version does not know ({', '.join(sorted(unknown))})")
        return upgrade(frame, table)
    except UnfitError as error:
        advice = UPDATE if "newer" in str(error) else REBUILD
        raise UnfitError(f"{path} {error} and was passed over. {advice}") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise UnfitError(f"{path} is a damaged Parquet file and was passed over. {REBUILD}") from error
