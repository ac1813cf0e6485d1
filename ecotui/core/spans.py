"""The phases of a session with their ends, in columns: a day has nine thousand, and most are windows."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ecotui.core.columns import NOTHING, Made, Table
from ecotui.core.events import Phase

KINDS = {
    "at_ns": "int",
    "name": "str",
    "arm": "int",
    "window": "int",
    "expected_s": "float",
    "block": "int",
    "end_ns": "int",
}
"""The fields of a phase, and when it ended."""


@dataclass(frozen=True, slots=True)
class Span:
    """A phase with its end; None while it lasts."""

    phase: Phase
    end_ns: int | None


class Spans(Made[Span]):
    """Spans in order of time. Whoever wants those of some names asks for them, and looks through no day."""

    def __init__(self) -> None:
        self.table = Table(KINDS)
        self._places: dict[tuple[str, int], array[int]] = {}
        """By name and arm."""

    def _made(self, place: int, values: tuple[Any, ...]) -> Span:
        return Span(Phase(*values[:-1]), values[-1])

    @property
    def last(self) -> Span | None:
        """The newest; None before the first."""
        return self[-1] if self.table else None

    def begin(self, phase: Phase, end_ns: int | None = None) -> None:
        """A phase begins."""
        self._places.setdefault((phase.name, phase.arm), array("q")).append(len(self))
        self.table.put(
            (phase.at_ns, phase.name, phase.arm, phase.window, phase.expected_s, phase.block, end_ns),
        )

    def close(self, at_ns: int | None) -> None:
        """The newest ends; None where it lasts on, after all."""
        self.table.columns["end_ns"].change(NOTHING if at_ns is None else at_ns)

    def named(self, *names: str, arm: int | None = None) -> list[Span]:
        """Those of some names, and of an arm where one is given, in order."""
        return [self[place] for place in self.places(*names, arm=arm)]

    def places(self, *names: str, arm: int | None = None) -> list[int]:
        """Their numbers."""
        found = [p for (name, its), p in self._places.items() if name in names and arm in (None, its)]
        return found[0].tolist() if len(found) == 1 else sorted(chain.from_iterable(found))

    def counted(self, *names: str, arm: int | None = None) -> int:
        """How many there are of some names."""
        return sum(len(p) for (name, its), p in self._places.items() if name in names and arm in (None, its))

    def outside(self, *names: str) -> int:
        """How many there are of all others."""
        return len(self) - self.counted(*names)

    def newest(self, *names: str, arm: int | None = None) -> int | None:
        """The number of the newest of some names; None where there is none."""
        found = (p[-1] for (name, its), p in self._places.items() if name in names and arm in (None, its))
        return max(found, default=None)

    def stretches(self, name: str) -> list[tuple[int, int | None]]:
        """From when to when each arm had phases of a name: its first one's beginning, its last one's end."""
        ends = [(self[p[0]], self[p[-1]]) for (its, _), p in self._places.items() if its == name]
        return [(first.phase.at_ns, last.end_ns) for first, last in ends]

    def names(self) -> list[str]:
        """The name of each."""
        return self.table.told("name")

    def heads(self) -> list[Span]:
        """The first of those of one name that follow one another."""
        told = self.table.columns["name"]
        values = told.values.tolist()  # beyond them all are named alike
        return [self[i] for i, name in enumerate(values) if i == 0 or values[i - 1] != name]

    def take_up(self, words: Sequence[str], length: int) -> None:
        """Find one's way again, once the table's parts were filled from elsewhere.

        Raises:
            ValueError: they do not fit each other.
        """
        self.table.take_up(words, length)
        self._places = {}
        for place, key in enumerate(zip(self.names(), self.table.columns["arm"].tolist(), strict=True)):
            self._places.setdefault(key, array("q")).append(place)

    def until(self, at_ns: int) -> Spans:
        """Those that had begun by a time, as they were then."""
        out = Spans()
        out.table = self.table.until(self.begun(at_ns))
        out._places = {key: p[: bisect_left(p, len(out))] for key, p in self._places.items() if p[0] < len(out)}
        if (last := out.last) is not None and (last.end_ns or 0) > at_ns:
            out.close(None)
        return out

    def begun(self, at_ns: int) -> int:
        """How many had begun by a time."""
        return self.table.columns["at_ns"].find(at_ns + 1, len(self))
