"""What sessions of one configuration say together: the only way in which separate sessions may be held together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.core.remarks import UNSTABLE
from ecotui.core.rows import RunRow
from ecotui.core.statistics import deviation

ENOUGH = 3
"""Sessions from which a spread between sessions can be told."""
CONFIGURATION = (
    *("simulated", "model", "quantization", "dtype", "engine", "batch_size", "prompt_tokens", "new_tokens"),
    *("weights", "outlier_recipe", "device", "sensor", "gpu_uuid", "host", "power_limit_w", "driver_version"),
    *("torch_version", "transformers_version", "bitsandbytes_version"),
)
"""Columns in which runs of one configuration agree."""
NEEDED = (*CONFIGURATION, "outcome", "valid", "stability", "energy_gross_j_per_1k_tokens")
"""Columns that `sessions_of` looks at."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions of one configuration, each by its run's gross joules a thousand tokens."""

    ids: tuple[str, ...]
    joules: tuple[float, ...]

    @property
    def spread_pct(self) -> float | None:
        """Standard deviation between sessions, of logarithms, as a percentage; None below three sessions."""
        if len(self.joules) < ENOUGH:
            return None
        spread = deviation([math.log(j) for j in self.joules])
        return None if spread is None else 100 * math.expm1(spread)


def sessions_of(run: RunRow, stored: Sequence[RunRow]) -> Sessions:
    """The sessions of a run's configuration among the stored runs, its own too; only whole, valid, settled ones."""
    found: dict[str, float] = {}
    for row in (run, *stored):
        joules = row.energy_gross_j_per_1k_tokens
        alike = all(getattr(row, name) == getattr(run, name) for name in CONFIGURATION)
        sound = row.outcome == "completed" and row.valid is not False and row.stability != UNSTABLE
        if alike and sound and joules and joules > 0:
            found.setdefault(row.session_id, joules)
    return Sessions(tuple(found), tuple(found.values()))
