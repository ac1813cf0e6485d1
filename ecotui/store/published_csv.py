"""Anybody's table of published results: read line by line and whole or not at all, each fault with its place."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

from ecotui.core.errors import UsageError
from ecotui.core.published import PublishedRow
from ecotui.core.units import clean
from ecotui.store.published_cells import CellError, Parser, name, positive, whole
from ecotui.store.published_missing import has, missing_columns

REQUIRED: Mapping[str, Parser] = {
    "model": name,
    "config": name,
    "batch_size": whole,
    "throughput_tok_s": positive,
    "power_w": positive,
    "energy_j_per_1k_tokens": positive,
}
OPTIONAL: Mapping[str, Parser] = {
    "gpu": name,
    "idle_power_w": positive,
    "energy_j_per_request": positive,
    "new_tokens": whole,
    "n_runs": whole,
    "source": name,
    "throughput_cv_pct": positive,
    "power_cv_pct": positive,
}
COLUMNS: Mapping[str, Parser] = {**REQUIRED, **OPTIONAL}
UNNAMED = "board not named"
"""The board of a table that names none."""
MOST_ROWS = 2_000_000
"""Rows of one file; a million take some 15 s of a processor and 1 GB."""
TWIN = "Remove one of them: it would count twice."


def read_published(
    path: Path | str, *, columns: Mapping[str, str] | None = None, source: str = ""
) -> list[PublishedRow]:
    """The rows of a CSV file; `row_id` is imported:TABLE:NUMBER.

    `columns` names theirs for ours ({"power_w": "Watts"}); `source` stands where the file names none.

    Raises:
        UsageError: something in it cannot be meant; the sentence names file, line and column.
    """
    path = Path(path)
    rows: list[PublishedRow] = []
    seen: dict[int, tuple[int, int]] = {}
    prefix = f"imported:{table_name(path.name)}"
    common = {"gpu": UNNAMED, "source": clean(source or path.name, 200)}
    for line, values in _records(path, dict(columns or {})):
        number, place = seen.setdefault(hash(tuple(values.items())), (len(rows), line))
        row = PublishedRow(**(common | values | {"row_id": f"{prefix}:{len(rows) + 1}"}))
        if number != len(rows) and replace(rows[number], row_id=row.row_id) == row:
            raise UsageError(f"{_shown(path)}, line {line}: the same row as line {place}, figure for figure.", TWIN)
        rows.append(row)
        if len(rows) > MOST_ROWS:
            raise UsageError(f"{_shown(path)} has more than {MOST_ROWS:,} rows.", "Split it, or publish means.")
    if not rows:
        raise UsageError(f"{_shown(path)} holds no rows below its header.", "Name a file that has results in it.")
    return rows


def table_text(rows: Sequence[PublishedRow]) -> str:
    """Rows as a CSV table that `read_published` gives back unchanged, but for `row_id`."""
    names = [f.name for f in fields(PublishedRow) if f.name in COLUMNS]
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(["" if (it := getattr(row, n)) is None else it for n in names] for row in rows)
    return stream.getvalue()


def table_name(text: str) -> str:
    """A table's name from a file's or an operator's: letters, digits and dashes, so that it leads nowhere."""
    return re.sub(r"[^0-9a-z]+", "-", text.lower().removesuffix(".csv")).strip("-")[:60].strip("-") or "table"


def _records(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The line and the values of each row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from _parsed(path, stream, columns)
    except UnicodeDecodeError:
        raise _encoding(path) from None
    except OSError as error:
        raise UsageError(
            f"{_shown(path)} cannot be read ({error.strerror or error}).", "Name a CSV file that can be."
        ) from error


def _parsed(path: Path, stream: TextIO, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = _lines(path, csv.reader(stream, strict=True))
    line, header = next(lines, (0, []))
    if not header:
        raise UsageError(f"{_shown(path)} is empty.", "Name a file with a header and rows.")
    places = _places(path, line, header, columns)
    cache: dict[tuple[str, str], Any] = {}  # names and batch sizes repeat; each is looked at once
    for line, record in lines:
        if len(record) != len(header):
            raise _ragged(path, line, record, header)
        yield line, _values(path, line, record, places, cache)


def _lines(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Records that are not blank, with the line on which each begins."""
    begin = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                yield begin, record
            begin = reader.line_num + 1
    except csv.Error as error:
        raise UsageError(
            f"{_shown(path)}, line {begin}: the quotes or line ends of this row cannot be read ({error}).",
            "Close each quote, and save the file as CSV once more.",
        ) from error


def _places(path: Path, line: int, header: list[str], columns: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Where each column of ours is: its place, and what they call it."""
    theirs = [cell.strip() for cell in header]
    unknown = [ours for ours in columns if ours not in COLUMNS]
    if unknown:
        raise UsageError(f"{clean(unknown[0], 60)} is no column of ours.", f"There are {', '.join(COLUMNS)}.")
    found: dict[str, tuple[int, str]] = {}
    for ours in COLUMNS:
        places = _called(theirs, columns.get(ours, ours))
        if len(places) > 1:
            names = ", ".join(dict.fromkeys(theirs[place] for place in places))
            raise UsageError(
                f"{_shown(path)}, line {line}: column {clean(names, 60)} is there {len(places)} times.", "Keep one."
            )
        if places:
            found[ours] = (places[0], theirs[places[0]])
        elif ours in columns:
            wanted = clean(columns[ours], 60)
            raise UsageError(f"{_shown(path)}, line {line}: there is no column {wanted}.", has(theirs))
    _refuse_shared(path, line, found)
    missing = [ours for ours in REQUIRED if ours not in found]
    if missing:
        taken = {place for place, _ in found.values()}
        free = [name for place, name in enumerate(theirs) if place not in taken]
        raise missing_columns(_shown(path), line, missing, theirs, free)
    return found


def _called(theirs: list[str], wanted: str) -> list[int]:
    """Places of the columns of that name; where none has it to the letter, of those that differ in case or blanks."""
    exact = [place for place, name in enumerate(theirs) if name == wanted]
    return exact or [place for place, name in enumerate(theirs) if _folded(name) == _folded(wanted)]


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def _refuse_shared(path: Path, line: int, found: Mapping[str, tuple[int, str]]) -> None:
    """Two columns of ours cannot be one of theirs."""
    users: dict[int, str] = {}
    for ours, (place, called) in found.items():
        other = users.setdefault(place, ours)
        if other != ours:
            raise UsageError(
                f"{_shown(path)}, line {line}: column {clean(called, 60)} cannot be both {other} and {ours}.",
                "Name another column for one of them with --columns.",
            )


def _values(
    path: Path, line: int, record: list[str], places: dict[str, tuple[int, str]], cache: dict[tuple[str, str], Any]
) -> dict[str, Any]:
    values = {}
    for ours, (place, theirs) in places.items():
        text = record[place].strip(" \t")
        if not text and ours in OPTIONAL:
            continue
        try:
            values[ours] = _value(ours, text, cache)
        except CellError as error:
            column = theirs if theirs == ours else f"{theirs} ({ours})"
            raise UsageError(
                f"{_shown(path)}, line {line}, column {clean(column, 80)} {error.what}.", error.advice
            ) from error
    return values


def _value(ours: str, text: str, cache: dict[tuple[str, str], Any]) -> Any:
    if not text:
        raise CellError("is empty", "Fill it in, or leave the row out: the audit needs it.")
    parser = COLUMNS[ours]
    if parser is positive:
        return parser(text)
    key = (ours, text)
    if key not in cache:
        cache[key] = parser(text)
    return cache[key]


def _ragged(path: Path, line: int, record: list[str], header: list[str]) -> UsageError:
    more = len(record) > len(header)
    why = "A decimal comma, or a comma in a name without quotes, splits a cell." if more else "A comma is missing."
    return UsageError(f"{_shown(path)}, line {line}: {len(record)} cells under a header of {len(header)}.", why)


def _encoding(path: Path) -> UsageError:
    """Where the first letter stands that is no UTF-8."""
    advice = "Save the file as UTF-8."
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            if number == 1 and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                return UsageError(f"{_shown(path)}, line 1: the file is UTF-16, not UTF-8.", advice)
            try:
                raw.decode()
            except UnicodeDecodeError as error:
                column = raw[: error.start].count(b",") + 1
                return UsageError(f"{_shown(path)}, line {number}, column {column}: a letter is no UTF-8.", advice)
    return UsageError(f"{_shown(path)} is no UTF-8.", advice)


def _shown(path: Path) -> str:
    return clean(path, 200)
