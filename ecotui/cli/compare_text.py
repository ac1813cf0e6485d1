"""A comparison on stdout: a table for people, or Markdown for a report."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from rich.table import Table

from ecotui.analysis.comparison import Comparison
from ecotui.cli.compare_rows import heads, lines, sentences
from ecotui.cli.tables import cell, console
from ecotui.core.units import clean

BOLD = {"verdict": "bold", "red": "bold yellow"}
LEADS = {"verdict": "", "ablation": "  ", "detail": "  ", "red": "! ", "warning": "! ", "factor": ""}


def print_comparison(comparison: Comparison) -> None:
    """Runs side by side: each figure, ratios with their intervals, verdicts, and what speaks against them."""
    out = console()
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for place, head in enumerate(heads(comparison)):
        table.add_column(cell(head), justify="right")
        if place:
            table.add_column("", justify="right")
    for line in lines(comparison):
        row = [cell(line.label), cell(line.values[0])]
        for place, value in enumerate(line.values[1:]):
            row += [cell(value), cell(line.ratios[place] if place < len(line.ratios) else "")]
        table.add_row(*row)
    out.print(table)
    for kind, text in sentences(comparison):
        out.print(cell(f"{LEADS[kind]}{clean(text, 2000)}", BOLD.get(kind, "")))


def print_markdown(comparison: Comparison) -> None:
    """The same as a Markdown table and a list."""
    sys.stdout.write("\n".join(_markdown(comparison)) + "\n")


def _markdown(comparison: Comparison) -> Iterator[str]:
    names = heads(comparison)
    yield f"| | {' | '.join(_escaped(name) for name in names)} |"
    yield f"|---|{'---:|' * len(names)}"
    for line in lines(comparison):
        beside = ("", *line.ratios, *[""] * len(names))
        cells = [_escaped(f"{value} {ratio}".strip()) for value, ratio in zip(line.values, beside, strict=False)]
        yield f"| {_escaped(line.label)} | {' | '.join(cells)} |"
    yield ""
    for kind, text in sentences(comparison):
        shown = _escaped(text)
        yield f"- **{shown}**" if kind in BOLD else f"- {shown}"


def _escaped(text: str) -> str:
    """Text from outside is no markup."""
    plain = clean(text, 2000).replace("\\", "\\\\")
    for mark in "|*_`<>[]":
        plain = plain.replace(mark, f"\\{mark}")
    return plain
