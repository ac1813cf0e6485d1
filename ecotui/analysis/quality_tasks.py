"""What a run came to in tasks of lm-eval, out of its column, and in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, clean, number


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One metric of one task."""

    task: str
    metric: str
    """As lm-eval names it, for instance "acc,none"."""
    value: float | None
    stderr: float | None = None
    """As lm-eval tells it; no interval of a difference between arms."""
    samples: int | None = None

    @property
    def words(self) -> str:
        """ "hellaswag acc,none 0.712 ± 0.004 (standard error, 1,000 samples)"."""
        value = ABSENT if self.value is None else f"{self.value:.3f}"
        error = " (no standard error" if self.stderr is None else f" ± {self.stderr:.3f} (standard error"
        counted = "" if self.samples is None else f", {number(self.samples, 0)} samples"
        return f"{clean(self.task, 80)} {clean(self.metric, 80)} {value}{error}{counted})"


def tasks(row: RunRow) -> tuple[TaskResult, ...]:
    """The results of `quality_tasks`; none of a column that is no list of them."""
    try:
        told = json.loads(row.quality_tasks or "[]")
    except ValueError:
        return ()
    return tuple(_result(one) for one in told if isinstance(one, dict)) if isinstance(told, list) else ()


def _result(one: Mapping[str, Any]) -> TaskResult:
    samples = one.get("samples")
    return TaskResult(
        str(one.get("task", "")),
        str(one.get("metric", "")),
        _number(one.get("value")),
        _number(one.get("stderr")),
        samples if isinstance(samples, int) else None,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
