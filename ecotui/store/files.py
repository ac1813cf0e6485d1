"""A file of the store appears whole or not at all, so that readers and recorders need no lock."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ecotui.core.errors import StoreError
from ecotui.store.home import private_folder

SUFFIX = ".parquet"
COMPACT = "compact."
"""How the name of a file of many sessions begins; a session's id has no dot."""
Stamp = tuple[int, int, int]
"""What changes with a file's content: time of its last change in ns, bytes, and number on its disk."""


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`, 0600: written beside its place, synced, renamed, and the folder synced.

    Raises:
        StoreError: the disk is full, or the folder cannot be written; what was there before stays.
    """
    write_together({path: data})


def write_together(files: Mapping[Path, bytes]) -> None:
    """Put each at its path as `write_whole` does, all or none.

    Nothing is renamed before all are synced, and the last not before the others' folders are: where a crash leaves
    the last, it leaves all.

    Raises:
        StoreError: one of them could not be written, and all that was there before stays; or, with all of them on the
            disk, one not be renamed or a folder not be synced: those that were renamed are then put back, as far as
            the disk takes that.
    """
    if not files:
        return
    *others, last = files
    with ExitStack() as stack:
        new = {path: stack.enter_context(_beside(path)) for path in files}
        for path, data in files.items():
            _fill(path, new[path], data)
        if others:
            stack.enter_context(_put_back(files))
        for path in others:
            _rename(path, new[path])
        for path in others:
            _sync(path)
        _rename(last, new[last])
        _sync(last)


@contextmanager
def _put_back(paths: Iterable[Path]) -> Iterator[None]:
    """Where what follows fails, what was at the paths is there again, as far as the disk takes that."""
    with ExitStack() as stack:
        before: dict[Path, Path | None] = {}
        for path in paths:
            link = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
            with suppress(OSError):  # a disk without links keeps no second name
                if path.exists():
                    os.link(path, link)
                    stack.callback(link.unlink, missing_ok=True)
                    before[path] = link
                else:
                    before[path] = None
        try:
            yield
        except BaseException:
            for path, old in before.items():
                with suppress(OSError):
                    path.unlink(missing_ok=True) if old is None else old.replace(path)
            raise


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A new file beside the path; where what follows fails, it is taken away."""
    with _told(path):
        private_folder(path.parent)
        # mkstemp makes 0600 files; the suffix keeps a half-written one out of every listing.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        os.close(descriptor)
    new = Path(name)
    try:
        yield new
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise


def _fill(path: Path, new: Path, data: bytes) -> None:
    with _told(path), new.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _rename(path: Path, new: Path) -> None:
    with _told(path):
        new.replace(path)


def _sync(path: Path) -> None:
    """The folder that a file was renamed in."""
    with _told(path):
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system refuses, as a sentence about the file that was to be written."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror or error}).",
            "Make room there; the session's log is whole, and the runs are stored from it at the next start.",
        ) from error


def is_compact(path: Path) -> bool:
    """Whether the file holds many sessions."""
    return path.name.startswith(COMPACT)


def stamp(path: Path) -> Stamp | None:
    """The file as it is now; None where it is gone."""
    try:
        it = path.stat()
    except OSError:
        return None
    return it.st_mtime_ns, it.st_size, it.st_ino


def stamps(folder: Path) -> dict[Path, Stamp]:
    """The Parquet files of a folder, by name, as they are now; none where the folder is not there.

    Raises:
        OSError: the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(SUFFIX) and entry.is_file())
    except FileNotFoundError:
        return {}
    return {path: now for name in names if (now := stamp(path := folder / name)) is not None}


@contextmanager
def turn(folder: Path, wait: bool = True) -> Iterator[bool]:
    """Alone in the folder among the processes that ask; False where another is there and `wait` is not meant.

    On a disk that knows no locks everyone is alone, except those who will not wait: these stay out.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        yield wait
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        mine = True
    except OSError:
        mine = wait
    try:
        yield mine
    finally:
        os.close(descriptor)
