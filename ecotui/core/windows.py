"""The measured windows of a session in columns; what each came to is kept only until its row is made."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import fields
from typing import Any, cast

from ecotui.core.columns import NOTHING, Made, Table
from ecotui.core.events import Window

KINDS = {f.name: "int" for f in fields(Window) if f.name != "figures"}


class Windows(Made[Window]):
    """Windows in the order in which they came."""

    def __init__(self) -> None:
        self.table = Table(KINDS)
        self.figures: dict[int, dict[str, Any]] = {}
        """Of the windows by their places, as the log tells them, until they are forgotten."""
        self.most_block = 0
        """The highest block; 0 where there is none."""
        self._counts = Counter[tuple[int, bool]]()
        """By arm, and whether it is of the arm's own output length."""

    def _made(self, place: int, values: tuple[Any, ...]) -> Window:
        return cast(Any, Window)(*values, figures=self.figures.get(place, {}))  # type: ignore[no-any-return]

    def append(self, window: Window) -> None:
        """One more."""
        if window.figures:
            self.figures[len(self)] = window.figures
        self.table.put(getattr(window, name) for name in KINDS)
        self.most_block = max(self.most_block, window.block or 0)
        self._counts[window.arm, window.new_tokens is None] += 1

    def forget(self, place: int) -> None:
        """What a window came to: its row is made."""
        self.figures.pop(place, None)

    def counted(self, arm: int | None = None, *, own: bool = False) -> int:
        """How many there are, of an arm where one is given; `own` leaves out those of other output lengths."""
        found = self._counts.items()
        return sum(n for (its, plain), n in found if arm in (None, its) and (plain or not own))

    def take_up(self, length: int) -> None:
        """Find one's way again, once the table's parts were filled from elsewhere.

        Raises:
            ValueError: they do not fit each other.
        """
        self.table.take_up((), length)
        self.most_block = max(self.table.columns["block"].values, default=0)
        self.most_block = max(self.most_block, 0)  # without one it is below
        arms, tokens = self.table.columns["arm"], self.table.columns["new_tokens"]
        told = max(len(arms.values), len(tokens.values))  # beyond them all are alike
        self._counts = Counter((arms[i], tokens[i] == NOTHING) for i in range(told))
        if length > told:
            self._counts[arms[told], tokens[told] == NOTHING] += length - told

    def until(self, at_ns: int) -> Windows:
        """Those that had ended by a time."""
        out = Windows()
        end = bisect_right(self, at_ns, key=lambda window: window.t1_ns)
        out.table = self.table.until(end)
        out.figures = {place: told for place, told in self.figures.items() if place < end}
        out.take_up(end)
        return out
