"""How long worker and board may say nothing before the session takes them for gone."""

from __future__ import annotations

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


@dataclass
class Silence:
    """When worker and board were heard last."""

    hang_s: float
    errors: Path
    """Where the worker's stderr goes."""
    worker_ns: int = 0
    board_ns: int = 0

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
        if phase in BUSY and at_ns - self.worker_ns > self.hang_s * NS:
            what = f"The worker has been silent for {self.hang_s:.0f} s while generating, so it was ended."
            return Failed(what, f"See {self.errors}, and run again.")
        if at_ns - self.board_ns > BOARD_S * NS:
            what = f"The board has not answered for {BOARD_S:.0f} s."
            return Broke(at_ns, what, "See `nvidia-smi` and `dmesg` for the state of its driver, and run again.")
        return None
