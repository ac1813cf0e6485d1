"""What one arm of a paired session costs against another, block by block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.core.rows import WindowRow
from ecotui.core.statistics import deviation, mean, t_quantile


@dataclass(frozen=True, slots=True)
class Ratio:
    """B over A: exp of the mean of the blocks' log ratios, with its 95 % interval by Student's t."""

    value: float
    low: float | None
    """None of a single block."""
    high: float | None
    blocks: int

    @property
    def pct(self) -> float:
        """100·(B / A - 1)."""
        return 100 * (self.value - 1)

    @property
    def interval_pct(self) -> tuple[float, float] | None:
        """The interval of `pct`."""
        return None if self.low is None or self.high is None else (100 * (self.low - 1), 100 * (self.high - 1))


def paired_ratio(a: Sequence[WindowRow], b: Sequence[WindowRow], column: str) -> Ratio | None:
    """The ratio of a column of both arms' windows; None without a block in which both have it.

    d_i = ln(B_i / A_i) of the means within block i, and exp(d ± t₀.₉₇₅(k - 1)·s_d/√k) over k blocks. A block in which
    a window is INVALID says nothing; no window is left out for its value.
    """
    ours, theirs = _by_block(b, column), _by_block(a, column)
    logs = [math.log(ours[block] / theirs[block]) for block in ours if block in theirs]
    if not logs:
        return None
    centre, spread, k = math.fsum(logs) / len(logs), deviation(logs), len(logs)
    if spread is None:
        return Ratio(math.exp(centre), None, None, k)
    half = t_quantile(0.975, k - 1) * spread / math.sqrt(k)
    return Ratio(math.exp(centre), math.exp(centre - half), math.exp(centre + half), k)


def _by_block(windows: Sequence[WindowRow], column: str) -> dict[int, float]:
    """Each block's mean of a column, where all of its windows are valid and have it."""
    blocks: dict[int, list[WindowRow]] = {}
    for window in windows:
        if window.block is not None:
            blocks.setdefault(window.block, []).append(window)
    found = {}
    for number, those in blocks.items():
        values = [getattr(w, column) for w in those if w.valid]
        centre = mean(values)
        if len(values) == len(those) and None not in values and centre is not None and centre > 0:
            found[number] = centre
    return found
