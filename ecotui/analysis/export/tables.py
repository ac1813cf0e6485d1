"""Stored rows as a table: every column for machines, the telling ones for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from ecotui.analysis.export.data import frame_parquet, sheet_csv, sheet_json
from ecotui.analysis.export.latex import sheet_latex
from ecotui.analysis.export.markdown import sheet_markdown
from ecotui.analysis.report_tables import run_list, window_list
from ecotui.core.document import Sheet
from ecotui.core.rows import RunRow, WindowRow, row_dict


def run_table(runs: Sequence[RunRow], form: str) -> bytes:
    """Runs as csv, json, parquet, markdown or latex."""
    if form == "parquet":
        from ecotui.store.schema import RUNS, to_frame

        return frame_parquet(to_frame(runs, RUNS))
    return _text(run_list(runs) if form in ("markdown", "latex") else _whole("runs", RunRow, runs), form)


def window_table(windows: Sequence[WindowRow], form: str) -> bytes:
    """Windows as csv, json, parquet, markdown or latex."""
    if form == "parquet":
        from ecotui.store.schema import WINDOWS, to_frame

        return frame_parquet(to_frame(windows, WINDOWS))
    people = form in ("markdown", "latex")
    return _text(window_list(windows) if people else _whole("windows", WindowRow, windows), form)


def _whole(name: str, kind: type[RunRow] | type[WindowRow], rows: Sequence[RunRow | WindowRow]) -> Sheet:
    names = tuple(one.name for one in fields(kind))
    return Sheet(name, names, names, tuple(tuple(row_dict(row).values()) for row in rows))


def _text(sheet: Sheet, form: str) -> bytes:
    makers = {"csv": sheet_csv, "json": sheet_json, "markdown": sheet_markdown, "latex": sheet_latex}
    return makers[form](sheet).encode()
