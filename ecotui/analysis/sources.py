"""Whether a run's two sources of energy agree: the board's counter, and the integral of its power."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.window import SOURCES_BAR_PCT

ACCURACY = "GPU board energy as NVML reports it, about ± 5 % absolute"


@dataclass(frozen=True, slots=True)
class Sums:
    """Both sources over the same windows; where no window has both, each over those that have it."""

    counter_j: float | None
    integral_j: float | None
    both: int
    """Windows that have both."""
    of: int
    """All windows."""
    apart: int
    """Windows in which they differ by more than they may."""

    @property
    def over(self) -> str:
        """ "over 4 of 5 windows"; nothing where all windows have both, or none has."""
        return f"over {self.both} of {self.of} windows" if 0 < self.both < self.of else ""


def sums(windows: Sequence[WindowRow]) -> Sums:
    """Joules by counter and by integral, comparable with each other."""
    both = [w for w in windows if w.energy_counter_j is not None and w.energy_integral_j is not None]
    summed = both or windows
    counter = [w.energy_counter_j for w in summed if w.energy_counter_j is not None]
    integral = [w.energy_integral_j for w in summed if w.energy_integral_j is not None]
    apart = sum("counter and integral" in (w.cause or "") for w in windows)
    return Sums(_sum(counter), _sum(integral), len(both), len(windows), apart)


def _sum(values: Sequence[float]) -> float | None:
    return math.fsum(values) if values else None


def agree(row: RunRow | WindowRow) -> bool | None:
    """Whether they do; None where there is one source only.

    |counter / integral - 1| <= 2 % and the largest edge error.
    """
    diff = row.energy_sources_diff_pct
    return None if diff is None else abs(diff) <= SOURCES_BAR_PCT + (row.energy_edge_error_pct or 0.0)
