"""One row of the History's table as a strip of cells: headings, the head of a group, or a run."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style as Ink
from textual.strip import Strip

from ecotui.ui.theme import ARM_GLYPHS, style
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.history_columns import TREND, Column, Layout, mark_of
from ecotui.ui.widgets.history_rows import Entry, Head, Order
from ecotui.ui.widgets.history_trend import trend

HEAD_ROWS = 2
MARK_CELLS = 2
"""The mark's glyph and a blank."""
MUTED = ("moment", "hour", "when", "batch", "rows", "host", "gpu", "label")


def heading(y: int, layout: Layout, order: Order, width: int, base: Ink) -> Strip:
    """The first or the second row of headings."""
    segments = [Segment(" " * MARK_CELLS, base)]
    for column, cells in layout.columns:
        segments.append(Segment(fitted(_heading(column, y, order), cells, column.right), base))
        segments.append(Segment(" " * layout.gap, base))
    return Strip(segments).adjust_cell_length(width, base)


def _heading(column: Column, y: int, order: Order) -> str:
    """The words of a heading; the arrow stands beside the shorter of its rows."""
    above, below = column.heads
    short = 0 if above and len(above) < len(below) else 1
    arrow = ("▼" if order.falling else "▲") if y == short and order.sorts(column.key) else ""
    return column.heads[y] + arrow


def group(head: Head, width: int, base: Ink) -> Strip:
    """The head of a group, drawn out to the table's edge."""
    text = f"{head.text} · {head.count:,} {'run' if head.count == 1 else 'runs'} "
    return Strip([Segment(fitted(text + "─" * max(width - len(text), 0), width), base)])


def run(
    entry: Entry, layout: Layout, width: int, base: Ink, *, place: int | None, power_w: Sequence[float | None]
) -> Strip:
    """A run; `place` is its place among the marked, `power_w` the mean power of its windows."""
    glyph = "" if place is None else ARM_GLYPHS[place % len(ARM_GLYPHS)]
    segments = [Segment(fitted(glyph, MARK_CELLS), base + _role(f"arm-{(place or 0) % len(ARM_GLYPHS)}", bold=True))]
    for column, cells in layout.columns:
        text = trend(power_w, cells) if column.key == TREND else entry.cells[column.key]
        shown = fitted(text, cells, column.right, tail=column.key == "model")
        segments.append(Segment(shown, base + _ink(column.key, entry)))
        segments.append(Segment(" " * layout.gap, base))
    return Strip(segments).adjust_cell_length(width, base)


def _role(role: str, bold: bool = False) -> Ink:
    return style(role, bold).rich_style


def _ink(key: str, entry: Entry) -> Ink:
    if key in ("state", "word"):
        return _role(mark_of(entry.row)[2])
    if key == "sensor":
        return _role("warn" if entry.row.simulated else "muted")
    if key == TREND:
        return _role("power")
    return _role("muted" if key in MUTED else "text")
