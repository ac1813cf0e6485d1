"""Watches a sweep on stderr: a live grid on a terminal, a line an event elsewhere."""

from __future__ import annotations

import signal
import sys
import time
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
from ecotui.core.sweep_time import remaining_s, sessions_left_s
from ecotui.core.timeline import Timeline
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


class Sessions:
    """The logs of a sweep's sessions that go on: the one account of the time that is left."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._followers: dict[str, Follower] = {}

    def look(self, state: SweepState) -> dict[str, Timeline]:
        """Timelines of what goes on, by session."""
        running = [group.session for group in state.groups if group.running and group.session is not None]
        self._followers = {it: self._followers.get(it) or Follower(self._home.session_log(it)) for it in running}
        for follower in self._followers.values():
            follower.poll()
        return {session: follower.timeline for session, follower in self._followers.items()}

    def left_s(self, state: SweepState) -> float:
        """Seconds until nothing is missing of the sweep."""
        return remaining_s(state, time.time(), sessions_left_s(self.look(state), now_ns()))


def running_line(group: GroupState, line: Timeline, at_ns: int) -> str:
    """Where a group's session is, by its own log."""
    now = progress(line, at_ns)
    window = f" {now.window}/{now.windows}" if now.window else ""
    left = "" if now.phase == "starting" else f", about {duration(now.remaining_s)} left of this session"
    return clean(f"GPU {group.gpu}: {group.group.key}: {NAMES.get(now.phase, now.phase)}{window}{left}")


class _Grid:
    """The grid, redrawn in place."""

    def __init__(self, stream: TextIO, home: Home, tail: str) -> None:
        self._sessions, self.tail = Sessions(home), tail
        console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def show(self, state: SweepState) -> None:
        """Bring it up to date."""
        lines, at_ns = self._sessions.look(state), now_ns()
        going = [(g, lines[g.session]) for g in state.groups if g.running and g.session in lines]
        running = [running_line(group, line, at_ns) for group, line in going]
        left_s = remaining_s(state, time.time(), sessions_left_s(lines, at_ns))
        height = self._live.console.height
        self._live.update(grid(state, left_s, height, running, tail=self.tail), refresh=True)

    def __enter__(self) -> _Grid:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


class _Lines:
    """A line for every event of the sweep's log."""

    def __init__(self, stream: TextIO, home: Home, begun: Sweeping) -> None:
        self._stream, self._home, self._sweep = stream, home, begun.sweep
        self._sessions = Sessions(home)
        self._said = len(read_record(home, begun.sweep).events) if begun.resumed else 0
        self.tail = ""

    def show(self, state: SweepState) -> None:
        """Say what is new."""
        if self.tail:
            self._stream.write(f"{self.tail}\n")
            self.tail = ""
        events = read_record(self._home, self._sweep).events
        for event in events[self._said :]:
            left = f", about {duration(self._sessions.left_s(state))} left" if state.missing else ""
            if line := event_line(event, state):
                self._stream.write(f"{line}{left}\n")
        self._said = len(events)
        self._stream.flush()

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()
