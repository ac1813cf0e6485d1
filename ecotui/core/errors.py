"""Every failure that an operator can meet, each saying what happened, to what, and what to do."""

from __future__ import annotations

from collections.abc import Mapping


class EcotuiError(Exception):
    """What happened (`what`) and what to do about it (`advice`), both plain sentences.

    `exit_code` is what a command that meets the error ends with.
    """

    exit_code = 1

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(f"{what} {advice}".strip())
        self.what = what
        self.advice = advice


class UsageError(EcotuiError):
    """Arguments that cannot be meant."""

    exit_code = 2


class CaptureError(UsageError):
    """An arm as a CUDA graph whose quantization cannot be captured in one."""


class SameArmError(UsageError):
    """An arm of a paired session that is there already."""


class BoardError(EcotuiError):
    """The board or its driver does not answer as it should."""


class NoSuchBoardError(UsageError):
    """A GPU index that this host does not have."""


class WorkerError(EcotuiError):
    """The generating process could not do what it was asked."""


class LogError(EcotuiError):
    """A session log that cannot be read or written."""


class StoreError(EcotuiError):
    """The store of completed runs cannot be read or written."""


class HomeError(EcotuiError):
    """The folder for ecotui's state cannot be used."""


class SessionError(EcotuiError):
    """A session that began and failed; `facts` are its id, its log and what of it is kept, as JSON values."""

    def __init__(self, what: str, advice: str, facts: Mapping[str, object]) -> None:
        super().__init__(what, advice)
        self.facts = facts
