"""`ecotui export`: runs and windows as tables, reports and their figures as files, sessions as a bundle."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from ecotui.cli.exporting_files import STDOUT, all_written, free, written
from ecotui.cli.stored import open_store
from ecotui.core.errors import UsageError
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import clean
from ecotui.store.store import Store, StoredRun

ENDINGS = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".json": "json",
    ".md": "markdown",
    ".markdown": "markdown",
    ".tex": "latex",
    ".latex": "latex",
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
    ".png": "png",
}
SUFFIXES = {form: ending for ending, form in reversed(ENDINGS.items())}
LICENCE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.+-]{0,62}[A-Za-z0-9+])?")
"""What an SPDX identifier looks like."""
PAGES = ("html", "svg", "png")
"""Formats that only a report has."""
PICTURES = ("svg", "png")
BYTES = ("parquet", "png")
"""Formats that are no text."""


def export(chosen: argparse.Namespace) -> int:
    """Write what was asked for; says where it is."""
    _check_licence(chosen)
    _check_audit(chosen)
    if chosen.bundle or chosen.dataset:
        return _tell(chosen, bundled(chosen))
    form = _format(chosen)
    if chosen.output == STDOUT and form in BYTES:
        raise UsageError(f"{form} is no text for stdout.", "Name a file with -o.")
    if chosen.output == STDOUT and chosen.json and form != "json":
        raise UsageError("--json and -o - both want stdout.", "Name a file with -o.")
    if chosen.report or form in PAGES:
        return _tell(chosen, _report(chosen, form))
    return _tell(chosen, _table(chosen, form))


def _check_licence(chosen: argparse.Namespace) -> None:
    """Refuse a licence that nothing would carry, or that no reader of a card would know."""
    if chosen.licence and not (chosen.bundle or chosen.dataset):
        raise UsageError("--licence has no effect without --dataset or --bundle.", "Leave it out, or add one of them.")
    if chosen.licence and not LICENCE.fullmatch(chosen.licence):
        raise UsageError(
            f"{clean(chosen.licence, 80)!r} is no identifier of a licence.",
            "Use one of SPDX's or Hugging Face's: cc-by-4.0, cc0-1.0, apache-2.0, mit.",
        )


def _check_audit(chosen: argparse.Namespace) -> None:
    """Refuse what is said of a published table where none is audited."""
    given = {"--columns": chosen.columns, "--set": chosen.told, "--idle": chosen.idle, "--baseline": chosen.baseline}
    named = [option for option, value in given.items() if value]
    if named and (chosen.report != "audit" or chosen.bundle or chosen.dataset):
        raise UsageError(f"{named[0]} is of --report audit, and something else was asked for.", "Leave it out.")


def _format(chosen: argparse.Namespace) -> str:
    """As it was named; else by the file's ending; else json, html or csv."""
    ending = Path(chosen.output).suffix.lower() if chosen.output and chosen.output != STDOUT else ""
    if ending and ending not in ENDINGS and not chosen.format:
        raise UsageError(
            f"{clean(ending, 40)} is no ending of a format.", f"Use one of {', '.join(ENDINGS)}, or name a --format."
        )
    by_name = ENDINGS.get(ending)
    default = "json" if chosen.json else "html" if chosen.report else "csv"
    return str(chosen.format or by_name or default)


def _table(chosen: argparse.Namespace, form: str) -> list[str]:
    from ecotui.analysis.export.tables import run_table, window_table

    store = open_store()
    runs = [run.row for run in picked(store, chosen.run)]
    if chosen.windows:
        windows = windows_of(store, runs)
        data = window_table(windows, form)
    else:
        data = run_table(runs, form)
    name = f"{'windows' if chosen.windows else 'runs'}{SUFFIXES[form]}"
    _complain(store)
    return [written(chosen.output or (name if form in BYTES else STDOUT), data, chosen.force)]


def windows_of(store: Store, runs: Sequence[RunRow]) -> list[WindowRow]:
    """All windows of the runs, those of other output lengths too; read in one go but for files that are gone."""
    from ecotui.store.schema import to_rows

    found: dict[str, list[WindowRow]] = {run.run_id: [] for run in runs}
    for window in to_rows(store.window_frame(found), WindowRow):
        found[window.run_id].append(window)
    for run in runs:
        if run.windows and not found[run.run_id]:
            found[run.run_id] = [*store.windows(run.run_id), *store.split_windows(run.run_id)]
    return [window for windows in found.values() for window in windows]


def picked(store: Store, texts: list[str]) -> list[StoredRun]:
    """The runs that an operator names, each once: a run's id, or for a session's id all its runs.

    Raises:
        UsageError: none is named, or one of them is not there.
    """
    stored = store.runs()
    if not texts:
        raise UsageError(
            "Nothing is named to export.", "Name runs or sessions, last, or all; `ecotui runs` lists them."
        )
    out: dict[str, StoredRun] = {}
    for text in texts:
        found = stored if text == "all" else _meant(store, stored, text)
        out |= {run.row.run_id: run for run in found}
    if not out:
        raise UsageError("Nothing is stored yet.", "`ecotui run` records a run.")
    return list(out.values())


def _meant(store: Store, stored: list[StoredRun], text: str) -> list[StoredRun]:
    one = store.find(text, whole=True)
    if text.rpartition(".")[2].isdecimal() and "." in text:
        return [one]
    return sorted((run for run in stored if run.row.session_id == one.row.session_id), key=lambda run: run.arm)


def _report(chosen: argparse.Namespace, form: str) -> list[str]:
    from ecotui.analysis.export.reports import figures, report, sheets
    from ecotui.cli.exporting_reports import document, kind_of

    if chosen.windows:
        raise UsageError("--windows is for a table of runs, not for a report.", "Leave it out, or name csv or parquet.")
    store = open_store()
    made = document(store, chosen)
    _complain(store)
    name = f"ecotui-{kind_of(chosen)}"
    if form in PICTURES:
        return _several(chosen, figures(made, form), form, name)
    if form in ("csv", "parquet"):
        return _several(chosen, sheets(made, form), form, name)
    to = chosen.output or (STDOUT if chosen.json and form == "json" else f"{name}{SUFFIXES[form]}")
    path = Path(to).expanduser()
    alone = to == STDOUT or not path.parent.is_dir() or (path.exists() and not path.is_file())
    beside = "" if alone else f"{path.stem}-figures"
    text, *pictures = report(made, form, beside).items()
    if not pictures:
        return [written(to, text[1], chosen.force)]
    free(path, chosen.force)  # before any picture is written
    all_written(str(path.parent), dict(pictures), chosen.force)
    return [written(to, text[1], chosen.force), str(path.parent / beside)]


def _several(chosen: argparse.Namespace, files: dict[str, bytes], form: str, name: str) -> list[str]:
    """Each figure or table of a report in a folder; one alone may be a file."""
    what = "figure" if form in PICTURES else "table"
    if not files:
        raise UsageError(f"This report has no {what}s.", "Export it as html.")
    to = chosen.output or name
    if to == STDOUT or to.lower().endswith(SUFFIXES[form]):
        if len(files) > 1:
            raise UsageError(
                f"This report has {len(files)} {what}s, which do not go into one file.",
                f"Name a folder: -o {clean(Path(to).stem if to != STDOUT else name, 200)} --format {form}.",
            )
        return [written(to, next(iter(files.values())), chosen.force)]
    return all_written(to, files, chosen.force)


def bundled(chosen: argparse.Namespace) -> list[str]:
    """Write the sessions of the named runs as a bundle, a dataset folder, or both."""
    from ecotui.store.bundle_write import write_bundle, write_dataset

    store = open_store()
    sessions = list(dict.fromkeys(run.row.session_id for run in picked(store, chosen.run)))
    done = []
    if chosen.bundle:
        path = Path(chosen.bundle).expanduser()
        if path.suffix.lower() != ".zip":
            raise UsageError(f"A bundle is a .zip, and {path.name} is not named so.", "Name it FILE.zip.")
        free(path, chosen.force)
        write_bundle(store, sessions, path, chosen.licence)
        done.append(str(path))
    if chosen.dataset:
        folder = Path(chosen.dataset).expanduser()
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise UsageError(f"{folder} is there already.", "Name a folder that is not there, or an empty one.")
        write_dataset(store, sessions, folder, chosen.licence)
        done.append(str(folder))
    return done


def _tell(chosen: argparse.Namespace, paths: list[str]) -> int:
    """Say on stdout where the files are, unless they are stdout itself."""
    if paths == [STDOUT]:
        return 0
    if chosen.json:
        sys.stdout.write(json.dumps({"written": paths}) + "\n")
    else:
        sys.stdout.writelines(f"{clean(path, 4000)}\n" for path in paths)
    return 0


def _complain(store: Store) -> None:
    for problem in store.problems:
        sys.stderr.write(f"ecotui: {clean(problem, 1000)}\n")
