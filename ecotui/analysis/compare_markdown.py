"""A comparison as Markdown: a table of runs side by side, and a list of sentences."""

from __future__ import annotations

from collections.abc import Iterator

from ecotui.analysis.compare_rows import heads, lines, sentences
from ecotui.analysis.comparison import Comparison
from ecotui.core.units import clean, sentence

BOLD = ("verdict", "red")


def comparison_markdown(comparison: Comparison) -> Iterator[str]:
    """Its lines: each figure, ratios with their intervals, verdicts, and what speaks against them."""
    names = heads(comparison)
    yield f"| | {' | '.join(escaped(name) for name in names)} |"
    yield f"|---|{'---:|' * len(names)}"
    for line in lines(comparison):
        beside = ("", *line.ratios, *[""] * len(names))
        cells = [escaped(f"{value} {ratio}".strip()) for value, ratio in zip(line.values, beside, strict=False)]
        yield f"| {escaped(line.label)} | {' | '.join(cells)} |"
    yield ""
    for kind, text in sentences(comparison):
        shown = literal(sentence(text))
        yield f"- **{shown}**" if kind in BOLD else f"- {shown}"


def escaped(text: str) -> str:
    """Text from outside is no markup."""
    return literal(clean(text, 2000))


def literal(text: str) -> str:
    """Text without a letter that Markdown would read as markup."""
    plain = text.replace("\\", "\\\\")
    for mark in "|*_`<>[]":
        plain = plain.replace(mark, f"\\{mark}")
    return plain
