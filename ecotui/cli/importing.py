"""`ecotui import`: sessions of another machine, or somebody's published table; whole, or nothing of it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ecotui.cli.stored import open_store
from ecotui.core.errors import UsageError
from ecotui.core.units import clean

if TYPE_CHECKING:
    from ecotui.analysis.audit_values import AuditedRow
    from ecotui.core.published import Perplexity, PublishedRow
    from ecotui.store.home import Home

RowT = TypeVar("RowT", "PublishedRow", "Perplexity")
MOST_DOUBTS = 5
"""Rows with a unit that cannot be right, of which an import tells one by one; `ecotui audit` tells of all."""
ZIP = b"PK\x03\x04"


def importing(chosen: argparse.Namespace) -> int:
    """Take the file in, and say what it held."""
    if (chosen.file is None) == (chosen.remove is None):
        raise UsageError(
            "Name either a file to import or, with --remove, an imported table.", "See `ecotui import -h`."
        )
    if chosen.remove is not None:
        return _remove(chosen)
    path = Path(chosen.file).expanduser()
    if _is_bundle(path):
        return _bundle(chosen, path)
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return _published(chosen, path)
    raise UsageError(
        f"{path} is neither a bundle (.zip, or a folder with manifest.json) nor a table (.csv).",
        "A session's own log needs no import: `ecotui show LOG` reads it where it lies.",
    )


def _is_bundle(path: Path) -> bool:
    if path.is_dir() or path.suffix.lower() == ".zip":
        return True
    try:
        with path.open("rb") as stream:
            return stream.read(len(ZIP)) == ZIP
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror or error}).", "Check its name.") from error


def _bundle(chosen: argparse.Namespace, path: Path) -> int:
    from ecotui.store.bundle_import import import_bundle

    if chosen.columns or chosen.source or chosen.told:
        what = "--columns, --set and --source are for a CSV table, and a bundle was named."
        raise UsageError(what, "Leave them out.")
    done = import_bundle(open_store(), path)
    if chosen.json:
        whole = {"sessions": list(done.sessions), "runs": done.runs, "left": list(done.left)}
        sys.stdout.write(json.dumps(whole) + "\n")
        return 0
    taken, left = len(done.sessions), len(done.left)
    if taken:
        told = f"{_count(taken, 'session')} with {_count(done.runs, 'run')} imported"
        sys.stdout.write(f"{told}; `ecotui runs` lists them.\n")
    if left:
        ids = ", ".join(done.left[:6]) + (f" and {left - 6} more" if left > 6 else "")
        sys.stdout.write(f"{_count(left, 'session')} left as stored here already: {ids}.\n")
    return 0


def _published(chosen: argparse.Namespace, path: Path) -> int:
    from ecotui.cli.words_published import merged
    from ecotui.store.published import KEPT, keep_published, unshipped
    from ecotui.store.published_csv import is_perplexities, read_published

    columns, told = merged(chosen.columns), merged(chosen.told, "--set")
    if is_perplexities(path, columns):
        return _perplexities(chosen, path, columns, told)
    rows = read_published(path, columns=columns, source=chosen.source, told=told, limit=KEPT)
    sourced = _sourced(path, rows, chosen.source)
    kept, left = unshipped(rows)
    table, new = _kept(path, kept, keep_published)
    doubted = _doubted(rows, kept)
    if chosen.json:
        doubts = [{"row": one.number, "texts": [it.text for it in one.doubts]} for one in doubted]
        whole = {"published_rows": len(kept), "table": table, "new": new, "left_as_shipped": left, "doubts": doubts}
        sys.stdout.write(json.dumps(whole) + "\n")
        return 0
    lines = *_taken(path, table, _count(len(kept), "published row"), new), *sourced, *_left(left)
    sys.stdout.write("".join(f"{line}\n" for line in (*lines, *_doubts(path, doubted))))
    return 0


def _perplexities(chosen: argparse.Namespace, path: Path, columns: Mapping[str, str], told: Mapping[str, str]) -> int:
    """Of a table of perplexities."""
    from ecotui.store.published import KEPT, keep_perplexities, unshipped_perplexities
    from ecotui.store.published_csv import read_perplexities

    rows = read_perplexities(path, columns=columns, source=chosen.source, told=told, limit=KEPT)
    sourced = _sourced(path, rows, chosen.source)
    kept, left = unshipped_perplexities(rows)
    table, new = _kept(path, kept, keep_perplexities)
    if chosen.json:
        whole = {"published_perplexities": len(kept), "table": table, "new": new, "left_as_shipped": left}
        sys.stdout.write(json.dumps(whole) + "\n")
        return 0
    lines = *_taken(path, table, _count(len(kept), "published perplexity"), new), *sourced, *_left(left)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _kept(path: Path, rows: list[RowT], keep: Callable[[Home, list[RowT], str], bool]) -> tuple[str, bool]:
    """The table that has the rows now, and whether it is new."""
    from ecotui.store.published import same_table
    from ecotui.store.published_csv import table_name

    home, name = open_store().home, table_name(path.name)
    if not rows:
        return name, False
    same = same_table(home, rows)
    if same is not None and same != name:
        return same, False
    return name, keep(home, rows, path.name)


def _doubted(rows: Sequence[PublishedRow], kept: Sequence[PublishedRow]) -> list[AuditedRow]:
    """Of the rows that are kept those with a unit that cannot be right, as an audit of the whole file finds them."""
    from ecotui.analysis.audit_rows import audited_rows

    ids = {row.row_id for row in kept}
    return [one for one in audited_rows(rows, {}) if one.doubts and one.row.row_id in ids] if ids else []


def _doubts(path: Path, doubted: Sequence[AuditedRow]) -> Iterator[str]:
    """What `ecotui audit` would say of them, for the first few."""
    if not doubted:
        return
    has = "has" if len(doubted) == 1 else "have"
    yield f"{_count(len(doubted), 'row')} {has} a unit that cannot be right, marked “unit?” wherever listed:"
    for one in doubted[:MOST_DOUBTS]:
        yield clean(f"! row {one.number}: {'; '.join(doubt.text for doubt in one.doubts)}.", 1000)
    if len(doubted) > MOST_DOUBTS:
        yield f"… and {len(doubted) - MOST_DOUBTS:,} more; `ecotui audit {clean(path, 200)}` tells of all."


def _sourced(path: Path, rows: Sequence[PublishedRow | Perplexity], source: str) -> list[str]:
    """What --source was of use for.

    Raises:
        UsageError: every row names a source of its own.
    """
    named = sum(row.source == clean(source, 200) for row in rows)
    if source and not named:
        raise UsageError(
            f"{clean(path, 200)} names a source in each row, and --source would stand in none.",
            "Leave --source out; it is for rows whose source is empty, or for a table without such a column.",
        )
    if source and named < len(rows):
        return [f"--source stands in {_count(named, 'row')}; the others name a source of their own."]
    return []


def _taken(path: Path, table: str, rows: str, new: bool) -> Iterator[str]:
    from ecotui.store.published_csv import table_name

    named = clean(path.name, 200)
    if rows.startswith("0 "):
        yield f"Nothing of {named} imported."
    elif not new and table != table_name(path.name):
        yield f"Nothing of {named} imported: the imported table {table} has the same {rows}, which would count twice."
    elif not new:
        yield f"{rows} of {named} had been imported already; nothing changed."
    else:
        yield f"{rows} of {named} imported as reference: context, never an arm of a verdict."
        yield f"`ecotui import --remove {table}` takes it out again."


def _left(left: Mapping[str, int]) -> Iterator[str]:
    for table, rows in left.items():
        figures = "its figures are" if rows == 1 else "their figures are"
        yield f"{_count(rows, 'row')} left out: {figures} those of published:{table}, which comes with ecotui."


def _remove(chosen: argparse.Namespace) -> int:
    from ecotui.store.published import remove_published

    if chosen.columns or chosen.source or chosen.told:
        raise UsageError("--columns, --set and --source are for a CSV table to import.", "Leave them out.")
    table, rows = remove_published(open_store().home, chosen.remove)
    if chosen.json:
        sys.stdout.write(json.dumps({"removed": table, "published_rows": rows}) + "\n")
    else:
        sys.stdout.write(f"Removed the imported table {table}, {_count(rows, 'row')}; your own file is as it was.\n")
    return 0


def _count(number: int, what: str) -> str:
    more = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number:,} {what if number == 1 else more}"
