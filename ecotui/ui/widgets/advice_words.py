"""Advice in rows: a heading a question, below it each piece of evidence with what it rests on and what it may cost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from textual.content import Content

from ecotui.core.units import clean
from ecotui.ui.theme import ink
from ecotui.ui.widgets.advice_look import Advised
from ecotui.ui.widgets.finding_words import GLYPHS, KINDS, hanging

if TYPE_CHECKING:
    from ecotui.analysis.advice import Line


def content(advised: Advised, width: int) -> Content:
    """All lines, or why there are none."""
    if advised.advice is None:
        return ink(clean(advised.failure), "warn")
    rows: list[Content] = []
    for topic, some in groupby(advised.advice.lines, lambda line: line.topic):
        told = [row for line in some for row in _rows(line, width)]
        rows += [ink(clean(topic, 80), "power", True), *told, Content("")]
    return Content("\n").join(rows[:-1])


def _rows(line: Line, width: int) -> Iterator[Content]:
    """What it says, what it rests on, what keeps it from being the last word, what it may cost."""
    glyph, role, strong = _looks(line)
    says = line.says.removeprefix(line.topic).lstrip(",: ")
    yield hanging(ink(f"  {glyph} ", role), says[:1].upper() + says[1:], width, "text" if strong else "muted", strong)
    if line.rests:
        yield hanging(Content("    "), f"{line.rests} {line.notes}", width)
    if line.risk:
        yield hanging(ink("    ▲ ", "warn"), line.risk, width, "warn")


def _looks(line: Line) -> tuple[str, str, bool]:
    """Glyph, its role, and whether it is evidence of the very model and board."""
    from ecotui.analysis.advice import EXACT

    if line.pair is None:
        return "□", "muted", False
    kind, exact = line.pair.candidate.kind, line.near == EXACT
    return GLYPHS.get(kind, "●"), KINDS.get(kind, ("", "muted"))[1] if exact else "muted", exact
