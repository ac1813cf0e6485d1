"""One look at the store for Compare: runs, their comparison, what is drawn of it; made in a thread."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecotui.analysis.comparison import Comparison, compare
from ecotui.analysis.guard import Facts
from ecotui.analysis.order import Point, points
from ecotui.analysis.paired import PAIRED
from ecotui.analysis.verdict import NONE
from ecotui.core.arm import ENGINES, QUANTIZATIONS
from ecotui.core.errors import EcotuiError
from ecotui.core.pairs import JOULES, log_ratios
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.traces import Trace
from ecotui.core.units import clean
from ecotui.store.finding import StoredRun
from ecotui.ui.widgets.compare_plot import Held

if TYPE_CHECKING:
    from ecotui.store.store import Store

SHAPE = ("model", "batch_size", "prompt_tokens", "new_tokens")
"""What arms of one session that a word can name have in common."""


@dataclass(frozen=True)
class Compared:
    """All that one look at the store brought; every tuple but `held` has one place a run."""

    runs: tuple[StoredRun, ...] = ()
    comparison: Comparison | None = None
    traces: tuple[Trace | None, ...] = ()
    problem: str = ""
    """Why there is less than was asked for, as a sentence."""
    held: tuple[Held, ...] = ()
    """Each candidate on the axis of ratios."""
    points: tuple[Point, ...] = ()
    """Every window, in the order in which it ran."""
    again: bool = False
    """Whether the runs can be arms of one session."""


def look(store: Store, run_ids: Sequence[str]) -> Compared:
    """The runs, their comparison and their curves."""
    if len(run_ids) < 2:
        return Compared()
    stored = store.runs()
    by_id = {run.row.run_id: run for run in stored}
    if gone := [run_id for run_id in run_ids if run_id not in by_id]:
        return Compared(problem=f"The store no longer holds {', '.join(gone)}.")
    runs = tuple(by_id[run_id] for run_id in run_ids)
    windows = {run_id: store.windows(run_id) for run_id in run_ids}
    rows = [run.row for run in runs]
    mine = [run.row for run in stored if run.origin == "here"]
    comparison = compare(rows, windows, logged=_logged(runs), stored=mine)
    traces = tuple(_trace(store, run_id) for run_id in run_ids)
    held = tuple(_held(comparison, windows))
    return Compared(runs, comparison, traces, "", held, points(rows, windows), one_session(rows))


def one_session(rows: Sequence[RunRow]) -> bool:
    """Whether nothing but quantization and engine parts them, which a plan's words can name."""
    named = all(row.quantization in QUANTIZATIONS and row.engine in ENGINES for row in rows)
    return named and all(len({getattr(row, name) for row in rows}) == 1 for name in SHAPE) and _apart(rows)


def _apart(rows: Sequence[RunRow]) -> bool:
    """Whether no arm but the first is named twice."""
    words = [(row.quantization, row.engine) for row in rows if row is not rows[0]]
    others = [word for word in words if word != (rows[0].quantization, rows[0].engine)]
    return len(set(others)) == len(others)


def _held(comparison: Comparison, windows: Mapping[str, Sequence[WindowRow]]) -> Iterator[Held]:
    for place, one in enumerate(comparison.contrasts, 1):
        first, second = (
            [w for w in windows.get(run.run_id, ()) if not w.split] for run in (one.baseline, one.candidate)
        )
        paired = one.evidence == PAIRED
        each = [math.exp(log) for log in log_ratios(first, second, JOULES)] if paired else _over(first, second)
        name = clean(one.candidate.quantization_label or one.candidate.run_id, 24)
        yield Held(place, name, one.energy, tuple(each), one.verdict.word == NONE)


def _over(first: Sequence[WindowRow], second: Sequence[WindowRow]) -> list[float]:
    """Windows of a candidate over the mean of the baseline's."""
    base, ours = ([v for w in some if (v := getattr(w, JOULES)) is not None and v > 0] for some in (first, second))
    return [v * len(base) / math.fsum(base) for v in ours] if base else []


def _logged(runs: Sequence[StoredRun]) -> dict[str, Facts]:
    """The loader's words, of runs whose log is at hand."""
    from ecotui.store.evidence import profiled

    found: dict[str, Facts] = {}
    for run in runs:
        with suppress(EcotuiError):
            if run.log is not None and (resident := profiled(run.log, run.arm)[0]) is not None:
                found[run.row.run_id] = resident.facts
    return found


def _trace(store: Store, run_id: str) -> Trace | None:
    with suppress(EcotuiError):
        return store.trace(run_id)
    return None
