"""One look at a home's sweeps: logs, the sessions that go, and what the finished ones measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.core.arm import Arm
from ecotui.core.clock import now_ns
from ecotui.core.errors import EcotuiError
from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_state import (
    DONE,
    FAILED,
    RUNNING,
    TO_COME,
    GroupState,
    PointState,
    SessionEnd,
    SweepState,
    open_sessions,
    state_of,
)
from ecotui.core.sweep_time import remaining_s, sessions_left_s
from ecotui.core.timeline import Timeline
from ecotui.log.follow import Follower
from ecotui.ui.widgets.sweep_cells import Cell, Grid, Line
from ecotui.ui.widgets.sweep_figures import Figures, Measured

if TYPE_CHECKING:
    from ecotui.store.home import Home
    from ecotui.store.store import Store

NOTHING = Figures()


@dataclass(frozen=True)
class Seen:
    """What a look brought."""

    sweeps: tuple[str, ...] = ()
    """Ids of those of this home, the newest first."""
    samples: tuple[str, ...] = ()
    """Ids of those that came with ecotui, the newest first."""
    state: SweepState | None = None
    """The chosen sweep's; None where there is none."""
    driven: bool = False
    """Whether its driver goes on."""
    stopping: bool = False
    grid: Grid = Grid()
    left_s: float | None = None
    """Seconds until nothing is missing, about."""
    problem: str = ""
    """Why it cannot be read, as a sentence."""
    complaint: str = ""
    """What a driver that is gone left on stderr."""

    @property
    def sample(self) -> bool:
        """Whether the chosen one came with ecotui: nobody goes on with it."""
        return self.state is not None and self.state.sweep in self.samples


class Looker:
    """Keeps what one look needs of the one before; used by one thread at a time."""

    def __init__(
        self,
        home: Home,
        store: Callable[[], Store],
        clock: Callable[[], float] = time.time,
        samples: Home | None = None,
    ) -> None:
        self.samples = samples
        self.home, self.clock, self.session_clock = home, clock, now_ns
        self._open_store = store
        self._measured: Measured | None = None
        self._following: dict[str, Follower] = {}
        self._ends: dict[str, SessionEnd] = {}

    def look(self, chosen: str | None) -> Seen:
        """The chosen sweep as it is now, else the newest of this home; what cannot be read is said."""
        from ecotui.recorder.sweep import sweeps

        known = tuple(sweeps(self.home))
        theirs = tuple(s for s in sweeps(self.samples) if s not in known) if self.samples is not None else ()
        seen = Seen(known, theirs)
        sweep = chosen if chosen in (*known, *theirs) else next(iter(known), None)
        if sweep is None:
            return seen
        place = self.samples if sweep in theirs and self.samples is not None else self.home
        try:
            return self._look(seen, place, sweep)
        except EcotuiError as error:
            return replace(seen, problem=str(error))

    def _look(self, seen: Seen, home: Home, sweep: str) -> Seen:
        from ecotui.recorder.sweep import STOP, is_driven, read_record, sweep_folder

        driven = is_driven(home, sweep)  # asked first: an end that is written in between is then read
        record = read_record(home, sweep)
        opened = [one.session for one in open_sessions(record)]
        state = state_of(record, {session: self._end(home, session) for session in opened})
        lines = {g.session: self._follow(g.session) for g in state.groups if g.running and g.session}
        figures = self._figures(state)
        return replace(
            seen,
            state=state,
            driven=driven,
            stopping=driven and (sweep_folder(home, sweep) / STOP).exists(),
            grid=grid_of(state, figures, lines, home.session_log),
            left_s=remaining_s(state, self.clock(), sessions_left_s(lines, self.session_clock())),
            complaint="" if driven or state.outcome else _complaint(sweep_folder(home, sweep) / "driver.log"),
        )

    def _figures(self, state: SweepState) -> Mapping[str, Figures]:
        if not state.counts[DONE]:
            return {}
        if self._measured is None:
            self._measured = Measured(self._open_store())
        return self._measured.look(state)

    def _end(self, home: Home, session: str) -> SessionEnd:
        """How a session ended of which the sweep's log does not tell; an end is read once."""
        from ecotui.recorder.sweep import session_end

        if session not in self._ends:
            found = session_end(home, session)
            if found.outcome == "running":
                return found
            self._ends[session] = found
        return self._ends[session]

    def _follow(self, session: str) -> Timeline:
        follower = self._following.setdefault(session, Follower(self.home.session_log(session)))
        follower.poll()
        return follower.timeline


def grid_of(
    state: SweepState,
    figures: Mapping[str, Figures],
    lines: Mapping[str, Timeline],
    log_of: Callable[[str], Path],
) -> Grid:
    """A sweep's state as a grid. `lines`: timelines of the sessions that go on, by id."""
    plan = state.plan
    columns = [(label, engine) for engine in plan.engines for label in plan.quantizations]
    first = (plan.baseline, plan.engines[0])
    every = ((p.point.arm.quantization, p.point.arm.engine) for group in state.groups for p in group.points)
    columns = list(dict.fromkeys([first, *columns, *every]))
    several = len(plan.prompt_tokens) * len(plan.new_tokens) > 1

    def line(group: GroupState) -> Line:
        it = group.group
        cells = {
            (p.point.arm.quantization, p.point.arm.engine): _cell(group, p, figures, lines, log_of)
            for p in group.points
        }
        return Line(
            it.model,
            it.batch_size,
            f"{it.prompt_tokens}+{it.new_tokens}" if several else "",
            " ".join(_place(state, group)),
            tuple(cells.get(column, Cell("")) for column in columns),
            group.session or "",
        )

    groups = sorted(state.groups, key=lambda g: _order(plan, g))
    return Grid(tuple(columns), tuple(line(group) for group in groups))


def _order(plan: SweepPlan, it: GroupState) -> tuple[int, ...]:
    """Models as the plan has them, their rows by size: what a reader looks for, not the order of measuring."""
    group = it.group
    return plan.models.index(group.model), group.prompt_tokens, group.new_tokens, group.batch_size, group.part


def _complaint(path: Path) -> str:
    """The last line of a file; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


def _place(state: SweepState, group: GroupState) -> list[str]:
    """Which part of a split row it is, and on which of several boards."""
    part = [f"part {group.group.part}"] if group.group.parts > 1 else []
    return part + ([f"GPU {group.gpu}"] if len(state.gpus) > 1 and group.gpu is not None else [])


def _cell(
    group: GroupState,
    it: PointState,
    figures: Mapping[str, Figures],
    lines: Mapping[str, Timeline],
    log_of: Callable[[str], Path],
) -> Cell:
    found = figures.get(it.run_id or "", NOTHING) if it.state == DONE else NOTHING
    line = lines.get(group.session or "")
    session = (it.run_id or "").rpartition(".")[0]
    return Cell(
        it.state,
        it.point.arm.model,
        arm_text(it.point.arm),
        it.point.baseline,
        found.gross_j,
        found.ratio,
        found.net_ratio,
        doing(line, it) if it.state == RUNNING and line is not None else "",
        it.reason or found.problem,
        found.mark,
        found.facts,
        it.run_id if it.state in (DONE, FAILED) else None,
        log_of(session) if session else None,
        group.broken_off and it.state == TO_COME and it.point.word in group.arms,
    )


def arm_text(arm: Arm) -> str:
    """An arm without its model, with its lengths."""
    engine = "" if arm.engine == "eager" else f" {arm.engine}"
    return f"{arm.quantization} b{arm.batch_size}{engine} · {arm.prompt_tokens} + {arm.new_tokens} tokens"


def doing(line: Timeline, it: PointState) -> str:
    """What a running point does: its window of how many, its phase, or that its turn is to come."""
    arm = int((it.run_id or "").rpartition(".")[2] or 0)
    plan, phase = line.plan, line.phase
    if plan is None or phase is None:
        return "starting"
    begun = line.spans.counted("measuring", arm=arm)
    if begun:
        return f"{begun} of {plan.windows}"
    return phase.name if phase.arm == arm or phase.name == "bare" else "waits"
