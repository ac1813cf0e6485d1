"""Tables and reports for machines: CSV, Parquet and JSON, with every digit and with missing values as such."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ecotui.analysis.export.cells import LONGEST, plain
from ecotui.core.document import Cell, Document, Section, Sheet
from ecotui.core.figure import Figure
from ecotui.core.units import clean

if TYPE_CHECKING:
    import polars as pl

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula and carries it out."""


def sheet_csv(sheet: Sheet) -> str:
    """RFC 4180 with `\\n`, the columns' machine names first, a missing value as nothing between two commas.

    Text that a spreadsheet would carry out gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(sheet.columns)
    writer.writerows([_csv(cell) for cell in row] for row in sheet.rows)
    return out.getvalue()


def _csv(cell: Cell) -> object:
    cell = plain(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return f"'{clean(cell, LONGEST)}" if cell.startswith(FORMULA) else clean(cell, LONGEST)
    return cell  # None is written as nothing, a number with all its digits


def sheet_json(sheet: Sheet) -> str:
    """`{"name", "caption", "columns", "rows"}`, each row an object by column name."""
    return to_json(sheet_dict(sheet))


def sheet_dict(sheet: Sheet) -> dict[str, Any]:
    """The sheet as JSON values."""
    rows = [{name: plain(cell) for name, cell in zip(sheet.columns, row, strict=True)} for row in sheet.rows]
    titles = dict(zip(sheet.columns, sheet.titles, strict=True))
    return {"name": sheet.name, "caption": sheet.caption, "columns": titles, "rows": rows}


def sheet_parquet(sheet: Sheet) -> bytes:
    """One table, zstd; a column that holds words and numbers becomes text."""
    import polars as pl

    columns = {name: [plain(row[place]) for row in sheet.rows] for place, name in enumerate(sheet.columns)}
    return frame_parquet(pl.DataFrame([_series(name, cells) for name, cells in columns.items()]))


def frame_parquet(frame: pl.DataFrame) -> bytes:
    """A frame as a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _series(name: str, cells: list[Cell]) -> pl.Series:
    import polars as pl

    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {int, float}:
        return pl.Series(name, cells, dtype=pl.Int64 if kinds == {int} else pl.Float64)
    if kinds == {bool}:
        return pl.Series(name, cells, dtype=pl.Boolean)
    return pl.Series(name, [None if cell is None else str(cell) for cell in cells], dtype=pl.String)


def told(sheet: Sheet, section: Section, document: Document) -> Sheet:
    """The sheet for machines: a file of it that lies by itself, or beneath others, still says what its rows are.

    `report` and `section` are what it stands under, `simulated` whether a row's watts are a model's. Columns that the
    sheet has already stay as they are.
    """
    marks = simulated_rows(sheet, section, document)
    each = {"report": document.title, "section": section.heading}
    lead = tuple(name for name in each if name not in sheet.columns)
    last = () if "simulated" in sheet.columns else ("simulated",)
    rows = tuple(
        (*(each[name] for name in lead), *row, *((mark,) if last else ()))
        for row, mark in zip(sheet.rows, marks, strict=True)
    )
    return Sheet(
        sheet.name, (*lead, *sheet.columns, *last), (*lead, *sheet.titles, *last), rows, sheet.caption, tuple(marks)
    )


def simulated_rows(sheet: Sheet, section: Section, document: Document) -> list[bool]:
    """Of each row whether its watts are a model's."""
    if sheet.simulated:
        return list(sheet.simulated)
    whole = document.simulated if section.simulated is None else section.simulated
    return [whole] * len(sheet.rows)


def document_json(document: Document) -> str:
    """The whole report: sections, tables by row, figures by series, facts, and what its joules are worth."""
    sections = [
        {"heading": section.heading, "simulated": section.simulated, "paragraphs": list(section.paragraphs)}
        | {"sheets": [sheet_dict(told(sheet, section, document)) for sheet in section.sheets]}
        | {"figures": [figure_dict(figure) for figure in section.figures]}
        for section in document.sections
    ]
    return to_json(
        {"title": document.title, "summary": document.summary, "simulated": document.simulated}
        | {"warning": document.warning, "simulated_parts": list(document.simulated_parts)}
        | {"sections": sections, "facts": dict(document.facts), "limits": document.joules}
    )


def figure_dict(figure: Figure) -> dict[str, Any]:
    """A figure as JSON values."""
    return asdict(figure)


def to_json(value: object) -> str:
    """Indented JSON; no NaN, which no other reader takes."""
    return json.dumps(_finite(value), indent=1, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case float():
            return plain(value)
    return value
