"""Stored rows as a table: every column for machines, the telling ones for people; what joules are worth beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from ecotui.analysis.export.data import frame_parquet, sheet_csv, sheet_json
from ecotui.analysis.export.latex import sheet_latex
from ecotui.analysis.export.markdown import sheet_markdown
from ecotui.analysis.report_tables import run_list, window_list
from ecotui.core.document import Sheet, joules
from ecotui.core.rows import RunRow, WindowRow, row_dict


def run_table(runs: Sequence[RunRow], form: str) -> bytes:
    """Runs as csv, json, parquet, markdown or latex."""
    if form == "parquet":
        from ecotui.store.schema import RUNS, to_frame

        return frame_parquet(to_frame(runs, RUNS))
    sheet = run_list(runs) if form in ("markdown", "latex") else _whole("runs", RunRow, runs)
    return _text(_worth(sheet, runs), form)


def window_table(windows: Sequence[WindowRow], form: str) -> bytes:
    """Windows as csv, json, parquet, markdown or latex."""
    if form == "parquet":
        from ecotui.store.schema import WINDOWS, to_frame

        return frame_parquet(to_frame(windows, WINDOWS))
    sheet = window_list(windows) if form in ("markdown", "latex") else _whole("windows", WindowRow, windows)
    return _text(_worth(sheet, windows), form)


def _whole(name: str, kind: type[RunRow] | type[WindowRow], rows: Sequence[RunRow | WindowRow]) -> Sheet:
    names = tuple(one.name for one in fields(kind))
    return Sheet(name, names, names, tuple(tuple(row_dict(row).values()) for row in rows))


def _worth(sheet: Sheet, rows: Sequence[RunRow | WindowRow]) -> Sheet:
    """The sheet with what its joules are worth at the end of its caption; CSV has no place for a sentence."""
    simulated = [bool(row.simulated) for row in rows]
    said = joules(all(simulated), any(simulated)) if rows else ""
    return replace(sheet, caption=" ".join(part for part in (sheet.caption, said) if part))


def _text(sheet: Sheet, form: str) -> bytes:
    makers = {"csv": sheet_csv, "json": sheet_json, "markdown": sheet_markdown, "latex": sheet_latex}
    return makers[form](sheet).encode()
