"""Axes of a picture: where they begin and end, and the round numbers that are marked on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ecotui.core.figure import Axis, Figure

if TYPE_CHECKING:
    from matplotlib.axis import Axis as DrawnAxis

NARROW = 8.0
"""A logarithmic axis that reaches over less than this factor is marked like a linear one."""


def category_names(figure: Figure) -> list[str]:
    """Names of the places 1, 2, … of an axis that counts nothing; empty where it counts.

    Such an axis is marked at 1, 2, … and every point has a name, the same one wherever several share a place.
    """
    ticks = figure.x.ticks
    if figure.x.log or ticks != tuple(range(1, len(ticks) + 1)):
        return []
    names: dict[float, str] = {}
    for one in figure.series:
        if one.line or one.role in ("fit", "reference"):
            continue
        if len(one.labels) != len(one.x):
            return []
        for x, label in zip(one.x, one.labels, strict=True):
            if names.setdefault(x, label) != label:
                return []
    return [names.get(tick, "") for tick in ticks] if names and set(names) <= set(ticks) else []


def set_scale(drawn: DrawnAxis, axis: Axis, values: Sequence[float], log: Callable[[], None]) -> None:
    """Linear or logarithmic, marked where the figure says, else at round numbers; `log` makes it logarithmic."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    known = [v for v in values if v > 0 or not axis.log]
    if axis.log and known:
        log()
    drawn.set_major_formatter(FuncFormatter(lambda v, _: marked(v)))
    drawn.set_minor_formatter(NullFormatter())
    if axis.ticks:
        drawn.set_major_locator(FixedLocator(list(axis.ticks)))
        drawn.set_minor_locator(NullLocator())
    elif axis.log and known:
        wide = max(known) / min(known) >= NARROW
        drawn.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)) if wide else MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        drawn.set_minor_locator(NullLocator())


def marked(value: float) -> str:
    """A mark's number, without an exponent while it is short: 0.02, 1.5, 2,000."""
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:z.4g}"
