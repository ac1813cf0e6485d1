"""A check: one point, its state in a word, what was seen, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

GOOD, ABSENT, WARN, BAD = "ok", "absent", "warning", "broken"
GLYPHS = {GOOD: "✔", ABSENT: "·", WARN: "▲", BAD: "✖"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Check:
    """One point of the host."""

    name: str
    state: str
    """ "ok", "absent" (not here, and nothing is wrong with that), "warning" (works, with care) or "broken"."""
    text: str
    advice: str = ""
    """The command that mends it; empty where nothing is to be mended."""
    short: str = ""
    """The text in few words, for a screen that has little room; empty where it is short enough."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Checks that are made together, and may take their time."""

    name: str
    waiting: str
    """What is said while they are being made."""
    probe: Callable[[], Iterable[Check]]

    def checks(self) -> tuple[Check, ...]:
        """Make them; a probe that fails itself is a broken check, never the end of the others."""
        try:
            return tuple(self.probe())
        except Exception as error:
            return (Check(self.name, BAD, f"could not be checked: {type(error).__name__}: {error}"),)


class OutOfTimeError(Exception):
    """A call did not return in its time; its thread is left behind."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` returns or raises, if it does so in time: a driver that hangs must not take the doctor along.

    Raises:
        OutOfTimeError: it did not.
    """
    answers: SimpleQueue[tuple[T | None, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except Exception as error:
            answers.put((None, error))

    Thread(target=run, name="doctor", daemon=True).start()
    try:
        value, error = answers.get(timeout=seconds)
    except Empty:
        raise OutOfTimeError from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]
