"""What this host knows of a process: read from /proc, six fields at a time, without a library.

A process that another user owns tells all of this too; one of another container, or behind `hidepid`, tells nothing.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ecotui.core.units import clean

PROC = Path("/proc")
RECORDS = (b"record", b"record-watched")
"""The words of a recorder's process before its session's id."""
LONGEST = 300
"""Letters of a command that are kept."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One process, as it was at one look."""

    user: str
    rss_b: int
    """Memory of the host that it holds."""
    cpu_s: float
    """Processor time so far, user and system."""
    started_s: float
    """When it was started, seconds since the host was."""
    parent: int
    command: str
    """Its words, cleaned; what is in brackets is its name, where it has no words."""


def facts_of(pid: int, proc: Path = PROC) -> Facts | None:
    """A process of this host or container; None where it is not seen from here, or has just ended."""
    folder = proc / str(pid)
    try:
        stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        words = (folder / "cmdline").read_bytes()
        uid = folder.stat().st_uid
    except OSError:
        return None
    name, _, rest = stat.partition("(")[2].rpartition(")")  # a name may hold brackets and blanks
    try:
        values = rest.split()
        tick = os.sysconf("SC_CLK_TCK")
        return Facts(
            _user(uid),
            int(values[21]) * os.sysconf("SC_PAGE_SIZE"),
            (int(values[11]) + int(values[12])) / tick,
            int(values[19]) / tick,
            int(values[1]),
            _command(words) or f"[{clean(name, 40)}]",
        )
    except (IndexError, ValueError):
        return None


def uptime_s(proc: Path = PROC) -> float | None:
    """Seconds since the host was started; None where it does not tell."""
    try:
        return float((proc / "uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def children_of(pid: int, proc: Path = PROC) -> tuple[int, ...]:
    """The children of a process's first thread; none where it is not seen, or the kernel keeps no such list."""
    try:
        return tuple(int(word) for word in (proc / str(pid) / "task" / str(pid) / "children").read_text().split())
    except (OSError, ValueError):
        return ()


def recorder_of(session: str, proc: Path = PROC) -> int | None:
    """The process that records a session, found by its words; looks at every process of the host."""
    for folder in proc.iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            at = words.index(session.encode()) if session.encode() in words else 0
            if at and words[at - 1] in RECORDS:
                return int(folder.name)
    return None


def role_of(command: str) -> str:
    """ "recorder" or "worker" of an ecotui, by the process's words; empty for any other."""
    words = command.split()
    if any(word.split(".")[:2] == ["ecotui", "worker"] for word in words):
        return "worker"
    records = any(word.decode() in words for word in RECORDS)
    return "recorder" if records and any(w.rsplit("/", 1)[-1] == "ecotui" for w in words) else ""


def _command(words: bytes) -> str:
    """The words of a process; the folder of the first is left out."""
    first, *rest = words.rstrip(b"\0").decode(errors="replace").split("\0")
    return clean(" ".join([first.rsplit("/", 1)[-1], *rest]).strip(), LONGEST)


@cache
def _user(uid: int) -> str:
    try:
        return clean(pwd.getpwuid(uid).pw_name, 32)
    except KeyError:
        return str(uid)
