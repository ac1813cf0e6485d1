"""Joules with the error of their edges, and what every way to them has in common."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Stamps = NDArray[np.int64]
Values = NDArray[np.float64]

PUBLICATION_LAG_S = 0.020
"""How late a board may publish its counter; unknown a board, so it counts as uncertainty."""
HOLE = 3.0
"""Periods without a tick or sample that make a hole."""


@dataclass(frozen=True, slots=True)
class Energy:
    """Joules of a window and how far its edges may be off."""

    joules: float
    edge_error_j: float
    source: str
    """ "counter", "ring" (the driver's 20 ms samples) or "readings" (10 Hz)."""

    @property
    def edge_error_pct(self) -> float | None:
        """The edges' error in percent of the joules; None of nothing."""
        return 100 * self.edge_error_j / self.joules if self.joules > 0 else None


def jumps_w(inside_w: float, before: Values, after: Values) -> float:
    """√(J0² + J1²), the jumps of power at both edges; an edge whose outside is unknown jumps as the other does."""
    jumps = [abs(inside_w - float(side.mean())) for side in (before, after) if len(side)]
    return math.sqrt(2 * sum(j * j for j in jumps) / len(jumps)) if jumps else 0.0
