"""A terminal that is gone takes the application along, also where `nohup` has it ignore the hang-up.

Nobody could close it any more, and it would draw for nobody.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from threading import Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

LOOK_S = 2.0
LEAVE_S = 5.0
"""After so long the process ends, whatever still waits for the terminal."""
HUNG_UP, TERMINATED = 129, 143
"""Exit codes: 128 and the signal."""


def on_terminal() -> bool:
    """Whether the application's input is a terminal that is still there."""
    stream = sys.__stdin__
    try:
        return stream is not None and os.isatty(stream.fileno())
    except (OSError, ValueError):
        return False


def end_with_terminal(app: EcotuiApp) -> None:
    """Look from time to time, and leave the terminal as it was on SIGTERM.

    An application that never had a terminal does without; one whose terminal went while it started has had one.
    """
    if not (app.is_headless or app.is_web):
        app.set_interval(LOOK_S, lambda: None if on_terminal() else _leave(app, HUNG_UP))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _leave, app, TERMINATED)


def _leave(app: EcotuiApp, code: int) -> None:
    last = Timer(LEAVE_S, os._exit, (code,))
    last.daemon = True
    last.start()
    app.remembering.flush()
    app.exit(code)
