"""The words of `ecotui boards`."""

from __future__ import annotations

from typing import Any

from ecotui.cli.words import command
from ecotui.core.plan import SENSORS


def board_words(commands: Any) -> None:
    """The command `boards`."""
    boards = command(
        commands, "boards", "boards:boards", "every GPU of this host, who records on it, and its processes"
    )
    boards.add_argument("--sensor", choices=SENSORS, default="nvml", help="simulated shows a simulated board, too")
