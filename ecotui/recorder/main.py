"""A recorder's life: open the board, write the log, fill the store."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Thread

from ecotui.core.clock import Tie, now_ns
from ecotui.core.errors import EcotuiError
from ecotui.core.events import End, Fault, Header
from ecotui.core.plan import Plan
from ecotui.log.format import VERSION
from ecotui.log.reader import read_timeline
from ecotui.log.writer import LogWriter
from ecotui.recorder.board_lock import holding
from ecotui.recorder.environment import environment
from ecotui.recorder.host_memory import room_b
from ecotui.recorder.session import SessionRecorder
from ecotui.recorder.silence import HANG_S
from ecotui.recorder.worker import command_line
from ecotui.sensors.board import Board
from ecotui.store.home import Home
from ecotui.store.store import Store

CLOSE_S = 5.0
"""How long a driver may take to let go of its board."""
EXIT = {"completed": 0, "stopped": 130, "failed": 1}


def record(
    home: Home,
    session: str,
    plan: Plan,
    open_board: Callable[[Plan], Board],
    *,
    worker: str = "transformers",
    hang_s: float = HANG_S,
) -> str:
    """Record a session and store it; returns its outcome.

    A board that cannot be opened, or that another recorder holds, gives a log with its fault in it, so that there is
    one place to look.

    Raises:
        LogError, StoreError: the log or the store cannot be written.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    tie = Tie.now()
    header = Header(VERSION, session, tie.monotonic_ns, tie.wall_ns, plan.to_dict(), None, environment())
    folder = home.session(session)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with LogWriter(folder / "log.jsonl") as writer, contextlib.ExitStack() as stack:
        try:
            board = stack.enter_context(closing_board(open_board(plan)))
            header = replace(header, board=board.info)
            what = ", ".join(arm.label for arm in plan.arms)
            stack.enter_context(holding(board.info, what=what, log=writer.path))
        except EcotuiError as error:
            for event in (header, Fault(now_ns(), error.what, error.advice), End(now_ns(), "failed", error.what)):
                writer.write(event)
            outcome = "failed"
        else:
            host_b = partial(room_b, plan.device, worker)
            recorder = SessionRecorder(header, board, writer, command_line(worker), hang_s, host_b=host_b)
            outcome = asyncio.run(recorder.run())
            stack.close()  # the next recorder need not wait for the store
        # From the file, not from memory: what is stored is what any later reader will find.
        Store(home).append(read_timeline(writer.path))
    return outcome


@contextmanager
def closing_board(board: Board) -> Iterator[Board]:
    """Let go of the board, however the block ends; a driver that hangs is left to itself: there is a store to fill."""
    try:
        yield board
    finally:
        closing = Thread(target=_close, args=(board,), name="closing", daemon=True)
        closing.start()
        closing.join(CLOSE_S)


def _close(board: Board) -> None:
    with contextlib.suppress(EcotuiError):
        board.close()
