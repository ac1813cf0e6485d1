"""The columns of other people's tables: ours, the names that a study gives them, and how a cell of each is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ecotui.core.errors import UsageError
from ecotui.core.units import clean
from ecotui.store.published_cells import CellError, Parser, name, positive, whole

MEASURED = ("throughput_tok_s", "power_w", "energy_j_per_1k_tokens")
OF_BATCH = "tokens_generated"
"""A study's column of the tokens that all rows of a batch got, where ours are those of one request."""


def threshold(text: str) -> float:
    """A threshold of LLM.int8, which may be 0.

    Raises:
        CellError: it is none.
    """
    return 0.0 if text.strip("0") in ("", ".") and "0" in text else positive(text)


@dataclass(frozen=True)
class Layout:
    """What columns a kind of table has."""

    required: Mapping[str, Parser]
    optional: Mapping[str, Parser]
    also: Mapping[str, str] = field(default_factory=dict)
    """Ours to the name that a study gives the same; it counts only where ours is not there."""

    @cached_property
    def columns(self) -> Mapping[str, Parser]:
        """All of ours."""
        return {**self.required, **self.optional}


ENERGY = Layout(
    required={
        "model": name,
        "config": name,
        "batch_size": whole,
        "throughput_tok_s": positive,
        "power_w": positive,
        "energy_j_per_1k_tokens": positive,
    },
    optional={
        "gpu": name,
        "idle_power_w": positive,
        "energy_j_per_request": positive,
        "new_tokens": whole,
        "n_runs": whole,
        "source": name,
        "throughput_cv_pct": positive,
        "power_cv_pct": positive,
    },
    also={
        "power_w": "avg_power_w",
        "energy_j_per_1k_tokens": "energy_per_1k_tokens_j",
        "energy_j_per_request": "energy_per_request_j",
        "new_tokens": OF_BATCH,
    },
)
PERPLEXITY = Layout(
    required={"model": name, "config": name, "perplexity": positive},
    optional={
        "gpu": name,
        "llm_int8_threshold": threshold,
        "tokens": whole,
        "max_length": whole,
        "source": name,
    },
    also={"tokens": "total_tokens"},
)


def constants(layout: Layout, told: Mapping[str, str]) -> dict[str, Any]:
    """What --set says of every row, by our columns.

    Raises:
        UsageError: a column is none of ours, or its value cannot be meant.
    """
    found: dict[str, Any] = {}
    for ours, text in told.items():
        if ours not in layout.columns:
            what = f"--set names {clean(ours, 60)}, which is no column of ours."
            raise UsageError(what, f"There are {', '.join(layout.columns)}.")
        try:
            found[ours] = layout.columns[ours](text.strip())
        except CellError as error:
            raise UsageError(f"--set {clean(ours, 60)} {error.what}.", "Say a value that every row has.") from error
    return found


def refuse_told_twice(shown: str, line: int, theirs: Mapping[str, str], told: Sequence[str]) -> None:
    """A column of the file and --set cannot both say it; theirs: ours to the file's name.

    Raises:
        UsageError: both do.
    """
    for ours in told:
        if ours in theirs:
            also = "" if theirs[ours] == ours else f" ({clean(theirs[ours], 60)})"
            raise UsageError(
                f"{shown}, line {line}: the file has a column {ours}{also}, and --set names it too.",
                f"Leave {ours} out of --set, or take the column out of the file.",
            )
