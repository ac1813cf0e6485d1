"""What one arm of a paired session costs against another, block by block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.analysis.distributions import t_p, t_quantile
from ecotui.core.pairs import by_block, log_ratios
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.statistics import deviation
from ecotui.core.stopping import LEVEL
from ecotui.core.units import UNBOUNDED, signed

__all__ = ["PAIRED", "SESSIONS", "TURNS", "UNPAIRED", "Ratio", "by_block", "level_of", "of_logs", "paired_ratio"]

PAIRED, TURNS, SESSIONS, UNPAIRED = "paired", "paired sessions", "sessions", "unpaired"
"""What an interval is made of: blocks of one session; the own ratios of three sessions and more, in each of which both
took turns; means of three separate sessions each and more; or the windows of two runs that did not take turns."""
UNITS = {PAIRED: "block", TURNS: "session", SESSIONS: "session", UNPAIRED: "window"}
"""What each of them counts."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """B over A: exp of a mean log ratio, with its 95 % interval by Student's t."""

    value: float
    low: float | None
    """None of a single block; minus infinity where nothing bounds the ratio, since a net figure may be 0."""
    high: float | None
    blocks: int
    """What it is made of: blocks or sessions of both, or the fewer of both runs' windows or sessions."""
    evidence: str = PAIRED
    df: float | None = None
    """Degrees of freedom; Satterthwaite's where the runs did not take turns."""
    p: float | None = None
    """Two-sided, of a ratio of 1."""
    spread: float | None = None
    """Standard deviation of the log ratios of the blocks, or of the sessions in which both took turns."""
    error: float | None = None
    """Standard error of the log ratio, of runs that did not take turns."""

    @property
    def unit(self) -> str:
        """What `blocks` counts, in a word."""
        return UNITS[self.evidence]

    @property
    def pct(self) -> float:
        """100·(B / A - 1)."""
        return 100 * (self.value - 1)

    @property
    def interval_pct(self) -> tuple[float, float] | None:
        """The interval of `pct`."""
        return None if self.low is None or self.high is None else (100 * (self.low - 1), 100 * (self.high - 1))

    @property
    def bounded(self) -> bool | None:
        """Whether the interval excludes any ratio at all; None where there is no interval."""
        return None if self.low is None or self.high is None else math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """Both ends for a table or JSON; None where there is no interval, or one without bounds."""
        return (self.low, self.high) if self.bounded else (None, None)

    @property
    def interval_text(self) -> str:
        """The interval of `pct`, "[-11.3, -8.9]", or that it is unbounded or of too few; empty where there is none."""
        ends = self.interval_pct
        if self.too_few:
            return f"[too few {self.unit}s]"
        if ends is None or not self.bounded:
            return "" if ends is None else UNBOUNDED
        return f"[{signed(ends[0])}, {signed(ends[1])}]"

    @property
    def too_few(self) -> bool:
        """Whether what so few blocks spread makes half of the interval wider than 100 %: nothing can be told then."""
        if self.spread is None or self.df is None:
            return False
        return t_quantile(0.975, self.df) * self.spread / math.sqrt(self.blocks) > math.log(2)

    @property
    def half_pct(self) -> float | None:
        """Half the interval's width on the logarithmic axis, as a percentage."""
        low, high = self.ends
        return None if low is None or high is None else 100 * math.expm1(math.log(high / low) / 2)


def paired_ratio(a: Sequence[WindowRow], b: Sequence[WindowRow], column: str, level: float = 0.95) -> Ratio | None:
    """The ratio of a column of both arms' windows; None without a block in which both have it.

    d_i = ln(B_i / A_i) of the means within block i, and exp(d ± t₀.₉₇₅(k - 1)·s_d/√k) over k blocks. A block in which
    a window is INVALID says nothing; no window is left out for its value. level: of Student's interval; a session that
    was to go on until its ratio is known needs `ecotui.core.stopping.LEVEL` for 95 %.
    """
    return of_logs(log_ratios(a, b, column), level)


def level_of(runs: Sequence[RunRow]) -> float:
    """Of Student's interval that covers 95 %: a wider one where the blocks of a session were counted by its spread."""
    return LEVEL if any(run.stopped_by for run in runs) else 0.95


def of_logs(logs: Sequence[float], level: float = 0.95) -> Ratio | None:
    """The ratio that some blocks' log ratios make; None of none."""
    if not logs:
        return None
    centre, spread, k = math.fsum(logs) / len(logs), deviation(logs), len(logs)
    if spread is None:
        return Ratio(math.exp(centre), None, None, k)
    error = spread / math.sqrt(k)
    half = t_quantile((1 + level) / 2, k - 1) * error
    p = t_p(centre / error if error else math.copysign(math.inf, centre), k - 1) if error or centre else 1.0
    return Ratio(math.exp(centre), math.exp(centre - half), math.exp(centre + half), k, PAIRED, k - 1, p, spread)
