"""Published figures beside the runs as rows of text: whose they are, gross and net, and that they decide nothing."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content

from ecotui.analysis import ranges
from ecotui.analysis.context import HEADS, NO_ARM, Context, Group, Line
from ecotui.ui.theme import ARM_GLYPHS, ink
from ecotui.ui.widgets.compare_words import lines_of
from ecotui.ui.widgets.history_cells import fitted

NAME = (20, 40)
"""Cells of the first column, at least and at most."""
APART = 2
"""Cells between two columns."""


def context_rows(it: Context, width: int) -> Iterator[Content]:
    """A table with a heading a board and source, the sentence that it is no arm of a verdict above it; below it
    what is told as a range only.
    """
    yield ink(f"── {it.title} ".ljust(width, "─")[:width], "faint")
    yield from (ink(line, "warn") for line in lines_of(NO_ARM, width))
    if it.rows:
        yield from _table(it, width)
    yield from (ink(line) for line in lines_of(it.nothing, width))
    if it.claims:
        yield from _claims(it, width)


def _table(it: Context, width: int) -> Iterator[Content]:
    lines = [line for group in it.groups for line in group.lines]
    each = list(zip(HEADS, *(line.cells for line in lines), strict=True))[1:]
    rest = [max(map(cell_len, column)) + APART for column in each]
    longest = max(cell_len(line.cells[0]) for line in lines) + 2
    first = max(min(longest, width - sum(rest), NAME[1]), NAME[0])
    yield ink(
        fitted("", first) + "".join(fitted(h, w, right=True) for h, w in zip(HEADS[1:], rest, strict=True)), "muted"
    )
    for group in it.groups:
        yield from _group(group, first, rest, width)


def _claims(it: Context, width: int) -> Iterator[Content]:
    """A sentence a range, below the source that tells it."""
    for source, sentences in it.sentences:
        yield ink(fitted(ranges.HEAD, width).rstrip(), bold=True)
        yield from (ink(line, "muted") for line in lines_of(source, width))
        for sentence in sentences:
            yield from (ink(line) for line in lines_of(f"  {sentence}", width, "    "))
    yield from (ink(line, "warn") for line in lines_of(ranges.NO_VERDICT, width))


def _group(group: Group, first: int, rest: list[int], width: int) -> Iterator[Content]:
    yield ink(fitted(group.head, width).rstrip(), bold=True)
    yield from (ink(line, "muted") for line in lines_of(group.source, width))
    yield from (_line(line, first, rest) for line in group.lines)


def _line(line: Line, first: int, rest: list[int]) -> Content:
    glyph, role = ("  ", "text") if line.arm is None else (f"{ARM_GLYPHS[line.arm]} ", f"arm-{line.arm}")
    name, *cells = line.cells
    told = "".join(fitted(cell, size, right=True) for cell, size in zip(cells, rest, strict=True))
    return Content.assemble(ink(glyph, role), ink(fitted(name, first - 2, tail=True)), ink(told))
