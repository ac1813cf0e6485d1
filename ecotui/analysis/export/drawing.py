"""A figure as a picture, by matplotlib's objects: no state of the process is touched but its settings, for a moment.

Letters become outlines, so that a picture looks alike wherever it is opened, and nothing in it tells when it was made.
"""

from __future__ import annotations

import io
import logging
import math
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING, Any

from ecotui.analysis.export.look import COLOURS, MARKS, PUBLISHED, variable
from ecotui.analysis.export.scales import category_names, set_scale
from ecotui.core.figure import Figure, Series
from ecotui.core.units import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

SIZE_IN = (7.4, 3.7)
"""Width and height; 7.4 inches is a text column of A4."""
DPI = 200
MOST_LABELS = 12
"""Points of a figure that are named beside themselves; more names would lie over each other."""
MOST_COLUMNS, WIDTH, SIGN = 6, 84, 6
"""Columns of a legend, letters that fit beside each other, and as how many of them a name's mark counts."""
LABEL = 34
"""Letters of a line of the upright axis' label: longer ones would stand out above and below the axes."""
SETTINGS: Any = {
    "svg.hashsalt": "ecotui",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "path.simplify": True,
}


def figure_svg(figure: Figure) -> str:
    """An SVG file on white."""
    with _quiet():
        out = io.StringIO()
        _drawn(figure).savefig(
            out, format="svg", metadata={"Date": None, "Creator": "ecotui", "Title": clean(figure.title)}
        )
    return out.getvalue()


def figure_png(figure: Figure) -> bytes:
    """A PNG on white, 1,480 pixels wide."""
    with _quiet():
        out = io.BytesIO()
        _drawn(figure).savefig(
            out, format="png", dpi=DPI, metadata={"Software": "ecotui", "Title": clean(figure.title)}
        )
    return out.getvalue()


def figure_inline(figure: Figure, place: str = "") -> str:
    """An `<svg>` to stand within a page: colours are the page's variables, without prolog or metadata.

    Its ids begin with `place`, which no other figure of the page may have; else with the figure's name.
    """
    whole = figure_svg(figure)
    svg = re.sub(r"<metadata>.*?</metadata>", "", whole[whole.index("<svg") :], flags=re.DOTALL)
    name = re.sub(r"[^A-Za-z0-9-]", "-", place or figure.name)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", svg)
    for role, colour in COLOURS.items():
        svg = svg.replace(colour, f"var({variable(role)})")
    return re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', rf'<svg viewBox="\g<1>" {NAMESPACES}>', svg, count=1)


NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img"'


@contextmanager
def _quiet() -> Iterator[None]:
    """Our settings, and no word of a letter that the font lacks or of a cache that is made."""
    import matplotlib as mpl

    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with mpl.rc_context(SETTINGS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _drawn(figure: Figure) -> Drawn:
    from matplotlib.figure import Figure as Drawn

    drawn = Drawn(figsize=SIZE_IN, layout="constrained", facecolor=COLOURS["paper"])
    axes = drawn.add_subplot()
    names = category_names(figure)
    _frame(axes, figure, names)
    if figure.empty:
        axes.text(0.5, 0.5, "nothing to draw", transform=axes.transAxes, ha="center", color=COLOURS["muted"])
    named = not names and sum(len(one.labels) for one in figure.series) <= MOST_LABELS
    marks = cycle(PUBLISHED)
    for one in map(_finite, figure.series):
        _series(axes, one, next(marks) if one.role == "published" else MARKS[one.role])
        if named:
            _name_points(axes, one)
    called = [clean(one.name, 60) for one in figure.series if one.name and one.x]
    if len(called) > 1:
        _legend(drawn, called)
    return drawn


def _frame(axes: Axes, figure: Figure, names: Sequence[str]) -> None:
    ink, muted, grid = (COLOURS[role] for role in ("ink", "muted", "grid"))
    axes.set_facecolor(COLOURS["paper"])
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(muted)
    series = [_finite(one) for one in figure.series]
    set_scale(axes.xaxis, figure.x, [v for one in series for v in one.x], lambda: axes.set_xscale("log"))
    set_scale(axes.yaxis, figure.y, _reached(series), lambda: axes.set_yscale("log"))
    if names:
        axes.set_xticks(range(1, len(names) + 1), [textwrap.fill(clean(name, 60), 18) for name in names])
        axes.set_xlim(0.4, len(names) + 0.6)
    axes.tick_params(colors=muted, labelcolor=ink, which="both", length=3)
    axes.grid(visible=True, axis="y" if names else "both", color=grid, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.set_xlabel(textwrap.fill(clean(figure.x.label), 2 * LABEL), color=ink)
    axes.set_ylabel(textwrap.fill(clean(figure.y.label), LABEL), color=ink)


def _finite(one: Series) -> Series:
    """Without points that lie nowhere, and without ends of intervals that have none."""
    kept = [place for place, (x, y) in enumerate(zip(one.x, one.y, strict=True)) if math.isfinite(x + y)]

    def of(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(values[place] for place in kept) if values else ()

    low, high = (tuple(v if v is None or math.isfinite(v) else None for v in of(side)) for side in (one.low, one.high))
    return replace(one, x=of(one.x), y=of(one.y), low=low, high=high, labels=of(one.labels))


def _reached(series: Sequence[Series]) -> list[float]:
    ends = [v for one in series for side in (one.low, one.high) for v in side if v is not None]
    return [v for one in series for v in one.y] + ends


def _series(axes: Axes, one: Series, mark: str) -> None:
    colour, name = COLOURS[one.role], clean(one.name, 60)
    if not one.x:
        return
    if one.role == "reference":
        axes.plot(one.x, one.y, color=colour, linewidth=1.0, linestyle=(0, (4, 3)), label=name, zorder=1.5)
    elif one.line or one.role == "fit":
        axes.plot(one.x, one.y, color=colour, linewidth=1.5, label=name, zorder=2)
        _band(axes, one, colour)
    else:
        _whiskers(axes, one, colour)
        filled = "none" if one.role == "published" else colour
        axes.scatter(one.x, one.y, s=34, marker=mark, c=filled, edgecolors=colour, label=name, zorder=3)


def _band(axes: Axes, one: Series, colour: str) -> None:
    known = [(x, a, b) for x, a, b in zip(one.x, one.low, one.high, strict=False) if a is not None and b is not None]
    if known:
        x, low, high = zip(*known, strict=True)
        axes.fill_between(x, low, high, color=colour, alpha=0.16, linewidth=0, zorder=1)


def _whiskers(axes: Axes, one: Series, colour: str) -> None:
    for x, y, low, high in zip(one.x, one.y, one.low, one.high, strict=False):
        if low is not None and high is not None:
            axes.errorbar(x, y, [[max(y - low, 0)], [max(high - y, 0)]], ecolor=colour, capsize=4, elinewidth=1.4)


def _name_points(axes: Axes, one: Series) -> None:
    for x, y, label in zip(one.x, one.y, one.labels, strict=False):
        said = clean(label, 40)
        axes.annotate(said, (x, y), (5, 4), textcoords="offset points", fontsize=7.5, color=COLOURS["muted"])


def _legend(drawn: Drawn, names: Sequence[str]) -> None:
    columns = next((n for n in (4, 3, 2) if n * max(map(len, names)) <= WIDTH), 1)
    if len(names) <= MOST_COLUMNS and sum(len(name) + SIGN for name in names) <= WIDTH:
        columns = len(names)
    made = drawn.legend(loc="outside upper left", ncols=columns, frameon=False, fontsize=8.5, borderaxespad=0.2)
    for text in made.get_texts():
        text.set_color(COLOURS["ink"])
