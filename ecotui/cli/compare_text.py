"""A comparison on stdout: a table for people, or Markdown for a report."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from rich.text import Text

from ecotui.analysis.compare_markdown import comparison_markdown
from ecotui.analysis.compare_rows import heads, lines, sentences
from ecotui.analysis.comparison import Comparison
from ecotui.analysis.context import Context
from ecotui.cli.compare_context import context_markdown, print_context
from ecotui.cli.narrow import Column, beside, least, widths_of
from ecotui.cli.tables import console
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
    for columns in _tables(list(_columns(comparison)), out.width):
        out.print(beside(columns, widths_of(columns, out.width)))
    for kind, text in sentences(comparison):
        out.print(Text(f"{LEADS[kind]}{sentence(text)}", BOLD.get(kind, "")))
    if context is not None:
        out.print()
        print_context(context, out)


def _columns(comparison: Comparison) -> Iterator[Column]:
    """Labels, the baseline, then of each other run its values and its ratios; each with its head."""
    told, named = list(lines(comparison)), heads(comparison)
    yield ["", *(line.label for line in told)]
    for place, head in enumerate(named):
        yield [head, *(_at(line.values, place) for line in told)]
        if place:
            yield ["", *(_at(line.ratios, place - 1) for line in told)]


def _at(texts: Sequence[str], place: int) -> str:
    return texts[place] if place < len(texts) else ""


def _tables(columns: Sequence[Column], width: int) -> Iterator[list[Column]]:
    """All runs in one table, or the baseline again and again, beside as many others as no word is broken for."""
    base, others = list(columns[:2]), list(columns[2:])
    while others:
        sizes = (n for n in range(len(others), 2, -2) if least([*base, *others[:n]]) <= width)
        count = next(sizes, 2)
        yield base + others[:count]
        others = others[count:]


def print_markdown(comparison: Comparison, context: Context | None = None) -> None:
    """The same as a Markdown table and a list."""
    lines = [*comparison_markdown(comparison), *(context_markdown(context) if context else ())]
    sys.stdout.write("\n".join(lines) + "\n")
