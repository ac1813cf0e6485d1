"""Every window of the compared runs as a point in the order in which they were measured: where a drift shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecotui.core.clock import NS
from ecotui.core.pairs import JOULES
from ecotui.core.rows import RunRow, WindowRow


@dataclass(frozen=True, slots=True)
class Point:
    """A window."""

    run: int
    """Place of its run among those that are compared."""
    order: int
    """From 0: the place of the window among those of its session that are shown."""
    at_s: float | None
    """Seconds since the first of these windows of its session began."""
    block: int | None
    value: float
    relative: float
    """The value over the mean of the run's own values."""
    valid: bool


def points(
    runs: Sequence[RunRow], windows: Mapping[str, Sequence[WindowRow]], column: str = JOULES
) -> tuple[Point, ...]:
    """The windows of all runs that have a figure in the column, session by session, in order of time."""
    every = [
        (run.session_id, window.t0_ns or 0, place, window)
        for place, run in enumerate(runs)
        for window in windows.get(run.run_id, ())
        if not window.split and getattr(window, column) is not None
    ]
    every.sort(key=lambda it: it[:3])
    means = {place: _mean([getattr(w, column) for _, _, p, w in every if p == place]) for place in range(len(runs))}
    begun = {session: t0 for session, t0, _, _ in reversed(every)}
    counts: dict[str, int] = {}
    out = []
    for session, t0, place, window in every:
        value = getattr(window, column)
        at_s = None if window.t0_ns is None else (t0 - begun[session]) / NS
        number = counts.get(session, 0)
        counts[session] = number + 1
        relative = value / means[place] if means[place] else 1.0
        out.append(Point(place, number, at_s, window.block, value, relative, window.valid is not False))
    return tuple(out)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
