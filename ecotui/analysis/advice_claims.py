"""What a source claims as a range only: told with the accounting of the rows that it published; no evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ecotui.analysis.advice_age import age, source_age_days
from ecotui.analysis.points import PUBLISHED, Point
from ecotui.analysis.ranges import SEVERAL, span
from ecotui.core.published import quantization_of
from ecotui.store.published import Range, ranges

SIZE, PERPLEXITY = "parameters at which", "perplexity"
"""How the quantities of ranges begin that are no energy."""


def claims(points: Sequence[Point], quantization: str, is_board: Callable[[str], bool], now: datetime) -> list[str]:
    """A sentence for each range of the quantization that speaks of the board."""
    mine = [r for r in ranges() if quantization_of(r.config) == quantization and r.gpu and is_board(r.gpu)]
    said = [_sentence(r) for r in mine if not r.quantity.startswith(PERPLEXITY)]
    if not said:
        return []
    days = source_age_days(mine[0].source, now)
    source = mine[0].source if days is None else f"{mine[0].source}, {age(days)}"
    return [f"Published as a range only, no evidence: {'; '.join(said)} ({source}). {_accounting(points, mine)}"]


def _sentence(it: Range) -> str:
    if not it.quantity.startswith(SIZE):
        return f"{it.quantity} on {it.gpu} {span(it)}"
    sides = [r for r in ranges() if r.config == it.config and not r.gpu]
    return "; ".join(
        [f"{it.quantity} on {it.gpu}: {it.low:g}·10⁹", *(f"over {SEVERAL}, {r.quantity} {span(r)}" for r in sides)]
    )


def _accounting(points: Sequence[Point], mine: Sequence[Range]) -> str:
    boards = {r.gpu for r in mine}
    told = sorted({p.accounting for p in points if p.kind == PUBLISHED and p.gpu in boards})
    rows = f"; the rows published for this board are: {', '.join(told)}" if told else ""
    return f"The post does not say in which accounting{rows}."
