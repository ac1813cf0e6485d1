"""How the series of a figure look: a glyph and a role each, the same on every screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.core.figure import Series
from ecotui.core.units import clean
from ecotui.ui.theme import ARM_GLYPHS
from ecotui.ui.widgets.canvas import Ink, Row, cells

OWN = {"baseline": 0, "candidate": 1, "candidate-2": 2, "candidate-3": 3}
PUBLISHED = (("○", "arm-2"), ("◇", "arm-3"), ("△", "arm-4"), ("□", "arm-5"), ("▽", "arm-1"), ("☆", "text"))
"""Somebody else's points are hollow, whatever their colour."""
LINES = {"fit": ("─", "good"), "reference": ("╌", "temperature")}
NAMES = (80, 56, 40, 28, 18, 10)
"""Cells of a name in the legend: the most with which all of them have room."""


@dataclass(frozen=True, slots=True)
class Look:
    """Of one series."""

    glyph: str
    role: str
    dashed: bool = False


def looks(series: Sequence[Series]) -> list[Look]:
    """A look for each; published series of one figure differ among each other, and so do those of one role."""
    out: list[Look] = []
    taken: dict[str, int] = {}
    for one in series:
        number = taken[one.role] = taken.get(one.role, -1) + 1
        out.append(_look(one.role, number))
    return out


def _look(role: str, number: int) -> Look:
    if role in LINES:
        return Look(*LINES[role], dashed=role == "reference")
    if role in OWN:
        place = OWN[role] + 4 * number
        return Look(ARM_GLYPHS[place % len(ARM_GLYPHS)], f"arm-{place % 6}")
    return Look(*PUBLISHED[number % len(PUBLISHED)])


def legend(series: Sequence[Series], width: int, most: int) -> Sequence[Row]:
    """Glyph and name of every series that has points, in `most` rows at most: names are cut before one is left out."""
    for name in NAMES:
        rows = _legend(series, width, name)
        if len(rows) <= most:
            break
    return rows[:most]


def _legend(series: Sequence[Series], width: int, name: int) -> list[Row]:
    rows: list[list[Ink]] = [[]]
    for one, look in zip(series, looks(series), strict=True):
        if not one.x:
            continue
        text = clean(one.name.removeprefix("NVIDIA "), min(name, width - 6))
        bit = [Ink(look.glyph * (2 if one.role in LINES else 1), look.role, True), Ink(f" {text}   ", "muted")]
        if rows[-1] and cells(rows[-1]) + cells(bit) - 3 > width:
            rows.append([])
        rows[-1] += bit
    return [list(row) for row in rows if row]
