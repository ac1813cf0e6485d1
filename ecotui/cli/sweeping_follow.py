"""Watches a sweep on stderr: a live grid on a terminal, a line an event elsewhere."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import TextIO

from rich.console import Console
from rich.live import Live

from ecotui.cli.progress import NAMES
from ecotui.cli.stopping import stopping
from ecotui.cli.sweep_text import LEAVES, STOPPING, STOPS, event_line, grid
from ecotui.core.clock import now_ns
from ecotui.core.progress import progress
from ecotui.core.sweep_state import GroupState, SweepState
from ecotui.core.sweep_time import remaining_s
from ecotui.core.units import clean, duration
from ecotui.log.follow import Follower
from ecotui.recorder.sweep import Sweeping, is_driven, read_record, read_state, stop_sweep
from ecotui.store.home import Home

PULL_S = 0.25


LETS_GO = (signal.SIGTERM, signal.SIGHUP)
"""End the watching, never the sweep: a terminal that is closed, or `timeout`, takes nothing from anybody."""


def follow(home: Home, begun: Sweeping, stream: TextIO | None = None) -> SweepState | signal.Signals:
    """Watch a sweep to its end; the signal that ended the watching where one did, and the sweep goes on.

    Ctrl+c stops the sweep, which keeps what was measured, where this process has begun it or gone on with it; a
    watcher of somebody else's lets go of it, as everybody does on SIGTERM and SIGHUP.
    """
    out, left = stream or sys.stderr, list[signal.Signals]()
    mine = begun.process is not None

    def interrupted() -> None:
        if mine:
            stop_sweep(home, begun.sweep)
            shown.tail = STOPPING
        else:
            left.append(signal.SIGINT)

    shown: _Grid | _Lines = _Grid(out, home, STOPS if mine else LEAVES) if out.isatty() else _Lines(out, home, begun)
    with ExitStack() as stack:
        stack.enter_context(stopping(interrupted, (signal.SIGINT,)))
        for number in LETS_GO:
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup's word stands
                stack.enter_context(stopping(partial(left.append, number), (number,)))
        stack.enter_context(shown)
        while not left:
            gone = _gone(home, begun)
            state = read_state(home, begun.sweep)
            shown.show(state)
            if gone:
                return state
            time.sleep(PULL_S)
    return left[0]


def _gone(home: Home, begun: Sweeping) -> bool:
    """Whether nobody drives it any more; a driver that found another at work has left it to that one."""
    over = begun.process is None or begun.process.poll() is not None
    return over and not is_driven(home, begun.sweep)


class _Grid:
    """The grid, redrawn in place."""

    def __init__(self, stream: TextIO, home: Home, tail: str) -> None:
        self._home, self.tail = home, tail
        self._followers: dict[str, Follower] = {}
        console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def show(self, state: SweepState) -> None:
        """Bring it up to date."""
        running = [line for group in state.groups if group.running for line in self._running(group)]
        height = self._live.console.height
        self._live.update(grid(state, time.time(), height, running, tail=self.tail), refresh=True)

    def _running(self, group: GroupState) -> Iterator[str]:
        """Where a group's session is, by its own log."""
        if group.session is None:
            return
        follower = self._followers.setdefault(group.session, Follower(self._home.session_log(group.session)))
        follower.poll()
        now = progress(follower.timeline, now_ns())
        window = f" {now.window}/{now.windows}" if now.window else ""
        what = f"{NAMES.get(now.phase, now.phase)}{window}, about {duration(now.remaining_s)} left of this session"
        yield clean(f"GPU {group.gpu}: {group.group.key}: {what}")

    def __enter__(self) -> _Grid:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


class _Lines:
    """A line for every event of the sweep's log."""

    def __init__(self, stream: TextIO, home: Home, begun: Sweeping) -> None:
        self._stream, self._home, self._sweep = stream, home, begun.sweep
        self._said = len(read_record(home, begun.sweep).events) if begun.resumed else 0
        self.tail = ""

    def show(self, state: SweepState) -> None:
        """Say what is new."""
        if self.tail:
            self._stream.write(f"{self.tail}\n")
            self.tail = ""
        events = read_record(self._home, self._sweep).events
        for event in events[self._said :]:
            left = f", about {duration(remaining_s(state, time.time()))} left" if state.missing else ""
            if line := event_line(event, state):
                self._stream.write(f"{line}{left}\n")
        self._said = len(events)
        self._stream.flush()

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()
