"""Where an export goes: stdout, a file that was not there, or a folder of files; each whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ecotui.cli.output import OutputError
from ecotui.core.errors import EcotuiError, UsageError

STDOUT = "-"
STREAMS = tuple(map(Path, ("/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/fd/2")))
"""Files that are this process's own output: there it is not said where they are."""


def written(to: str, data: bytes, force: bool) -> str:
    """Put `data` into a file, or on stdout; returns where it is.

    Raises:
        UsageError: the file is there, and `force` is not meant.
        EcotuiError: it cannot be written; what was there stays.
    """
    if to == STDOUT:
        sys.stdout.write(data.decode())
        return to
    path = Path(to).expanduser()
    free(path, force)
    try:
        _replace(path, data)
    except BrokenPipeError as error:  # its reader has gone, as one of stdout may
        raise OutputError from error
    except OSError as error:
        raise unwritten(path, error) from error
    return STDOUT if path in STREAMS else str(path)


def free(path: Path, force: bool) -> None:
    """Refuse a place that is taken.

    Raises:
        UsageError: it is a folder, or a file that may not be written over.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Name a file in it.")
    if path.is_file() and not force:
        raise UsageError(f"{path} is there already.", "Name another file, or add --force to write over it.")


def all_written(to: str, files: Mapping[str, bytes], force: bool) -> list[str]:
    """Put each of several files into a folder, which is made where it is not there.

    Raises:
        UsageError: one of them is there, and `force` is not meant; nothing is written then.
        EcotuiError: they cannot be written.
    """
    folder = Path(to).expanduser()
    if to == STDOUT or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{len(files)} files do not go into {to}.", "Name a folder with -o.")
    for name in files:
        free(folder / name, force)
    try:
        for place in {(folder / name).parent for name in files}:
            place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(folder, error) from error
    return [written(str(folder / name), data, force=True) for name, data in files.items()]


def unwritten(path: Path, error: OSError) -> EcotuiError:
    """What is said of a disk that is full or a folder that is not there."""
    why = error.strerror or str(error)
    return EcotuiError(f"{path} cannot be written ({why}).", "Make room there, or name another place with -o.")


def _replace(path: Path, data: bytes) -> None:
    """Written beside and renamed; a device or a pipe is written to as it is."""
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    real = path.resolve()
    descriptor, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        beside.chmod(0o666 & ~_umask())
        beside.replace(real)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's own; it can only be asked by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
