"""Reads a whole log, live or finished, plain or gzipped."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from ecotui.core.errors import LogError
from ecotui.core.events import Event
from ecotui.core.timeline import Timeline
from ecotui.log.format import check_header, parse


@contextmanager
def open_log(path: Path) -> Iterator[IO[bytes]]:
    """The log's bytes, unpacked where its name ends in .gz.

    Raises:
        LogError: it is not there, or not readable.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            yield cast(IO[bytes], stream)
    except FileNotFoundError as error:
        raise LogError(f"There is no log {path}.", "`ecotui runs` lists what is stored.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise LogError(f"{path} cannot be read ({error}).", "Check that it is a log of ecotui.") from error


def read_events(path: Path) -> Iterator[Event]:
    """Every event of known kind, in order; a torn last line is left out.

    Raises:
        LogError: not a log, a newer major version, or a damaged line before the last.
    """
    with open_log(path) as stream:
        first = True
        for number, raw in enumerate(stream, 1):
            if not raw.endswith(b"\n"):
                if first:
                    check_header(None, path)
                return
            event = parse(raw.decode("utf-8", "replace"), path, number) if not first else None
            if first:
                event, first = _header(raw, path), False
            if event is not None:
                yield event
        if first:
            check_header(None, path)


def _header(raw: bytes, path: Path) -> Event:
    try:
        event = parse(raw.decode("utf-8", "replace"), path, 1)
    except LogError:
        event = None
    return check_header(event, path)


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
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise LogError(
            f"{path} holds an event that does not fit its plan ({error!r}).", "Restore it from a copy."
        ) from error


def is_torn(path: Path) -> bool:
    """Whether the log ends in the middle of a line."""
    with open_log(path) as stream:
        last = b"\n"
        for last in stream:  # noqa: B007 - the last line is what is wanted
            pass
    return not last.endswith(b"\n")
