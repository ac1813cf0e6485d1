"""The driver of a sweep: one recorder a board at a time, group after group, until nothing is missing."""

from __future__ import annotations

import contextlib
import math
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ecotui.core.errors import EcotuiError
from ecotui.core.sweep import NOTHING_LEFT, Point
from ecotui.core.sweep_events import Driven, GroupStarted, PointSkipped, SweepEnded, SweepEvent
from ecotui.core.sweep_state import TO_COME, GroupState, SessionEnd, SweepState, end_of, open_sessions, state_of
from ecotui.core.sweep_time import group_s, pace_of
from ecotui.recorder.foresight import foresee
from ecotui.recorder.host_memory import room_b
from ecotui.recorder.launch import is_recorded, launch, new_session_id, recorder_complaint, request_stop
from ecotui.recorder.sweep import STOP, read_record, session_end
from ecotui.recorder.sweep_log import SweepLog
from ecotui.sensors.board import open_board
from ecotui.store.home import Home

PULL_S = 0.1
"""Between two looks at the recorders and the stop file."""
OUT_OF_TIME = "no other session would be over in the time that was given"
PATIENCE = 2
"""Sessions in a row that end on a board before they touch an arm, or without an end: then it takes no more of them."""


@dataclass(frozen=True)
class Slot:
    """A recorder at work on a board."""

    started: GroupStarted
    log: Path
    process: subprocess.Popen[bytes] | None
    """None where an earlier driver had started it."""

    @property
    def over(self) -> bool:
        """Whether it has ended, and has stored what it measured."""
        return self.process.poll() is not None if self.process else not is_recorded(self.log)


class Driver:
    """Drives one sweep; `run` returns "completed", "stopped", or "failed" (points are missing, no board goes on)."""

    def __init__(
        self,
        home: Home,
        log: SweepLog,
        gpus: Sequence[int] = (),
        worker: str = "transformers",
        until_s: float = math.inf,
    ) -> None:
        """until_s: wall time, seconds since 1970; no session begins that is not expected to be over by then."""
        self._home, self._log, self._worker, self._until_s = home, log, worker, until_s
        self._record = read_record(home, log.path.parent.name)
        self._gpus = tuple(gpus) or self._record.plan.gpus
        self._slots: dict[int, Slot] = {}
        self._trouble = dict.fromkeys(self._gpus, 0)
        self._reason = ""
        self._stopping = False

    def ask_to_stop(self) -> None:
        """The sessions that go on are stopped, and no other begins."""
        self._stopping = True

    def run(self, retry_failed: bool = False) -> str:
        """Drive until nothing is missing, or nothing can go on.

        Raises:
            LogError: the sweep's log cannot be written.
        """
        self._write(Driven(time.time(), list(self._gpus), retry_failed))
        self._take_over()
        while self._step():
            time.sleep(PULL_S)
        able = any(count < PATIENCE for count in self._trouble.values())
        outcome = "completed" if not self._state.missing else "stopped" if self._stopping or able else "failed"
        reason = {"failed": self._reason, "completed": ""}.get(outcome, "" if self._stopping else OUT_OF_TIME)
        self._write(SweepEnded(time.time(), outcome, reason))
        return outcome

    def _write(self, event: SweepEvent) -> None:
        self._log.write(event)
        self._record = replace(self._record, events=(*self._record.events, event))

    @property
    def _state(self) -> SweepState:
        running = {slot.started.session: SessionEnd("running") for slot in self._slots.values()}
        return state_of(self._record, running)

    def _take_over(self) -> None:
        """Sessions of an earlier driver: those that go on are waited for, the end of the others is written down."""
        for started in open_sessions(self._record):
            log = self._home.session_log(started.session)
            if is_recorded(log):
                self._slots[started.gpu] = Slot(started, log, None)
            else:
                self._write(end_of(started, session_end(self._home, started.session), time.time()))

    def _step(self) -> bool:
        """One look; False once all is over."""
        self._stopping = self._stopping or (self._log.path.parent / STOP).exists()
        for gpu, slot in list(self._slots.items()):
            if self._stopping:
                with contextlib.suppress(EcotuiError):
                    request_stop(slot.log)
            if slot.over:
                self._end(gpu, slot)
        if not self._stopping:
            self._fill()
        return bool(self._slots)

    def _end(self, gpu: int, slot: Slot) -> None:
        del self._slots[gpu]
        end = session_end(self._home, slot.started.session)
        event = end_of(slot.started, end, time.time())
        self._write(event)
        if end.outcome in ("completed", "stopped") or event.failed:
            self._trouble[gpu] = 0
        else:
            self._troubled(gpu, recorder_complaint(slot.log) or end.reason)

    def _troubled(self, gpu: int, reason: str) -> None:
        self._trouble[gpu] = self._trouble.get(gpu, 0) + 1
        self._reason = f"GPU {gpu} takes no session: {reason}"

    def _fill(self) -> None:
        """Give every free board the next group that misses something."""
        for gpu in self._gpus:
            while gpu not in self._slots and self._trouble[gpu] < PATIENCE:
                group = self._next()
                if group is None:
                    return
                self._start(group, gpu)

    def _next(self) -> GroupState | None:
        """The next group that misses something and that there is time for."""
        state = self._state
        left_s, pace = self._until_s - time.time(), pace_of(state)
        waiting = (g for g in state.groups if not g.running and self._to_do(g))
        return next((g for g in waiting if pace * group_s(state.plan, g) <= left_s), None)

    def _to_do(self, group: GroupState) -> tuple[Point, ...]:
        """The group's next arms; a baseline that nobody asked for and that nothing is held against is skipped."""
        arms = group.to_do()
        if not arms:
            for it in group.points:
                if it.state == TO_COME:
                    self._write(PointSkipped(time.time(), group.group.key, it.point.word, NOTHING_LEFT))
        return arms

    def _start(self, group: GroupState, gpu: int) -> None:
        """Start a session of a group, unless some of its arms would not fit: these are skipped first.

        The sweep's log names the session before there is one: a driver that is killed in between leaves none unknown.
        """
        points = group.to_do()
        try:
            if self._skip_unfit(group) or self._skip_what_cannot_fit(group, points, gpu):
                return
            plan = self._record.plan.session([p.arm for p in points], gpu)
            assert plan is not None, "a group that misses something has arms"
        except EcotuiError as error:
            self._troubled(gpu, str(error))
            return
        started = GroupStarted(time.time(), group.group.key, new_session_id(), gpu, [p.word for p in points])
        self._write(started)
        try:
            recording = launch(self._home, plan, self._worker, started.session)
        except EcotuiError as error:
            self._write(end_of(started, SessionEnd("failed", str(error)), time.time()))
            self._troubled(gpu, str(error))
            return
        self._slots[gpu] = Slot(started, recording.log, recording.process)

    def _skip_unfit(self, group: GroupState) -> bool:
        """Whether its model cannot be scored, as an arm of another group has shown: then none of it is measured."""
        reason = self._state.unfit(group.group.model)
        for it in group.points if reason else ():
            if it.state == TO_COME:
                self._write(PointSkipped(time.time(), group.group.key, it.point.word, reason))
        return bool(reason)

    def _skip_what_cannot_fit(self, group: GroupState, points: Sequence[Point], gpu: int) -> bool:
        """Whether some did not; the rest of the group is looked at again."""
        board = open_board(self._record.plan.sensor, gpu)
        try:
            info, reading = board.info, board.read()
        finally:
            board.close()
        fresh = [p.point for p in group.points if p.state == TO_COME and p.point in points]
        host_b = room_b(self._record.plan.device, self._worker)
        found = [(p, foresee(p.arm, 0, info, reading, 0, host_b=host_b).refusal) for p in fresh]
        for point, refusal in found:
            if refusal is not None:
                reason = f"{refusal.what} {refusal.advice}"
                self._write(PointSkipped(time.time(), group.group.key, point.word, reason))
        return any(refusal is not None for _, refusal in found)
