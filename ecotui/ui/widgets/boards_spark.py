"""Power as blocks, one second a cell, from nothing to the board's limit: boards of one host are seen on one scale."""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.ui.widgets.canvas import Ink, Row

EIGHTHS = " ▁▂▃▄▅▆▇█"


def blocks(values: Sequence[float | None], width: int, height: int, top: float) -> list[str]:
    """(height,) rows of `width` cells, the newest value at the right; blank where nobody looked.

    A value above nothing shows an eighth of a cell at least.
    """
    pad: list[float | None] = [None] * max(width - len(values), 0)
    shown = [*pad, *values[max(len(values) - width, 0) :]] if width > 0 else []
    eighths = [0 if v is None or top <= 0 else max(round(8 * height * min(v / top, 1.0)), 1) for v in shown]
    return ["".join(EIGHTHS[min(max(e - 8 * row, 0), 8)] for e in eighths) for row in reversed(range(height))]


def scale(values: Sequence[float | None], limit: float | None) -> float:
    """The value of a full cell: the limit, or the most that was seen where the board has none."""
    return limit or max((v for v in values if v is not None), default=0.0)


def bar(share: float | None, width: int, role: str = "bar") -> Row:
    """A share, 0 to 1, as a bar; without a value its ground, which differs by height, not by colour alone."""
    full = 0 if share is None else round(min(max(share, 0.0), 1.0) * width)
    return [Ink("▇" * full, role), Ink("▁" * (width - full), "grid")]
