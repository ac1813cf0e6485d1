"""One row of the History's table as a strip of cells: headings, the head of a group, or a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as Ink
from textual.strip import Strip

from ecotui.analysis import ranges
from ecotui.ui.theme import ARM_GLYPHS, style
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.history_columns import CURVES, STATES, TREND, Column, Layout, mark_of
from ecotui.ui.widgets.history_entry import Entry, Head
from ecotui.ui.widgets.history_rows import Order
from ecotui.ui.widgets.history_trend import Curves, trend

if TYPE_CHECKING:
    from ecotui.store.published import Range

HEAD_ROWS = 2
MARK_CELLS = 2
"""The mark's glyph and a blank."""
STATED = ("net of", "stated")
CONTEXT = "○"
"""Marks a published row: beside the arms, none of them."""
CLAIM = 49
"""Cells of the longest sentence of a packaged range."""
AS_RANGE = "as a range"
SHORT_LABEL = 9
"""Cells of the longest label of a packaged range."""
QUANTIZATION = ("quantization", "quant")
MUTED = ("moment", "hour", "when", "batch", "rows", "host", "gpu", "label")


def heading(y: int, layout: Layout, order: Order, width: int, base: Ink, *, published: bool = False) -> Strip:
    """The first or the second row of headings; over published rows alone the net is that of the idle they state."""
    segments = [Segment(" " * MARK_CELLS, base)]
    for column, cells in layout.columns:
        segments.append(Segment(fitted(_heading(column, y, order, published), cells, column.right), base))
        segments.append(Segment(" " * layout.gap, base))
    return Strip(segments).adjust_cell_length(width, base)


def _heading(column: Column, y: int, order: Order, published: bool) -> str:
    """The words of a heading; the arrow stands beside the shorter of its rows."""
    heads = STATED if published and column.key == "net" else column.heads
    above, below = heads
    short = 0 if above and len(above) < len(below) else 1
    arrow = ("▼" if order.falling else "▲") if y == short and order.sorts(column.key) else ""
    return heads[y] + arrow


def group(head: Head, width: int, base: Ink) -> Strip:
    """The head of a group, drawn out to the table's edge."""
    text = f"{head.text} · {head.count:,} {head.noun}{'' if head.count == 1 else 's'} "
    return Strip([Segment(fitted(text + "─" * max(width - len(text), 0), width), base)])


def run(entry: Entry, layout: Layout, width: int, base: Ink, *, place: int | None, curves: Curves) -> Strip:
    """A run; `place` is its place among the marked, `curves` what its windows measured."""
    segments = [_mark(entry, base, place)]
    drawn = dict(zip(CURVES, curves, strict=True))
    for column, cells in layout.columns:
        text = trend(drawn[column.key], cells) if column.key in CURVES else entry.cells[column.key]
        shown = fitted(text, cells, column.right, tail=column.key == "model")
        segments.append(Segment(shown, base + _ink(column.key, entry)))
        segments.append(Segment(" " * layout.gap, base))
    return Strip(segments).adjust_cell_length(width, base)


def claimed(entry: Entry, it: Range, layout: Layout, width: int, base: Ink, *, marked: bool) -> Strip:
    """A range: its sentence where the figures stand, and its board where the model stands or in its own column.

    Where the figures have too few cells for that, all three are one line up to the sensor.
    """
    keys = [column.key for column, _ in layout.columns]
    first, last = next(i for i, key in enumerate(keys) if key in QUANTIZATION) + 1, keys.index("sensor")
    if _cells(layout, first, last) >= CLAIM:
        said, what = _sentence(it, layout, first, last)
    else:
        first = 0
        said, what = _line(it, _cells(layout, 0, last)), ""
    texts = entry.cells if "gpu" in keys else {**entry.cells, "model": entry.cells["gpu"]}
    segments = [_mark(entry, base, 0 if marked else None)]
    for place, (column, cells) in enumerate(layout.columns):
        if place == first:
            segments += [Segment(said, base + _role("text")), Segment(what + " " * layout.gap, base + _role("muted"))]
        if not first <= place < last:
            segments.append(Segment(fitted(texts[column.key], cells, column.right), base + _ink(column.key, entry)))
            segments.append(Segment(" " * layout.gap, base))
    return Strip(segments).adjust_cell_length(width, base)


def _cells(layout: Layout, first: int, last: int) -> int:
    """From the start of one column to the end of the one before `last`."""
    return sum(cells + layout.gap for _, cells in layout.columns[first:last]) - layout.gap


def _sentence(it: Range, layout: Layout, first: int, last: int) -> tuple[str, str]:
    """The claim, and behind it what it is, where that has room: under the state where the claim ends before it."""
    before = next((i for i, (column, _) in enumerate(layout.columns) if column.key in STATES), last)
    at = max(CLAIM + 2, _cells(layout, first, before) + layout.gap)
    room = _cells(layout, first, last)
    what = AS_RANGE if at + len(AS_RANGE) <= room else ""
    said = fitted(ranges.claim(it), at if what else room)
    return said, fitted(what, room - cell_len(said))


def _line(it: Range, room: int) -> str:
    """Configuration, claim, and at the end the board, where it has room."""
    text = fitted(ranges.label(it), SHORT_LABEL) + " " + ranges.claim(it)
    board = it.gpu and ranges.board(it)
    spare = room - cell_len(text) - cell_len(board)
    return text + " " * spare + board if spare > 0 else fitted(text, room)


def _mark(entry: Entry, base: Ink, place: int | None) -> Segment:
    """The glyph that the run has in Compare; a published row is context there and no arm."""
    if place is not None and entry.published:
        return Segment(fitted(CONTEXT, MARK_CELLS), base + _role("text", bold=True))
    glyph = "" if place is None else ARM_GLYPHS[place % len(ARM_GLYPHS)]
    return Segment(fitted(glyph, MARK_CELLS), base + _role(f"arm-{(place or 0) % len(ARM_GLYPHS)}", bold=True))


def _role(role: str, bold: bool = False) -> Ink:
    return style(role, bold).rich_style


def _ink(key: str, entry: Entry) -> Ink:
    if entry.published:
        return _role("muted" if key in (*MUTED, *STATES, "sensor", *CURVES) else "text")
    if key in STATES:
        return _role(mark_of(entry.row)[2])
    if key == "sensor":
        return _role("warn" if entry.row.simulated else "muted")
    if key in CURVES:
        return _role("power" if key == TREND else "throughput")
    return _role("muted" if key in MUTED else "text")
