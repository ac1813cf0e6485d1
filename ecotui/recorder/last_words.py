"""Room for a session's last words: on a full disk the log still tells which windows were over, and that it was full."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

RESERVE_B = 64 * 1024
"""Some ten windows, and a sentence."""


class Reserve:
    """Bytes of a disk that nobody else gets, in a file without a name: they are free again however its holder ends."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] | None = None
        with suppress(OSError):  # a disk that is full from the start has no room for last words either
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - held until the session is over
            os.posix_fallocate(self._file.fileno(), 0, RESERVE_B)

    def release(self) -> None:
        """Give them back; a second call does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None


def drop_torn_line(path: Path) -> None:
    """Take off what a disk that filled up has of a last line: nothing may be written behind it.

    Raises:
        OSError: the file cannot be changed.
    """
    with path.open("r+b") as stream:
        data = stream.read()
        if not data.endswith(b"\n"):
            stream.truncate(data.rfind(b"\n") + 1)
