"""Reads Parquet files of which some may be broken: all at once, and in halves only to name the bad ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.store.schema import Table, UnfitError, upgrade

if TYPE_CHECKING:
    import polars as pl

MAGIC = b"PAR1"
REBUILD = "Move it away; where the session's log is there, ecotui rebuilds it from that."
UPDATE = "Update ecotui: pip install --upgrade ecotui."


def to_bytes(frame: pl.DataFrame) -> bytes:
    """The frame as a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def load(path: Path, table: Table) -> pl.DataFrame:
    """One file with today's columns.

    Raises:
        UnfitError: a whole sentence with the file, what is wrong with it and what to do.
    """
    return _parse(path, _bytes(path), table)


def load_all(paths: Sequence[Path], table: Table) -> tuple[pl.DataFrame, dict[Path, str]]:
    """Every file that can be read as one frame, and a sentence for each that was passed over."""
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
    return pl.concat(_gather(list(contents.items()), table, faults)), faults


def _gather(files: Sequence[tuple[Path, bytes]], table: Table, faults: dict[Path, str]) -> list[pl.DataFrame]:
    """Frames of the good files; halves until a bad one stands alone, so that one of thousands costs little."""
    import polars as pl

    together = _together([data for _, data in files], table)
    if together is not None:
        return [together]
    if len(files) > 1:
        half = len(files) // 2
        return _gather(files[:half], table, faults) + _gather(files[half:], table, faults)
    path, data = files[0]
    try:
        return [_parse(path, data, table)]
    except UnfitError as error:
        faults[path] = str(error)
        return [pl.DataFrame(schema=table.schema)]


def _together(contents: Sequence[bytes], table: Table) -> pl.DataFrame | None:
    """All files in one scan; None where any of them needs a closer look."""
    import polars as pl

    try:
        scan = pl.scan_parquet(list(contents), schema=table.schema, missing_columns="insert", extra_columns="ignore")
        return upgrade(scan.collect(), table)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, UnfitError):
        return None


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnfitError(
            f"{path} cannot be read ({error.strerror or error}) and was passed over. Check its permissions."
        ) from error
    # Looked at first, because polars prints a panic of its own for some damaged files.
    if len(data) < 12 or data[:4] != MAGIC or data[-4:] != MAGIC:
        raise UnfitError(f"{path} is not a whole Parquet file and was passed over. {REBUILD}")
    return data


def _parse(path: Path, data: bytes, table: Table) -> pl.DataFrame:
    import polars as pl

    try:
        return upgrade(pl.read_parquet(data), table)
    except UnfitError as error:
        advice = UPDATE if "newer" in str(error) else REBUILD
        raise UnfitError(f"{path} {error} and was passed over. {advice}") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise UnfitError(f"{path} is a damaged Parquet file and was passed over. {REBUILD}") from error
