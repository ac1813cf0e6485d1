"""Curves in braille, two by four dots a letter: where plotext puts its dots, in a tenth of its time.

plotext makes several objects of each point, and the Monitor draws three curves beside keys that wait to be answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy comes with the first curve, after the first frame
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Dots = NDArray[np.bool_]

ACROSS, DOWN = 2, 4
"""Dots of a letter."""
FIRST = 0x2800
BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Of a letter's dots, row by row: Unicode counts them column by column, and the lowest row last."""
NEAR, FAR = 0.5 + 0.0016585662, 0.5 + 0.001516152
"""Cells from a border to the ends of a range: plotext's own, a little more than the middles of the outermost cells."""


def letters(parts: Sequence[tuple[Values, Values]], spans: tuple[Span, Span], width: int, height: int) -> list[str]:
    """`height` rows of `width` letters, blank where there is no dot.

    parts: (x, y) of each piece of a curve, x ascending and all of it within `spans`.
    spans: of x and of y, the ends that the outermost cells stand for.
    """
    import numpy as np

    dots = np.zeros((height * DOWN, width * ACROSS), dtype=bool)
    for x, y in parts:
        _line(dots, _cells(x, spans[0], width), _cells(y, (spans[1][1], spans[1][0]), height))
    bits = np.array(BITS, dtype=np.int32)[:, None, :]
    rows = dots.reshape(height, DOWN, width, ACROSS)
    marks = (rows * bits).sum(axis=(1, 3))
    codes = np.where(marks, FIRST + marks, ord(" ")).astype("<u4")
    return [row.tobytes().decode("utf-32-le") for row in codes]


Span = tuple[float, float]


def _cells(values: Values, span: Span, cells: int) -> Values:
    """Where values are, in cells from the border at the first end of the span."""
    share = (values - span[0]) / (span[1] - span[0]) if span[1] != span[0] else values * 0 + 0.5
    return NEAR + (cells - NEAR - FAR) * share


def _line(dots: Dots, x: Values, y: Values) -> None:
    """Set the dots of straight lines from point to point, as many on each as it passes columns or rows of dots."""
    import numpy as np

    column, row = (x * ACROSS).astype(np.int64), (y * DOWN).astype(np.int64)
    steps = np.maximum(np.maximum(abs(np.diff(column)), abs(np.diff(row))), 1)
    first = np.repeat(np.arange(len(steps)), steps)
    share = (np.arange(len(first)) - np.repeat(np.cumsum(steps) - steps, steps)) / steps[first]
    across = np.append(x[first] + np.diff(x)[first] * share, x[-1:])
    down = np.append(y[first] + np.diff(y)[first] * share, y[-1:])
    height, width = dots.shape
    inside = (across >= 0) & (down >= 0) & (across * ACROSS < width) & (down * DOWN < height)
    dots[(down[inside] * DOWN).astype(np.int64), (across[inside] * ACROSS).astype(np.int64)] = True
