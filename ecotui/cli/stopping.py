"""Signals ask what records to stop, which keeps what was measured, or a watcher to let go of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

ASKED = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(ask: Callable[[], None], numbers: Sequence[signal.Signals] = ASKED) -> Iterator[None]:
    """Within the block, these signals call `ask` instead of ending this process."""

    def asked(_number: int, _frame: FrameType | None) -> None:
        ask()

    before = {number: signal.signal(number, asked) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
