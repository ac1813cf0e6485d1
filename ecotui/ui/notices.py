"""What the operator was told since the application started, kept so that it can be read again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecotui.core.units import clean

if TYPE_CHECKING:
    from ecotui.core.timeline import Timeline

MOST = 500
"""Notices that are kept; older ones go."""
AT_ONCE = 2
"""Notices of the start that are shown each by itself."""
BRIEFLY_S = 2.0
"""How long a notice of one row stands over a small screen; the list keeps it."""
BESIDE = 4
"""Cells of such a row that are not the notice's."""
SESSION = "session"
LEVELS = {"information": "info"}
"""Textual's words for how grave a notice is, as ours."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice."""

    at_s: float
    """When, wall time, seconds since 1970."""
    level: str
    """ "info", "warning" or "error"."""
    text: str
    source: str = ""
    """SESSION where the recorder wrote it into the log of the session in front."""


class Notices:
    """The newest of them."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._told: deque[Told] = deque(maxlen=MOST)
        self.count = 0
        """How many there were, also of those that went."""

    def __iter__(self) -> Iterator[Told]:
        return iter(tuple(self._told))

    def first(self, told: Sequence[str], key: str) -> Sequence[str]:
        """What is shown of the notices of the start: many of them are one, or they would lie over the screen.

        key: what lists them.
        """
        if len(told) <= AT_ONCE:
            return told
        for text in told:
            self.add(text, "warning")
        return (f"{len(told)} warnings at the start: {key} lists them. The first: {told[0]}",)

    def add(self, text: str, level: str, title: str = "") -> None:
        """One more."""
        self._told.append(Told(self._clock(), LEVELS.get(level, level), clean(titled(title, text), 2000)))
        self.count += 1


def titled(title: str, text: str) -> str:
    """A notice in one piece."""
    return f"{title}: {text}" if title else text


def briefly_s(text: str, level: str, width: int) -> float | None:
    """How long a notice stands over a small screen, where it is read at a glance; None is as long as others do."""
    return BRIEFLY_S if level == "information" and len(text) <= width - BESIDE else None


def of_session(line: Timeline) -> list[Told]:
    """What the recorder told in a session's log, and what it failed of."""
    if line.header is None:
        return []
    wall = line.tie.wall
    told = [Told(wall(one.at_ns).timestamp(), one.level, clean(one.text, 2000), SESSION) for one in line.notices]
    if (fault := line.fault) is not None:
        said = clean(f"{fault.what} {fault.advice}", 2000).strip()
        told.append(Told(wall(fault.at_ns).timestamp(), "error", said, SESSION))
    return told


def together(notices: Notices, line: Timeline) -> list[Told]:
    """All of them, the oldest first."""
    return sorted([*notices, *of_session(line)], key=lambda told: told.at_s)
