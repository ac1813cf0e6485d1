"""Reads a whole log, live or finished, plain or gzipped."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from ecotui.core.errors import LogError
from ecotui.core.events import Event, Header, Over, Window
from ecotui.core.overs import Overs
from ecotui.core.timeline import Timeline
from ecotui.log.format import check_header, parse
from ecotui.log.lock import is_running

GZIP = b"\x1f\x8b"
"""How packed data begins; a log's own first byte is a brace."""


@contextmanager
def open_log(path: Path) -> Iterator[IO[bytes]]:
    """The log's bytes, unpacked where they are packed, whatever the file's name.

    Raises:
        LogError: it is not there, or not readable.
    """
    try:
        with path.open("rb") as file:
            packed = file.peek(len(GZIP)).startswith(GZIP)  # not by its name: files are renamed, and unpacked
            with gzip.GzipFile(fileobj=file) if packed else file as stream:
                yield cast(IO[bytes], stream)
    except FileNotFoundError as error:
        raise LogError(f"There is no log {path}.", "`ecotui runs` lists what is stored.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise LogError(f"{path} is packed and damaged ({error}).", "Restore the file from a copy.") from error
    except OSError as error:
        raise LogError(
            f"{path} cannot be read ({error.strerror or error}).", "Check that it is a log of ecotui."
        ) from error


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a log; a packed one that was cut ends, like a plain one, with the line that was cut."""
    try:
        yield from stream
    except EOFError:
        yield b""


def read_events(path: Path) -> Iterator[Event]:
    """Every event of known kind, in order; a torn last line is left out.

    Where the recorder ended before it had weighed a window that was over, the window comes last.

    Raises:
        LogError: not a log, a newer major version, or a damaged line before the last.
    """
    overs, ended = Overs(), False
    for event in _told(path):
        yield event
        match event:
            case Over():
                # Asked before the rest is read: of a recorder that ended by then, that is all that it wrote.
                ended = ended or not is_running(path)
                overs.add(event)
            case Window():
                overs.settle(event)
    if ended:
        yield from overs.made()


def _told(path: Path) -> Iterator[Event]:
    with open_log(path) as stream:
        first = True
        for number, raw in enumerate(_lines(stream), 1):
            if not raw.endswith(b"\n"):
                if first:
                    raise _beheaded(raw, path)
                return
            event = parse(raw.decode("utf-8", "replace"), path, number) if not first else None
            if first:
                event, first = _header(raw, path), False
            if event is not None:
                yield event
        if first:
            check_header(None, path)


def _beheaded(raw: bytes, path: Path) -> LogError:
    if raw[:1] in (b"", b"{"):
        return LogError(f"{path} breaks off before its first line ends.", "If it was copied, copy it again.")
    return LogError(f"{path} is not a session log of ecotui.", "Name a log.jsonl or log.jsonl.gz of a session.")


def _header(raw: bytes, path: Path) -> Event:
    try:
        event = parse(raw.decode("utf-8", "replace"), path, 1)
    except LogError:
        event = None
    return check_header(event, path)


def read_header(path: Path) -> Header:
    """The first line alone.

    Raises:
        LogError: as `read_events`.
    """
    return check_header(next(read_events(path), None), path)


def read_timeline(path: Path) -> Timeline:
    """The whole session, folded.

    Raises:
        LogError: as `read_events`; also where the header's plan cannot be read.
    """
    line = Timeline()
    for event in read_events(path):
        fold(line, event, path)
    return line


def fold(line: Timeline, event: Event, path: Path) -> None:
    """Take an event from a file into a timeline; what does not fit is the file's fault, not the reader's."""
    try:
        line.apply(event)
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise LogError(
            f"{path} holds an event that does not fit its plan ({error!r}).", "Restore it from a copy."
        ) from error


def is_torn(path: Path) -> bool:
    """Whether the log ends in the middle of a line."""
    with open_log(path) as stream:
        last = b"\n"
        for last in _lines(stream):  # noqa: B007 - the last line is what is wanted
            pass
    return not last.endswith(b"\n")
