"""What is in front as text in the operator's clipboard, also through SSH: the terminal is asked, by OSC 52.

A multiplexer between the two keeps such a request to itself, or forwards it in its own way: tmux by a command of its
own, GNU screen in pieces of a device control string.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ecotui.core.errors import EcotuiError
from ecotui.core.units import clean

if TYPE_CHECKING:
    from ecotui.core.timeline import Timeline
    from ecotui.ui.app import EcotuiApp

NOTHING = "There is nothing here to copy yet."
PIECE = 240
"""Letters of a device control string that GNU screen takes at once."""
TMUX = ("tmux", "load-buffer", "-w", "-")
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Copied:
    """A text for the clipboard."""

    what: str
    """What it is, for the notice: "the run …"."""
    text: str
    """Lines of plain text."""


@runtime_checkable
class Copies(Protocol):
    """A screen that has something to copy."""

    @property
    def can_copy(self) -> bool:
        """Whether it has something now."""

    async def to_copy(self) -> Copied | None:
        """What it has; raises EcotuiError where that cannot be read."""


def can_copy(app: EcotuiApp) -> bool | None:
    """Whether the screen in front has something: None where it will have, False where it never has."""
    screen = app.screen
    if screen is app.monitor:
        line = app.monitor.sources.timeline
        return True if line.end is not None else None
    if isinstance(screen, Copies):
        return True if screen.can_copy else None
    return False


async def copy(app: EcotuiApp) -> None:
    """Copy what is in front, and say what that was."""
    screen = app.screen
    try:
        if screen is app.monitor:
            made = await asyncio.to_thread(of_session, app.monitor.sources.timeline)
        else:
            made = await screen.to_copy() if isinstance(screen, Copies) else None
    except EcotuiError as error:
        app.tell(error)
        return
    if made is None:
        app.notify(NOTHING, severity="warning", markup=False)
        return
    text = plain(made.text)
    app.copy_to_clipboard(text)
    in_tmux = "TMUX" in os.environ and await asyncio.to_thread(to_tmux, text)
    also = " tmux has it too: prefix ]." if in_tmux else ""
    lines = text.count("\n") + 1
    app.notify(f"Copied {made.what}, {lines} line{'s' * (lines != 1)}.{also}", markup=False)


def of_session(line: Timeline) -> Copied | None:
    """The runs of a session that is over."""
    from ecotui.analysis.run_words import run_words
    from ecotui.core.summary import summarize

    if line.end is None or line.header is None:
        return None
    rows, windows = summarize(line)
    told = ["\n".join(run_words(row, [w for w in windows if w.run_id == row.run_id])) for row in rows]
    what = f"the run {rows[0].run_id}" if len(rows) == 1 else f"the {len(rows)} runs of session {line.header.session}"
    return Copied(what, "\n\n".join(told))


def plain(text: str) -> str:
    """Each line without control and formatting characters, so that a paste types nothing but text."""
    return "\n".join(clean(line, 4000).rstrip() for line in text.split("\n"))


def sequence(text: str, environment: Mapping[str, str]) -> str:
    """What asks the terminal to take the text: OSC 52, packed for GNU screen where that lies between."""
    asked = f"\x1b]52;c;{b64encode(text.encode()).decode()}\x07"
    if "STY" not in environment:
        return asked
    pieces = [asked[at : at + PIECE] for at in range(0, len(asked), PIECE)]
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)


def to_tmux(text: str) -> bool:
    """Give the text to tmux, which passes it on as its option set-clipboard says; whether it took it."""
    try:
        done = subprocess.run(TMUX, input=text.encode(), capture_output=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
