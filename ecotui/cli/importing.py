"""`ecotui import`: sessions of another machine, or somebody's published table; whole, or nothing of it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ecotui.cli.stored import open_store
from ecotui.core.errors import UsageError
from ecotui.core.units import clean

ZIP = b"PK\x03\x04"


def importing(chosen: argparse.Namespace) -> int:
    """Take the file in, and say what it held."""
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

    if chosen.columns or chosen.source:
        raise UsageError("--columns and --source are for a CSV table, and a bundle was named.", "Leave them out.")
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
    from ecotui.store.published import keep_published
    from ecotui.store.published_csv import read_published

    rows = read_published(path, columns=merged(chosen.columns), source=chosen.source)
    keep_published(open_store().home, rows, path.name)
    if chosen.json:
        sys.stdout.write(json.dumps({"published_rows": len(rows), "table": path.stem}) + "\n")
    else:
        told = f"{_count(len(rows), 'published row')} of {clean(path.name, 200)} imported as reference"
        sys.stdout.write(f"{told}: context, never an arm of a verdict.\n")
    return 0


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
