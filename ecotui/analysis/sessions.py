"""What sessions of one configuration say together: the only way in which separate sessions may be held together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecotui.core.gate_words import UNSTABLE
from ecotui.core.pairs import JOULES
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.statistics import deviation

if TYPE_CHECKING:
    from ecotui.store.store import Store

ENOUGH = 3
"""Sessions from which a spread between sessions can be told."""
CONFIGURATION = (
    *("simulated", "model", "quantization", "dtype", "engine", "batch_size", "prompt_tokens", "new_tokens"),
    *("weights", "outlier_recipe", "device", "sensor", "gpu_uuid", "host", "power_limit_w", "driver_version"),
    *("torch_version", "transformers_version", "bitsandbytes_version"),
)
"""Columns in which runs of one configuration agree."""
RATIOS = (
    *(JOULES, "energy_net_context_j_per_1k_tokens", "energy_net_bare_j_per_1k_tokens"),
    *("throughput_tok_s", "power_mean_w"),
)
"""Columns of runs and windows that have a ratio."""
IDLE = (
    *("idle_bare_w", "idle_bare_sd_w", "idle_context_w", "idle_context_s", "idle_context_sd_w"),
    *("idle_context_before_w", "idle_context_after_w"),
)
"""What tells how far net figures may be off."""
NEEDED = (*CONFIGURATION, "outcome", "valid", "stability", *RATIOS, *IDLE)
"""Columns of a stored run that sessions are made of."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions of one configuration, each by one run, the first to the last."""

    runs: Sequence[RunRow]

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the sessions."""
        return tuple(run.session_id for run in self.runs)

    @property
    def joules(self) -> tuple[float, ...]:
        """Gross joules a thousand tokens of each."""
        return tuple(joules for run in self.runs if (joules := run.energy_gross_j_per_1k_tokens) is not None)

    @property
    def spread_pct(self) -> float | None:
        """Standard deviation between sessions, of logarithms, as a percentage; None below three sessions."""
        if len(self.joules) < ENOUGH:
            return None
        spread = deviation([math.log(j) for j in self.joules])
        return None if spread is None else 100 * math.expm1(spread)


def alike(a: RunRow, b: RunRow) -> bool:
    """Whether two runs are of one configuration."""
    return all(getattr(a, name) == getattr(b, name) for name in CONFIGURATION)


def sessions_of(run: RunRow, stored: Sequence[RunRow]) -> Sessions:
    """The sessions of a run's configuration among the stored runs, its own too; only whole, valid, settled ones.

    Each has every figure that the run has, so that all ratios are made of the same sessions.
    """
    found: dict[str, RunRow] = {}
    told = [name for name in RATIOS if getattr(run, name) is not None]
    for row in (run, *stored):
        sound = row.outcome == "completed" and row.valid is not False and row.stability != UNSTABLE
        whole = (row.energy_gross_j_per_1k_tokens or 0) > 0 and all(getattr(row, name) is not None for name in told)
        if row.session_id not in found and alike(row, run) and sound and whole:
            found[row.session_id] = row
    return Sessions(tuple(found[session] for session in sorted(found)))


def pairs_of(first: Sessions, second: Sessions) -> Iterator[tuple[RunRow, RunRow]]:
    """The runs of each session that holds both configurations."""
    beside = {run.session_id: run for run in second.runs}
    return ((run, beside[run.session_id]) for run in first.runs if run.session_id in beside)


def stored_with(store: Store, runs: Sequence[RunRow]) -> tuple[list[RunRow], dict[str, list[WindowRow]]]:
    """Every run of this home of the runs' models, with the columns that are needed, and windows by run id.

    Windows of the runs, and where they are of several sessions those of every stored session that holds the
    configurations of the first and of another one.
    """
    stored = [run.row for run in store.page(columns=NEEDED, origin="here", models={run.model for run in runs})]
    baseline, *others = runs
    apart = [run for run in others if run.session_id != baseline.session_id and not alike(baseline, run)]
    mine = sessions_of(baseline, stored) if apart else Sessions(())
    both = [pair for run in apart for pair in pairs_of(mine, sessions_of(run, stored))]
    more = store.windows_of({run.run_id for pair in both for run in pair}, ("block", "valid", "split", *RATIOS))
    return stored, more | {run.run_id: store.windows(run.run_id) for run in runs}
