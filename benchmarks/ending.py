"""What a benchmark began ends with it, however the benchmark is ended."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

TERMINATED = 128 + signal.SIGTERM
PATIENCE_S = 60.0
"""How long recorders may take to stop."""


@contextmanager
def ending(home: str | None = None) -> Iterator[None]:
    """SIGTERM leaves the block as ctrl+c does, and what is recorded in `home` is stopped behind it."""
    ours = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _leave) if ours else None
    try:
        yield
    finally:
        if home is not None:
            end_recorders(Path(home))
        if ours:
            signal.signal(signal.SIGTERM, before)


def end_recorders(home: Path) -> None:
    """Stop every session of this home, and wait until its recorder is gone."""
    from ecotui.core.errors import EcotuiError
    from ecotui.recorder.launch import is_recorded, request_stop

    deadline = time.monotonic() + PATIENCE_S
    for log in [folder / "log.jsonl" for folder in (home / "sessions").glob("*")]:
        if is_recorded(log):
            with suppress(EcotuiError):
                request_stop(log)
        while is_recorded(log) and time.monotonic() < deadline:  # its rows come after its log's end
            time.sleep(0.05)


def _leave(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # the way out is gone once
    sys.exit(TERMINATED)
