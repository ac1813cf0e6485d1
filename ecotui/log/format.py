"""Event <-> one JSON line, and the version of that bargain."""

from __future__ import annotations

from pathlib import Path

from ecotui.core.errors import LogError
from ecotui.core.events import Event, Header
from ecotui.core.wire import WireError, decode, kinds

FORMAT = "ecotui-log"
VERSION = "1.5"
"""Major: a reader of an older one must refuse. Minor: new kinds and fields, which an older one passes over."""

EVENTS = kinds(Event)


def parse(line: str, path: Path, number: int) -> Event | None:
    """The event on a line; None for a kind that this version does not know.

    Raises:
        LogError: the line is damaged; the message names file and line.
    """
    try:
        event: Event | None = decode(line, EVENTS)
    except WireError as error:
        raise LogError(
            f"Line {number} of {path} is damaged ({error}).",
            "Restore the file from a copy; the lines before it are whole.",
        ) from error
    return event


def check_header(event: Event | None, path: Path) -> Header:
    """The header, or a LogError: not a session log, or one of a newer major version."""
    if not isinstance(event, Header):
        raise LogError(f"{path} is not a session log of ecotui.", "Name a log.jsonl or log.jsonl.gz of a session.")
    major, _, minor = event.version.partition(".")
    if not (major.isdecimal() and minor.isdecimal()):
        raise LogError(f"{path} has no readable format version.", "Restore the file from a copy.")
    if int(major) > int(VERSION.partition(".")[0]):
        raise LogError(
            f"{path} was written by a newer ecotui (log format {event.version}; this one reads {VERSION}).",
            "Update ecotui: pip install --upgrade ecotui.",
        )
    return event
