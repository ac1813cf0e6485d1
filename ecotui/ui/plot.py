"""Charts in letters: the only importer of plotext, which is process-wide and not thread-safe (UI thread only)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ecotui.ui.theme import rgb

if TYPE_CHECKING:  # numpy comes with the first curve, after the first frame
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


STRIPE = 8
"""Letters of a chart after which another of its curves goes first."""


@cache
def _kernel() -> Any:
    """plotext, made ready; imported with the first chart, because it takes longer than the first frame may."""
    import plotext

    # A pixel that is given to a call takes what it leaves open from plotext's white default; a theme takes nothing.
    plotext.add_theme("ecotui", text=plotext.pixel(foreground=rgb("muted")), grid=plotext.pixel(foreground=rgb("grid")))
    plotext.terminal.limit(False, False)  # otherwise it stops at the width of the terminal that it believes in
    return plotext


@dataclass(frozen=True)
class Line:
    """One curve: x ascending, NaN in y breaks it."""

    x: Values
    y: Values
    role: str


@dataclass(frozen=True)
class Level:
    """A horizontal line across the chart: a limit, an idle baseline."""

    value: float
    role: str = "faint"
    marker: str = "┈"


@dataclass(frozen=True)
class Chart:
    """All that a chart shows, as values."""

    lines: Sequence[Line]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    y_ticks: Sequence[float]
    x_ticks: Sequence[tuple[float, str]] = ()
    """Position and label; every position draws a grid line."""
    levels: Sequence[Level] = field(default_factory=tuple)


def nice_range(low: float, high: float, steps: int = 4) -> tuple[tuple[float, float], list[float]]:
    """A range of round numbers around [low, high], and about `steps` ticks in it."""
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = 0.0, 1.0
    span = max(high - low, abs(high) * 0.02, 1e-9)
    raw = span / max(steps, 1)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= raw)
    first, last = math.floor(low / step) * step, math.ceil(high / step) * step
    if last <= first:
        last = first + step
    count = round((last - first) / step)
    return (first, last), [first + i * step for i in range(count + 1)]


def decimate(x: Values, y: Values, columns: int) -> tuple[Values, Values]:
    """At most two points a column, its lowest and highest, so that no peak is lost; (n,) to (<= 2·columns,)."""
    import numpy as np

    there = np.isfinite(y)
    x, y = x[there], y[there]
    if len(x) <= 2 * columns or columns < 1:
        return x, y
    starts = np.unique(np.searchsorted(x, np.linspace(x[0], x[-1], columns + 1)[:-1]))
    sizes = np.diff(starts, append=len(x))
    lowest = np.flatnonzero(y == np.repeat(np.minimum.reduceat(y, starts), sizes))
    highest = np.flatnonzero(y == np.repeat(np.maximum.reduceat(y, starts), sizes))
    first = lowest[np.searchsorted(lowest, starts)]
    last = highest[np.searchsorted(highest, starts + sizes) - 1]
    kept = np.unique(np.r_[first, last])
    return x[kept], y[kept]


def draw(chart: Chart, width: int, height: int) -> Text:
    """The chart as text of exactly `width` by `height` cells; nothing below 12 by 3."""
    if width < 12 or height < 3:
        return Text("")
    import numpy as np

    plotext = _kernel()
    figure = plotext.figure
    figure.clear()
    figure.theme("ecotui")
    figure.plot_size(width, height)
    figure.axes(False, axis="x", side="upper")
    figure.axes(False, axis="y", side="right")
    low, high = chart.x_range
    for level in chart.levels:
        cells = np.linspace(low, high, width * 2).tolist()
        marker = plotext.marker(level.marker, pixel=plotext.pixel(foreground=rgb(level.role)))
        figure.draw(figure.signal(cells, [level.value] * len(cells), marker=marker))
    for line, x, y in _turns(chart.lines, chart.x_range, width):
        marker = plotext.marker("braille", pixel=plotext.pixel(foreground=rgb(line.role)))
        figure.draw(figure.signal(x.tolist(), y.tolist(), marker=marker).lines())
    across, up = figure.ruler("x"), figure.ruler("y")
    up.lim(*chart.y_range)
    up.ticks(list(chart.y_ticks), [_tick(t) for t in chart.y_ticks])
    across.lim(low, high if high > low else low + 1)
    across.grid(True)
    # An empty label makes plotext drop the tick, and its grid line with it.
    across.ticks([p for p, _ in chart.x_ticks], [label or "\u00a0" for _, label in chart.x_ticks])
    return Text.from_ansi(figure.build().string())


def _turns(lines: Sequence[Line], span: tuple[float, float], width: int) -> Iterator[tuple[Line, Values, Values]]:
    """Pieces of the curves in the order of drawing: where several share a letter, its colour is another's by turns.

    A letter has one colour, that of the curve which was drawn first; without turns a curve close to another is lost.
    """
    import numpy as np

    kept = [(line, *decimate(line.x, line.y, width)) for line in lines]
    stripes = max(width // STRIPE, 1) if len(kept) > 1 else 1
    ends = np.linspace(*span, stripes + 1)[1:-1]
    for turn, (first, last) in enumerate(pairwise([-math.inf, *ends.tolist(), math.inf])):
        ahead = turn % max(len(kept), 1)
        for line, x, y in [*kept[ahead:], *kept[:ahead]]:
            begin, end = np.searchsorted(x, (first, last))
            piece = slice(max(int(begin) - 1, 0), int(end))  # joined to the point before it
            if len(x[piece]):
                yield line, x[piece], y[piece]


def cell_of(value: float, span: tuple[float, float], cells: int) -> int:
    """The cell, from the low end, in which a curve passes through `value`."""
    share = (value - span[0]) / (span[1] - span[0])
    return min(max(math.floor(share * (cells - 1) + 0.499), 0), cells - 1)


def cells_of(values: Sequence[float], span: tuple[float, float], cells: int) -> list[int]:
    """`cell_of` of each."""
    import numpy as np

    share = (np.array(values, dtype=np.float64) - span[0]) / (span[1] - span[0])
    found: list[int] = np.clip(np.floor(share * (cells - 1) + 0.499), 0, cells - 1).astype(int).tolist()
    return found


def curve(
    x: Values,
    y: Values,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    width: int,
    height: int,
    gap: float,
) -> list[str]:
    """One curve in braille, `height` rows of `width` letters, blank where it is not; broken where x leaps over `gap`.

    The middles of the outermost cells stand for the ends of a range, as plotext has it: `cell_of`.
    """
    if width < 2 or height < 1:
        return []
    import numpy as np

    from ecotui.ui.dots import letters

    inside = np.isfinite(y) & (x >= x_range[0]) & (x <= x_range[1])
    x, y = x[inside], np.clip(y[inside], *y_range)
    edges = [0, *(np.flatnonzero(np.diff(x) > gap) + 1).tolist(), len(x)]
    parts = []
    for first, end in pairwise(edges):
        if end > first:
            columns = max(round(width * (x[end - 1] - x[first]) / (x_range[1] - x_range[0])), 1)
            parts.append(decimate(x[first:end], y[first:end], columns))
    return letters(parts, (x_range, y_range), width, height)


def _tick(value: float) -> str:
    text = f"{value:z,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:z.1f}"
    return f"{text:>5}"
