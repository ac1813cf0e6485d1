"""Tables and reports as LaTeX with booktabs; text from outside is no command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecotui.analysis.export.cells import LONGEST, folded, numeric, texts
from ecotui.core.document import Document, Section, Sheet
from ecotui.core.units import clean

SIGNS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "-": "{-}",  # so that two of them stay two
    "`": r"\textasciigrave{}",
    '"': r"\textquotedbl{}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "×": r"\ensuremath{\times}",
    "±": r"\ensuremath{\pm}",
    "·": r"\ensuremath{\cdot}",
    "−": r"\ensuremath{-}",
    "°": r"\ensuremath{^\circ}",
    "µ": r"\ensuremath{\mu}",
    "μ": r"\ensuremath{\mu}",
    "τ": r"\ensuremath{\tau}",
    "Δ": r"\ensuremath{\Delta}",
    "α": r"\ensuremath{\alpha}",
    "≤": r"\ensuremath{\le}",
    "≥": r"\ensuremath{\ge}",
    "≈": r"\ensuremath{\approx}",
    "→": r"\ensuremath{\to}",
    "√": r"\ensuremath{\surd}",
    "Σ": r"\ensuremath{\Sigma}",
    "●": r"\ensuremath{\bullet}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{THIN SPACE}": r"\,",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
} | {sign: f"\\{sign}" for sign in "&%$#_{}"}
WIDE = 88
"""Letters of a row from which a table is set smaller, to the text's width."""
PROSE = 48
"""Letters of a cell from which its column is a paragraph."""
PARAGRAPHS, BESIDE = 0.6, 0.45
"""Of the text's width: what all paragraphs have together, and what the other columns may take beside them unshrunk."""
PARAGRAPH = 45
"""Letters of a line of a paragraph that has all their width."""
LINES = 38
"""Of a table on a page of LaTeX's own article, beside its caption; more rows would fall off its foot."""
CONTINUED = "Continued."
PREAMBLE = r"""% Made by ecotui. Needs the packages booktabs and graphicx.
\documentclass[a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\usepackage{booktabs}
\usepackage{graphicx}
\usepackage[margin=2.2cm]{geometry}
\sloppy
\begin{document}"""


def escaped(text: str) -> str:
    """Text in which nothing is a command; a letter that no 8-bit font has becomes a question mark."""
    return "".join(SIGNS.get(c) or (c if ord(c) < 0x180 else "?") for c in clean(text, LONGEST))


def sheet_latex(sheet: Sheet) -> str:
    """A `table` with booktabs rules, to be put into a paper; of many rows several, each on a page of its own."""
    return "\n".join(_table(sheet)) + "\n"


def _table(sheet: Sheet) -> Iterator[str]:
    columns, shrunk = _columns(sheet)
    head, *rows = ([escaped(cell) for cell in row] for row in (sheet.titles, *texts(sheet)))
    pages = list(_pages(rows, shrunk, columns.count("p")))
    for number, page in enumerate(pages):
        yield r"\begin{table}[htbp]"
        yield r"\centering"
        if number:
            yield r"\addtocounter{table}{-1}"
        if sheet.caption or number:
            yield rf"\caption{{{CONTINUED if number else escaped(sheet.caption)}}}"
        if not number:
            yield rf"\label{{tab:{_label(sheet.name)}}}"
        yield from _tabular(columns, head, page, wide=shrunk < 1)
        yield r"\end{table}"
        if pages[1:]:
            yield r"\clearpage"


def _tabular(columns: str, head: list[str], rows: Sequence[list[str]], *, wide: bool) -> Iterator[str]:
    if wide:
        yield r"\resizebox{\textwidth}{!}{%"
    yield rf"\begin{{tabular}}{{{columns}}}"
    yield from (r"\toprule", _row(head), r"\midrule")
    yield from (_row(row) for row in rows)
    yield r"\bottomrule"
    yield r"\end{tabular}%" if wide else r"\end{tabular}"
    if wide:
        yield "}"


def _columns(sheet: Sheet) -> tuple[str, float]:
    """How the columns are set, and to what share of its own width all of them are shrunk to fit the text's."""
    letters = [max(map(len, column)) for column in zip(sheet.titles, *texts(sheet), strict=True)]
    prose = [width > PROSE for width in letters]
    set_as = (
        "r" if right else rf"p{{{PARAGRAPHS / sum(prose):.2f}\textwidth}}" if long else "l"
        for right, long in zip(numeric(sheet), prose, strict=True)
    )
    needed = sum(width for width, long in zip(letters, prose, strict=True) if not long) + 2 * len(letters)
    return "".join(set_as), min(1.0, (WIDE * (BESIDE if any(prose) else 1)) / needed)


def _pages(rows: Sequence[list[str]], shrunk: float, paragraphs: int) -> Iterator[list[list[str]]]:
    """The rows, as many together as a page has lines for; a table of none is a page, too."""
    page: list[list[str]] = []
    left = room = LINES / shrunk
    for row in rows:
        lines = max(1, *(-(-len(cell) * paragraphs // PARAGRAPH) for cell in row)) if paragraphs else 1
        if page and lines > left:
            yield page
            page, left = [], room
        page.append(row)
        left -= lines
    if page or not rows:
        yield page


def _row(cells: list[str]) -> str:
    first, *others = cells
    # A row that begins with a bracket would be taken for an argument of the line break before it.
    return " & ".join([f"{{}}{first}" if first.startswith("[") else first, *others]) + r" \\"


def _label(name: str) -> str:
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c == "-"))


def document_latex(document: Document, pictures: Sequence[str] = ()) -> str:
    """A whole article; `pictures`: where those of its figures lie, in order; without them captions stand alone."""
    return "\n".join(_document(document, iter(pictures))) + "\n"


def _document(document: Document, pictures: Iterator[str]) -> Iterator[str]:
    yield PREAMBLE
    yield rf"\section*{{{escaped(document.title)}}}"
    if document.warning:
        yield rf"\textbf{{{escaped(document.warning)}}}"
    yield from ("", escaped(document.summary))
    for section in document.sections:
        yield from _section(section, pictures)
    if document.facts:
        yield r"\section*{Environment}"
        yield r"\begin{tabular}{lp{0.7\textwidth}}"
        yield from (_row([escaped(name), escaped(value)]) for name, value in document.facts)
        yield r"\end{tabular}"
    yield from ("", escaped(document.joules), r"\end{document}")


def _section(section: Section, pictures: Iterator[str]) -> Iterator[str]:
    yield rf"\section*{{{escaped(section.heading)}}}"
    for paragraph in section.paragraphs:
        yield from ("", escaped(paragraph))
    for sheet in section.sheets:
        yield ""
        yield from _table(folded(sheet))
    for figure in section.figures:
        said = f"{figure.title}. {figure.caption}".strip()
        yield from ("", r"\begin{figure}[htbp]", r"\centering")
        if (place := next(pictures, None)) is not None:
            yield rf"\includegraphics[width=\textwidth]{{{place}}}"
        yield from (rf"\caption{{{escaped(said)}}}", r"\end{figure}")
