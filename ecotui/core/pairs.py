"""The blocks of a paired session: one log ratio a block, the unit that its interval is made of."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ecotui.core.rows import WindowRow
from ecotui.core.statistics import mean

JOULES = "energy_gross_j_per_1k_tokens"
"""The column of the primary ratio."""
A_BLOCK = 2
"""Windows of each arm in a block: with fewer its order does not weigh on all arms alike."""


def log_ratios(a: Sequence[WindowRow], b: Sequence[WindowRow], column: str) -> list[float]:
    """ln(B_i / A_i) of a column's means within each block i that both arms have, in the order of blocks.

    A block that was not finished, or in which a window is INVALID or has no such figure above 0, says nothing; no
    window is left out for its value.
    """
    return list(block_logs(a, b, column).values())


def block_logs(a: Sequence[WindowRow], b: Sequence[WindowRow], column: str) -> dict[int, float]:
    """The same by the blocks' numbers."""
    ours, theirs = by_block(b, column), by_block(a, column)
    return {block: math.log(ours[block] / theirs[block]) for block in sorted(ours) if block in theirs}


def by_block(windows: Sequence[WindowRow], column: str) -> dict[int, float]:
    """Each whole block's mean of a column, where all of its windows are valid and have it."""
    found = {}
    for number, those in whole_blocks(windows).items():
        values = [getattr(w, column) for w in those if w.valid]
        centre = mean(values)
        if len(values) == len(those) and None not in values and centre is not None and centre > 0:
            found[number] = centre
    return found


def whole_blocks(windows: Sequence[WindowRow]) -> dict[int, list[WindowRow]]:
    """An arm's windows by the blocks that hold all of them."""
    blocks: dict[int, list[WindowRow]] = {}
    for window in windows:
        if window.block is not None:
            blocks.setdefault(window.block, []).append(window)
    return {number: those for number, those in blocks.items() if len(those) >= A_BLOCK}
