"""Rows of windows in columns: a day of them takes at most a sixth of the memory that as many objects take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from ecotui.core.columns import Table
from ecotui.core.rows import WindowRow

KINDS = {f.name: str(f.type).partition(" ")[0] for f in fields(WindowRow)}
"""By column: float, int, bool, str or datetime."""
ARM = "arm"
"""The column before them."""


def made(values: dict[str, Any]) -> WindowRow:
    """The row of all these columns, past the initializer of a frozen class, which takes five times as long."""
    row = object.__new__(WindowRow)
    row.__dict__.update(values)
    return row


class PackedRows(Table):
    """Window rows by arm and start, in the order in which they were added; each comes back as it was put in."""

    def __init__(self) -> None:
        super().__init__({ARM: "int"} | KINDS)
        self._ascend = True
        """Whether starts ascend: those of a log that was put together by hand need not."""

    def __contains__(self, key: tuple[int, int]) -> bool:
        return self._place(key) is not None

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self.columns[ARM].tolist(), self.columns["t0_ns"].tolist(), strict=True)

    def take_up(self, words: Sequence[str], length: int) -> None:
        """As of every table."""
        super().take_up(words, length)
        starts = self.columns["t0_ns"].values.tolist()
        self._ascend = starts == sorted(starts)

    def add(self, arm: int, row: WindowRow) -> None:
        """A row whose window has a start."""
        assert row.t0_ns is not None
        starts = self.columns["t0_ns"].values
        self._ascend = self._ascend and (not starts or starts[-1] <= row.t0_ns)
        self.put([arm, *(getattr(row, name) for name in KINDS)])

    def get(self, key: tuple[int, int]) -> WindowRow | None:
        """The row of an arm's window that began then; None where it was not added."""
        at = self._place(key)
        if at is None:
            return None
        values = self.row(at)
        del values[ARM]
        return made(values)

    def each(self, end: int) -> Iterator[tuple[int, WindowRow]]:
        """The rows before `end` with their arms."""
        for arm, *values in self.rows(end):
            yield arm, made(dict(zip(KINDS, values, strict=True)))

    def _place(self, key: tuple[int, int]) -> int | None:
        """The newest row of that arm and start."""
        arms, starts = self.columns[ARM], self.columns["t0_ns"]
        first = starts.find(key[1], len(self)) if self._ascend else 0
        found = None
        for at in range(first, len(self)):
            if self._ascend and starts[at] != key[1]:
                break
            if (arms[at], starts[at]) == key:
                found = at
        return found
