"""A comparison on stdout: a table for people, or Markdown for a report."""

from __future__ import annotations

import sys

from rich.table import Table
from rich.text import Text

from ecotui.analysis.compare_markdown import comparison_markdown
from ecotui.analysis.compare_rows import heads, lines, sentences
from ecotui.analysis.comparison import Comparison
from ecotui.analysis.context import Context
from ecotui.cli.compare_context import context_markdown, print_context
from ecotui.cli.tables import cell, console
from ecotui.core.units import sentence

BOLD = {"verdict": "bold", "red": "bold yellow"}
LEADS = {
    "verdict": "",
    "way": "  ",
    "ablation": "  ",
    "detail": "  ",
    "quality": "  ",
    "red": "! ",
    "warning": "! ",
    "factor": "",
    "note": "",
}


def print_comparison(comparison: Comparison, context: Context | None = None) -> None:
    """Runs side by side: each figure, ratios with their intervals, verdicts, and what speaks against them.

    context: published figures to print below.
    """
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
        out.print(Text(f"{LEADS[kind]}{sentence(text)}", BOLD.get(kind, "")))
    if context is not None:
        out.print()
        print_context(context, out)


def print_markdown(comparison: Comparison, context: Context | None = None) -> None:
    """The same as a Markdown table and a list."""
    lines = [*comparison_markdown(comparison), *(context_markdown(context) if context else ())]
    sys.stdout.write("\n".join(lines) + "\n")
