"""One look at the store for Compare: runs, their comparison, what is drawn of it; made in a thread."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.analysis.between import beside
from ecotui.analysis.comparison import Comparison, compare
from ecotui.analysis.context import Context, context
from ecotui.analysis.guard import Facts
from ecotui.analysis.order import Point, points
from ecotui.analysis.paired import UNITS
from ecotui.analysis.quality_runs import scored
from ecotui.analysis.sessions import stored_with
from ecotui.analysis.verdict import NONE
from ecotui.core.arm import ENGINES, QUANTIZATIONS
from ecotui.core.errors import EcotuiError
from ecotui.core.labels import short_labels
from ecotui.core.pairs import JOULES
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.traces import Trace
from ecotui.core.units import clean
from ecotui.store.finding import StoredRun
from ecotui.store.published import published_rows
from ecotui.ui.widgets.compare_align import Leads, leads_of
from ecotui.ui.widgets.compare_plot import Held

if TYPE_CHECKING:
    from ecotui.store.store import Store

SHAPE = ("model", "batch_size", "prompt_tokens", "new_tokens")
"""What arms of one session that a word can name have in common."""


@dataclass(frozen=True)
class Compared:
    """All that one look at the store brought; every tuple but `held` and `points` has one place a run."""

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
    windows: Mapping[str, Sequence[WindowRow]] = field(default_factory=dict)
    """By run id."""
    leads: tuple[Leads, ...] = ()
    """From each window's start to its first token (s), a place a run."""
    context: Context | None = None
    """What is published beside them, where it was asked for."""


def look(store: Store, run_ids: Sequence[str], which: str = "", chosen: Sequence[str] = ()) -> Compared:
    """The runs and their comparison; and beside them the published rows of `analysis.context`.

    which: one of that module's words, or empty for none. chosen: ids of the rows that were marked.
    """
    if not run_ids or (len(run_ids) < 2 and not which):
        return Compared()
    known = store.get(run_ids)
    if gone := [run_id for run_id in run_ids if run_id not in known]:
        return Compared(problem=f"The store no longer holds {', '.join(gone)}.")
    runs = tuple(known[run_id] for run_id in run_ids)
    rows = [run.row for run in runs]
    published = context(published_rows(store.home), rows, which, chosen) if which else None
    if len(runs) < 2:
        return Compared(runs, context=published)
    stored, windows = stored_with(store, rows)
    comparison = compare(
        rows, windows, logged=_logged(runs), stored=stored, scored=scored(store), beside=beside(store, rows)
    )
    return Compared(
        runs,
        comparison,
        held=tuple(_held(comparison)),
        points=points(rows, windows),
        again=one_session(rows),
        windows=windows,
        context=published,
    )


def with_curves(store: Store, at: Compared) -> Compared:
    """The same with its curves, which a comparison's figures do not wait for."""
    traces = tuple(_trace(store, run.row.run_id) for run in at.runs)
    return replace(at, traces=traces, leads=tuple(_leads(store, trace, at.windows) for trace in traces))


def _leads(store: Store, trace: Trace | None, windows: Mapping[str, Sequence[WindowRow]]) -> Leads:
    if trace is None:
        return ()
    mine = list(windows[trace.run_id])
    if len(mine) < len(trace.windows):
        mine += store.split_windows(trace.run_id)
    return leads_of(trace, mine)


def one_session(rows: Sequence[RunRow]) -> bool:
    """Whether nothing but quantization and engine parts them, which a plan's words can name."""
    named = all(row.quantization in QUANTIZATIONS and row.engine in ENGINES for row in rows)
    return named and all(len({getattr(row, name) for row in rows}) == 1 for name in SHAPE) and _apart(rows)


def _apart(rows: Sequence[RunRow]) -> bool:
    """Whether no arm but the first is named twice."""
    words = [(row.quantization, row.engine) for row in rows if row is not rows[0]]
    others = [word for word in words if word != (rows[0].quantization, rows[0].engine)]
    return len(set(others)) == len(others)


def _held(comparison: Comparison) -> Iterator[Held]:
    names = short_labels(comparison.runs)
    for place, one in enumerate(comparison.contrasts, 1):
        each = [ratio for _, ratio in one.blocks or one.sessions] or _over(*one.population.rows)
        name = clean(names[place] or one.candidate.run_id, 24)
        yield Held(place, name, one.energy, tuple(each), one.verdict.word == NONE, UNITS[one.evidence])


def _over(first: Sequence[WindowRow | RunRow], second: Sequence[WindowRow | RunRow]) -> list[float]:
    """Windows, or sessions, of a candidate over the mean of the baseline's."""
    base, ours = ([v for w in some if (v := getattr(w, JOULES)) is not None and v > 0] for some in (first, second))
    return [v * len(base) / math.fsum(base) for v in ours] if base else []


def _logged(runs: Sequence[StoredRun]) -> dict[str, Facts]:
    """The loader's words, of runs whose log is at hand."""
    found: dict[str, Facts] = {}
    for run in runs:
        with suppress(EcotuiError, OSError):
            if run.log is not None and (facts := _facts(run.log, run.log.stat().st_mtime_ns).get(run.arm)) is not None:
                found[run.row.run_id] = facts
    return found


@lru_cache(maxsize=64)
def _facts(log: Path, written_ns: int) -> Mapping[int, Facts]:
    """By arm. Read once: a log of ten minutes has megabytes. `written_ns` tells one that has grown since."""
    from ecotui.store.evidence import residents

    return {arm: resident.facts for arm, resident in residents(log).items()}


def _trace(store: Store, run_id: str) -> Trace | None:
    with suppress(EcotuiError):
        return store.trace(run_id)
    return None
