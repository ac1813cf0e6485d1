"""Tables of findings: a column is its name, its title, and where its value comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ecotui.analysis import quality_points as quality
from ecotui.analysis.taxes_pairs import Intervals, Pair
from ecotui.core.document import Cell, Sheet

T = TypeVar("T")
Column = tuple[str, str, Callable[[T], Cell]]
"""Name for machines, title for people, and the cell of an item."""


def sheet_of(name: str, caption: str, items: Iterable[T], columns: Sequence[Column[T]]) -> Sheet:
    """A row an item."""
    rows = tuple(tuple(value(item) for _, _, value in columns) for item in items)
    return Sheet(name, tuple(c[0] for c in columns), tuple(c[1] for c in columns), rows, caption)


def ratio_columns(reads: Intervals, of: str, name: str, title: str) -> list[Column[Pair]]:
    """A ratio and both ends of its 95 % interval; `of` is a key of taxes_pairs.COLUMNS."""

    def end(place: int) -> Callable[[Pair], Cell]:
        return lambda pair: it.ends[place] if (it := reads.of(pair, of)) is not None else None

    return [
        (f"{name}_ratio", f"{title} ×", lambda pair: getattr(reads.of(pair, of), "value", None)),
        (f"{name}_ratio_low", "95 % from", end(0)),
        (f"{name}_ratio_high", "to", end(1)),
    ]


PAIR_COLUMNS: tuple[Column[Pair], ...] = (
    ("quality", "quality", lambda pair: quality.cell(pair.candidate)),
    ("evidence", "evidence", lambda pair: pair.evidence),
    ("run_id", "run", lambda pair: pair.candidate.point_id),
    ("baseline_run_id", "baseline", lambda pair: pair.baseline.point_id),
    ("other_pairs", "other pairs", lambda pair: pair.others),
)
"""What the candidate costs in quality, and what a ratio rests on."""
