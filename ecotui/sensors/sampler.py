"""Readings on a fixed grid, the counter's ticks and the driver's ring, from a thread of the recorder's own process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

from ecotui.core.clock import NS
from ecotui.core.errors import BoardError
from ecotui.core.reading import Reading, Ring, Slow, Tick
from ecotui.sensors.board import Board
from ecotui.sensors.chores import Chore, Chores, next_on_grid
from ecotui.sensors.costs import Costs, Meter
from ecotui.sensors.ticks import TickTracker

Sampled = Reading | Tick | Ring | Slow | BoardError
Sink = Callable[[Sampled], None]
"""Takes what was sampled, in the sampler's thread; has to return soon."""

SPARSE = 5
"""Every how many ticks of the counter one is tracked beside a ring."""
STOP_WAIT_S = 5.0
"""A driver that hangs does not hang the recorder: after this long the thread, a daemon, is left behind."""
SLOW_AFTER_NS, RING_AFTER_NS = NS // 20, 11 * NS // 20
"""When the first slow look and the first drain are due; both come again every second, half a second apart."""


class Sampler:
    """Reads a board every `period_s`, tracks its counter, and drains its ring and looks at what is slow each second.

    A BoardError goes to the sink once and is the last thing that comes. Readings that a blocked call has made
    late are not made up; the grid goes on. sparse: whether one tick in five is enough where the board has a ring.
    """

    def __init__(
        self,
        board: Board,
        *,
        sink: Sink,
        period_s: float = 0.1,
        sparse: bool = False,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._board, self._sink, self._clock = board, sink, clock
        self._period_ns = round(period_s * NS)
        self._sparse = sparse
        self._begin_ns = self._reading_due_ns = clock()
        self._ticks = TickTracker(self._begin_ns)
        self._meter = Meter(clock)
        self._chores = self._plan_chores()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="ecotui-sampler", daemon=True)

    @property
    def costs(self) -> tuple[Costs, ...]:
        """What each kind of look has cost so far; may be asked from any thread."""
        return self._meter.costs

    def start(self) -> None:
        """Begin; the grid starts at once."""
        self._begin_ns = self._reading_due_ns = self._clock()
        self._chores = self._plan_chores()
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
        due_ns = min(self._reading_due_ns, self._ticks.due_ns)
        return min(due_ns, self._chores.turn(self._clock(), due_ns, self._reading_due_ns))

    def _plan_chores(self) -> Chores:
        slow = Chore(self._look_slowly, self._begin_ns + SLOW_AFTER_NS)
        return Chores([slow, Chore(self._drain, self._begin_ns + RING_AFTER_NS)])

    def _read(self) -> None:
        with self._meter.spent("reading"):
            reading = self._board.read()
        self._emit(replace(reading, energy_j=self._ticks.newest_j))

    def _drain(self) -> None:
        with self._meter.spent("ring"):
            ring = self._board.ring()
        if ring is not None:
            self._emit(ring)
        self._ticks.every = SPARSE if self._sparse and ring is not None else 1

    def _look_slowly(self) -> None:
        with self._meter.spent("vitals"):
            slow = self._board.slow()
        self._emit(slow)

    def _look(self) -> None:
        began_ns = self._clock()
        with self._meter.spent("counter"):
            joules = self._board.energy_j()
        tick = self._ticks.looked(began_ns, self._clock(), joules)
        if tick is not None:
            self._emit(tick)

    def _emit(self, sampled: Sampled) -> None:
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
