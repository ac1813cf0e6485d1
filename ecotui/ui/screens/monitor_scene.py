"""What the Monitor knows at one look: pure values, from which everything on it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ecotui.core.events import Window
from ecotui.core.plan import Plan
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.tally import Tally
from ecotui.core.timeline import Timeline

if TYPE_CHECKING:
    from ecotui.ui.screens.monitor_pairs import Pairs

Mode = Literal["watch", "live", "replay"]


@dataclass(frozen=True)
class Scene:
    """One look at what is shown."""

    line: Timeline
    now_ns: int
    mode: Mode
    run: RunRow | None = None
    """The arm of the moment, from its windows so far; None before the first window."""
    windows: Tally = field(default_factory=Tally)
    """What the windows of that arm come to, at its own output length."""
    pairs: Pairs | None = None
    """The arms of a paired session beside each other; None of any other."""
    rated: Mapping[int, RunRow] = field(default_factory=dict)
    """Runs by arm, as far as they are known, for what their quality came to."""
    running: bool = False
    """A recorder writes the log."""
    stopping: bool = False
    died: bool = False
    """The recorder is gone and left no end."""
    cut: bool = False
    """A replay is where its log breaks off."""
    paused: bool = False
    trouble: str = ""
    """Why no board is watched."""
    plan: Plan | None = None
    """What `d` would run."""
    log: Path | None = None
    at_s: float = 0.0
    length_s: float = 0.0
    speed: float = 1.0
    """Of a replay: position, length, speed."""

    @property
    def arm(self) -> int:
        """The arm that is, or was last, under test."""
        return self.line.spans[-1].phase.arm if self.line.spans else 0

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.line.end is not None or self.died or self.cut

    @property
    def state(self) -> str:
        """A word of the first line's states."""
        if self.mode == "replay":
            return "replay"
        if self.mode == "watch":
            return "no board" if self.trouble else "idle"
        if self.line.end is not None:
            return "failed" if self.line.end.outcome == "failed" else "ended"
        if self.died:
            return "unfinished"
        if self.stopping:
            return "stopping"
        watched = self.line.header is not None and self.line.header.watched is not None
        return "watching" if watched else "measuring" if self.line.spans else "starting"


def free_b(scene: Scene) -> int | None:
    """Memory that is free on the board for another arm: while watching as it is now, else as it was before the load."""
    line = scene.line
    if scene.mode != "watch":
        seen = [made.free_b for made in line.forecasts.values() if made.free_b is not None]
        return seen[-1] if seen else None
    total = line.board.memory_total_b if line.board else None
    used = line.last.memory_used_b if line.last else None
    return None if total is None or used is None else max(total - used, 0)


@dataclass
class Figures:
    """What a timeline's windows come to, each taken in once, when it is there; runs anew when theirs change."""

    line: Timeline | None = None
    runs: dict[int, RunRow] = field(default_factory=dict)
    """By arm: of a paired session every one that has a window, else the arm of the moment."""
    pairs: Pairs | None = None
    """A paired session's arms beside each other; None of any other."""
    _taken: int = 0
    """Windows that are taken in."""
    _tallies: dict[int, Tally] = field(default_factory=dict)
    """By arm, as is what follows."""
    _rows: dict[int, list[WindowRow]] = field(default_factory=dict)
    """Of a paired session alone, whose arms are compared block by block; net of the baselines of now."""
    _idle_w: dict[int, tuple[float | None, float | None]] = field(default_factory=dict)
    """By arm: the baselines that its rows are net of."""
    _made: dict[tuple[int, int], WindowRow] = field(default_factory=dict)
    """By arm and start, while the readings of all windows are there."""
    _keys: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _arm: int = 0
    _gone: int = 0
    """Windows whose calls were gone at the last look."""

    @property
    def run(self) -> RunRow | None:
        """The arm of the moment; None before its first window."""
        return self.runs.get(self._arm)

    def update(self, line: Timeline, arm: int) -> None:
        """Take in the windows that came since the last look."""
        before, gone = self.line, line.settled.windows
        missed = self._gone < gone > self._taken  # a screen that stood still for an hour
        if line is not before or len(line.windows) < self._taken or missed:  # or a replay that is moved back
            self.line, self.runs, self.pairs, self._keys = line, {}, None, {}
            self._taken, self._tallies, self._rows, self._idle_w = 0, {}, {}, {}
            self._made = {k: row for k, row in self._made.items() if line is before}
        self._arm, self._gone = arm, gone
        if line.header is None or line.plan is None:
            return
        self._take(line, bool(line.plan.protocol.blocks))
        if not line.plan.protocol.blocks:
            alone = line.plan.quality is not None and line.plan.quality.alone
            for number in range(len(line.plan.arms)) if alone else (arm,):
                self._make(line, number, len(line.spans))
            return
        # A turn changes nothing of what is known of an arm; idle phases and the profile do.
        watched = line.spans.outside("loading", "warm-up", "stabilizing", "measuring")
        arms = range(len(line.plan.arms))
        changed = [self._make(line, number, watched) for number in arms]
        if any(changed) or self.pairs is None:
            from ecotui.ui.screens.monitor_pairs import pairs_of

            self.pairs = pairs_of(line, self.runs, {n: self._netted(line, n) for n in arms})

    def _netted(self, line: Timeline, arm: int) -> list[WindowRow]:
        """An arm's rows net of its baselines: those before the last idle phase were made without it."""
        rows = self._rows.setdefault(arm, [])
        if not rows:
            return rows
        from ecotui.core.accountings import baselines_w
        from ecotui.core.summary import netted

        if (idle_w := baselines_w(line, arm)) != self._idle_w.get(arm):
            self._idle_w[arm] = idle_w
            rows[:] = [netted(row, idle_w) for row in rows]
        return rows

    def _take(self, line: Timeline, paired: bool) -> None:
        """The windows that came since."""
        if not self._taken and not paired:
            self._taken = self._ready(line)
        for place, window in enumerate(line.windows[self._taken :], self._taken):
            row = self._row(line, window)
            self._count(line, place, window.arm, row)
            if paired and not row.split:
                self._rows.setdefault(window.arm, []).append(row)
        self._taken = len(line.windows)

    def _ready(self, line: Timeline) -> int:
        """Take in rows that are there already, many at once, as long as they are those of the windows; how many."""
        told = line.windows.table
        keys = list(zip(told.told("arm"), told.told("t0_ns"), strict=True))
        for place, (arm, row) in enumerate(line.settled.rows.each(len(keys))):
            if keys[place] != (arm, row.t0_ns):
                return place
            self._count(line, place, arm, row)
        return min(len(keys), len(line.settled.rows))

    def _count(self, line: Timeline, place: int, arm: int, row: WindowRow) -> None:
        """Take in a window, and its calls; those of windows before, where they are gone, are counted already."""
        from ecotui.core.latency import Running
        from ecotui.core.summary import stamps_of

        tally = self.of(arm)
        tally.add(row)
        if place >= line.settled.windows and not row.split:
            tally.pace = tally.pace or Running(line.settled.pace.get(arm))
            tally.pace.add(stamps_of(line, line.windows[place]))

    def _row(self, line: Timeline, window: Window) -> WindowRow:
        """The row of a window, made once: a replay that is moved back asks for it again."""
        from ecotui.core.summary import window_row  # with numpy, which no first frame needs

        key = window.arm, window.t0_ns
        row = self._made.get(key) or window_row(line, window)
        if not line.settled.windows:
            self._made[key] = row
        elif key not in line.settled.rows:
            line.settled.rows.add(window.arm, row)
        return row

    def _make(self, line: Timeline, arm: int, watched: int) -> bool:
        """An arm's run, where anything that it is made of has changed."""
        from ecotui.core.summary import run_row

        scored = sum(it.whole for it in line.scorings.sums.values())
        ended, count = line.end is not None, line.windows.counted(arm)
        key = (count, watched, len(line.examined), ended, scored, len(line.scorings.tasks))
        if key == self._keys.get(arm):
            return False
        self._keys[arm] = key
        self.runs.pop(arm, None)
        if self.of(arm).count or line.scorings.sums:
            self.runs[arm] = run_row(line, arm, self.of(arm))
        return True

    def of(self, arm: int) -> Tally:
        """What one arm's windows come to, at its own output length."""
        return self._tallies.setdefault(arm, Tally())
