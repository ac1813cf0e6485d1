"""What an edited sweep comes to: its points, what cannot be measured, and about how long it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecotui.core.arm import Arm
from ecotui.core.room import Room, room_of
from ecotui.core.sweep import SweepPlan
from ecotui.core.units import clean, duration, gigabytes
from ecotui.ui.widgets.canvas import Ink, Row, wrap

if TYPE_CHECKING:
    from ecotui.core.forecast import Dimensions

UNKNOWN = "The dimensions of {} are not on this machine: nothing is forecast for it."
NO_BOARD = "No board has been looked at, so nothing is forecast of its memory; each row is looked at before it runs."


@dataclass(frozen=True, slots=True)
class Outlook:
    """A plan, weighed."""

    total: int
    """Points of the plan."""
    points: int
    """Of them those that would be measured; the others are skipped."""
    sessions: int
    boards: int
    length_s: float
    """About, all boards at work."""
    left_out: tuple[str, ...] = ()
    """What the plan itself leaves out, with its reason."""
    too_large: tuple[str, ...] = ()
    """What the forecast of the memory leaves out."""
    notes: tuple[str, ...] = ()
    on_host: bool = False
    """Whether they do not fit in the host's memory, and not in the board's."""


def weigh(plan: SweepPlan, total_b: int | None, host_b: int | None = None) -> Outlook:
    """Look at every point of a plan; `total_b` is the board's memory. Reads config files, so not on the drawing thread.

    host_b: bytes that the host has, where the arms are loaded there.
    A group's time is its session's by the protocol alone; what does not fit takes none.
    """
    from ecotui.core.sweep_time import session_s

    known, room = _dimensions(plan), room_of(total_b, host_b)
    points, lengths = 0, []
    left: dict[str, list[str]] = {}
    large: list[str] = []
    groups = plan.groups()
    for group in groups:
        arms = []
        for point in group.points:
            if point.reason:
                left.setdefault(point.reason, []).append(point.word)
            elif need := _refused(point.arm, known, room):
                large.append(f"{point.arm.label}: about {gigabytes(need)}")
            else:
                arms.append(point.arm)
                points += 1
        if (session := plan.session(arms, plan.gpus[0])) is not None:
            lengths.append(session_s(session))
    boards = max(min(len(plan.gpus), len(lengths)), 1)
    length_s = max(sum(lengths) / boards, max(lengths, default=0.0))
    return Outlook(
        sum(len(group.points) for group in groups),
        points,
        len(lengths),
        boards,
        length_s,
        _counted(left),
        tuple(large),
        _notes(known, room.free_b, plan.simulated),
        room.on_host,
    )


def _dimensions(plan: SweepPlan) -> dict[str, Dimensions | None]:
    from ecotui.recorder.dimensions import dimensions_of

    return {model: dimensions_of(Arm(model)) for model in plan.models}


def _refused(arm: Arm, known: Mapping[str, Dimensions | None], room: Room) -> int | None:
    """Bytes that an arm needs, where that is more than there is."""
    from ecotui.core.forecast import forecast

    dimensions = known.get(arm.model)
    if dimensions is None or room.free_b is None:
        return None
    parts = forecast(dimensions, arm, free_b=room.free_b, captured=room.captured)
    return parts.total_b if parts.refused else None


def _counted(left: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(f"{', '.join(dict.fromkeys(words))} ({len(words)}): {reason}" for reason, words in left.items())


def _notes(known: Mapping[str, Dimensions | None], total_b: int | None, simulated: bool) -> tuple[str, ...]:
    unknown = [UNKNOWN.format(clean(model, 60)) for model, found in known.items() if found is None]
    return (*unknown, *([] if total_b or simulated else [NO_BOARD]))


def rough(seconds: float) -> str:
    """A forecast of time: no finer than it can be."""
    if seconds < 115:
        return duration(round(seconds, -1) or seconds)
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def outlook_rows(it: Outlook, width: int, height: int) -> list[Row]:
    """The sums, then what is left out, in at most `height` rows of `width` cells."""
    boards = "" if it.boards == 1 else f" on {it.boards} boards"
    skipped = f", {it.total - it.points} skipped," if it.total > it.points else ""
    head: Row = [
        Ink(f"{it.total} {'point' if it.total == 1 else 'points'}", bold=True),
        Ink(f"{skipped} in {it.sessions} {'session' if it.sessions == 1 else 'sessions'}{boards}, ", "muted"),
        Ink(f"about {rough(it.length_s)}", "power", bold=True),
    ]
    rows: list[Row] = [head]
    for text in it.left_out:
        rows += wrap(f"⊘ {text}", width, "muted")
    if it.too_large:
        whose = "this host's" if it.on_host else "the board's"
        rows += wrap(f"⊘ {len(it.too_large)} would not fit in {whose} memory and are skipped:", width, "warn")
        rows += [line for text in it.too_large for line in wrap(f"  {text}", width, "warn")]
    rows += [line for text in it.notes for line in wrap(text, width, "muted")]
    if len(rows) > height > 1:
        rows = [*rows[: height - 1], [Ink(f"… and {len(rows) - height + 1} lines more", "muted")]]
    return rows
