"""Readings on a fixed grid and the counter's ticks, from a thread of the recorder's own process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

from ecotui.core.clock import NS
from ecotui.core.errors import BoardError
from ecotui.core.reading import Reading, Tick
from ecotui.sensors.board import Board
from ecotui.sensors.ticks import TickTracker

Sink = Callable[[Reading | Tick | BoardError], None]
"""Takes what was sampled, in the sampler's thread; has to return soon."""

STOP_WAIT_S = 5.0
"""A driver that hangs does not hang the recorder: after this long the thread, a daemon, is left behind."""


class Sampler:
    """Reads a board every `period_s` and tracks its counter, until it is stopped or the board fails.

    A BoardError goes to the sink once and is the last thing that comes. Readings that a blocked call has made
    late are not made up; the grid goes on.
    """

    def __init__(
        self, board: Board, *, sink: Sink, period_s: float = 0.1, clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._board, self._sink, self._clock = board, sink, clock
        self._period_ns = round(period_s * NS)
        self._begin_ns = self._reading_due_ns = clock()
        self._ticks = TickTracker(self._begin_ns)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="ecotui-sampler", daemon=True)

    def start(self) -> None:
        """Begin; the grid starts at once."""
        self._begin_ns = self._reading_due_ns = self._clock()
        self._thread.start()

    def stop(self) -> None:
        """End after the call under way; nothing comes to the sink afterwards."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_WAIT_S)

    def __enter__(self) -> Sampler:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def turn(self) -> int:
        """Do what is due; returns when the next thing is, on the sampler's clock (ns).

        Raises:
            BoardError: the board failed.
        """
        if self._ticks.newest_j is None and self._clock() >= self._ticks.due_ns:
            self._look()  # so that a reading holds a counter value from the first on
        if self._clock() >= self._reading_due_ns:
            self._read()
            self._reading_due_ns = next_on_grid(self._begin_ns, self._period_ns, self._clock())
        if self._clock() >= self._ticks.due_ns:
            self._look()
        return min(self._reading_due_ns, self._ticks.due_ns)

    def _read(self) -> None:
        self._emit(replace(self._board.read(), energy_j=self._ticks.newest_j))

    def _look(self) -> None:
        began_ns = self._clock()
        joules = self._board.energy_j()
        tick = self._ticks.looked(began_ns, self._clock(), joules)
        if tick is not None:
            self._emit(tick)

    def _emit(self, sampled: Reading | Tick | BoardError) -> None:
        if not self._stopping.is_set():
            self._sink(sampled)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                wait_ns = self.turn() - self._clock()
                if wait_ns > 0:
                    self._stopping.wait(wait_ns / NS)
        except BoardError as error:
            self._emit(error)
        except Exception as error:  # a silent thread would look like a board at rest
            self._emit(BoardError(f"The sampler failed: {type(error).__name__}: {error}."))
            raise


def next_on_grid(begin_ns: int, period_ns: int, now_ns: int) -> int:
    """The first point after `now_ns` of the grid that starts at `begin_ns`."""
    return begin_ns + ((now_ns - begin_ns) // period_ns + 1) * period_ns
