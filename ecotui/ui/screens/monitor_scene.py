"""What the Monitor knows at one look: pure values, from which everything on it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ecotui.core.plan import Plan
from ecotui.core.rows import RunRow, WindowRow
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
    windows: tuple[WindowRow, ...] = ()
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
        if self.died or (self.line.end is not None and self.line.end.outcome == "failed"):
            return "failed"
        if self.line.end is not None:
            return "ended"
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
    """Rows of a timeline, each made once, when its window is there; runs anew when theirs change."""

    line: Timeline | None = None
    rows: list[WindowRow] = field(default_factory=list)
    runs: dict[int, RunRow] = field(default_factory=dict)
    """By arm: of a paired session every one that has a window, else the arm of the moment."""
    pairs: Pairs | None = None
    """A paired session's arms beside each other; None of any other."""
    _keys: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _arm: int = 0
    _shown: tuple[tuple[int, int], tuple[WindowRow, ...]] = ((-1, -1), ())
    """What `of` gave last, with the arm and the number of rows that it was made of."""

    @property
    def run(self) -> RunRow | None:
        """The arm of the moment; None before its first window."""
        return self.runs.get(self._arm)

    def update(self, line: Timeline, arm: int) -> None:
        """Take in the windows that came since the last look."""
        if line is not self.line or len(line.windows) < len(self.rows):
            rows = self.rows[: len(line.windows)] if line is self.line else []  # a replay that is moved back
            self.line, self.rows, self.runs, self.pairs, self._keys = line, rows, {}, None, {}
            self._shown = ((-1, -1), ())
        self._arm = arm
        if line.header is None or line.plan is None:
            return
        from ecotui.core.summary import window_row  # with numpy, which no first frame needs

        self.rows += [window_row(line, w) for w in line.windows[len(self.rows) :]]
        if not line.plan.protocol.blocks:
            alone = line.plan.quality is not None and line.plan.quality.alone
            for number in range(len(line.plan.arms)) if alone else (arm,):
                self._make(line, number, len(line.spans))
            return
        # A turn changes nothing of what is known of an arm; idle phases and the profile do.
        watched = sum(s.phase.name not in ("loading", "warm-up", "stabilizing", "measuring") for s in line.spans)
        changed = [self._make(line, number, watched) for number in range(len(line.plan.arms))]
        if any(changed) or self.pairs is None:
            from ecotui.ui.screens.monitor_pairs import pairs_of

            self.pairs = pairs_of(line, self.runs, {n: self.of(n) for n in range(len(line.plan.arms))})

    def _make(self, line: Timeline, arm: int, watched: int) -> bool:
        """An arm's run, where anything that it is made of has changed."""
        from ecotui.core.summary import run_row

        alone = line.plan is not None and len(line.plan.arms) == 1
        count = len(line.windows) if alone else sum(window.arm == arm for window in line.windows)
        scored = sum(it.whole for it in line.scorings.sums.values())
        key = (count, watched, len(line.examined), line.end is not None, scored, len(line.scorings.tasks))
        if key == self._keys.get(arm):
            return False
        self._keys[arm] = key
        self.runs.pop(arm, None)
        if self.of(arm) or line.scorings.sums:
            self.runs[arm] = run_row(line, arm, self._all(arm))
        return True

    def of(self, arm: int) -> tuple[WindowRow, ...]:
        """The rows of one arm's windows at its own output length: the same ones while none came."""
        key = (arm, len(self.rows))
        if key != self._shown[0]:
            self._shown = key, tuple(row for row in self._all(arm) if not row.split)
        return self._shown[1]

    def _all(self, arm: int) -> tuple[WindowRow, ...]:
        line = self.line
        if line is None:
            return ()
        return tuple(row for row, window in zip(self.rows, line.windows, strict=True) if window.arm == arm)
