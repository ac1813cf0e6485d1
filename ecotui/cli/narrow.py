"""Tables in narrow terminals: columns go, the least telling first, before a figure is cut."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ecotui.core.units import clean

GAP = 2
"""Columns between columns."""
WORDS = 24
"""Columns that text needs, which may go on in the next line; figures need all of theirs."""
LONGEST = 1000


def print_narrowed(
    out: Console, heads: Sequence[str], rows: Sequence[Sequence[str]], first_to_go: Sequence[str], words: Sequence[str]
) -> None:
    """A table of as many columns as fit, and which are missing.

    first_to_go: heads that a narrow terminal goes without, in this order. words: heads of columns that hold text.
    """
    shown = fitting(heads, rows, out.width, first_to_go, words)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for i in shown:
        text = heads[i] in words
        table.add_column(heads[i], justify="left" if text else "right", overflow="fold", no_wrap=not text)
    for row in rows:
        table.add_row(*(Text(clean(row[i], LONGEST)) for i in shown))
    out.print(table)
    if gone := [head for i, head in enumerate(heads) if i not in shown]:
        out.print(Text(f"Too narrow for: {', '.join(gone)}; --json has them.", "dim"))


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


def _wide(head: str, cells: Sequence[str], *, text: bool) -> int:
    most = max(map(len, cells), default=0)
    return max(min(most, WORDS) if text else most, len(head))
