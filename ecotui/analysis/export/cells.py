"""A cell as people read it; data formats take it as it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ecotui.core.document import Cell, Sheet, perplexity_ratio
from ecotui.core.units import ABSENT, clean, significant

LONGEST = 4000
"""Letters of a cell that are kept."""
SMALL = 0.001
"""Below this, four significant digits need an exponent."""
FEW = 0.1
"""Below this, three places hold too few of the digits that count."""


def shown(cell: Cell) -> str:
    """The cell in words and digits, free of control characters; a dash where it is missing."""
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ABSENT
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        if 0 < abs(cell) < FEW:
            return f"{cell:.2g}" if abs(cell) < SMALL else f"{cell:.3g}"
        return significant(cell)
    return clean(cell, LONGEST)


def texts(sheet: Sheet) -> list[list[str]]:
    """All cells of a sheet as people read them."""
    places = range(len(sheet.columns))
    return [[perplexity_ratio(sheet, row, place) or shown(row[place]) for place in places] for row in sheet.rows]


def numeric(sheet: Sheet) -> tuple[bool, ...]:
    """Whether each column holds numbers and nothing else, and so is aligned to the right."""
    return tuple(_numbers([row[place] for row in sheet.rows]) for place in range(len(sheet.titles)))


def _numbers(cells: Sequence[Cell]) -> bool:
    known = [cell for cell in cells if cell is not None]
    return bool(known) and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in known)


def folded(sheet: Sheet) -> Sheet:
    """The sheet as a page shows it: what is the same in every row stands in the caption, of the columns of `once`."""
    values = {name: {row[place] for row in sheet.rows} for place, name in enumerate(sheet.columns)}
    alike = [name for name in sheet.once if len(values.get(name, ())) == 1]
    if not alike:
        return sheet
    at = {name: place for place, name in enumerate(sheet.columns)}
    told = ", ".join(f"{sheet.titles[at[name]]} {shown(sheet.rows[0][at[name]])}" for name in alike)
    kept = [place for name, place in at.items() if name not in alike]
    columns, titles = (tuple(names[place] for place in kept) for names in (sheet.columns, sheet.titles))
    rows = tuple(tuple(row[place] for place in kept) for row in sheet.rows)
    caption = f"{sheet.caption} The same in every row: {told}.".strip()
    return replace(sheet, columns=columns, titles=titles, rows=rows, caption=caption)


def plain(cell: Cell) -> Cell:
    """The cell for a data format: what is no number becomes missing."""
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell
