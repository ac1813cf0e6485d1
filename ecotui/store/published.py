"""Figures that others have published: the tables that come with ecotui, and those that an import has kept."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import ecotui
from ecotui.core.errors import EcotuiError, StoreError, UsageError
from ecotui.core.published import Perplexity, PublishedRow, bare_model, quantization_of
from ecotui.core.units import clean
from ecotui.store.files import write_whole
from ecotui.store.home import Home
from ecotui.store.published_csv import (
    LONGEST,
    Limit,
    perplexity_text,
    read_perplexities,
    read_published,
    table_name,
    table_text,
)

SHIPPED = ("ecocompute", "a800-batch")
"""Packaged tables of rows: the study's 31 published rows, and the means of its A800 batch sweep."""
PERPLEXITIES = "perplexity"
"""The packaged table of perplexities, and the folder of imported ones beside the imported rows."""
RANGES = "forum-ranges"
"""The packaged table of ranges."""
Row = PublishedRow | Perplexity
KEPT = Limit(
    20_000,
    f"Import the means of each configuration; `ecotui audit` reads files of up to {LONGEST.rows:,} rows.",
)
"""Rows that one import may keep: every one of them is read whenever History opens."""


@dataclass(frozen=True, slots=True)
class Range:
    """What a source tells as a range only: never a measurement, never an interval of one."""

    row_id: str
    """`published:forum-ranges:NUMBER`; the number is the range's, from 1."""
    quantity: str
    config: str
    gpu: str
    """Empty where the source speaks of several boards."""
    low: float
    high: float
    unit: str
    """ "%" against FP16, or "1e9" parameters."""
    source: str


def published_rows(home: Home | None) -> list[PublishedRow]:
    """The packaged rows, then those imported into the home, by table; a table that cannot be read is left out.

    `unreadable` names those.
    """
    kept = (row for path in _kept(home) for row in _read_kept(path)[0])
    return [*shipped_rows(), *(row for row in kept if isinstance(row, PublishedRow))]


def unreadable(home: Home | None) -> list[str]:
    """A sentence for each imported table that is damaged."""
    return [trouble for path in _tables(home) if (trouble := _read_kept(path)[1])]


@cache
def shipped_rows() -> tuple[PublishedRow, ...]:
    """The packaged rows; `row_id` is published:TABLE:NUMBER."""
    return tuple(
        replace(row, row_id=f"published:{name}:{number}")
        for name in SHIPPED
        for number, row in enumerate(read_published(shipped_path(name)), 1)
    )


def shipped_path(name: str) -> Path:
    """Where a packaged table lies."""
    return Path(ecotui.__file__).parent / "reference" / f"{name}.csv"


@cache
def ranges() -> tuple[Range, ...]:
    """The forum post's ranges."""
    return tuple(
        Range(
            f"published:{RANGES}:{number}",
            r["quantity"],
            r["config"],
            r["gpu"],
            float(r["low"]),
            float(r["high"]),
            r["unit"],
            r["source"],
        )
        for number, r in enumerate(_records(RANGES), 1)
    )


def perplexities(home: Home | None = None) -> tuple[Perplexity, ...]:
    """The published perplexities, one model on one board, then those imported into the home, by table."""
    kept = (row for path in _kept(home, PERPLEXITIES) for row in _read_kept(path)[0])
    return (*_shipped_perplexities(), *(row for row in kept if isinstance(row, Perplexity)))


@cache
def _shipped_perplexities() -> tuple[Perplexity, ...]:
    rows = read_perplexities(shipped_path(PERPLEXITIES))
    return tuple(replace(row, table=f"published:{PERPLEXITIES}") for row in rows)


def unshipped(rows: Iterable[PublishedRow]) -> tuple[list[PublishedRow], dict[str, int]]:
    """The rows whose figures do not come with ecotui; of the others how many each packaged table has, by its name.

    A name of a board or a model may be spelt otherwise in a copy; its figures are what tells it.
    """
    known = {_figures(row): row.row_id.split(":")[1] for row in reversed(shipped_rows())}
    kept, left = [], dict[str, int]()
    for row in rows:
        table = known.get(_figures(row))
        if table is None:
            kept.append(row)
        else:
            left[table] = left.get(table, 0) + 1
    return kept, left


def unshipped_perplexities(rows: Iterable[Perplexity]) -> tuple[list[Perplexity], dict[str, int]]:
    """The same of perplexities, a model's all together: a configuration is worth nothing without its fp16."""

    def figures(row: Perplexity) -> tuple[object, ...]:
        config = quantization_of(row.config) or row.config.casefold()
        return bare_model(row.model), config, row.perplexity, row.tokens, row.max_length

    known = {figures(row) for row in _shipped_perplexities()}
    every = list(rows)
    new = {bare_model(row.model) for row in every if figures(row) not in known}
    kept = [row for row in every if bare_model(row.model) in new]
    return kept, {PERPLEXITIES: len(every) - len(kept)} if len(kept) < len(every) else {}


def _figures(row: PublishedRow) -> tuple[object, ...]:
    figures = row.throughput_tok_s, row.power_w, row.energy_j_per_1k_tokens
    return row.quantization or row.config.casefold(), row.batch_size, *figures


def remove_published(home: Home, name: str) -> tuple[str, int]:
    """Delete an imported table, by its name or by one of its rows' ids; its name and how many rows it had.

    Raises:
        UsageError: no such table was imported.
        StoreError: it cannot be deleted.
    """
    table = table_name(re.sub(r":\d+$", "", name.removeprefix("imported:")))
    there = {path.stem: path for path in _tables(home)}
    if table not in there:
        known = f"There are {', '.join(there)}." if there else "None is there; samples and packaged tables stay."
        raise UsageError(f"No table named {clean(name, 80)} has been imported.", known)
    rows, _ = _read_kept(there[table])
    try:
        there[table].unlink()
    except OSError as error:
        raise StoreError(f"{there[table]} cannot be deleted ({error.strerror or error}).") from error
    return table, len(rows)


def keep_published(home: Home, rows: list[PublishedRow], name: str) -> bool:
    """Keep an imported table under HOME/published; False where the same table is there, which changes nothing.

    Raises:
        UsageError: another table has that name already, there are no rows, or too many.
        StoreError: it cannot be written; nothing of it is there then.
    """
    _refuse_count(rows)
    return _keep(home, _folder(home) / f"{table_name(name)}.csv", table_text(rows))


def keep_perplexities(home: Home, rows: list[Perplexity], name: str) -> bool:
    """The same of perplexities, under HOME/published/perplexity."""
    _refuse_count(rows)
    return _keep(home, _folder(home) / PERPLEXITIES / f"{table_name(name)}.csv", perplexity_text(rows))


def same_table(home: Home, rows: Sequence[Row]) -> str | None:
    """The imported table that has just these rows, in any order and whatever their source; None where none has."""
    wanted = Counter(map(_unnamed, rows))
    found = (path.stem for path in _tables(home) if Counter(map(_unnamed, _read_kept(path)[0])) == wanted)
    return next(found, None)


def _unnamed(row: Row) -> Row:
    """What a row says, without where it stands."""
    if isinstance(row, PublishedRow):
        return replace(row, row_id="", source="")
    return replace(row, table="", source="")


def _refuse_count(rows: Sequence[Row]) -> None:
    if not rows:
        raise UsageError("There are no rows to keep.", "Import a table that has some.")
    if len(rows) > KEPT.rows:
        raise UsageError(f"{len(rows):,} rows are too many to keep; {KEPT.rows:,} are the most.", KEPT.advice)


def _keep(home: Home, path: Path, text: str) -> bool:
    data = text.encode()
    if path.exists() and path.read_bytes() == data:
        return False
    if any(path.stem == other.stem for other in _tables(home)):
        raise UsageError(
            f"Another table named {path.stem} has been imported already, and none is written over.",
            f"Give the file another name, or take that one out first: ecotui import --remove {path.stem}",
        )
    write_whole(path, data)
    return True


def _folder(home: Home) -> Path:
    return home.root / "published"


def _tables(home: Home | None) -> list[Path]:
    """Every imported table, of rows and of perplexities."""
    return [*_kept(home), *_kept(home, PERPLEXITIES)]


def _kept(home: Home | None, of: str = "") -> list[Path]:
    try:
        return sorted((_folder(home) / of).glob("[!.]*.csv")) if home else []
    except OSError:
        return []


def _read_kept(path: Path) -> tuple[tuple[Row, ...], str]:
    """The rows of a kept table, or why there are none."""
    try:
        about = path.stat()
    except OSError as error:
        return (), f"{path} cannot be read ({error.strerror or error})."
    return _read_version(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=256)
def _read_version(path: Path, _changed_ns: int, _size: int) -> tuple[tuple[Row, ...], str]:
    """Screens ask often; a table is read again once it has changed."""
    try:
        if path.parent.name == PERPLEXITIES:
            return tuple(read_perplexities(path)), ""
        return tuple(read_published(path, repeated=True)), ""
    except EcotuiError as error:
        return (), str(error)


def _records(name: str) -> list[dict[str, str]]:
    with shipped_path(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
