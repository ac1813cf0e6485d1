"""A run's windows as one row of blocks: enough to see a ramp, a jump or a hole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

BLOCKS = "▁▂▃▄▅▆▇"
SPAN = 0.1
"""The rows of blocks span at least this share of the mean, so that noise of one percent stays small."""


class Curves(NamedTuple):
    """A run's windows, in the order in which they ran; None where one has no figure."""

    power_w: Sequence[float | None] = ()
    """Mean power of each."""
    tok_s: Sequence[float | None] = ()
    """Throughput of each."""


def trend(values: Sequence[float | None], width: int) -> str:
    """At most `width` blocks from lowest to highest; a space where a value is None.

    More values than cells are taken together as means.
    """
    cells = _cells(values, width)
    there = [v for v in cells if v is not None]
    if not there:
        return " " * len(cells)
    low, high = min(there), max(there)
    span = max(high - low, SPAN * abs(low + high) / 2) or 1.0
    bottom, steps = (low + high - span) / 2, len(BLOCKS) - 1
    return "".join(" " if v is None else BLOCKS[round(steps * (v - bottom) / span)] for v in cells)


def _cells(values: Sequence[float | None], width: int) -> list[float | None]:
    clean = [None if v is None or not math.isfinite(v) else v for v in values]
    if len(clean) <= width:
        return clean
    edges = [i * len(clean) // width for i in range(width + 1)]
    cells: list[float | None] = []
    for low, high in pairwise(edges):
        there = [v for v in clean[low:high] if v is not None]
        cells.append(math.fsum(there) / len(there) if there else None)
    return cells
