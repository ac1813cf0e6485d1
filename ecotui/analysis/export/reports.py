"""A report in the format that is asked for, and its figures and tables as files of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from ecotui.analysis.export.data import document_json, sheet_csv, sheet_parquet, told
from ecotui.analysis.export.drawing import figure_png, figure_svg
from ecotui.analysis.export.html import document_html
from ecotui.analysis.export.latex import document_latex
from ecotui.analysis.export.markdown import document_markdown
from ecotui.core.document import Document
from ecotui.core.errors import UsageError
from ecotui.core.units import clean

PICTURES = {"markdown": "svg", "latex": "png"}
"""What stands beside a report of several files; pdflatex takes no SVG."""
UNREADABLE = frozenset("%#$&~^{}\\\"'` ")
"""Signs that LaTeX takes for its own in a file's name."""


def report(document: Document, form: str, beside: str = "") -> dict[str, bytes]:
    """As html, markdown, latex or json: the report's text under the empty name.

    beside: a folder's name; the figures of markdown and latex then go into it, under `FOLDER/NAME`.

    Raises:
        UsageError: LaTeX could not read figures in a folder of that name.
    """
    if form == "html":
        return {"": document_html(document).encode()}
    if form == "json":
        return {"": document_json(document).encode()}
    made = figures(document, PICTURES[form]) if beside else {}
    if made and form == "latex" and set(beside) & UNREADABLE:
        raise UsageError(
            f"LaTeX reads no figures from a folder named {clean(beside, 200)!r}.",
            "Name a file of letters, digits, - and _ with -o.",
        )
    pictures = {f"{beside}/{name}": data for name, data in made.items()}
    text = document_markdown if form == "markdown" else document_latex
    return {"": text(document, tuple(pictures)).encode()} | pictures


def figures(document: Document, form: str) -> dict[str, bytes]:
    """Every figure as svg or png, by file name."""
    every = [figure for section in document.sections for figure in section.figures]
    names = _apart([figure.name for figure in every])
    draw = (lambda one: figure_svg(one).encode()) if form == "svg" else figure_png
    return {f"{name}.{form}": draw(one) for name, one in zip(names, every, strict=True)}


def sheets(document: Document, form: str) -> dict[str, bytes]:
    """Every table as csv or parquet, by file name; each row says what report it is of, and whether it is simulated."""
    every = [
        told(sheet, section, document) for section in document.sections for sheet in section.sheets if sheet.columns
    ]
    names = _apart([sheet.name for sheet in every])
    write = (lambda one: sheet_csv(one).encode()) if form == "csv" else sheet_parquet
    return {f"{name}.{form}": write(one) for name, one in zip(names, every, strict=True)}


def _apart(names: Sequence[str]) -> list[str]:
    """Names for files; one that is taken gets a number."""
    out: list[str] = []
    for name in names:
        plain = file_name(name)
        tries = (f"{plain}-{n}" if n > 1 else plain for n in count(1))
        out.append(next(one for one in tries if one not in out))
    return out


def file_name(name: str) -> str:
    """Letters, digits and dashes, whatever was given."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in name).strip("-") or "unnamed"
