"""Tables in narrow terminals: columns go, the least telling first, or stand in tables below, before a figure is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ecotui.core.units import clean

GAP, CLOSE = 2, 1
"""Columns between columns, and where room is scarce."""
WORDS = 24
"""Columns that text needs, which may go on in the next line; figures need all of theirs."""
LONGEST = 1000
Column = Sequence[str]
"""Texts of a column, its head first."""


@dataclass(frozen=True, slots=True)
class Widths:
    """How wide the columns of a table are."""

    each: tuple[int, ...]
    gap: int


def print_narrowed(
    out: Console, heads: Sequence[str], rows: Sequence[Sequence[str]], first_to_go: Sequence[str], words: Sequence[str]
) -> None:
    """A table of as many columns as fit, and which are missing.

    first_to_go: heads that a narrow terminal goes without, in this order. words: heads of columns that hold text.
    """
    shown = fitting(heads, rows, out.width, first_to_go, words)
    out.print(_table(heads, rows, shown, words))
    if gone := [head for i, head in enumerate(heads) if i not in shown]:
        out.print(Text(f"Too narrow for: {', '.join(gone)}; --json has them.", "dim"))


def print_stacked(out: Console, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """All columns: side by side where there is room, else in tables below each other, each with the first one again.

    The first column holds text; the others hold figures, which are never cut.
    """
    for shown in stacked(heads, rows, out.width):
        out.print(_table(heads, rows, shown, heads[:1]))


def stacked(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[list[int]]:
    """Which columns each of the tables has, in their order; in every one the first, and another however wide it is."""
    wide = [_wide(head, [row[i] for row in rows], text=i == 0) for i, head in enumerate(heads)]
    found = [[0]]
    for i in range(1, len(heads)):
        if len(found[-1]) > 1 and _sum([wide[k] for k in (*found[-1], i)], GAP) > width:
            found.append([0])
        found[-1].append(i)
    return found


def fitting(
    heads: Sequence[str], rows: Sequence[Sequence[str]], width: int, first_to_go: Sequence[str], words: Sequence[str]
) -> list[int]:
    """Which columns fit side by side into `width`; those that are not to go stay, whatever it is."""
    shown = list(range(len(heads)))
    wide = [_wide(head, [row[i] for row in rows], text=head in words) for i, head in enumerate(heads)]
    for name in first_to_go:
        if sum(wide[i] + GAP for i in shown) - GAP <= width:
            break
        shown = [i for i in shown if heads[i] != name]
    return shown


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], shown: Sequence[int], words: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for i in shown:
        text = heads[i] in words
        table.add_column(heads[i], justify="left" if text else "right", overflow="fold", no_wrap=not text)
    for row in rows:
        table.add_row(*(Text(clean(row[i], LONGEST)) for i in shown))
    return table


def _wide(head: str, cells: Sequence[str], *, text: bool) -> int:
    most = max(map(len, cells), default=0)
    return max(min(most, WORDS) if text else most, len(head))


def beside(columns: Sequence[Column], widths: Widths) -> Table:
    """A table of these columns, labels at the left; what has no room in a row goes on in the next, uncut."""
    padding = (0, 1, 0, 1) if widths.gap == GAP else (0, CLOSE, 0, 0)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=padding)
    for place, (head, *_) in enumerate(columns):
        justify: Literal["left", "right"] = "right" if place else "left"
        table.add_column(_told(head), justify=justify, width=widths.each[place], overflow="fold")
    for row in list(zip(*columns, strict=True))[1:]:
        table.add_row(*map(_told, row))
    return table


def widths_of(columns: Sequence[Column], width: int) -> Widths:
    """As wide as the texts, or where that is more than `width`, as that: a word is broken only where it must be."""
    whole = [max(map(cell_len, column)) for column in columns]
    if _sum(whole, GAP) <= width:
        return Widths(tuple(whole), GAP)
    out = [_least(column) for column in columns]
    while _sum(out, CLOSE) > width and max(out) > 1:
        out[out.index(max(out))] -= 1
    while _sum(out, CLOSE) < min(width, _sum(whole, CLOSE)):
        out[min((i for i, most in enumerate(whole) if out[i] < most), key=lambda i: out[i])] += 1
    return Widths(tuple(out), CLOSE)


def least(columns: Sequence[Column]) -> int:
    """How wide a table of these columns is at least where no word is broken."""
    return _sum([_least(column) for column in columns], CLOSE)


def _least(column: Column) -> int:
    """Columns that the longest word takes; of short texts, as a ratio with its interval, that all of one take."""
    whole = max(map(cell_len, column))
    return whole if whole <= WORDS else max(cell_len(word) for text in column for word in text.split() or [""])


def _sum(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)


def _told(text: str) -> Text:
    return Text(clean(text, LONGEST))
