"""The runs' curves over each other, window by window, on one time axis that begins with their first tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from ecotui.core import units
from ecotui.core.labels import short_labels
from ecotui.core.rows import RunRow
from ecotui.core.traces import Trace
from ecotui.ui.plot import Chart, Line, draw, nice_range
from ecotui.ui.theme import ARM_GLYPHS, ink
from ecotui.ui.widgets.compare_align import Leads, token_places

Values = NDArray[np.float64]
QUANTITIES = {"power": ("Power", "W"), "throughput": ("Throughput", "tok/s")}
MEAN_S = 1.0
"""Curves that lie over each other are drawn as means over this long: the raw ones would hide each other."""
MOST_TICKS = 12
"""Windows that are numbered."""
REFUSED = "Not drawn over each other: the runs are not compared."
NOTHING = "no curve is stored of these runs"


def curve(trace: Trace, quantity: str, leads: Leads = (), places: Sequence[float] = ()) -> tuple[Values, Values]:
    """Times (s) and values of a trace inside its windows, as means over `MEAN_S`; (n,) each.

    The windows are put together, so that an arm that took turns is drawn as one that did not: the first token of
    each, `leads` seconds in, stands at its place of `places`.
    """
    x, y = (trace.at_s, trace.power_w) if quantity == "power" else (trace.rate_at_s, trace.tok_s)
    if not trace.windows:
        return means(x, y)
    leads = leads or (0.0,) * len(trace.windows)
    places = places or token_places([trace], [leads], MEAN_S)
    inside = [(x >= begin) & (x < end) for begin, end in trace.windows]
    told = zip(inside, trace.windows, leads, places, strict=False)
    at = [x[part] - begin - lead + place for part, (begin, _), lead, place in told]
    return means(np.concatenate(at), np.concatenate([y[part] for part in inside]))


def means(x: Values, y: Values) -> tuple[Values, Values]:
    """Blocks of `MEAN_S`: their middles and the mean of what was there; (n,) to (blocks,)."""
    there = np.isfinite(y)
    block = np.floor(x[there] / MEAN_S).astype(np.int64)
    if not len(block):
        return x[there], y[there]
    first = int(block.min())
    counts = np.bincount(block - first)
    sums = np.bincount(block - first, y[there])
    held = counts > 0
    middles = (np.flatnonzero(held) + first + 0.5).astype(np.float64) * np.float64(MEAN_S)
    return middles, sums[held] / counts[held]


def chart(traces: Sequence[Trace | None], quantity: str, height: int, leads: Sequence[Leads] = ()) -> Chart | None:
    """The curves as a chart whose axis begins at 0; None where there is none to draw.

    A missing trace leaves its role unused.
    """
    known = leads or tuple(() if t is None else (0.0,) * len(t.windows) for t in traces)
    places = token_places(traces, known, MEAN_S)
    curves = [None if t is None else curve(t, quantity, some, places) for t, some in zip(traces, known, strict=True)]
    there = [(i, *c) for i, c in enumerate(curves) if c is not None and np.isfinite(c[1]).any()]
    if not there:
        return None
    top = max(float(np.nanmax(y)) for _, _, y in there)
    low, high = min(float(x[0]) for _, x, _ in there), max(float(x[-1]) for _, x, _ in there)
    y_range, y_ticks = nice_range(0.0, top, max(min(height // 3, 5), 2))
    # The baseline is drawn last, so that it is not hidden by what is held against it.
    lines = [Line(x, y, f"arm-{i}") for i, x, y in reversed(there)]
    return Chart(lines, (low, high), y_range, y_ticks, _ticks(places, low, high))


def _ticks(places: Sequence[float], low: float, high: float) -> list[tuple[float, str]]:
    """Numbers of the windows where their first tokens stand; of curves without windows, seconds."""
    if places:
        return [(place, str(n)) for n, place in enumerate(places, 1)][:: math.ceil(len(places) / MOST_TICKS)]
    _, ticks = nice_range(low, high, 6)
    return [(t, units.number(t, 0 if t == int(t) else 1)) for t in ticks if low <= t <= high]


class TraceChart(Static):
    """One quantity of all runs."""

    def __init__(self, quantity: str, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes="pane")
        self.quantity = quantity
        self._traces: Sequence[Trace | None] = ()
        self._leads: Sequence[Leads] = ()
        self._words = ""

    def show(
        self, runs: Sequence[RunRow], traces: Sequence[Trace | None], leads: Sequence[Leads], refused: bool
    ) -> None:
        """The curves of the runs, in their order."""
        self._traces, self._leads, self._words = ((), (), REFUSED) if refused else (traces, leads, NOTHING)
        title, unit = QUANTITIES[self.quantity]
        legend = [
            Content.assemble("   ", ink(f"{ARM_GLYPHS[i]} {units.clean(name, 24)}", f"arm-{i}"))
            for i, name in enumerate(short_labels(runs))
        ]
        self.border_title = Content.assemble(
            ink(title, "muted" if refused else self.quantity), ink(f" {unit}", "muted"), *legend
        )
        self.border_subtitle = Content.assemble(
            ink(_simulated(runs), "warn"), "1 s means, windows from their first token"
        )
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def on_show(self) -> None:
        """Turned to again, perhaps with curves that came meanwhile and in the size that it had."""
        self._draw()

    def _draw(self) -> None:
        width, height = self.content_size
        if not width or not height:
            return  # turned away, where the terminal is short
        it = chart(self._traces, self.quantity, height, self._leads)
        self.update(ink(self._words, "muted") if it is None else draw(it, width, height))


def _simulated(runs: Sequence[RunRow]) -> str:
    glyphs = [glyph for glyph, row in zip(ARM_GLYPHS, runs, strict=False) if row.simulated]
    return "" if not glyphs else f"SIMULATED {' '.join(glyphs)} · " if len(glyphs) < len(runs) else "SIMULATED · "
