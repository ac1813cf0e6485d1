"""Published figures below a comparison on stdout: a table for people, or Markdown for a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console

from ecotui.analysis import ranges
from ecotui.analysis.compare_markdown import escaped
from ecotui.analysis.compare_rows import GLYPHS
from ecotui.analysis.context import HEADS, NO_ARM, Context, Line
from ecotui.cli.narrow import Column, beside, widths_of
from ecotui.cli.tables import cell


def print_context(it: Context, out: Console) -> None:
    """The rows under a heading a board and source, that they are no arm of a verdict, and ranges as sentences."""
    out.print(cell(it.title, "bold"))
    out.print(cell(NO_ARM, "yellow"))
    if it.nothing:
        out.print(cell(it.nothing))
    if it.rows:
        _print_table(it, out)
    for source, sentences in it.sentences:
        out.print(cell(ranges.HEAD, "bold"))
        out.print(cell(source, "dim"))
        for sentence in sentences:
            out.print(cell(sentence))
    if it.claims:
        out.print(cell(ranges.NO_VERDICT, "yellow"))


def _print_table(it: Context, out: Console) -> None:
    """Groups below one another, whose columns stand in line."""
    widths = widths_of(_columns([line for group in it.groups for line in group.lines]), out.width)
    for group in it.groups:
        out.print(cell(group.head, "bold"))
        if group.source:
            out.print(cell(group.source, "dim"))
        out.print(beside(_columns(group.lines), widths))


def _columns(lines: Sequence[Line]) -> list[Column]:
    return [list(column) for column in zip(HEADS, *map(_cells, lines), strict=True)]


def context_markdown(it: Context) -> Iterator[str]:
    """The same as one Markdown table, with board and source in its first columns, and a list of ranges."""
    yield ""
    yield f"**{escaped(it.title)}**: {escaped(NO_ARM)}"
    yield ""
    if it.nothing:
        yield escaped(it.nothing)
    if it.rows:
        yield from _markdown_table(it)
    for source, sentences in it.sentences:
        yield ""
        yield f"{escaped(ranges.HEAD)} ({escaped(source)}). {escaped(ranges.NO_VERDICT)}"
        yield ""
        yield from (f"- {escaped(sentence)}" for sentence in sentences)


def _markdown_table(it: Context) -> Iterator[str]:
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
