"""The log of a sweep: what its driver did, one JSON line each. The sessions' own logs hold what was measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecotui.core.errors import LogError
from ecotui.core.sweep import SweepPlan
from ecotui.core.wire import WireError, decode, kinds

FORMAT = "ecotui-sweep"
VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class SweepHeader:
    """The first line."""

    version: str
    sweep: str
    """Its id; also its folder's name."""
    at_s: float
    """Wall time, seconds since 1970, as in every event here."""
    plan: dict[str, Any]
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class Driven:
    """A driver began, or went on."""

    at_s: float
    gpus: list[int] = field(default_factory=list)
    retry_failed: bool = False
    """What failed or was skipped before is to come again."""


@dataclass(frozen=True, slots=True)
class GroupStarted:
    """A session of some of a group's arms was started."""

    at_s: float
    group: str
    """Its key."""
    session: str
    gpu: int
    arms: list[str] = field(default_factory=list)
    """The points' words, in the order of the session's arms."""


@dataclass(frozen=True, slots=True)
class GroupEnded:
    """That session is over."""

    at_s: float
    group: str
    session: str
    outcome: str
    """ "completed", "stopped" or "failed", or "unfinished" where its log has no end."""
    reason: str = ""
    failed: str = ""
    """The arm that failed, its word; empty where the session itself did."""
    also: list[str] = field(default_factory=list)
    """Arms that fail for the same reason, which is the model's."""


@dataclass(frozen=True, slots=True)
class PointSkipped:
    """An arm that is not measured."""

    at_s: float
    group: str
    arm: str
    reason: str


@dataclass(frozen=True, slots=True)
class SweepEnded:
    """The driver has let go."""

    at_s: float
    outcome: str
    """ "completed", "stopped" or "failed": then points may still be to come."""
    reason: str = ""


SweepEvent = Driven | GroupStarted | GroupEnded | PointSkipped | SweepEnded
KINDS = kinds(SweepHeader, SweepEvent)


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """A sweep's log, read."""

    sweep: str
    plan: SweepPlan
    at_s: float
    events: tuple[SweepEvent, ...] = ()


def parse_record(data: bytes, path: Path) -> SweepRecord:
    """The log in `data`; a torn last line is left out, and kinds that this version does not know are passed over.

    Raises:
        LogError: it is none, is of a newer major version, or a line before the last is damaged.
    """
    lines = data.split(b"\n")[:-1]
    found = [_event(raw.decode("utf-8", "replace"), path, number) for number, raw in enumerate(lines, 1)]
    if not found or not isinstance(header := found[0], SweepHeader) or header.format != FORMAT:
        raise LogError(f"{path} is not the log of a sweep.", "`ecotui sweep --list` names those of this home.")
    if not header.version.partition(".")[0] == VERSION.partition(".")[0]:
        raise LogError(
            f"{path} was written by a newer ecotui (format {header.version}; this one reads {VERSION}).",
            "Update ecotui: pip install --upgrade ecotui.",
        )
    try:
        plan = SweepPlan.from_dict(header.plan)
    except (KeyError, TypeError, AttributeError) as error:
        raise LogError(f"{path} holds no plan of a sweep ({error!r}).", "Restore the file from a copy.") from error
    events = [one for one in found[1:] if one is not None and not isinstance(one, SweepHeader)]
    return SweepRecord(header.sweep, plan, header.at_s, tuple(events))


def _event(line: str, path: Path, number: int) -> SweepHeader | SweepEvent | None:
    try:
        event: SweepHeader | SweepEvent | None = decode(line, KINDS)
    except WireError as error:
        raise LogError(
            f"Line {number} of {path} is damaged ({error}).",
            "Restore it from a copy, or begin afresh with --new.",
        ) from error
    return event
