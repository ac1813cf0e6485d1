"""Published figures below a comparison on stdout: a table for people, or Markdown for a report."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from ecotui.analysis.context import HEADS, NO_ARM, Context, Line
from ecotui.cli.compare_rows import GLYPHS
from ecotui.cli.tables import cell
from ecotui.core.units import clean


def print_context(it: Context, out: Console) -> None:
    """The rows under a heading a board and source, and that they are no arm of a verdict."""
    out.print(cell(it.title, "bold"))
    out.print(cell(NO_ARM, "yellow"))
    if it.nothing:
        out.print(cell(it.nothing))
        return
    columns = zip(HEADS, *(_cells(line) for group in it.groups for line in group.lines), strict=True)
    widths = [max(map(cell_len, column)) for column in columns]
    for group in it.groups:
        table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left")
        for place, head in enumerate(HEADS):
            table.add_column(cell(head), justify="right" if place else "left", min_width=widths[place])
        for line in group.lines:
            table.add_row(*map(cell, _cells(line)))
        out.print(cell(group.head, "bold"))
        if group.source:
            out.print(cell(group.source, "dim"))
        out.print(table)


def context_markdown(it: Context) -> Iterator[str]:
    """The same as one Markdown table, with board and source in its first columns."""
    yield ""
    yield f"**{escaped(it.title)}**: {escaped(NO_ARM)}"
    yield ""
    if it.nothing:
        yield escaped(it.nothing)
        return
    heads = ("whose, net of what", "what", *HEADS[1:], "source")
    yield f"| {' | '.join(heads)} |"
    yield f"|---|---|{'---:|' * (len(HEADS) - 1)}---|"
    for group in it.groups:
        for line in group.lines:
            told = (group.head, *_cells(line), group.source)
            yield f"| {' | '.join(map(escaped, told))} |"


def _cells(line: Line) -> tuple[str, ...]:
    lead = "" if line.arm is None else f"{GLYPHS[line.arm]} "
    return (lead + line.cells[0], *line.cells[1:])


def escaped(text: str) -> str:
    """Text from outside is no markup."""
    plain = clean(text, 2000).replace("\\", "\\\\")
    for mark in "|*_`<>[]":
        plain = plain.replace(mark, f"\\{mark}")
    return plain
