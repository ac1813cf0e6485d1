"""What the application is given from outside; the command line chooses, the screens use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.core.plan import Plan

if TYPE_CHECKING:
    from ecotui.core.sweep import SweepPlan
    from ecotui.sensors.board import Board
    from ecotui.store.home import Home


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that can be picked without typing its name."""

    name: str
    """What goes into the plan: `synthetic:NAME`, a hub id, or a path."""
    origin: str
    """ "cache" (already in the local hub cache) or "synthetic" (random weights of a published shape)."""
    text: str
    """Size or parameters, for people."""


@dataclass(frozen=True)
class Parts:
    """Everything that the application does not make itself."""

    home: Home
    samples: Path | None
    plan: Plan
    """What the plan pane shows first."""
    open_board: Callable[[Plan], Board]
    """The board that a plan names; raises BoardError. Only for watching while no session goes."""
    start: Callable[[Plan], Path]
    """Starts a recorder, detached; returns the log that it will write. Raises EcotuiError."""
    stop: Callable[[Path], None]
    """Asks the recorder of a log to stop and to keep what was measured."""
    start_sweep: Callable[[SweepPlan, str | None, bool], Path]
    """Starts a sweep's driver, detached: the plan, the id of a sweep to go on with, and whether failed points are tried
    again; returns the sweep's log. Raises EcotuiError."""
    stop_sweep: Callable[[str], None]
    """Asks the driver of a sweep, by its id, to stop."""
    models: Callable[[], Sequence[ModelChoice]]
    board_problem: str = ""
    """Why NVML did not answer, as a sentence; empty where it did or was not asked."""
    replay: Path | None = None
    """A log to open in the Monitor as a replay."""
    watch: Path | None = None
    """A log to open in the Monitor as it is recorded."""
    first: str = "monitor"
    """ "monitor", "history" or "compare"."""
    marked: Sequence[str] = field(default_factory=tuple)
    """Run ids chosen for Compare, the baseline first."""
