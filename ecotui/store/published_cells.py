"""One cell of somebody's table to one value; what cannot be meant is said, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from ecotui.core.units import clean

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
"""Stricter than float(): no "nan", no "1_000", no digits of other alphabets."""
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3}([, '\u00a0\u202f]\d{3})+(\.\d+)?|[+-]?\d{1,3}(\.\d{3})+,\d+", re.ASCII)
NO_NUMBER = frozenset({"nan", "inf", "infinity", "-inf", "+inf", "-infinity", "n/a", "na", "null", "none", "-", "–"})
MOST, LEAST = 1e12, 1e-12
LONGEST = 200
"""Letters of a name."""
Parser = Callable[[str], object]


class CellError(Exception):
    """What is wrong with a cell, after "column X ", and what to do."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice


def positive(text: str) -> float:
    """A number above 0 in its column's unit.

    Raises:
        CellError: it is none.
    """
    if not NUMBER.fullmatch(text):
        raise _no_number(text)
    value = float(text)
    if value <= 0:
        raise CellError(f"is {clean(text, 40)}, which no measurement gives", "Correct it, or leave the row out.")
    if not LEAST <= value <= MOST:
        raise CellError(f"is {clean(text, 40)}, beyond anything that can be meant", "Correct it in the file.")
    return value


def whole(text: str) -> int:
    """A whole number from 1; "8.0", as data frames write it, is 8.

    Raises:
        CellError: it is none.
    """
    value = positive(text)
    if value != int(value) or value > 1e9:
        raise CellError(f"is {clean(text, 40)}, not a whole number from 1", "Correct it in the file.")
    return int(value)


def name(text: str) -> str:
    """Words of one line that a terminal shows as they are.

    Raises:
        CellError: they hold a control or an invisible character, or are too long.
    """
    for letter in text:
        if letter != " " and (not letter.isprintable() or unicodedata.category(letter) in ("Cf", "Cs", "Co")):
            raise CellError(f"holds the invisible character U+{ord(letter):04X}", "Remove it from the file.")
    if len(text) > LONGEST:
        raise CellError(f"is {len(text):,} letters long", f"Names may have {LONGEST} at most; shorten it.")
    return text


def _no_number(text: str) -> CellError:
    shown = repr(clean(text, 40))
    if text.lower() in NO_NUMBER:
        return CellError(f"is {shown}, which is no number", "Leave the row out, or the cell empty if it is optional.")
    if THOUSANDS.fullmatch(text):
        return CellError(
            f"is {shown}: a separator of thousands or a decimal comma, nobody can tell",
            "Write it with a decimal point and without separators, like 1234.5.",
        )
    if DECIMAL_COMMA.fullmatch(text):
        return CellError(
            f"is {shown}, with a decimal comma",
            "Write decimal points, like 12.5: set the spreadsheet's language to English before exporting.",
        )
    return CellError(f"is {shown}, which is no number", "Write the number alone; its unit is the column's.")
