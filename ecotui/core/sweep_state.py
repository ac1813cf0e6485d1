"""How far a sweep is: a pure function of its own log and of how its sessions ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ecotui.core.quality import UNFIT
from ecotui.core.sweep import Group, Point, SweepPlan
from ecotui.core.sweep_events import Driven, GroupEnded, GroupStarted, PointSkipped, SweepEnded, SweepEvent, SweepRecord

TO_COME, RUNNING, DONE, FAILED, SKIPPED = "to come", "running", "done", "failed", "skipped"
STATES = (DONE, RUNNING, FAILED, SKIPPED, TO_COME)
GLYPHS: Mapping[str, str] = {DONE: "●", RUNNING: "▶", FAILED: "✗", SKIPPED: "–", TO_COME: "·"}
"""How a point's state is drawn; the word stands beside it wherever there is room."""


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """What a session's own log says of its end, where the sweep's does not."""

    outcome: str
    """ "running", "completed", "stopped", "failed", or "unfinished" where the log has no end and nobody writes it."""
    reason: str = ""
    arm: int | None = None
    """The arm that failed; None where the session itself did, before it touched one."""


@dataclass(frozen=True, slots=True)
class PointState:
    """One cell of the grid."""

    point: Point
    state: str = TO_COME
    """A word of STATES."""
    reason: str = ""
    """Why it failed or was skipped."""
    run_id: str | None = None
    """The stored run of what is done; of what is running or failed, the run that it will be or was."""
    baseline_run_id: str | None = None
    """The baseline that took turns with it; None for a baseline and where it had none."""


@dataclass(frozen=True, slots=True)
class GroupState:
    """One row of the grid."""

    group: Group
    points: tuple[PointState, ...]
    """In the order of the group's."""
    session: str | None = None
    """Its newest session, whose log is in the home's folder of that id."""
    gpu: int | None = None
    started_s: float | None = None
    """When that began, wall time, seconds since 1970."""
    took_s: float | None = None
    """How long it went, where it was completed."""
    arms: tuple[str, ...] = ()
    """Words of that session's arms, in their order."""

    @property
    def running(self) -> bool:
        """Whether its session goes on."""
        return any(p.state == RUNNING for p in self.points)

    @property
    def broken_off(self) -> bool:
        """Whether its newest session ended before its end. Arms take turns, and are scored against each other, so its
        next one measures all that is missing as a whole: windows and quality."""
        return not self.running and any(p.state == TO_COME and p.point.word in self.arms for p in self.points)

    @property
    def alone(self) -> tuple[PointState, ...]:
        """What was measured without the baseline, which is now to come: without it they have no ratio."""
        if self.points[0].state != TO_COME:
            return ()
        return tuple(p for p in self.points[1:] if p.state == DONE and p.baseline_run_id is None)

    def to_do(self) -> tuple[Point, ...]:
        """The arms of its next session: what is missing, and the baseline once more; empty where nothing is missing.

        A baseline that failed or was skipped takes no part; one that nobody asked for does not come alone. Where it is
        to come after all, those that were measured without it take turns with it.
        """
        alone = self.alone
        missing = [p.point for p in self.points if p.state == TO_COME or p in alone]
        if not missing or all(p.added for p in missing):
            return ()
        first = self.points[0]
        again = [first.point] if first.state == DONE else []
        return (*again, *missing)


@dataclass(frozen=True, slots=True)
class SweepState:
    """A sweep, as far as it is."""

    sweep: str
    """Its id."""
    plan: SweepPlan
    started_s: float
    groups: tuple[GroupState, ...]
    gpus: tuple[int, ...] = ()
    """Boards of the newest driver."""
    outcome: str = ""
    """How the newest driver ended; empty while it goes on, or where it was killed."""
    reason: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """Points in each state of STATES."""
        every = [p.state for g in self.groups for p in g.points]
        return {state: every.count(state) for state in STATES}

    @property
    def total(self) -> int:
        """Points of the plan, those that are skipped included: what every count is out of."""
        return sum(len(g.points) for g in self.groups)

    @property
    def left(self) -> int:
        """Points that are still to come or running."""
        return self.counts[TO_COME] + self.counts[RUNNING]

    @property
    def missing(self) -> bool:
        """Whether points are still to come or running."""
        return any(g.running or g.to_do() for g in self.groups)

    @property
    def broken_off(self) -> tuple[str, ...]:
        """Keys of groups whose newest session ended before its end."""
        return tuple(g.group.key for g in self.groups if g.broken_off)

    @property
    def running(self) -> tuple[str, ...]:
        """Keys of groups whose session goes on."""
        return tuple(g.group.key for g in self.groups if g.running)

    @property
    def retryable(self) -> int:
        """Points that failed, or that the driver skipped: the plan alone would have them measured."""
        every = [p for g in self.groups for p in g.points]
        return sum(p.state in (FAILED, SKIPPED) and not p.point.reason for p in every)

    def unfit(self, model: str) -> str:
        """Why no arm of a model can be scored, as one of them has shown; empty where nothing speaks against it."""
        every = (p for g in self.groups if g.group.model == model for p in g.points if p.state == FAILED)
        return next((p.reason for p in every if p.reason.startswith(UNFIT)), "")

    def group(self, key: str) -> GroupState | None:
        """The group of that key."""
        return next((g for g in self.groups if g.group.key == key), None)


def state_of(record: SweepRecord, sessions: Mapping[str, SessionEnd] | None = None) -> SweepState:
    """The state after every line of the log.

    sessions: by id, of those that were started and of whose end the log says nothing: a driver that was killed could
    not write it. One that is not told of counts as unfinished, and its points are to come again.
    """
    groups = {group.key: _fresh(group) for group in record.plan.groups()}
    gpus: tuple[int, ...] = record.plan.gpus
    outcome = reason = ""
    for event in (*record.events, *_ends(record.events, sessions or {})):
        match event:
            case Driven():
                gpus, outcome, reason = tuple(event.gpus) or gpus, "", ""
                if event.retry_failed:
                    groups = {key: _again(it) for key, it in groups.items()}
            case SweepEnded():
                outcome, reason = event.outcome, event.reason
            case _ if event.group in groups:
                groups[event.group] = _after(groups[event.group], event)
    return SweepState(record.sweep, record.plan, record.at_s, tuple(groups.values()), gpus, outcome, reason)


def open_sessions(record: SweepRecord) -> tuple[GroupStarted, ...]:
    """Sessions that were started and of whose end the log says nothing."""
    ended = {e.session for e in record.events if isinstance(e, GroupEnded)}
    return tuple(e for e in record.events if isinstance(e, GroupStarted) and e.session not in ended)


def end_of(started: GroupStarted, end: SessionEnd, at_s: float) -> GroupEnded:
    """What the sweep's log says of a session's end."""
    failed = ""
    if end.outcome == "failed" and end.arm is not None and 0 <= end.arm < len(started.arms):
        failed = started.arms[end.arm]
    also = [word for word in started.arms if word != failed and end.reason.startswith(UNFIT)] if failed else []
    return GroupEnded(at_s, started.group, started.session, end.outcome, end.reason, failed, also)


def _ends(events: tuple[SweepEvent, ...], sessions: Mapping[str, SessionEnd]) -> list[GroupEnded]:
    ended = {e.session for e in events if isinstance(e, GroupEnded)}
    opened = [e for e in events if isinstance(e, GroupStarted) and e.session not in ended]
    ends = [(e, sessions.get(e.session, SessionEnd("unfinished"))) for e in opened]
    return [end_of(e, end, e.at_s) for e, end in ends if end.outcome != "running"]


def _fresh(group: Group) -> GroupState:
    return GroupState(group, tuple(PointState(p, SKIPPED if p.reason else TO_COME, p.reason) for p in group.points))


def _again(it: GroupState) -> GroupState:
    """What failed, or what the driver skipped, is to come; what the plan alone leaves out stays so."""

    def freed(p: PointState) -> PointState:
        return PointState(p.point) if p.state in (FAILED, SKIPPED) and not p.point.reason else p

    return replace(it, points=tuple(freed(p) for p in it.points))


def _after(it: GroupState, event: GroupStarted | GroupEnded | PointSkipped) -> GroupState:
    match event:
        case GroupStarted():
            first = it.points[0].point.word if it.points[0].point.word in event.arms[:1] else ""
            alone = it.alone
            points = tuple(_started(p, event, first, again=p in alone) for p in it.points)
            return replace(
                it,
                points=points,
                session=event.session,
                gpu=event.gpu,
                started_s=event.at_s,
                took_s=None,
                arms=tuple(event.arms),
            )
        case GroupEnded():
            took = event.at_s - it.started_s if event.outcome == "completed" and it.started_s is not None else None
            return replace(it, points=tuple(_ended(p, event) for p in it.points), took_s=took or None)
        case PointSkipped():
            return replace(it, points=tuple(_skipped(p, event) for p in it.points))


def _skipped(p: PointState, event: PointSkipped) -> PointState:
    mine = p.point.word == event.arm and p.state == TO_COME
    return replace(p, state=SKIPPED, reason=event.reason) if mine else p


def _started(p: PointState, event: GroupStarted, first: str, *, again: bool) -> PointState:
    """A baseline that is measured once more stays done, with its first run. first: the session's baseline, if any.

    again: it was measured without its baseline, so this session's run takes the place of that one.
    """
    if p.point.word not in event.arms or (p.state == DONE and not again):
        return p
    place = event.arms.index(p.point.word)
    held = bool(first) and not p.point.baseline
    return PointState(p.point, RUNNING, "", f"{event.session}.{place}", f"{event.session}.0" if held else None)


def _ended(p: PointState, event: GroupEnded) -> PointState:
    if p.state != RUNNING or p.run_id is None or p.run_id.rpartition(".")[0] != event.session:
        return p
    if event.outcome == "completed":
        return replace(p, state=DONE)
    if event.outcome == "failed" and p.point.word in (event.failed, *event.also):
        return replace(p, state=FAILED, reason=event.reason)
    return PointState(p.point)
