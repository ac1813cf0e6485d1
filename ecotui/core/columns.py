"""Growing columns that take no room while they say the same: most of what a day's windows tell never changes."""

from __future__ import annotations

import math
from abc import abstractmethod
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import starmap
from typing import Any, TypeVar, overload

T = TypeVar("T")
NOTHING = -(1 << 63)
"""Stands for None where numbers are whole."""
AT_ONCE = 256
"""Rows that are unpacked together: quicker than one by one, and never a whole day of them."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Column:
    """Numbers in order; the last one, while it comes again, is counted and not kept."""

    __slots__ = ("_length", "values")

    def __init__(self, code: str) -> None:
        self.values: array[Any] = array(code)
        """As they lie in memory: all but what the last of them says again."""
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, at: int) -> Any:
        """The value of a row, from 0."""
        if not 0 <= at < self._length:
            raise IndexError(at)
        return self.values[min(at, len(self.values) - 1)]

    def append(self, value: float) -> None:
        """One row more."""
        values, self._length = self.values, self._length + 1
        if values and (values[-1] == value or (values[-1] != values[-1] and value != value)):  # noqa: PLR0124 - NaN
            return
        values.extend([values[-1]] * (self._length - 1 - len(values)) if values else ())
        values.append(value)

    def change(self, value: float) -> None:
        """Another value for the last row."""
        self._length -= 1
        if len(self.values) > self._length:
            self.values.pop()
        self.append(value)

    def lasts(self, length: int) -> None:
        """Say of how many rows they are, once `values` were filled from elsewhere.

        Raises:
            ValueError: there are more values than rows, or none of some.
        """
        if len(self.values) > length or (length and not self.values):
            raise ValueError("a column of another length")
        self._length = length

    def tolist(self, first: int = 0, end: int | None = None) -> list[Any]:
        """The values of the rows from `first` on and before `end`."""
        values, end = self.values, self._length if end is None else min(end, self._length)
        rest = end - max(len(values), first)
        return [*values[first:end].tolist(), *([values[-1]] * rest if rest > 0 else ())]

    def find(self, value: float, end: int) -> int:
        """The first of the rows before `end` that holds at least as much, of values that ascend; else `end`."""
        kept = len(self.values)
        place = bisect_left(self.values, value, 0, min(end, kept))
        return end if place == kept else place

    def until(self, end: int) -> Column:
        """The rows before `end`."""
        out = Column(self.values.typecode)
        out.values, out._length = self.values[:end], min(end, self._length)
        return out


class Table:
    """Rows of named values in columns; each comes back as it was put in.

    Words are numbers into a list of all that there were, moments whole microseconds.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        """kinds: by column float, int, bool, str or datetime; each may be absent."""
        self.kinds = kinds
        self.words: list[str] = []
        self.columns = {name: Column("d" if kind == "float" else "q") for name, kind in kinds.items()}
        self._numbers: dict[str, int] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def parts(self) -> tuple[array[Any], ...]:
        """Every column, as it lies in memory."""
        return tuple(column.values for column in self.columns.values())

    @property
    def size_b(self) -> int:
        """Bytes that the columns take."""
        return sum(part.itemsize * len(part) for part in self.parts)

    def take_up(self, words: Sequence[str], length: int) -> None:
        """Find one's way again, once `parts` were filled from elsewhere.

        Raises:
            ValueError: they are not of so many rows, or tell of words that there are not.
        """
        for column in self.columns.values():
            column.lasts(length)
        self._length = length
        self.words, self._numbers = list(words), {word: i for i, word in enumerate(words)}
        told = [self.columns[name].values for name, kind in self.kinds.items() if kind == "str"]
        if any(number != NOTHING and not 0 <= number < len(words) for column in told for number in set(column)):
            raise ValueError("a word that is not there")

    def put(self, values: Iterable[Any]) -> None:
        """One row more, its values in the order of the columns."""
        packed = [self.packed(kind, value) for kind, value in zip(self.kinds.values(), values, strict=True)]
        for column, value in zip(self.columns.values(), packed, strict=True):
            column.append(value)
        self._length += 1

    def row(self, at: int) -> dict[str, Any]:
        """The values of a row by name."""
        return dict(zip(self.kinds, self.values(at), strict=True))

    def values(self, at: int) -> tuple[Any, ...]:
        """The values of a row, in the order of the columns."""
        told = zip(self.kinds.values(), self.columns.values(), strict=True)
        return tuple([self._value(kind, column[at]) for kind, column in told])

    def rows(self, end: int | None = None) -> Iterator[tuple[Any, ...]]:
        """The values of the rows before `end`, in the order of the columns."""
        last = len(self) if end is None else min(end, len(self))
        for first in range(0, last, AT_ONCE):
            told = (self.told(name, first, min(first + AT_ONCE, last)) for name in self.kinds)
            yield from zip(*told, strict=True)

    def told(self, name: str, first: int = 0, end: int | None = None) -> list[Any]:
        """One column's values from a row on and before another."""
        kind, values = self.kinds[name], self.columns[name].tolist(first, end)
        if kind in ("int", "str") and NOTHING not in self.columns[name].values:
            words = self.words
            return values if kind == "int" else [words[number] for number in values]
        if kind == "float" and not math.isnan(sum(values)):
            return values
        return [self._value(kind, packed) for packed in values]

    def until(self, end: int) -> Table:
        """The rows before `end`, by the same words."""
        out = Table(self.kinds)
        out.words, out._numbers, out._length = self.words, self._numbers, min(end, self._length)
        out.columns = {name: column.until(end) for name, column in self.columns.items()}
        return out

    def packed(self, kind: str, value: Any) -> float | int:
        """A value as a column of that kind holds it."""
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

    def _value(self, kind: str, packed: Any) -> Any:
        if kind == "float":
            return packed if packed == packed else None  # noqa: PLR0124 - NaN is none
        if packed == NOTHING:
            return None
        if kind == "str":
            return self.words[packed]
        if kind == "datetime":
            return EPOCH + timedelta(microseconds=packed)
        return bool(packed) if kind == "bool" else packed


class Made(Sequence[T]):
    """Things in order that are made of a table's rows when they are asked for."""

    table: Table

    def __len__(self) -> int:
        return len(self.table)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        place = at + len(self) if at < 0 else at
        if not 0 <= place < len(self):
            raise IndexError(at)
        return self._made(place, self.table.values(place))

    def __iter__(self) -> Iterator[T]:
        return starmap(self._made, enumerate(self.table.rows()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    @abstractmethod
    def _made(self, place: int, values: tuple[Any, ...]) -> T:
        """The thing at a place, of its row's values."""
