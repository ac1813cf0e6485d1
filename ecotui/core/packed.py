"""Rows of windows in columns: a day of them takes a fifth of the memory that as many objects take."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from ecotui.core.rows import WindowRow

NOTHING = -(1 << 63)
"""Stands for None where numbers are whole."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = {f.name: str(f.type).partition(" ")[0] for f in fields(WindowRow)}
"""By column: float, int, bool, str or datetime."""


def made(values: dict[str, Any]) -> WindowRow:
    """The row of all these columns, past the initializer of a frozen class, which takes five times as long."""
    row = object.__new__(WindowRow)
    row.__dict__.update(values)
    return row


class PackedRows:
    """Window rows by arm and start, in the order in which they were added; each comes back as it was put in.

    Words are numbers into a list of all that there were, moments whole microseconds.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self._numbers: dict[str, int] = {}
        self._rows: dict[tuple[int, int], int] = {}
        self._arms = array("q")
        self._columns: dict[str, array[Any]] = {n: array("d" if k == "float" else "q") for n, k in KINDS.items()}

    def __len__(self) -> int:
        return len(self._arms)

    def __contains__(self, key: tuple[int, int]) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._rows)

    @property
    def parts(self) -> tuple[array[Any], ...]:
        """The arms and every column, as they lie in memory."""
        return (self._arms, *self._columns.values())

    def index(self, words: Sequence[str]) -> None:
        """Find one's way again, once `parts` were filled from elsewhere.

        Raises:
            ValueError: they are not all as long, or tell of words that there are not.
        """
        if {len(part) for part in self.parts} != {len(self)}:
            raise ValueError("columns of different lengths")
        self.words, self._numbers = list(words), {word: i for i, word in enumerate(words)}
        told = [column for name, column in self._columns.items() if KINDS[name] == "str"]
        if any(number != NOTHING and not 0 <= number < len(words) for column in told for number in column):
            raise ValueError("a word that is not there")
        self._rows = {key: i for i, key in enumerate(zip(self._arms, self._columns["t0_ns"], strict=True))}

    def add(self, arm: int, row: WindowRow) -> None:
        """A row whose window has a start."""
        assert row.t0_ns is not None
        values = [self._packed(name, getattr(row, name)) for name in KINDS]
        self._rows[arm, row.t0_ns] = len(self)
        self._arms.append(arm)
        for column, value in zip(self._columns.values(), values, strict=True):
            column.append(value)

    def get(self, key: tuple[int, int]) -> WindowRow | None:
        """The row of an arm's window that began then; None where it was not added."""
        at = self._rows.get(key)
        if at is None:
            return None
        return made({name: self._value(name, column[at]) for name, column in self._columns.items()})

    def _packed(self, name: str, value: Any) -> float | int:
        kind = KINDS[name]
        if value is None:
            return float("nan") if kind == "float" else NOTHING
        if kind == "str":
            if value not in self._numbers:
                self._numbers[value] = len(self.words)
                self.words.append(value)
            return self._numbers[value]
        if kind == "datetime":
            return int((value - EPOCH) // timedelta(microseconds=1))
        return float(value) if kind == "float" else int(value)

    def _value(self, name: str, packed: Any) -> Any:
        kind = KINDS[name]
        if kind == "float":
            return packed if packed == packed else None  # noqa: PLR0124 - NaN is none
        if packed == NOTHING:
            return None
        if kind == "str":
            return self.words[packed]
        if kind == "datetime":
            return EPOCH + timedelta(microseconds=packed)
        return bool(packed) if kind == "bool" else packed
