"""Small statistics over a handful of windows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def mean(values: Sequence[float | None]) -> float | None:
    """Arithmetic mean of what is there; None where nothing is."""
    there = [v for v in values if v is not None]
    return math.fsum(there) / len(there) if there else None


def cv_pct(values: Sequence[float | None]) -> float | None:
    """Coefficient of variation in percent, with n - 1 in the variance; None below two values or at mean 0."""
    there = [v for v in values if v is not None]
    if len(there) < 2:
        return None
    centre = math.fsum(there) / len(there)
    if centre == 0:
        return None
    variance = math.fsum((v - centre) ** 2 for v in there) / (len(there) - 1)
    return 100 * math.sqrt(variance) / abs(centre)


def percentile(values: ArrayLike, q: float) -> float | None:
    """The q-th percentile (0 to 100), linear between neighbours; None of nothing."""
    array = np.asarray(values, dtype=np.float64)
    return float(np.percentile(array, q)) if array.size else None
