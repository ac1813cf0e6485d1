"""Figures that others have published: the tables that come with ecotui, and those that an import has kept."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import ecotui
from ecotui.core.errors import EcotuiError, StoreError, UsageError
from ecotui.core.published import PublishedRow
from ecotui.core.units import clean
from ecotui.store.files import write_whole
from ecotui.store.home import Home
from ecotui.store.published_csv import read_published, table_name, table_text

SHIPPED = ("ecocompute", "a800-batch")
"""Packaged tables of rows: the study's 31 published rows, and the means of its A800 batch sweep."""
RANGES = "forum-ranges"
"""The packaged table of ranges."""
MOST_KEPT = 20_000
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


@dataclass(frozen=True, slots=True)
class Perplexity:
    """A published perplexity; it comes without an interval."""

    gpu: str
    model: str
    config: str
    threshold: float | None
    """Of LLM.int8; None for other configurations."""
    perplexity: float
    tokens: int
    max_length: int
    source: str


def published_rows(home: Home | None) -> list[PublishedRow]:
    """The packaged rows, then those imported into the home, by table; a table that cannot be read is left out.

    `unreadable` names those.
    """
    return [*shipped_rows(), *(row for path in _kept(home) for row in _read_kept(path)[0])]


def unreadable(home: Home | None) -> list[str]:
    """A sentence for each imported table that is damaged."""
    return [trouble for path in _kept(home) if (trouble := _read_kept(path)[1])]


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


@cache
def perplexities() -> tuple[Perplexity, ...]:
    """The published perplexities: one model on one board."""
    return tuple(
        Perplexity(
            r["gpu"],
            r["model"],
            r["config"],
            float(r["llm_int8_threshold"]) if r["llm_int8_threshold"] else None,
            float(r["perplexity"]),
            int(r["tokens"]),
            int(r["max_length"]),
            r["source"],
        )
        for r in _records("perplexity")
    )


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
    there = {path.stem: path for path in _kept(home)}
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
    if not rows:
        raise UsageError("There are no rows to keep.", "Import a table that has some.")
    if len(rows) > MOST_KEPT:
        raise UsageError(
            f"{len(rows):,} rows are too many to keep; an import takes {MOST_KEPT:,} at most.",
            "Import the means of each configuration; `ecotui audit` reads the whole file.",
        )
    path = _folder(home) / f"{table_name(name)}.csv"
    data = table_text(rows).encode()
    if path.exists():
        if path.read_bytes() == data:
            return False
        raise UsageError(
            f"Another table named {path.stem} has been imported already, and none is written over.",
            f"Give the file another name, or take that one out first: ecotui import --remove {path.stem}",
        )
    write_whole(path, data)
    return True


def _folder(home: Home) -> Path:
    return home.root / "published"


def _kept(home: Home | None) -> list[Path]:
    try:
        return sorted(_folder(home).glob("[!.]*.csv")) if home else []
    except OSError:
        return []


def _read_kept(path: Path) -> tuple[tuple[PublishedRow, ...], str]:
    """The rows of a kept table, or why there are none."""
    try:
        about = path.stat()
    except OSError as error:
        return (), f"{path} cannot be read ({error.strerror or error})."
    return _read_version(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=256)
def _read_version(path: Path, _changed_ns: int, _size: int) -> tuple[tuple[PublishedRow, ...], str]:
    """Screens ask often; a table is read again once it has changed."""
    try:
        return tuple(read_published(path)), ""
    except EcotuiError as error:
        return (), str(error)


def _records(name: str) -> list[dict[str, str]]:
    with shipped_path(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
