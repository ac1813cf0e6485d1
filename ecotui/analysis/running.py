"""A paired session while it goes on: the ratio block by block, and how much is left until it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.analysis.accounting import BAND_PCT
from ecotui.analysis.effects import blocks_needed, detectable_paired_pct
from ecotui.analysis.paired import Ratio, of_logs
from ecotui.analysis.settling import to_go
from ecotui.core.pairs import JOULES, log_ratios
from ecotui.core.rows import WindowRow
from ecotui.core.stopping import LEVEL


@dataclass(frozen=True, slots=True)
class Running:
    """What the blocks so far say of one arm against the first."""

    ratios: tuple[Ratio, ...]
    """After the first block, after the second, …: the interval as it tightens."""
    detectable_pct: float | None
    """The smallest difference that the blocks so far could find."""
    blocks_needed: int | None
    """Blocks in all until half of the interval is as narrow as asked; None before two blocks have a spread."""

    way: str = ""
    """How far it is until the ratio is known, in words; empty before two blocks have a spread."""

    @property
    def now(self) -> Ratio | None:
        """After the last block that is over."""
        return self.ratios[-1] if self.ratios else None

    @property
    def blocks_left(self) -> int | None:
        """Blocks that are still needed."""
        now = self.now
        return None if now is None or self.blocks_needed is None else max(self.blocks_needed - now.blocks, 0)


def running(
    a: Sequence[WindowRow], b: Sequence[WindowRow], column: str = JOULES, until_pct: float | None = None
) -> Running:
    """The windows so far of the first arm and of another; blocks of which either lacks a window are left out.

    until_pct: half width that the plan asks for; without one the practical band is what has to be settled.
    """
    ours, theirs = _whole(a), _whole(b)
    logs = log_ratios(ours, theirs, column)
    level = 0.95 if until_pct is None else LEVEL
    ratios = tuple(ratio for n in range(1, len(logs) + 1) if (ratio := of_logs(logs[:n], level)) is not None)
    spread = ratios[-1].spread if ratios else None
    if spread is None:
        return Running(ratios, None, None)
    needed = blocks_needed(spread, until_pct or BAND_PCT, 2 if until_pct is None else 3)
    return Running(ratios, detectable_paired_pct(spread, len(logs)), needed, to_go(ratios[-1], until_pct))


def _whole(windows: Sequence[WindowRow]) -> list[WindowRow]:
    """Windows of blocks that are over: every block visits each arm twice."""
    counts: dict[int | None, int] = {}
    for window in windows:
        counts[window.block] = counts.get(window.block, 0) + 1
    return [w for w in windows if counts[w.block] == 2]
