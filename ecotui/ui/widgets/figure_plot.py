"""Any figure as rows of letters: points with whiskers, fitted lines with their band, claims as dashed lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.cells import cell_len

from ecotui.analysis.export.scales import category_names
from ecotui.core.figure import Figure, Series
from ecotui.core.units import clean
from ecotui.ui.plot import curve
from ecotui.ui.widgets.canvas import Ink, Row, fit, wrap
from ecotui.ui.widgets.figure_axis import Scale, scale_of, words
from ecotui.ui.widgets.figure_look import Look, legend, looks

NOTHING = "no points to draw"
ROOMY = 14
"""Rows from which a legend may have three."""
LEAST = (24, 7)
"""Columns and rows below which nothing is drawn."""
BLANK = " \u2800"
LABEL = 24
"""Letters of a point's name, at most."""
DASH = 3
"""Cells of a claim's line that are drawn, and those that are left out."""

APART = 0.9
"""Rows by which a band's end keeps away from its fit."""

Cells = list[list[Ink]]
Points = Sequence[tuple[float, float]]


def draw(figure: Figure, width: int, height: int, *, axes_named: bool = True) -> list[Row]:
    """The figure in at most `width` by `height` cells: y's name, the points over their grid, x's scale, the legend.

    axes_named: with a row for each axis' name; without, they stand elsewhere.
    """
    if width < LEAST[0] or height < LEAST[1]:
        return []
    if figure.empty:
        return [[], *wrap(NOTHING, width, "muted")]
    names = legend(figure.series, width, 3 if height >= ROOMY else 2 if height >= 10 else 1)
    rows = height - (4 if axes_named else 2) - len(names)
    y = scale_of(figure.y, _ys(figure.series), max(rows // 3, 2))
    labels = words(y.ticks)
    left = max(map(cell_len, labels), default=1) + 2
    x = scale_of(figure.x, _xs(figure.series), max((width - left) // 9, 2))
    body = _body(figure, (x, y), (width - left, rows))
    named = {
        rows - 1 - at: text for t, text in zip(y.ticks, labels, strict=True) if (at := y.cell(t, rows)) is not None
    }
    plot = [[_label(named.get(i), left), *_runs(line)] for i, line in enumerate(body)]
    title = fit([Ink(clean(figure.y.label), "muted")], width)
    told = words(x.ticks) if not (places := category_names(figure)) else places
    scale = list(_scale(x, told, figure.x.label, left, width))
    return [title, *plot, *scale, *names] if axes_named else [*plot, *scale[:2], *names]


def _label(text: str | None, left: int) -> Ink:
    return Ink(f"{text:>{left - 1}}┤" if text else f"{'│':>{left}}", "muted")


def _ys(series: Iterable[Series]) -> Iterator[float]:
    """What the scale must hold: every point and whisker; of a line's band only what is near its line."""
    series = tuple(series)
    points = [v for one in series if not one.line for v in one.y]
    yield from points
    yield from (v for one in series if one.line and (one.role != "reference" or not points) for v in one.y)
    for one in series:
        yield from (v for v in (*one.low, *one.high) if v is not None and not one.line and _near(v, points))


def _near(value: float, points: Sequence[float]) -> bool:
    """Whether an end of an interval leaves the points their room: an unbounded one does not."""
    low, high = min(points), max(points)
    if low > 0 and value > 0:
        return low / 3 <= value <= high * 3
    span = (high - low) or abs(high) or 1.0
    return low - span <= value <= high + span


def _xs(series: Iterable[Series]) -> list[float]:
    series = tuple(series)
    points = [v for one in series if not one.line for v in one.x]
    return points or [v for one in series for v in one.x]


def _body(figure: Figure, scales: tuple[Scale, Scale], size: tuple[int, int]) -> Cells:
    """The layers over each other, the grid lowest, the points highest."""
    out = _grid(scales, size)
    pairs = list(zip(figure.series, looks(figure.series), strict=True))
    for one in figure.series:
        if one.line and one.role == "fit":
            _band(out, one, scales)
    for one, look in sorted(pairs, key=lambda pair: pair[0].role != "reference"):  # a fit lies over a claim
        if one.line:
            _line(out, one, look, scales)
    points = [(one, look) for one, look in pairs if not (one.line and one.role in ("fit", "reference"))]
    for one, look in points:
        _whiskers(out, one, look, scales)
    for one, look in points:
        _glyphs(out, one, look, scales)
    for one, _ in points if not category_names(figure) else ():
        _names(out, one, scales)
    return out


def _grid(scales: tuple[Scale, Scale], size: tuple[int, int]) -> Cells:
    (x, y), (columns, rows) = scales, size
    out = [[Ink(" ")] * columns for _ in range(rows)]
    for tick in y.ticks:
        if (at := y.cell(tick, rows)) is not None:
            out[rows - 1 - at] = [Ink("┈", "grid")] * columns
    for tick in x.ticks:
        if (at := x.cell(tick, columns)) is not None:
            for line in out:
                line[at] = Ink("┊", "grid")
    return out


def _band(out: Cells, one: Series, scales: tuple[Scale, Scale]) -> None:
    """Both ends of a fit's interval, as fine lines, where they do not touch the fit."""
    middle = list(zip(one.x, one.y, strict=True))
    for ends in (one.low, one.high):
        knots = [(a, b) for a, b in zip(one.x, ends, strict=False) if b is not None]
        _stroke(out, knots, Look("", "faint"), scales, off=middle)


def _row(place: float, y: Scale, rows: int) -> int:
    low, high = y.span
    return rows - 1 - min(max(round((place - low) / (high - low) * (rows - 1)), 0), rows - 1)


def _line(out: Cells, one: Series, look: Look, scales: tuple[Scale, Scale]) -> None:
    _stroke(out, list(zip(one.x, one.y, strict=True)), look, scales)


def _stroke(out: Cells, points: Points, look: Look, scales: tuple[Scale, Scale], off: Points = ()) -> None:
    """A line in braille, cut where it leaves the field or comes near the line `off`; a claim's with gaps."""
    import numpy as np

    x, y = scales
    knots = _places(points, scales)
    if len(knots) < 2:
        return
    columns, rows = len(out[0]), len(out)
    at = np.linspace(max(knots[0][0], x.span[0]), min(knots[-1][0], x.span[1]), 4 * columns)
    up = np.interp(at, [k[0] for k in knots], [k[1] for k in knots])
    up[(up < y.span[0]) | (up > y.span[1])] = np.nan
    if near := _places(off, scales):
        least = APART * (y.span[1] - y.span[0]) / rows
        up[abs(up - np.interp(at, [k[0] for k in near], [k[1] for k in near])) < least] = np.nan
    for row, letters in enumerate(curve(at, up, x.span, y.span, width=columns, height=rows, gap=_gap(x))):
        for column, letter in enumerate(letters):  # rows count too, or a steep line would be all gap
            if letter not in BLANK and not (look.dashed and (column + 2 * row) // DASH % 2):
                out[row][column] = Ink(letter, look.role)


def _places(points: Points, scales: tuple[Scale, Scale]) -> list[tuple[float, float]]:
    """The points on even scales, by x; what has no place there is left out."""
    found = sorted((scales[0].put(a), scales[1].put(b)) for a, b in points)
    return [place for place in found if not any(map(math.isnan, place))]


def _gap(x: Scale) -> float:
    low, high = x.span
    return (high - low) / 8


def _cell(at: tuple[float, float], scales: tuple[Scale, Scale], out: Cells) -> tuple[int, int] | None:
    """Column and row of a point; None where it is off the scale."""
    column, up = scales[0].cell(at[0], len(out[0])), scales[1].cell(at[1], len(out))
    return None if column is None or up is None else (column, len(out) - 1 - up)


def _whiskers(out: Cells, one: Series, look: Look, scales: tuple[Scale, Scale]) -> None:
    y, rows = scales[1], len(out)
    for a, b, low, high in zip(one.x, one.y, one.low, one.high, strict=False):
        place = _cell((a, b), scales, out)
        if place is None or low is None or high is None:
            continue
        top, bottom = (_row(y.put(y.inside(end)), y, rows) for end in (high, low))
        for row in range(top, bottom + 1 if bottom > top else top):
            end = "┬" if row == top and high <= y.high else "┴" if row == bottom and low >= y.low else "│"
            out[row][place[0]] = Ink(end, look.role)


def _glyphs(out: Cells, one: Series, look: Look, scales: tuple[Scale, Scale]) -> None:
    for at in zip(one.x, one.y, strict=True):
        if (place := _cell(at, scales, out)) is not None:
            out[place[1]][place[0]] = Ink(look.glyph, look.role, True)


def _names(out: Cells, one: Series, scales: tuple[Scale, Scale]) -> None:
    """Names right of their points, or left of them, or nowhere: never over another mark."""
    for a, b, name in zip(one.x, one.y, one.labels, strict=False):
        place, text = _cell((a, b), scales, out), clean(name, LABEL)
        if place is None or not text or cell_len(text) != len(text):  # a letter of two cells would shift the row
            continue
        column, row = place
        for first in (column + 2, column - 1 - len(text)):
            last = first + len(text)
            if first >= 0 and last <= len(out[0]) and all(_free(bit) for bit in out[row][first:last]):
                for at in (first - 1, last):
                    if 0 <= at < len(out[0]) and _free(out[row][at]):
                        out[row][at] = Ink(" ")
                out[row][first:last] = [Ink(letter, "muted") for letter in text]
                break


def _free(bit: Ink) -> bool:
    return bit.role == "grid" or bit.text == " "


def _scale(x: Scale, told: Sequence[str], name: str, left: int, width: int) -> Iterator[Row]:
    """The axis, its numbers or names, and what it counts."""
    columns = width - left
    room = max(columns // max(len(told), 1) - 1, 8)
    marks = ((x.cell(t, columns), clean(text, room)) for t, text in zip(x.ticks, told, strict=True))
    places = {at: text for at, text in marks if at is not None}
    line = "".join("┬" if i in places else "─" for i in range(columns))
    yield [Ink(f"{'╰':>{left}}{line}", "muted")]
    numbers, free = [" "] * (columns + left), 0
    for at, text in sorted(places.items()):
        first = min(max(left + at - len(text) // 2, free), width - len(text))
        if first >= free and abs(first - (left + at - len(text) // 2)) <= len(text):
            numbers[first : first + len(text)] = text
            free = first + len(text) + 1
    yield [Ink("".join(numbers), "muted")]
    name = clean(name, columns)
    yield [Ink(" " * (left + max(columns - cell_len(name), 0) // 2)), Ink(name, "muted")]


def _runs(line: Sequence[Ink]) -> list[Ink]:
    """Neighbours of one look as one piece."""
    return [
        key._replace(text="".join(bit.text for bit in run)) for key, run in groupby(line, lambda b: b._replace(text=""))
    ]
