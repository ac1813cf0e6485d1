"""The kinds of faults: who is struck, how, and when; each plays its trial and says what became of it."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import psutil

from ecotui.recorder.sweep import is_driven
from ecotui.store.home import Home
from tests.faults import sessions
from tests.faults.scene import (
    descendants,
    driver,
    gone,
    pass_time,
    recorder,
    recorders,
    seen,
    somewhen,
    strike,
    terminal,
    until,
    worker,
)
from tests.faults.small_disk import SmallDisk

KILL, TERM, INT, HUP = signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP
MEASURED = {"completed"}
STOPPED = {"stopped", "completed"}
BROKEN = {"failed", "completed"}
LOST = {"unfinished", "completed"}
UNLOADED = ("bare", "loading")
ANY = {"failed", "stopped", "unfinished", "completed"}


@dataclass(frozen=True)
class Struck:
    """What a trial has done."""

    outcomes: frozenset[str]
    """What the run may be called, where it came to one."""
    reason: str = ""
    """What its reason has to match where it was not completed."""
    begun: bool = False
    """Whether the session had entered its first phase by then, and so has to be in the store."""
    sweep: str = ""
    """The sweep that has to be complete."""
    one_board: bool = False
    """Whether all sessions had one board, which only one of them at a time may have held."""


Play = Callable[[Home, Random], Struck]


def struck(outcomes: set[str], begun: bool, reason: str = "") -> Struck:
    """Before a session's first phase its processes may not have come to listen yet: then anything goes."""
    return Struck(frozenset(outcomes if begun else ANY), reason if begun else "", begun)


def on_recorder(number: signal.Signals, outcomes: set[str]) -> Play:
    """A signal to the recorder at any moment of its life, from before its first line to behind its last."""

    def play(home: Home, chance: Random) -> Struck:
        sessions.session(home)
        begun = somewhen(home, chance)
        strike(recorder(), number)
        return struck(outcomes, begun)

    return play


def as_a_window_ends(home: Home, chance: Random) -> Struck:
    """SIGKILL to the recorder when some window is over and its readings have not passed its end."""
    sessions.session(home)
    process, wanted = until(recorder, "a recorder"), chance.randrange(1, 10)

    def over() -> bool:
        line = seen(home)
        return gone(process) or (bool(line.overs.waiting) and len(line.windows) + len(line.overs.waiting) >= wanted)

    until(over, "a window that is over")
    pass_time(chance.choice((0.0, chance.uniform(0.0, 1.0))))
    strike(process, KILL)
    return struck(LOST, True)


def at_the_end(number: signal.Signals, outcomes: set[str]) -> Play:
    """A signal to the recorder while it writes the log's end and fills the store."""

    def play(home: Home, chance: Random) -> Struck:
        sessions.session(home)
        process = until(recorder, "a recorder")
        until(lambda: gone(process) or len(seen(home).windows) >= 10, "the end")
        pass_time(chance.uniform(0.0, 0.6))
        strike(process, number)
        return struck(outcomes, True)

    return play


def on_worker(number: signal.Signals, reason: str, *, impatient: bool = False) -> Play:
    """A signal to the worker at any moment of its life; SIGSTOP is a worker that hangs."""

    def play(home: Home, chance: Random) -> Struck:
        (sessions.impatient_session if impatient else sessions.session)(home)
        process = until(lambda: worker() or seen(home).end, "a worker")
        pass_time(chance.uniform(0.0, sessions.WORKER_S))
        if isinstance(process, psutil.Process):
            strike(process, number)
        return struck(BROKEN, True, reason)

    return play


def worker_fault(fault: str, reason: str) -> Play:
    """A worker that strikes itself: while loading, or in some window."""

    def play(home: Home, chance: Random) -> Struck:
        sessions.script(fault=fault, at_window=chance.randrange(6))
        sessions.impatient_session(home)
        return struck(BROKEN, True, reason)

    return play


def board_hangs(home: Home, chance: Random) -> Struck:
    """A driver that does not come back from a call."""
    sessions.board(hang_s=chance.uniform(0.0, 4.0), hang_for_s=1000.0)
    sessions.impatient_session(home)
    return struck(BROKEN, True, "board has not answered")


def board_lost(home: Home, chance: Random) -> Struck:
    """A board that falls off the bus."""
    sessions.board(lost_s=chance.uniform(0.0, 4.0))
    sessions.session(home)
    return struck(BROKEN, True, "is lost|no longer answers")


def two_on_a_board(home: Home, chance: Random) -> Struck:
    """Two recorders that are started at once on one board: one is refused, and whichever is struck, no lock is left."""
    sessions.one_board(home)
    for _ in range(2):
        sessions.session(home)
    begun = somewhen(home, chance)
    strike(chance.choice(recorders() or [None]), KILL)
    refused = "is being recorded by" if begun else ""
    return Struck(frozenset(LOST | {"failed"}), f"{refused}|has no end", begun, one_board=True)


def hung_and_orphaned(home: Home, chance: Random) -> Struck:
    """A worker that hangs with its interpreter held, whose recorder is killed: nobody is left to end it."""
    sessions.session(home)
    until(lambda: getattr(seen(home).phase, "name", "bare") not in UNLOADED, "a worker that holds the board")
    process = worker()
    pass_time(chance.uniform(0.0, 1.5))
    begun = seen(home).phase is not None
    strike(process, signal.SIGSTOP)
    pass_time(chance.uniform(0.0, 0.4))
    strike(recorder(), KILL)
    return struck(ANY, begun)


def on_command(number: signal.Signals | None, outcomes: set[str]) -> Play:
    """A signal to `ecotui run`, or its terminal closed, at any moment."""

    def play(home: Home, chance: Random) -> Struck:
        with terminal(*sessions.WORDS) as (process, far):
            begun = somewhen(home, chance, far)
            if number is not None:
                strike(process, number)
                while not gone(process):
                    pass_time(0.02, far)
        return struck(outcomes, begun)

    return play


def on_application(number: signal.Signals | None, *, nohup: bool = False) -> Play:
    """A signal to the application that shows a session, or its terminal closed: the session goes on.

    nohup: it ignores the hang-up, and has to find out that its terminal is gone.
    """

    def play(home: Home, chance: Random) -> Struck:
        sessions.session(home)
        with terminal("demo", nohup=nohup) as (process, far):
            pass_time(chance.uniform(0.2, sessions.APP_S), far)
            if number is not None:
                strike(process, number)
                while not gone(process):
                    pass_time(0.02, far)
        return struck(MEASURED, True)

    return play


def on_driver(number: signal.Signals, *, recorder_too: bool = False) -> Play:
    """A signal to a sweep's driver, and the sweep gone on with at once, whatever still runs."""

    def play(home: Home, chance: Random) -> Struck:
        sweep = sessions.sweep(home)
        pass_time(chance.uniform(0.0, sessions.DRIVER_S))
        process = driver()
        strike(process, number)
        if recorder_too:
            strike(recorder(), KILL)
        until(lambda: gone(process) and not is_driven(home, sweep), "the driver's end")
        sessions.sweep(home, sweep)
        return Struck(frozenset(ANY), sweep=sweep)

    return play


def on_a_sweeps_recorder(home: Home, chance: Random) -> Struck:
    """A sweep whose recorder is killed measures that group again."""
    sweep = sessions.sweep(home)
    process = until(recorder, "a recorder")
    somewhen(home, chance)
    strike(process, KILL)
    until(lambda: not is_driven(home, sweep), "the sweep's end")
    return Struck(frozenset(ANY), sweep=sweep)


def disk_full(home: Home, chance: Random) -> Struck:
    """The disk of the home fills up in mid-session, and has room again at the next start."""
    with SmallDisk(home.root) as disk:
        sessions.session(home)
        begun = somewhen(home, chance)
        disk.fill()
        until(lambda: not descendants(), "the session's end")
        disk.clear()
        return struck({"failed", "completed"}, begun, "cannot be written .No space left on device")


def file_too_large(home: Home, chance: Random) -> Struck:
    """The log may not grow any more, as with a quota: not even its last words have room."""
    sessions.session(home)
    process = until(recorder, "a recorder")
    begun = somewhen(home, chance)
    with suppress(psutil.Error, ProcessLookupError):
        most = max((log.stat().st_size for log in home.sessions.glob("*/log.jsonl")), default=0)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most + chance.randrange(2000), -1))
    return struck(LOST | BROKEN, begun, "cannot be written .File too large")


KINDS: dict[str, tuple[int, Play]] = {
    "recorder SIGKILL": (24, on_recorder(KILL, LOST)),
    "recorder SIGTERM": (10, on_recorder(TERM, STOPPED)),
    "recorder SIGINT": (4, on_recorder(INT, STOPPED)),
    "recorder SIGHUP": (6, on_recorder(HUP, MEASURED)),
    "recorder SIGKILL as a window ends": (12, as_a_window_ends),
    "recorder SIGKILL at the end": (12, at_the_end(KILL, LOST)),
    "recorder SIGTERM at the end": (4, at_the_end(TERM, STOPPED)),
    "recorders on one board, one SIGKILL": (8, two_on_a_board),
    "worker SIGKILL": (12, on_worker(KILL, "SIGKILL")),
    "worker SIGTERM": (6, on_worker(TERM, "SIGTERM")),
    "worker stopped": (8, on_worker(signal.SIGSTOP, "silent|done nothing", impatient=True)),
    "worker hangs": (8, worker_fault("hang", "silent|done nothing")),
    "worker out of memory": (8, worker_fault("oom", "memory")),
    "worker dies": (4, worker_fault("die", "exit code 9")),
    "worker talks nonsense": (2, worker_fault("garbage", "no message")),
    "worker stopped, recorder SIGKILL": (8, hung_and_orphaned),
    "board hangs": (6, board_hangs),
    "board lost": (4, board_lost),
    "command SIGKILL": (8, on_command(KILL, MEASURED)),
    "command SIGTERM": (6, on_command(TERM, STOPPED)),
    "command SIGINT": (4, on_command(INT, STOPPED)),
    "command SIGHUP": (4, on_command(HUP, MEASURED)),
    "command, terminal closed": (8, on_command(None, MEASURED)),
    "application SIGKILL": (6, on_application(KILL)),
    "application SIGTERM": (4, on_application(TERM)),
    "application SIGHUP": (4, on_application(HUP)),
    "application, terminal closed": (6, on_application(None)),
    "application, terminal closed under nohup": (4, on_application(None, nohup=True)),
    "driver SIGKILL": (14, on_driver(KILL)),
    "driver SIGTERM": (4, on_driver(TERM)),
    "driver SIGHUP": (4, on_driver(HUP)),
    "driver and recorder SIGKILL": (6, on_driver(KILL, recorder_too=True)),
    "a sweep's recorder SIGKILL": (6, on_a_sweeps_recorder),
    "disk full": (12, disk_full),
    "log may not grow": (6, file_too_large),
}
"""By name: how many of 252, and how it is played."""
