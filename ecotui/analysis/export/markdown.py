"""Reports and tables as Markdown that GitHub renders; text from outside is no markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from ecotui.analysis.export.cells import LONGEST, folded, numeric, texts
from ecotui.core.document import Document, Section, Sheet
from ecotui.core.units import clean

MARKS = "\\|*_`<>[]#~$&"


def escaped(text: str) -> str:
    """Text in which nothing is markup."""
    return "".join(f"\\{c}" if c in MARKS else c for c in clean(text, LONGEST))


def sheet_markdown(sheet: Sheet) -> str:
    """A table, and its caption below."""
    return "\n".join(_table(sheet)) + "\n"


def _table(sheet: Sheet) -> Iterator[str]:
    yield f"| {' | '.join(escaped(title) for title in sheet.titles)} |"
    yield f"|{'|'.join('---:' if right else '---' for right in numeric(sheet))}|"
    for row in texts(sheet):
        yield f"| {' | '.join(map(escaped, row))} |"
    if sheet.caption:
        yield from ("", f"*{escaped(sheet.caption)}*")


def document_markdown(document: Document, pictures: Sequence[str] = ()) -> str:
    """The whole report; `pictures`: where those of its figures lie, in order; without them captions stand alone."""
    return "\n".join(_document(document, iter(pictures))) + "\n"


def _document(document: Document, pictures: Iterator[str]) -> Iterator[str]:
    yield from (f"# {escaped(document.title)}", "")
    if document.warning:
        yield from (f"**{escaped(document.warning)}**", "")
    yield escaped(document.summary)
    for section in document.sections:
        yield from _section(section, pictures)
    if document.facts:
        yield from ("", "## Environment", "", "| | |", "|---|---|")
        yield from (f"| {escaped(name)} | {escaped(value)} |" for name, value in document.facts)
    yield from ("", escaped(document.joules))


def _section(section: Section, pictures: Iterator[str]) -> Iterator[str]:
    yield from ("", f"## {escaped(section.heading)}")
    for paragraph in section.paragraphs:
        yield from ("", escaped(paragraph))
    for sheet in section.sheets:
        yield ""
        yield from _table(folded(sheet))
    for figure in section.figures:
        yield ""
        if (place := next(pictures, None)) is not None:
            yield from (f"![{escaped(figure.title)}](<{quote(place)}>)", "")
        said = f" – {escaped(figure.caption)}" if figure.caption else ""
        yield f"**{escaped(figure.title)}**{said}"
