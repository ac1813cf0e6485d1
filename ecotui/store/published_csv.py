"""Anybody's table of published results: read line by line and whole or not at all, each fault with its place."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from ecotui.core.errors import UsageError
from ecotui.core.published import Perplexity, PublishedRow
from ecotui.core.units import clean
from ecotui.store.published_cells import CellError, Parser, positive
from ecotui.store.published_layout import ENERGY, MEASURED, OF_BATCH, PERPLEXITY, Layout, constants, refuse_told_twice
from ecotui.store.published_missing import PERPLEXITIES, has, missing_columns

UNNAMED = "board not named"
"""The board of a table that names none."""
TWIN = "Remove one of them: it would count twice."


@dataclass(frozen=True)
class Limit:
    """How many rows a file may have."""

    rows: int
    advice: str
    """What to do with one that has more."""


LONGEST = Limit(2_000_000, "Split it, or publish means.")
"""Of any file; a million rows take some 15 s of a processor and 1 GB."""


@dataclass(frozen=True)
class _Told:
    """What kind of table it is, and what was said of it."""

    layout: Layout
    columns: Mapping[str, str]
    """Ours to theirs."""
    constants: Mapping[str, Any]
    """What holds for every row, by our columns."""
    limit: Limit
    cache: dict[tuple[str, str], Any] = field(default_factory=dict)
    """Names and batch sizes repeat; each is looked at once."""


@dataclass(frozen=True)
class _Record:
    """A row of the file."""

    line: int
    values: dict[str, Any]
    """By our columns; None is never among them."""
    rest: tuple[str, ...]
    """The cells of all other columns."""


def read_published(
    path: Path | str,
    *,
    columns: Mapping[str, str] | None = None,
    source: str = "",
    told: Mapping[str, str] | None = None,
    repeated: bool = False,
    limit: Limit = LONGEST,
) -> list[PublishedRow]:
    """The rows of a CSV file; `row_id` is imported:TABLE:NUMBER.

    `columns` names theirs for ours ({"power_w": "Watts"}); `source` stands where the file names none; `told` has what
    the file does not say and every row has ({"model": "Mistral-7B"}). `repeated`: a row may be there again. A file of
    more rows than `limit` is refused before any of them is looked at.

    Raises:
        UsageError: something in it cannot be meant; the sentence names file, line and column.
    """
    path = Path(path)
    it = _Told(ENERGY, dict(columns or {}), constants(ENERGY, told or {}), limit)
    rows: list[PublishedRow] = []
    seen: dict[int, tuple[int, int]] = {}
    prefix = f"imported:{table_name(path.name)}"
    common = {"gpu": UNNAMED, "source": clean(source or path.name, 200), **it.constants}
    for one in _records(path, it):
        key = hash((*one.values.items(), *one.rest))
        number, place = seen.setdefault(key, (len(rows), one.line))
        row = PublishedRow(**(common | one.values | {"row_id": f"{prefix}:{len(rows) + 1}"}))
        if not repeated and number != len(rows) and replace(rows[number], row_id=row.row_id) == row:
            raise UsageError(f"{_shown(path)}, line {one.line}: the same row as line {place}, cell for cell.", TWIN)
        rows.append(row)
    if not rows:
        raise _no_rows(path)
    return rows


def read_perplexities(
    path: Path | str,
    *,
    columns: Mapping[str, str] | None = None,
    source: str = "",
    told: Mapping[str, str] | None = None,
    limit: Limit = LONGEST,
) -> list[Perplexity]:
    """The perplexities of a CSV file, under `imported:TABLE`; the arguments are those of `read_published`.

    Raises:
        UsageError: something in it cannot be meant; the sentence names file, line and column.
    """
    path = Path(path)
    it = _Told(PERPLEXITY, dict(columns or {}), constants(PERPLEXITY, told or {}), limit)
    common = {"gpu": UNNAMED, "source": clean(source or path.name, 200), **it.constants}
    table = f"imported:{table_name(path.name)}"
    rows: list[Perplexity] = []
    lines: dict[Perplexity, int] = {}
    for one in _records(path, it):
        row = Perplexity(**(common | one.values | {"table": table}))
        if row in lines:
            raise UsageError(
                f"{_shown(path)}, line {one.line}: the same row as line {lines[row]}, figure for figure.", TWIN
            )
        lines[row] = one.line
        rows.append(row)
    if not rows:
        raise _no_rows(path)
    return rows


def is_perplexities(path: Path | str, columns: Mapping[str, str]) -> bool:
    """Whether a file's header is that of a table of perplexities; columns: ours to theirs."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            _, header = next(_lines(Path(path), csv.reader(stream, strict=True)), (0, []))
    except (OSError, UnicodeDecodeError, UsageError):
        return False
    return _of_perplexities([cell.strip() for cell in header], columns)


def _of_perplexities(theirs: list[str], columns: Mapping[str, str]) -> bool:
    names = {ours: (columns.get(ours, ours), ENERGY.also.get(ours, ours)) for ours in MEASURED}
    energy = any(_called(theirs, wanted) for both in names.values() for wanted in both)
    return not energy and bool(_called(theirs, columns.get("perplexity", "perplexity")))


def _no_rows(path: Path) -> UsageError:
    return UsageError(f"{_shown(path)} holds no rows below its header.", "Name a file that has results in it.")


def table_text(rows: Sequence[PublishedRow]) -> str:
    """Rows as a CSV table that `read_published` gives back unchanged, but for `row_id`."""
    return _text([f.name for f in fields(PublishedRow) if f.name in ENERGY.columns], rows)


def perplexity_text(rows: Sequence[Perplexity]) -> str:
    """Perplexities as a CSV table that `read_perplexities` gives back unchanged."""
    return _text(list(PERPLEXITY.columns), rows)


def _text(names: Sequence[str], rows: Sequence[object]) -> str:
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(["" if (it := getattr(row, n)) is None else it for n in names] for row in rows)
    return stream.getvalue()


def table_name(text: str) -> str:
    """A table's name from a file's or an operator's: letters, digits and dashes, so that it leads nowhere."""
    return re.sub(r"[^0-9a-z]+", "-", text.lower().removesuffix(".csv")).strip("-")[:60].strip("-") or "table"


def _records(path: Path, told: _Told) -> Iterator[_Record]:
    """The rows, one after the other."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            if stream.seekable():
                _refuse_longer(path, stream, told.limit)
                stream.seek(0)
            yield from _parsed(path, stream, told)
    except UnicodeDecodeError:
        raise _encoding(path) from None
    except OSError as error:
        raise UsageError(
            f"{_shown(path)} cannot be read ({error.strerror or error}).", "Name a CSV file that can be."
        ) from error


def _refuse_longer(path: Path, stream: TextIO, limit: Limit) -> None:
    """Count rows without looking into them; what cannot be read is told where they are read."""
    try:
        rows = _lines(path, csv.reader(stream, strict=True))
        line, _ = next(islice(rows, limit.rows + 1, None), (0, []))
    except (UsageError, UnicodeDecodeError):
        return
    if line:
        raise _too_long(path, line, limit)


def _too_long(path: Path, line: int, limit: Limit) -> UsageError:
    return UsageError(
        f"{_shown(path)}, line {line}: row {limit.rows + 1:,} begins here, and {limit.rows:,} are the most.",
        limit.advice,
    )


def _parsed(path: Path, stream: TextIO, told: _Told) -> Iterator[_Record]:
    lines = _lines(path, csv.reader(stream, strict=True))
    line, header = next(lines, (0, []))
    if not header:
        raise UsageError(f"{_shown(path)} is empty.", "Name a file with a header and rows.")
    places = _places(path, line, header, told)
    ours = {place for place, _ in places.values()}
    of_batch = _folded(places.get("new_tokens", (0, ""))[1]) == OF_BATCH and "new_tokens" not in told.columns
    others = [place for place in range(len(header)) if place not in ours]
    for number, (line, record) in enumerate(lines, 1):
        if number > told.limit.rows:
            raise _too_long(path, line, told.limit)
        if len(record) != len(header):
            raise _ragged(path, line, record, header)
        values = _values(path, line, record, places, told)
        if of_batch:
            _to_one_request(path, line, values, told)
        yield _Record(line, values, tuple(record[place].strip() for place in others))


def _to_one_request(path: Path, line: int, values: dict[str, Any], told: _Told) -> None:
    """Tokens of a whole batch to those of each of its requests."""
    tokens, batch = values.get("new_tokens"), values.get("batch_size", told.constants.get("batch_size"))
    if tokens is None or batch is None:
        return
    if tokens % batch:
        raise UsageError(
            f"{_shown(path)}, line {line}, column {OF_BATCH} is {tokens:,}, not the same whole number of tokens for "
            f"each of {batch:,} requests.",
            "Where it has those of one request, say so: --columns new_tokens=tokens_generated.",
        )
    values["new_tokens"] = tokens // batch


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


def _places(path: Path, line: int, header: list[str], told: _Told) -> dict[str, tuple[int, str]]:
    """Where each column of ours is: its place, and what they call it."""
    theirs = [cell.strip() for cell in header]
    names, required = told.layout.columns, told.layout.required
    unknown = [ours for ours in told.columns if ours not in names]
    if unknown:
        raise UsageError(f"{clean(unknown[0], 60)} is no column of ours.", f"There are {', '.join(names)}.")
    found = {ours: place for ours in names if (place := _place(path, line, theirs, ours, told)) is not None}
    _refuse_shared(path, line, found)
    refuse_told_twice(_shown(path), line, {ours: called for ours, (_, called) in found.items()}, list(told.constants))
    missing = [ours for ours in required if ours not in found and ours not in told.constants]
    if missing:
        if told.layout is ENERGY and _of_perplexities(theirs, told.columns):
            raise UsageError(f"{_shown(path)} is a table of perplexities, without energy.", PERPLEXITIES)
        taken = {place for place, _ in found.values()}
        free = [name for place, name in enumerate(theirs) if place not in taken]
        raise missing_columns(_shown(path), line, missing, theirs, free)
    return found


def _place(path: Path, line: int, theirs: list[str], ours: str, told: _Told) -> tuple[int, str] | None:
    """A column's place and their name for it; None where there is none."""
    places = _called(theirs, told.columns.get(ours, ours))
    if not places and ours not in told.columns and ours in told.layout.also:
        also = told.layout.also[ours]
        places = [] if also in told.columns.values() else _called(theirs, also)
    if len(places) > 1:
        names = ", ".join(dict.fromkeys(theirs[place] for place in places))
        raise UsageError(
            f"{_shown(path)}, line {line}: column {clean(names, 60)} is there {len(places)} times.", "Keep one."
        )
    if not places and ours in told.columns:
        wanted = clean(told.columns[ours], 60)
        raise UsageError(f"{_shown(path)}, line {line}: there is no column {wanted}.", has(theirs))
    return (places[0], theirs[places[0]]) if places else None


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
    path: Path,
    line: int,
    record: list[str],
    places: dict[str, tuple[int, str]],
    told: _Told,
) -> dict[str, Any]:
    values, layout = {}, told.layout
    columns = layout.columns
    for ours, (place, theirs) in places.items():
        text = record[place].strip(" \t")
        if not text and ours in layout.optional:
            continue
        try:
            values[ours] = _value(ours, text, columns[ours], told.cache)
        except CellError as error:
            column = theirs if theirs == ours else f"{theirs} ({ours})"
            raise UsageError(
                f"{_shown(path)}, line {line}, column {clean(column, 80)} {error.what}.", error.advice
            ) from error
    return values


def _value(ours: str, text: str, parser: Parser, cache: dict[tuple[str, str], Any]) -> Any:
    if not text:
        raise CellError("is empty", "Fill it in, or leave the row out: it is needed.")
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
