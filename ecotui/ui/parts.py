"""What the application is given from outside; the command line chooses, the screens use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecotui.core.models import Listing, ModelChoice
from ecotui.core.plan import Plan
from ecotui.ui.link.terminal import Terminal

__all__ = ["Listing", "ModelChoice", "Parts"]

if TYPE_CHECKING:
    from ecotui.core.sweep import SweepPlan
    from ecotui.sensors.board import Board
    from ecotui.sensors.lookout import Opener
    from ecotui.store.home import Home


def boards_of_host(simulated: bool) -> Sequence[Opener]:
    """What opens each board of this host; imported late, for no first frame needs it."""
    from ecotui.sensors.lookout import openers

    return openers(simulated)


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
    models: Callable[[], Listing]
    """Every model that can be picked; reads the disk, so not on the drawing thread."""
    board_problem: str = ""
    """Why NVML did not answer, as a sentence; empty where it did or was not asked."""
    looks_back: bool = False
    """Whether the start offers to finish what was left, and says what was recovered."""
    replay: Path | None = None
    """A log to open in the Monitor as a replay."""
    replay_at_s: float | None = None
    """Where that replay is held, seconds from the session's start; None where it plays from there."""
    watch: Path | None = None
    """A log to open in the Monitor as it is recorded."""
    visiting: bool = False
    """Whether the session of `watch` is only watched: nothing here stops it."""
    under_way: Callable[[], Path | None] = lambda: None
    """The log of the newest session of this home that is being recorded, as one of a sweep; None where none is."""
    boards: Callable[[bool], Sequence[Opener]] = boards_of_host
    """What opens each board of the host, by number; with True a simulated one behind them. Raises BoardError."""
    first: str = "monitor"
    """The mode that is shown first: "monitor", "history", …"""
    marked: Sequence[str] = field(default_factory=tuple)
    """Run ids chosen for Compare, the baseline first."""
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The operator's keys, by action; those of other actions are as they came."""
    default: Plan | None = None
    """What `d` runs where the plan pane shows the plan of last time; None where it is `plan`."""
    workload: Mapping[str, Any] = field(default_factory=dict)
    """Settings that a workload begins with, among others."""
    notices: Sequence[str] = ()
    """Sentences to be said at the start."""
    remember: Callable[[Plan, str, Sequence[str]], None] | None = None
    """Keeps plan, screen and marked runs for the next start; None where nothing is kept. Raises EcotuiError."""
    host_memory: Callable[[], int | None] = lambda: None
    """Bytes of the host's memory that are available; None where nobody looks."""
    terminal: Terminal = field(default_factory=Terminal)
    """What the terminal can show, and how much may be sent to it."""

    def host_b(self, plan: Plan) -> int | None:
        """What the host has for the plan's load; None where a board holds it."""
        return self.host_b_on(plan.device)

    def host_b_on(self, device: str) -> int | None:
        """The same of a load on that device."""
        return self.host_memory() if device == "cpu" else None
