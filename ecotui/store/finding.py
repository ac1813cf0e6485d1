"""From what an operator types to the one run that is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecotui.core.errors import StoreError, UsageError
from ecotui.core.rows import RunRow
from ecotui.store.home import log_of

SHOWN = 6
PUBLISHED = "published:"
"""How the ids of published rows and ranges begin; a run's has no colon."""
LIST = "`ecotui runs` lists what is stored."


@dataclass(frozen=True)
class StoredRun:
    """A run, and where it was found."""

    row: RunRow
    origin: str
    """ "here", "imported", or "sample" for a run that came with ecotui."""
    kept: Path | None = None
    """The session's log where it is known, or the root under which it is looked for when it is asked for."""

    @property
    def log(self) -> Path | None:
        """The session's log, if it is there; asks the disk."""
        if self.kept is None or self.kept.suffix in (".jsonl", ".gz"):
            return self.kept
        return log_of(self.kept, self.row.session_id)

    @property
    def whence(self) -> str:
        """Where it was measured, in words; of an imported run without its log nobody here can check the rows."""
        if self.origin == "imported" and self.log is None:
            return "imported, without its log"
        return {"here": "this machine", "sample": "recorded samples"}.get(self.origin, self.origin)

    @property
    def arm(self) -> int:
        """Its arm's number within the session."""
        number = self.row.run_id.rpartition(".")[2]
        return int(number) if number.isdecimal() else -1


class DamagedError(StoreError):
    """The run that is meant is in a file that cannot be read."""

    def __init__(self, text: str, session: str, fault: str) -> None:
        super().__init__(f"The run {text!r} cannot be read from the store.", fault)
        self.session = session


def pick(
    runs: Sequence[StoredRun], text: str, damaged: Mapping[str, str] | None = None, *, whole: bool = False
) -> StoredRun:
    """The run that `text` means, of `runs`, newest first.

    "last" is the newest run of this machine. Otherwise, in this order: a run's id, a session's id, the beginning
    of an id, or its end (four letters at least, with or without the arm's number). `damaged` has, for each session
    whose file cannot be read, the sentence that says so. whole: any run of a session stands for it.

    Raises:
        UsageError: none is meant, or several could be; the message names them.
        DamagedError: only a damaged session is meant.
    """
    if text == "last":
        return _last(runs)
    tests: tuple[Callable[[RunRow], bool], ...] = (
        lambda row: row.run_id == text,
        lambda row: row.session_id == text,
        lambda row: bool(text) and row.run_id.startswith(text),
        lambda row: len(text) >= 4 and (row.session_id.endswith(text) or row.run_id.endswith(text)),
    )
    for fits in tests:
        found = [run for run in runs if fits(run.row)]
        if len(found) == 1 or (found and whole and len({run.row.session_id for run in found}) == 1):
            return min(found, key=lambda run: run.row.run_id)
        if found:
            names = [run.row.run_id for run in found]
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            raise UsageError(
                f"{text!r} could mean {len(names)} runs: {', '.join(names[:SHOWN])}{more}.", "Name one of them in full."
            )
    for session, fault in (damaged or {}).items():
        if _means(text, session):
            raise DamagedError(text, session, fault)
    raise _unknown(text, LIST if runs else "Nothing is stored yet: `ecotui run` records one.")


def _unknown(text: str, advice: str) -> UsageError:
    """No run is meant; `advice` unless it is the id of a published figure."""
    if text.startswith(PUBLISHED):
        return UsageError(
            f"{text!r} is the id of a published figure, which is context and no run.",
            "`ecotui compare RUN RUN --context` lays those of the runs' model below their comparison; so does p in the "
            "Compare screen. `ecotui runs --published` lists them.",
        )
    return UsageError(f"No run is called {text!r}.", advice)


def _means(text: str, session: str) -> bool:
    """Whether `text` may be a run of a session of which only the id is known."""
    head, dot, arm = text.rpartition(".")
    name = head if dot and arm.isdecimal() else text
    return bool(name) and (session.startswith(name) or (len(name) >= 4 and session.endswith(name)))


def _last(runs: Sequence[StoredRun]) -> StoredRun:
    here = next((run for run in runs if run.origin == "here"), None)
    if here is None:
        advice = f"{LIST} Samples have to be named." if runs else "`ecotui run` records one."
        raise UsageError("No run of this machine is stored yet.", advice)
    return here
