"""The power of one run from its first phase to its last, with its windows numbered on the axis."""

from __future__ import annotations

import numpy as np
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from ecotui.core import units
from ecotui.core.rows import RunRow
from ecotui.core.traces import Trace
from ecotui.ui.plot import Chart, Level, Line, draw, nice_range
from ecotui.ui.theme import POWER, ink

NOTHING = "No power reading is stored of this run."


def power_chart(trace: Trace, row: RunRow, height: int, width: int) -> Chart | None:
    """The curve from 0 W up, idle powers as levels; None without a reading."""
    if not np.isfinite(trace.power_w).any():
        return None
    y_range, y_ticks = nice_range(0.0, float(np.nanmax(trace.power_w)), max(min(height // 3, 6), 2))
    idle = [value for value in (row.idle_context_w, row.idle_bare_w) if value is not None]
    low, high = float(trace.at_s[0]), float(trace.at_s[-1])
    # Every n-th window has its number, so that the numbers do not run into each other.
    apart = (high - low) * 5 / max(width, 1)
    ticks: list[tuple[float, str]] = []
    for number, (start, _) in enumerate(trace.windows, start=1):
        if not ticks or start - ticks[-1][0] >= apart:
            ticks.append((start, str(number)))
    return Chart(
        [Line(trace.at_s, trace.power_w, POWER)], (low, high), y_range, y_ticks, ticks, [Level(v) for v in idle]
    )


class PowerTrace(Static):
    """One run's power over time."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes="pane")
        self.border_title = Content.assemble(ink("Power", POWER), ink(" W", "muted"))
        self._shown: tuple[Trace | None, RunRow] | None = None

    def show(self, trace: Trace | None, row: RunRow) -> None:
        """Another run's curve; None where there is none."""
        self._shown = (trace, row)
        idle = f"idle, context {units.watts(row.idle_context_w)} · bare {units.watts(row.idle_bare_w)}"
        self.border_title = Content.assemble(
            ink("Power", POWER), ink(" W", "muted"), ink(f"   windows are numbered · {idle}", "muted")
        )
        self.border_subtitle = ink("SIMULATED", "warn") if row.simulated else ""
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            return
        trace, row = self._shown
        width, height = self.content_size
        chart = power_chart(trace, row, height, width) if trace is not None else None
        self.update(ink(NOTHING, "muted") if chart is None else draw(chart, width, height))
