"""The words that remove stored runs, and bring them back."""

from __future__ import annotations

from typing import Any

from ecotui.cli.words import command


def trash_words(commands: Any) -> None:
    """`rm`, `undo` and `trash`."""
    rm = command(commands, "rm", "removing:rm", "move sessions of your own to the trash; `ecotui undo` restores them")
    rm.add_argument(
        "run", nargs="+", metavar="RUN", help="id of a run or a session, its beginning, or its last four letters"
    )
    command(commands, "undo", "removing:undo", "bring back what was removed last")
    trash = command(commands, "trash", "removing:trash", "list what was removed")
    trash.add_argument("--empty", action="store_true", help="delete it for good")
