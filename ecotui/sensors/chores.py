"""Where looks that cost a millisecond go: between two readings, while the counter's next tick is far away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ecotui.core.clock import NS

PERIOD_NS = NS
ROOM_NS = 20_000_000
"""A chore begins only where nothing else is due for this long: it would widen a tick's stamp, or hold up a reading."""
OVERDUE_NS = NS // 2
"""A chore that has found no room for so long is done all the same: the driver's ring holds 2.4 s and no more."""


@dataclass(slots=True)
class Chore:
    """Something that is done once a second."""

    do: Callable[[], None]
    due_ns: int


class Chores:
    """Does at most one chore between two readings."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = chores
        self._done_before_ns: int | None = None
        """The reading that follows the last chore."""

    def turn(self, now_ns: int, busy_ns: int, reading_ns: int) -> int:
        """Does the chore that is due, where there is room; returns when to come again (ns).

        busy_ns: when the next reading or look at the counter is due; reading_ns: the next reading.
        """
        due = min(self._chores, key=lambda chore: chore.due_ns)
        if now_ns < due.due_ns:
            return due.due_ns
        has_room = busy_ns - now_ns >= ROOM_NS or now_ns - due.due_ns >= OVERDUE_NS
        if has_room and self._done_before_ns != reading_ns:
            self._done_before_ns = reading_ns
            due.due_ns = next_on_grid(due.due_ns, PERIOD_NS, now_ns)
            due.do()
        return busy_ns


def next_on_grid(begin_ns: int, period_ns: int, now_ns: int) -> int:
    """The first point after `now_ns` of the grid that starts at `begin_ns`."""
    return begin_ns + ((now_ns - begin_ns) // period_ns + 1) * period_ns
