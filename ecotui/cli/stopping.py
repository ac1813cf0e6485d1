"""ctrl+c and SIGTERM ask what records to stop, which keeps what was measured."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping(ask: Callable[[], None]) -> Iterator[None]:
    """Within the block, an interrupt calls `ask` instead of ending this process."""

    def asked(_number: int, _frame: FrameType | None) -> None:
        ask()

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
