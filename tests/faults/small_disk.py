"""A disk that can be filled: a little one in memory where it may be mounted, else none."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

MEGABYTES = 4


class NoDiskError(Exception):
    """Nothing may be mounted here."""


class SmallDisk:
    """Mounted at `root` within the block."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def fill(self) -> None:
        """Leave no byte free."""
        descriptor = os.open(self.root / "ballast", os.O_WRONLY | os.O_CREAT)
        try:
            for size in (65_536, 4096, 1):
                with suppress(OSError):
                    while os.write(descriptor, bytes(size)):
                        pass
        finally:
            os.close(descriptor)

    def clear(self) -> None:
        """Room again."""
        (self.root / "ballast").unlink()

    def __enter__(self) -> SmallDisk:
        words = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "ecotui-trial", str(self.root)]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            raise NoDiskError
        for name in ("sessions", "store"):
            (self.root / name).mkdir(mode=0o700)
        return self

    def __exit__(self, *_: object) -> None:
        """The mount stays: its files are looked at by the next start, and it is taken off with the home."""


def unmount(root: Path) -> None:
    """Take off what a trial has mounted."""
    if os.path.ismount(root):
        subprocess.run(["umount", str(root)], check=False)  # noqa: S607 - wherever it is
