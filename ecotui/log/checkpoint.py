"""The fold of a long log so far, beside it: opening a day of readings takes a second instead of a minute.

Nothing rests on it. It is made of the log alone, whoever removes it loses only time, and one that does not fit its log,
or was made by another version, is passed over. First a line that says how long each part is; then events as lines of
JSON, as in the log; then arrays as they lie in memory, little-endian.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any

from ecotui.core.columns import Table
from ecotui.core.errors import LogError
from ecotui.core.events import Vitals
from ecotui.core.rows import WindowRow
from ecotui.core.thinning import Pace
from ecotui.core.timeline import Call, Series, Timeline
from ecotui.core.wire import encode
from ecotui.log.format import VERSION, parse

SUFFIX = ".fold"
MADE = f"ecotui-fold 3 {VERSION} {','.join(f.name for f in fields(WindowRow))}"
"""What a checkpoint begins with is hashed from this: other columns, another fold."""
EVERY_B = 8_000_000
"""Bytes of log from one checkpoint to the next: half an hour."""
LONG_B = 12_000_000
"""A log of so much holds most of an hour; its events, as objects, would take five times as much memory."""
SERIES = ("readings", "ticks", "samples", "throughput")


def path_of(log: Path) -> Path:
    """Where the checkpoint of a log is."""
    return log.with_name(log.name + SUFFIX)


def is_long(log: Path) -> bool:
    """Whether a log is so long that its events are not all held in memory at once; packed ones are short."""
    try:
        return log.suffix != ".gz" and log.stat().st_size >= LONG_B
    except OSError:
        return False


def save(line: Timeline, log: Path, offset: int, lines: int) -> None:
    """Write what the first `offset` bytes of the log, so many whole lines, came to; a full disk makes none."""
    if line.header is None or sys.byteorder != "little":
        return
    import tempfile  # with hashlib, which no first frame needs

    target = path_of(log)
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                _write(stream, line, {"offset": offset, "lines": lines, "head": _head(log)})
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def load(log: Path) -> tuple[Timeline, int, int] | None:
    """The fold, and the bytes and lines of the log that it holds; None where there is none that fits."""
    try:
        with path_of(log).open("rb") as stream:
            facts = json.loads(stream.readline())
            if facts["made"] != _made() or facts["head"] != _head(log) or facts["offset"] > log.stat().st_size:
                return None
            return _read(stream, facts, log), int(facts["offset"]), int(facts["lines"])
    except (OSError, LogError, ValueError, LookupError, TypeError, AttributeError, OverflowError):
        return None


def _made() -> str:
    import hashlib

    return hashlib.sha256(MADE.encode()).hexdigest()


def _head(log: Path) -> str:
    import hashlib

    with log.open("rb") as stream:
        return hashlib.sha256(stream.readline()).hexdigest()


def _events(line: Timeline) -> Iterator[Any]:
    """What the fold holds as events, in an order in which they can be taken in again."""
    assert line.header is not None
    yield line.header
    for kept in (line.forecasts, line.residents, line.examined):
        yield from kept.values()
    for looks in line.gates.values():
        yield from looks
    yield from (*line.notices, *line.scorings.events(), *line.overs.waiting)
    if line.fault is not None:
        yield line.fault


def _write(stream: IO[bytes], line: Timeline, facts: dict[str, Any]) -> None:
    series: list[Series] = [getattr(line, name) for name in SERIES]
    calls, stamps, vitals = list(line.calls.values()), array("q"), _packed(line.vitals)
    for call in calls:
        stamps.extend(call.stamps)
    parts = _parts(line, stamps, vitals)
    events = list(_events(line))
    facts = facts | {
        "made": _made(),
        "events": len(events),
        "tables": [(table.words, len(table)) for table in _tables(line, vitals)],
        "figures": list(line.windows.figures.items()),
        "calls": [(c.arm, c.call, len(c.stamps)) for c in calls],
        "outlines": [(one.whole_from, one.bucket_ns) for one in series],
        "settled": line.settled.windows,
        "pace": [
            (arm, asdict(pace) | {"gaps_us": list(pace.gaps_us.items())}) for arm, pace in line.settled.pace.items()
        ],
        "last": json.loads(encode(line.last)) if line.last else None,
        "end": json.loads(encode(line.end)) if line.end else None,
        "scrape": json.loads(encode(line.scrapes.last)) if line.scrapes.last else None,
        "begun_ns": line.scrapes.begun_ns,
        "state": line.state(),
        "sizes": [len(part) for part in parts],
    }
    stream.write(json.dumps(facts, separators=(",", ":")).encode() + b"\n")
    for event in events:
        stream.write(encode(event).encode() + b"\n")
    for part in parts:
        stream.write(memoryview(part).cast("B") if len(part) else b"")


def _tables(line: Timeline, vitals: Table) -> tuple[Table, ...]:
    return line.settled.rows, line.windows.table, line.spans.table, vitals


def _parts(line: Timeline, stamps: array[int], vitals: Table) -> list[array[Any]]:
    """All that is not words, in the order in which it is kept; `stamps` are those of the calls, one after another."""
    kept = (*(getattr(line, name) for name in SERIES), *_tables(line, vitals), line.scrapes)
    return [*(part for one in kept for part in one.parts), stamps]


def _packed(looks: Sequence[Vitals]) -> Table:
    """The slow looks in columns: an hour of them as events would take a tenth of a second to write."""
    table = Table({"at_ns": "int", "throttle_ns": "int", "power_cap_ns": "int", "others": "str"})
    told: dict[tuple[object, ...], str] = {}
    for look in looks:
        key = *look.processes, *look.foreign
        others = told.get(key) or told.setdefault(key, json.dumps([look.processes, look.foreign]))
        table.put((look.at_ns, look.throttle_ns, look.power_cap_ns, others))
    return table


def _looks(table: Table) -> list[Vitals]:
    told = {word: json.loads(word) for word in table.words}
    return [Vitals(at_ns, held, capped, *told[word]) for at_ns, held, capped, word in table.rows()]


def _read(stream: IO[bytes], facts: dict[str, Any], log: Path) -> Timeline:
    line = Timeline()
    for number in range(facts["events"]):
        event = parse(stream.readline().decode(), path_of(log), number + 2)
        if event is not None:
            line.apply(event)
    line.settled.windows = facts["settled"]
    for arm, pace in facts["pace"]:
        line.settled.pace[arm] = Pace(**pace | {"gaps_us": dict(map(tuple, pace["gaps_us"]))})
    _arrays(stream, facts, line)
    line.windows.figures = dict(facts["figures"])
    _rows(line)
    line.last = _event(facts["last"], log) if facts["last"] else None
    line.end = _event(facts["end"], log) if facts["end"] else None
    line.scrapes.last = _event(facts["scrape"], log) if facts["scrape"] else None
    line.scrapes.begun_ns = [int(at) for at in facts["begun_ns"]]
    line.restore(facts["state"])
    return line


def _rows(line: Timeline) -> None:
    """Rows of the windows whose readings are there, as the log tells them: to make them anew would take a second."""
    names, rows = [f.name for f in fields(WindowRow)], line.settled.rows
    for place, figures in list(line.windows.figures.items()):
        if set(figures) >= set(names) - {"started_at"}:
            window = line.windows[place]
            told: dict[str, Any] = {n: figures.get(n) for n in names} | {"started_at": line.tie.wall(window.t0_ns)}
            if (window.arm, window.t0_ns) not in rows:
                rows.add(window.arm, WindowRow(**told))
            line.windows.forget(place)


def _event(raw: dict[str, Any], log: Path) -> Any:
    return parse(json.dumps(raw), path_of(log), 1)


def _arrays(stream: IO[bytes], facts: dict[str, Any], line: Timeline) -> None:
    sizes: Sequence[int] = facts["sizes"]
    series: list[Series] = [getattr(line, name) for name in SERIES]
    stamps, vitals = array("q"), _packed(())
    for part, size in zip(_parts(line, stamps, vitals), sizes, strict=True):
        data = stream.read(size * part.itemsize)
        if len(data) != size * part.itemsize:
            raise ValueError("cut off")
        part.frombytes(data)
    (rows, windows, spans, looks) = facts["tables"]
    line.settled.rows.take_up(*rows)
    line.windows.take_up(windows[1])
    line.spans.take_up(*spans)
    vitals.take_up(*looks)
    line.vitals = _looks(vitals)
    for one, (whole_from, bucket_ns) in zip(series, facts["outlines"], strict=True):
        one.whole_from, one.bucket_ns = int(whole_from), int(bucket_ns)
    first = 0
    for arm, number, size in facts["calls"]:
        line.calls[arm, number] = Call(arm, number, stamps[first : first + size])
        first += size


class Checkpoints:
    """Says when a log that is being written wants another checkpoint, and makes it."""

    def __init__(self, log: Path) -> None:
        self._log, self._saved = log, 0

    def note(self, line: Timeline, offset: int, lines: int, *, at_end: bool = False) -> None:
        """`line` holds all of the log up to `offset`."""
        due = offset - self._saved >= EVERY_B or (at_end and offset >= EVERY_B)
        if due:
            self._saved = offset
            with suppress(ValueError, TypeError, OverflowError):  # what cannot be held is no reason to end a recording
                save(line, self._log, offset, lines)
