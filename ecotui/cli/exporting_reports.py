"""The report that an operator asks for; each kind's maker is imported when it is called."""

from __future__ import annotations

import argparse
from pathlib import Path

from ecotui.core.document import Document
from ecotui.core.errors import UsageError
from ecotui.store.store import Store

NAME = {"session": "`ecotui runs` lists sessions.", "sweep": "Name the sweep as `ecotui sweep` does."}


def kind_of(chosen: argparse.Namespace) -> str:
    """As it was named; else one run is its session, and several are a comparison."""
    return str(chosen.report or ("session" if len(chosen.run) == 1 else "comparison"))


def document(store: Store, chosen: argparse.Namespace) -> Document:
    """The report as values.

    Raises:
        UsageError: what it is to be of is missing, or not there.
    """
    kind = kind_of(chosen)
    if kind == "findings":
        return _findings(store, chosen.run)
    if kind == "audit":
        return _audit(store, chosen)
    if "all" in chosen.run:
        raise UsageError(
            f"A report of a {kind} is not of all that is stored.",
            "Name one session or up to four runs; --report findings is of everything.",
        )
    if kind == "comparison":
        return _comparison(store, chosen)
    if len(chosen.run) != 1:
        raise UsageError(f"A report of a {kind} is of one, not of {len(chosen.run)}.", NAME[kind])
    if kind == "sweep":
        return _sweep(store, chosen.run[0])
    from ecotui.analysis.report import session_document

    return session_document(store, store.find(chosen.run[0], whole=True).row.session_id)


def _comparison(store: Store, chosen: argparse.Namespace) -> Document:
    from ecotui.analysis.report import comparison_document

    if not 2 <= len(chosen.run) <= 4:
        raise UsageError(
            f"A comparison takes two to four runs, not {len(chosen.run)}.",
            "The first is the baseline; see `ecotui runs`.",
        )
    factor = [name.strip() for words in chosen.factor for name in words.split(",") if name.strip()]
    return comparison_document(store, chosen.run, factor)


def _findings(store: Store, words: list[str]) -> Document:
    """Findings of everything that is stored and published."""
    from ecotui.analysis.findings import findings
    from ecotui.analysis.findings_document import findings_document
    from ecotui.analysis.points import gathered
    from ecotui.analysis.quality_runs import scored
    from ecotui.analysis.report_facts import facts
    from ecotui.store.published import perplexities, published_rows

    if words and words != ["all"]:
        raise UsageError("A report of findings is of everything that is stored.", "Name no run with it.")
    stored = store.runs()
    found = gathered(stored, published_rows(store.home), scored(store), perplexities(store.home))
    made = findings(found.points, windows=store.windows, left_out=found.left_out)
    return findings_document(made, facts=facts([run.row for run in stored if run.origin == "here"]))


def _audit(store: Store, chosen: argparse.Namespace) -> Document:
    """Of a CSV table, or of every published row that is here."""
    from ecotui.analysis.audit_report import audit_document
    from ecotui.cli.auditing import audited, rows_of
    from ecotui.store.published import published_rows

    if len(chosen.run) > 1:
        raise UsageError(
            f"A report of an audit is of one table, not of {len(chosen.run)}.", "Name one CSV file, or none."
        )
    if not chosen.run and (chosen.columns or chosen.told):
        raise UsageError("--columns and --set are for a CSV file, and none was named.", "Name one, or leave them out.")
    rows = rows_of(chosen, chosen.run[0]) if chosen.run else published_rows(store.home)
    title = f"Audit of {Path(chosen.run[0]).name}" if chosen.run else "Audit of published figures"
    return audit_document(audited(chosen, rows), title, tuple(dict.fromkeys(row.source for row in rows)))


def _sweep(store: Store, name: str) -> Document:
    from ecotui.analysis.sweep_report import sweep_document
    from ecotui.recorder.sweep import find_sweep

    return sweep_document(store.home, find_sweep(store.home, name, samples=True))
