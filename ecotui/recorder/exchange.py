"""What the protocol hears (`Input`) and what it asks the world for (`Effect`), beside the worker's own messages."""

from __future__ import annotations

from dataclasses import dataclass

from ecotui.core.events import Examined, Gate, Phase, Resident
from ecotui.core.messages import Command, Failed, Measured, Ready, Scored, WarmedUp


@dataclass(frozen=True, slots=True)
class Passed:
    """Time went by."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The operator wants no more; what was measured stays."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Broke:
    """Something that the session cannot go on without is gone."""

    at_ns: int
    what: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The arm's memory was forecast, and it may be loaded."""

    together: bool = True
    """Whether all arms of a paired session may be resident at the same time."""


Input = (
    Passed | StopAsked | Broke | Foreseen | Ready | Resident | WarmedUp | Gate | Measured | Examined | Scored | Failed
)


@dataclass(frozen=True, slots=True)
class Enter:
    """A phase begins."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Send:
    """A command for the worker."""

    command: Command


@dataclass(frozen=True, slots=True)
class Foresee:
    """Forecast the memory of arms, on a board that no worker of ours holds; the answer is `Foreseen` or `Failed`."""

    arms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StartWorker:
    """A fresh worker, for one arm."""


@dataclass(frozen=True, slots=True)
class Accept:
    """A window is over and belongs into the log."""

    arm: int
    measured: Measured
    new_tokens: int | None = None
    """Its output length where that is not the arm's."""
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """The operator should know, and the session goes on."""

    text: str


@dataclass(frozen=True, slots=True)
class SayUnscored:
    """The operator should know that some arms could not be scored, and how far they came; the session goes on."""

    arms: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The session is over."""

    outcome: str
    """ "completed", "stopped" or "failed"."""
    reason: str = ""
    advice: str = ""


Effect = Enter | Send | Foresee | StartWorker | Accept | Say | SayUnscored | Finish
