"""What only a session's log has of a run: the loader's words and the profiled kernels. Rows have no place for them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from ecotui.core.events import Event, Examined, Resident
from ecotui.log.format import parse
from ecotui.log.reader import open_log

RESIDENT, EXAMINED = b'"resident"', b'"examined"'
"""Of a log's lines only those that begin with one of these are looked at: the rest are readings and stamps."""
HEAD_B = 48
"""Where a line's kind stands: at its beginning."""
PIECE_B = 1 << 20
"""So much of a log is looked through at once; megabytes line by line would take longer than a screen may."""


def residents(log: Path) -> dict[int, Resident]:
    """Every arm as it was loaded last, by its number.

    Raises:
        LogError: the log is gone, or one of these lines is damaged.
    """
    return {event.arm: event for event in _events(log, (RESIDENT,)) if isinstance(event, Resident)}


def profiled(log: Path, arm: int) -> tuple[Resident | None, Examined | None]:
    """The arm as it was loaded, and as it was profiled; None where the log does not tell.

    Raises:
        LogError: the log is gone, or one of these lines is damaged.
    """
    resident: Resident | None = None
    examined: Examined | None = None
    for event in _events(log, (RESIDENT, EXAMINED)):
        match event:
            case Resident() if event.arm == arm:
                resident = event
            case Examined() if event.arm == arm:
                examined = event
    return resident, examined


def _events(log: Path, words: Sequence[bytes]) -> Iterator[Event | None]:
    """What the lines say that begin with one of the words."""
    with open_log(log) as stream:
        before = 0
        for block in _blocks(stream):
            for first, end in _lines(block, words):
                number = before + block.count(b"\n", 0, first) + 1
                yield parse(block[first:end].decode("utf-8", "replace"), log, number)
            before += block.count(b"\n")


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Whole lines, many at a time; a torn last line is left out, and a packed log that was cut ends with the cut."""
    rest = b""
    try:
        while piece := cast(io.BufferedReader, stream).read1(PIECE_B):
            end = piece.rfind(b"\n") + 1
            if end:
                yield rest + piece[:end]
                rest = piece[end:]
            else:
                rest += piece
    except EOFError:
        pass


def _lines(block: bytes, words: Sequence[bytes]) -> list[tuple[int, int]]:
    """Where lines begin and end that have one of the words in their head."""
    found = set()
    for word in words:
        at = block.find(word)
        while at >= 0:
            first, end = block.rfind(b"\n", 0, at) + 1, block.index(b"\n", at)
            if at + len(word) - first <= HEAD_B:
                found.add((first, end))
            at = block.find(word, end)
    return sorted(found)
