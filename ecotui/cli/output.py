"""stdout that may be full or closed: its failure is told from every other, and said in one sentence."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import TextIOWrapper
from typing import Any, TextIO, cast


class OutputError(Exception):
    """stdout takes nothing any more; the cause is the system's error."""


class Trimmed:
    """A stream that gets lines without the blanks that a table pads them with."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(re.sub(r" +(?=\n)", "", text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Output:
    """A stream whose failures to write are OutputErrors."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            raise OutputError from error

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputError from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def lossy() -> None:
    """Where stdout or stderr has an encoding that lacks a letter, a question mark stands for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            with suppress(OSError, ValueError):  # what is closed or full says so when it is written to
                stream.reconfigure(errors="replace")


@contextmanager
def delivered() -> Iterator[None]:
    """Within the block stdout tells its own failures; at its end everything is written.

    Raises:
        OutputError: it is not.
    """
    output = _Output(sys.stdout)
    with redirect_stdout(cast(TextIO, output)):
        try:
            yield
        finally:
            output.flush()


def undelivered(error: OutputError) -> int:
    """Say that stdout takes nothing, unless its reader has merely gone; returns the exit code."""
    cause = error.__cause__
    if not isinstance(cause, BrokenPipeError):
        why = cause.strerror if isinstance(cause, OSError) else "it is closed"
        sys.stderr.write(f"ecotui: The output cannot be written ({why}). Make room there, or send it elsewhere.\n")
    if sys.stdout is not None:
        # What is still held back would fail once more, with a traceback, when the interpreter ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    return 1
