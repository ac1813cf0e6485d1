"""All topics in the order in which they are told: what takes long comes last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import ecotui
from ecotui.core.errors import BoardError
from ecotui.doctor.boards import DRIVER_S, boards
from ecotui.doctor.check import ABSENT, BAD, GOOD, WARN, Check, OutOfTimeError, Topic, within
from ecotui.doctor.clocks import clock
from ecotui.doctor.libraries import libraries
from ecotui.doctor.links import Link, link
from ecotui.doctor.places import home, hub, recorded_here, store
from ecotui.doctor.selftests import selftests
from ecotui.doctor.terminals import terminal
from ecotui.recorder.board_lock import holder_of
from ecotui.recorder.environment import environment


def topics(size: tuple[int, int] | None = None, link_of: Callable[[], Link] = Link) -> tuple[Topic, ...]:
    """What is looked at.

    size: the terminal's, where the caller knows better than its streams; link_of: what is known of the way to it.
    """
    return (
        Topic("host", "asking the system", _host),
        Topic("terminal", "asking the terminal", lambda: _terminal(size, link_of)),
        Topic("clock", "reading the clock", lambda: [clock()]),
        Topic("home", "writing and locking a file", home),
        Topic("hub cache", "looking for models", lambda: [hub()]),
        Topic("driver", "asking the driver, and each sensor five times", boards),
        Topic("selftest", "reading the last selftests", selftests),
        Topic("store", "reading the store", store),
        Topic("libraries", "importing torch and its companions in a process of their own", _libraries),
    )


def checks(of: Iterable[Topic]) -> Iterator[Check]:
    """Every check, as soon as its topic is done."""
    for topic in of:
        yield from topic.checks()


def _host() -> Iterator[Check]:
    facts = environment()
    name, cores = str(facts.get("cpu", "?")), facts.get("cpu_cores")
    few = re.sub(r"\((?:R|TM)\)| CPU| Processor| @.*", "", name)
    text = f"{facts.get('host')} · {name} · {cores} cores"
    yield Check("host", GOOD, text, short=f"{facts.get('host')} · {few} · {cores} cores")
    python = f"{facts['python']} · ecotui {ecotui.__version__}"
    yield Check("python", GOOD, python, short=f"Python {python}")


def _terminal(size: tuple[int, int] | None, link_of: Callable[[], Link]) -> Iterator[Check]:
    yield (it := terminal(size))
    if it.state != ABSENT:
        yield link(link_of())


def _libraries() -> Iterator[Check]:
    """Not while a session is recorded: imports keep the processors busy, and torch asks the board."""
    from ecotui.sensors.board import list_boards

    try:
        found = within(DRIVER_S, lambda: list_boards("nvml"))
    except (BoardError, OutOfTimeError):
        found = []
    held = next((holder.words for board in found if (holder := holder_of(board))), None)
    going = recorded_here() or ([held] if held else [])
    if going:
        text = f"not imported while {', '.join(going)} is recorded: that would disturb it"
        yield Check("libraries", ABSENT, text, "When it is over: `ecotui doctor`.")
        return
    yield from libraries(bool(found), found[0].cuda if found else None)


def summary(found: Sequence[Check]) -> str:
    """Which points are broken, or want care, in words."""
    named = {state: [check.name for check in found if check.state == state] for state in (BAD, WARN)}
    said = [
        f"{len(names)} {word}: {', '.join(names)}"
        for names, word in ((named[BAD], "broken"), (named[WARN], "to take care of"))
        if names
    ]
    mends = "; what mends it stands behind →" if any(c.advice for c in found if c.state in (BAD, WARN)) else ""
    works = f"{' · '.join(said)}{mends}" if said else "All that is here works."
    no_gpu = any(check.name == "driver" and check.state == ABSENT for check in found)
    return f"No GPU can be measured: driver is absent. {works}" if no_gpu else works
