"""A home of its own for one trial, the processes that belong to it, and what is left of them."""

from __future__ import annotations

import ctypes
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import TypeVar

import psutil

from ecotui.core.errors import LogError
from ecotui.core.timeline import Timeline
from ecotui.log.follow import Follower
from ecotui.log.reader import read_timeline
from ecotui.store.home import Home
from tests.faults.sessions import MARKS

PATIENCE_S = 90.0
"""No session here lasts a fifth of it, on two cores that others use as well."""
LOOK_S = 0.08
"""Between two looks at all processes of the host, which cost some milliseconds."""
GONE_S = 20.0
"""For what a process leaves behind to end by itself."""
SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2): detached grandchildren become children of ours, and none can hide."""
T = TypeVar("T")


class FoundError(AssertionError):
    """Something that must not be."""


def become_reaper() -> None:
    """Every descendant of this process stays one, however detached it was started."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def until(asked: Callable[[], T], what: str, patience_s: float = PATIENCE_S) -> T:
    """What `asked` answers once that is true.

    Raises:
        FoundError: it never was.
    """
    deadline = time.monotonic() + patience_s
    while not (found := asked()):
        if time.monotonic() > deadline:
            raise FoundError(f"{what}: not within {patience_s:.0f} s")
        time.sleep(LOOK_S)
    return found


def descendants() -> list[psutil.Process]:
    """Processes that this one's trial has begun, and that still are; those that ended are taken off the list."""
    return [process for process in psutil.Process().children(recursive=True) if not gone(process)]


def find(*words: str) -> psutil.Process | None:
    """The newest descendant whose command line holds all of these words."""
    for process in reversed(descendants()):
        with suppress(psutil.Error):
            line = process.cmdline()
            if all(word in line for word in words):
                return process
    return None


def worker() -> psutil.Process | None:
    """The scripted worker of the session that goes."""
    return find("ecotui.worker.scripted")


def recorder() -> psutil.Process | None:
    """The recorder of the session that goes."""
    return find("record", "scripted")


def recorders() -> list[psutil.Process]:
    """Every recorder of a session that goes."""
    found = []
    for process in descendants():
        with suppress(psutil.Error):
            if {"record", "scripted"} <= set(process.cmdline()):
                found.append(process)
    return found


def driver() -> psutil.Process | None:
    """The driver of a sweep."""
    return find("ecotui.recorder.sweep_main")


def strike(process: psutil.Process | None, number: signal.Signals) -> bool:
    """Send a signal; False where nobody is left to hear it."""
    if process is None:
        return False
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return False
    return True


def gone(process: psutil.Process | None) -> bool:
    """Whether it has ended, and with its last thread let go of its files.

    A killed process reads as a zombie as soon as its first thread is dead; the others may hold its locks still.
    """
    if process is None:
        return True
    try:
        return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
    except psutil.NoSuchProcess:
        return True


def logs(home: Home) -> list[Path]:
    """Logs of sessions that have begun."""
    return sorted(p for p in home.sessions.glob("*/log.jsonl") if p.stat().st_size)


def seen(home: Home) -> Timeline:
    """The newest session as its log tells it now; an empty one where there is none."""
    for log in reversed(logs(home)):
        with suppress(LogError):
            return read_timeline(log)
    return Timeline()


def somewhen(home: Home, chance: Random, far: int | None = None) -> bool:
    """Wait until a moment of chance in a session's life, from before its first line to behind its last.

    Half of the moments fall when so many phases and windows are in the log, however fast the machine is just now.
    Returns whether the session had entered its first phase.
    """
    marks, follower = chance.randrange(-6, MARKS + 2), None
    end = time.monotonic() + PATIENCE_S
    while marks > 0 and time.monotonic() < end:
        if follower is None and (found := logs(home)):
            follower = Follower(found[-1])
        if follower is not None:
            follower.poll()
            line = follower.timeline
            if len(line.spans) + len(line.windows) >= marks or line.end is not None:
                break
        pass_time(0.02, far)
    pass_time(chance.uniform(0.0, 1.5 if marks <= 0 else 0.3), far)
    return seen(home).phase is not None


@contextmanager
def terminal(*words: str, nohup: bool = False) -> Iterator[tuple[psutil.Process, int]]:
    """A command in a terminal of its own; the process that leads it, and the terminal's other end."""
    far, near = pty.openpty()
    fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    code = (
        f"import fcntl, os, signal, sys, termios; signal.signal(signal.SIGHUP, signal.SIG_{'IGN' if nohup else 'DFL'});"
        "os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
        "os.execv(sys.executable, [sys.executable, '-m', 'ecotui', *sys.argv[1:]])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=near,
        stdout=near,
        stderr=near,
        env=os.environ | {"TERM": "xterm-256color"},
    )
    os.close(near)
    os.set_blocking(far, False)
    try:
        yield psutil.Process(process.pid), far
    finally:
        with suppress(OSError):
            os.close(far)
        process.wait(PATIENCE_S)


def drain(far: int) -> bytes:
    """What a terminal has been told since the last time."""
    out = b""
    with suppress(BlockingIOError, OSError):
        while data := os.read(far, 65_536):
            out += data
    return out


def pass_time(seconds: float, far: int | None = None) -> None:
    """Let it go by; a terminal is read meanwhile, or the one who writes to it would wait."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if far is not None:
            drain(far)
        time.sleep(min(left, 0.02))


def leave_nobody() -> list[str]:
    """Wait for every descendant to end by itself; names of those that did not, which are ended here."""
    with suppress(FoundError):
        until(lambda: not descendants(), "descendants", GONE_S)
    left = descendants()
    names = [f"{p.pid} {' '.join(_line(p))[-80:]}" for p in left]
    for process in left:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGCONT)
            process.kill()
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return names


def _line(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return ["?"]
