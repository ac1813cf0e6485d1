"""A file of the store appears whole or not at all, so that readers and recorders need no lock."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ecotui.core.errors import StoreError
from ecotui.store.home import private_folder

SUFFIX = ".parquet"


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`, 0600: written beside its place, synced, renamed, and the folder synced.

    Raises:
        StoreError: the disk is full, or the folder cannot be written; what was there before stays.
    """
    try:
        private_folder(path.parent)
        # mkstemp makes 0600 files; the suffix keeps a half-written one out of every listing.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        beside = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _sync(path.parent)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror or error}).",
            "Make room there; the session's log is whole, and the runs are stored from it at the next start.",
        ) from error


def list_files(folder: Path) -> list[Path]:
    """The Parquet files of a folder, by name; none where the folder is not there.

    Raises:
        OSError: the folder cannot be read.
    """
    try:
        return sorted(p for p in folder.iterdir() if p.suffix == SUFFIX and p.is_file())
    except FileNotFoundError:
        return []


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
