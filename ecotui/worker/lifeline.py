"""A worker does not outlive its recorder, not even one that hangs with the interpreter in its hands.

The end of stdin is noticed by a thread, which needs the interpreter; the kernel's word does not.
"""

from __future__ import annotations

import ctypes
import signal
from contextlib import suppress

PARENT_GONE = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def end_with_parent() -> None:
    """From now on the kernel ends this process as soon as the thread that started it is gone; only on Linux."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PARENT_GONE, signal.SIGKILL, 0, 0, 0)
