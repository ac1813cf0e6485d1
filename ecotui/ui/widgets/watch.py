"""The live board while no session goes: readings from a thread, through a queue, at most ten minutes of them kept."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Thread

from ecotui.core.clock import NS, now_ns
from ecotui.core.errors import BoardError, EcotuiError
from ecotui.core.events import Header
from ecotui.core.plan import Plan
from ecotui.core.reading import BoardInfo, Reading
from ecotui.core.timeline import SENSORS, Series, Timeline
from ecotui.log.format import VERSION
from ecotui.sensors.board import Board

KEEP_NS = 600 * NS
PERIOD_S = 0.25
HELD_S = 1.0
"""Between two looks at a board that another recorder measures: its figures are not to feel that somebody watches."""


class Watch:
    """Reads a board four times a second; the energy counter, which only windows need, is left alone."""

    def __init__(self, open_board: Callable[[Plan], Board], plan: Plan) -> None:
        self.timeline = Timeline()
        self.trouble: EcotuiError | None = None
        self._plan, self._open = plan, open_board
        self._queue: SimpleQueue[BoardInfo | Reading | EcotuiError] = SimpleQueue()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="ecotui-watch", daemon=True)
        self._thread.start()

    def poll(self) -> int:
        """Take in what was read since the last time."""
        taken = 0
        while True:
            try:
                item = self._queue.get_nowait()
            except Empty:
                break
            taken += 1
            match item:
                case Reading():
                    self.timeline.apply(item)
                case BoardInfo():
                    self.timeline.apply(Header(VERSION, "watch", now_ns(), 0, self._plan.to_dict(), item))
                case _:
                    self.trouble = item
        self._forget()
        return taken

    def close(self) -> None:
        """Let go of the board; does not wait for a driver that hangs."""
        self._stopping.set()

    def _forget(self) -> None:
        line = self.timeline
        if line.last_ns - line.start_ns < KEEP_NS + 60 * NS:
            return
        at = line.readings.at_ns
        if not len(at) or line.last_ns - int(at[0]) < KEEP_NS + 60 * NS:
            return
        import numpy as np

        columns = {name: line.readings.column(name) for name in SENSORS}
        line.readings = Series(*SENSORS)
        for i in np.flatnonzero(at >= line.last_ns - KEEP_NS):
            line.readings.append(int(at[i]), **{name: float(column[i]) for name, column in columns.items()})

    def _run(self) -> None:
        board: Board | None = None
        try:
            board = self._open(self._plan)
            self._queue.put(board.info)
            from ecotui.recorder.board_lock import holder_of

            while not self._stopping.is_set():
                self._queue.put(board.read())
                self._stopping.wait(PERIOD_S if holder_of(board.info) is None else HELD_S)
        except EcotuiError as error:
            self._queue.put(error)
        except Exception as error:  # a silent thread would look like a board at rest
            self._queue.put(BoardError(f"The board could not be read: {type(error).__name__}: {error}."))
        finally:
            if board is not None:
                board.close()
