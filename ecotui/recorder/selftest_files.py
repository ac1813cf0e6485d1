"""Selftests on disk: the table as JSON, and beside it every sample that it was made of, packed."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ecotui.core import wire
from ecotui.core.errors import LogError, StoreError
from ecotui.core.events import Trace, Vitals
from ecotui.core.reading import Reading, Tick
from ecotui.core.selftest import FULL_S, About, Cost, Polled, Report, Samples, Stretch
from ecotui.store.files import write_whole
from ecotui.store.home import Home

Sampled = Reading | Tick | Trace | Vitals
KINDS = wire.kinds(About, Stretch, Polled, Cost, Sampled)
PLAIN = re.compile(r"[^0-9A-Za-z-]+")
"""What a board's identity may not bring into a file's name."""
TABLE, PACKED = ".json", ".jsonl.gz"


def keep(home: Home, samples: Samples, events: Iterable[Sampled], report: Report) -> tuple[Path, dict[str, Any]]:
    """Write table and samples, 0600, over those of the board's last test; returns the table and where it is.

    Raises:
        StoreError: they cannot be written.
    """
    path = _place(home, samples.about)
    packed = path.with_name(f"{path.name.removesuffix(TABLE)}{PACKED}")
    table = report.to_dict() | {"samples": packed.name}
    try:
        write_whole(packed, pack(samples, events))
        write_whole(path, (json.dumps(table, indent=1) + "\n").encode())
    except StoreError as error:
        raise StoreError(error.what, "Make room there, and run the selftest again.") from error
    return path, table


def fuller(home: Home, about: About) -> tuple[Path, dict[str, Any]] | None:
    """The stored test of the same board where it took longer, up to a full one, and so tells more; with its place."""
    path = _place(home, about)
    table = _table(path)
    seconds = table.get("seconds") if table else None
    if table is None or not isinstance(seconds, int | float):
        return None
    return (path, table) if min(seconds, FULL_S) > about.seconds else None


def _place(home: Home, about: About) -> Path:
    """Where the table of a board lies."""
    board = about.board
    name = PLAIN.sub("_", board.uuid) or f"{board.sensor}-{board.index}"
    return home.selftests / f"{name}{TABLE}"


def pack(samples: Samples, events: Iterable[Sampled]) -> bytes:
    """Every sample, one JSON object a line, compressed; the same samples give the same bytes."""
    parts = (samples.about, *samples.stretches, *samples.polled, *samples.costs, *events)
    return gzip.compress("".join(wire.encode(part) + "\n" for part in parts).encode(), mtime=0)


def unpack(path: Path) -> Samples:
    """The samples of a packed test.

    Raises:
        LogError: the file holds none.
    """
    try:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        parts = [part for line in lines if (part := wire.decode(line, KINDS)) is not None]
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise LogError(f"{path} holds no samples of a selftest ({error}).", "Run `ecotui selftest` again.") from error
    about = next((part for part in parts if isinstance(part, About)), None)
    if about is None:
        raise LogError(f"{path} does not say what was tested.", "Run `ecotui selftest` again.")
    samples = Samples(about)
    for part in parts:
        _take(samples, part)
    return samples


def _take(samples: Samples, part: Any) -> None:
    match part:
        case Stretch():
            samples.stretches.append(part)
        case Polled():
            samples.polled.append(part)
        case Cost():
            samples.costs.append(part)
        case Reading() | Tick() | Trace() | Vitals():
            samples.line.apply(part)


def stored(home: Home) -> list[dict[str, Any]]:
    """The tables of all boards that were tested, by file name; what is no table is passed over."""
    tables = (_table(path) for path in sorted(home.selftests.glob(f"*{TABLE}")))
    return [table for table in tables if table is not None]


def _table(path: Path) -> dict[str, Any] | None:
    """One of them; None where there is none."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    told = isinstance(table, dict) and {"verdict", "wall_ns", "board", "words"} <= table.keys()
    return table if told else None
