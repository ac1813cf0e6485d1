"""What only a session's log has of a run: the loader's words and the profiled kernels. Rows have no place for them."""

from __future__ import annotations

from pathlib import Path

from ecotui.core.events import Examined, Resident
from ecotui.log.format import parse
from ecotui.log.reader import open_log

WORDS = (b'"resident"', b'"examined"')
"""Of a log's lines only those that begin with one of these are looked at: the rest are readings and stamps."""
HEAD_B = 48
"""Where a line's kind stands: at its beginning."""


def profiled(log: Path, arm: int) -> tuple[Resident | None, Examined | None]:
    """The arm as it was loaded, and as it was profiled; None where the log does not tell.

    Raises:
        LogError: the log is gone, or one of these lines is damaged.
    """
    resident: Resident | None = None
    examined: Examined | None = None
    with open_log(log) as stream:
        try:
            for number, raw in enumerate(stream, 1):
                if not any(word in raw[:HEAD_B] for word in WORDS) or not raw.endswith(b"\n"):
                    continue
                match parse(raw.decode("utf-8", "replace"), log, number):
                    case Resident() as event if event.arm == arm:
                        resident = event
                    case Examined() as event if event.arm == arm:
                        examined = event
        except EOFError:
            pass  # a packed log that was cut ends with what came before
    return resident, examined
