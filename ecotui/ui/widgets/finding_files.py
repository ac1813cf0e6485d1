"""A finding as files for a paper: its points, its figure, and its sentence with all that limits it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.core.document import Document, Section
from ecotui.store.files import write_whole
from ecotui.store.home import Home

if TYPE_CHECKING:
    from ecotui.analysis.findings import Finding

FOLDER = "exports"
"""Within the home."""
LONGEST = 120
"""Letters of a file's name."""


def write(home: Home, one: Finding) -> tuple[Path, tuple[str, ...]]:
    """The folder, and the names of the files in it; another export of the same finding takes their place.

    Raises:
        StoreError: the folder cannot be written.
    """
    from ecotui.analysis.export.data import sheet_csv, told
    from ecotui.analysis.export.drawing import figure_png, figure_svg
    from ecotui.analysis.export.latex import sheet_latex
    from ecotui.analysis.export.markdown import document_markdown
    from ecotui.analysis.export.reports import file_name

    folder, name = home.root / FOLDER, file_name(one.sheet.name)[:LONGEST]
    whole = document(one)
    marked = told(one.sheet, whole.sections[0], whole)
    made = {f"{name}.csv": sheet_csv(marked).encode(), f"{name}.tex": sheet_latex(one.sheet).encode()}
    pictures: list[str] = []
    if not one.figure.empty:
        made |= {f"{name}.svg": figure_svg(one.figure).encode(), f"{name}.png": figure_png(one.figure)}
        pictures = [f"{name}.svg"]
    made[f"{name}.md"] = document_markdown(whole, pictures).encode()
    for file, data in made.items():
        write_whole(folder / file, data)
    return folder, tuple(made)


def document(one: Finding) -> Document:
    """The finding as a report."""
    from ecotui.analysis.findings import left_out_words

    limits = tuple(line for line in (*one.caveats, left_out_words(one)) if line)
    figures = () if one.figure.empty else (one.figure,)
    sections = [Section("Points", sheets=(one.sheet,), figures=figures)]
    if limits:
        sections.append(Section("What limits it", limits))
    return Document(f"{one.title}: {one.subject}", one.sentence, tuple(sections), simulated=one.kind == "simulated")
