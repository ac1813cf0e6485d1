"""How long worker and board may say nothing before the session takes them for gone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ecotui.core.clock import NS, now_ns
from ecotui.core.messages import Failed
from ecotui.recorder.exchange import Broke

HANG_S = 120.0
"""A generating worker that is silent for so long hangs."""
BOARD_S = 30.0
"""A driver that has not come back from a call for so long is taken for gone; one that is reset is back before."""
BUSY = ("warm-up", "stabilizing", "measuring", "splitting", "examining")
"""Phases in which a worker has something to say before long."""
SILENT = {"loading": "loading", "scoring": "scoring quality"}
"""Phases that say nothing for as long as a download, a long window or a task takes, but work; and words for them."""
WORK_S = 0.05
"""CPU time between two looks that is work; less is what threads take that only wait."""


@dataclass
class Silence:
    """When worker and board were heard last."""

    hang_s: float
    errors: Path
    """Where the worker's stderr goes."""
    worker_ns: int = 0
    board_ns: int = 0
    worker: int | None = None
    """Its process."""
    worked_s: float = 0.0
    """CPU time that it had taken when it was last seen to work."""

    def __post_init__(self) -> None:
        self.heard_worker()
        self.heard_board()

    def heard_worker(self) -> None:
        """The worker said something, or was given something new to do."""
        self.worker_ns = now_ns()

    def heard_board(self) -> None:
        """The sampler brought something."""
        self.board_ns = now_ns()

    def verdict(self, phase: str, at_ns: int) -> Failed | Broke | None:
        """What to make of their silence, in a phase."""
        if phase in SILENT:
            self._look_at_work()
            if at_ns - self.worker_ns > self.hang_s * NS:
                doing = f"{self.hang_s:.0f} s while {SILENT[phase]}"
                what = f"The worker has done nothing for {doing}, so it was ended."
                return Failed(what, f"See {self.errors}, and whether disk and network answer; then run again.")
        if phase in BUSY and at_ns - self.worker_ns > self.hang_s * NS:
            what = f"The worker has been silent for {self.hang_s:.0f} s while generating, so it was ended."
            return Failed(what, f"See {self.errors}, and run again.")
        if at_ns - self.board_ns > BOARD_S * NS:
            what = f"The board has not answered for {BOARD_S:.0f} s."
            return Broke(at_ns, what, "See `nvidia-smi` and `dmesg` for the state of its driver, and run again.")
        return None

    def _look_at_work(self) -> None:
        """A worker that computes or copies is not silent; where nobody tells, it has the benefit of the doubt."""
        spent_s = cpu_s(self.worker) if self.worker is not None else None
        if spent_s is None or spent_s - self.worked_s >= WORK_S or spent_s < self.worked_s:
            self.worked_s = spent_s or 0.0
            self.heard_worker()


def cpu_s(pid: int) -> float | None:
    """CPU time of all threads of a process, seconds; None where it is gone or this host does not tell."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
