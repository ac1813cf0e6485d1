"""Where state goes: the home, its disk and its locks, the store, and the cache of the model hub."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ecotui.core.errors import EcotuiError
from ecotui.core.units import counted, gigabytes
from ecotui.doctor.check import ABSENT, BAD, GOOD, WARN, Check
from ecotui.log.lock import hold, is_running
from ecotui.store.home import Home

TIGHT_B, FULL_B = 2_000_000_000, 50_000_000
"""A day at ten looks a second takes some 0.6 GB; a window that cannot be synced is lost."""
NETWORK = ("nfs", "nfs4", "cifs", "smb3", "lustre", "fuse.sshfs", "9p", "ceph", "beegfs")
RECENT = 50
LOCK = """
import fcntl, sys
stream = open(sys.argv[1], "rb")
try:
    fcntl.flock(stream.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit(3)
"""
"""Another process, since a network's file system may lock by process."""
ELSEWHERE = "Keep state on a disk of this machine: `export ECOTUI_HOME=/var/tmp/$USER-ecotui`."


def home() -> Iterator[Check]:
    """Home, disk, locks and sessions; the first that fails is the last that is told."""
    try:
        found = Home.open()
    except EcotuiError as error:
        yield Check("home", BAD, error.what, error.advice or ELSEWHERE)
        return
    text = f"{found.root} · writable · errors go to {found.error_log.name}"
    yield Check("home", GOOD, text, short=f"{_from_home(found.root)} · writable")
    yield disk(found.root)
    yield locks(found.sessions)
    yield sessions(found)


def disk(root: Path, free_b: int | None = None) -> Check:
    """Room for the next session; `free_b` is asked of the disk unless it is told."""
    free = shutil.disk_usage(root).free if free_b is None else free_b
    text = f"{gigabytes(free)} free on {mount_of(root)}"
    mend = f"See what takes it: `du -xh -d 2 {root} | sort -h | tail`; or name another disk: `export ECOTUI_HOME=…`."
    if free < FULL_B:
        return Check("disk", BAD, f"{text}: a session could not be written", mend)
    if free < TIGHT_B:
        return Check("disk", WARN, f"{text}: a day at ten looks a second takes 0.6 GB", mend)
    return Check("disk", GOOD, text, short=f"{gigabytes(free)} free")


def _from_home(path: Path) -> str:
    """A path with `~` for the user's own folder."""
    mine = Path.home()
    return f"~/{path.relative_to(mine)}" if path.is_relative_to(mine) else str(path)


def mount_of(path: Path) -> str:
    """ "ext4 at /home": the file system that holds a path; a dash where the system does not tell."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "–"
    held = [words[1:3] for line in lines if len(words := line.split()) > 2 and path.is_relative_to(words[1])]
    place, kind = max(held, key=lambda it: len(it[0]), default=("–", "–"))
    return f"{kind} at {place}"


def locks(folder: Path) -> Check:
    """Whether a file that one process locks is refused to another: every recording rests on it."""
    kind = mount_of(folder).partition(" ")[0]
    over = f"{kind}, over a network" if kind in NETWORK else kind
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".lock-test-") as probe:
            hold(probe)
            refused = subprocess.run([sys.executable, "-S", "-c", LOCK, probe.name], check=False, timeout=20).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("locks", BAD, f"files cannot be locked on {over} ({error})", ELSEWHERE)
    if refused != 3:
        return Check("locks", BAD, f"a lock is not seen by other processes on {over}", ELSEWHERE)
    if kind in NETWORK:
        return Check("locks", WARN, f"a lock holds on {over}; syncs may be slow", ELSEWHERE)
    return Check("locks", GOOD, f"a lock holds on {over}", short=f"locks hold on {over}")


def sessions(found: Home) -> Check:
    """How many sessions there are, and how many go on."""
    logs = _logs(found)
    going = _going(logs)
    size = sum(log.stat().st_size for log in logs if log.exists())
    text = f"{counted(len(logs), 'session')}, {gigabytes(size)} of logs"
    return Check("sessions", GOOD, f"{text} · being recorded: {', '.join(going)}" if going else text)


def recorded_here() -> list[str]:
    """Sessions of this home that go on."""
    try:
        return _going(_logs(Home.open(create=False)))
    except EcotuiError:
        return []


def _logs(found: Home) -> list[Path]:
    """The newest first."""
    return sorted((p for end in ("", ".gz") for p in found.sessions.glob(f"*/log.jsonl{end}")), reverse=True)


def _going(logs: list[Path]) -> list[str]:
    return [log.parent.name for log in logs[:RECENT] if is_running(log)]


def store() -> Iterator[Check]:
    """What is stored, and files that cannot be read."""
    from ecotui.store.store import Store, default_samples

    try:
        it = Store(Home.open(create=False), default_samples())
        runs = it.runs()
    except EcotuiError as error:
        yield Check("store", BAD, error.what, error.advice or "Make it anew from the logs: `ecotui store rebuild`.")
        return
    here = sum(r.origin == "here" for r in runs)
    mine, others = counted(here, "run"), f"{len(runs) - here} samples and imported"
    yield Check("store", GOOD, f"{mine} of this machine, {others}", short=f"{mine}, {others}")
    for problem in it.problems:
        yield Check("store", BAD, problem, "Make it anew from the logs: `ecotui store rebuild`.")


def hub() -> Check:
    """The cache of models, and whether the hub may be asked for others."""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    base = Path(os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    cache = Path(named).expanduser() if named else base.expanduser() / "hub"
    offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
    line = "offline (HF_HUB_OFFLINE): only what is there" if offline else "online: a typed id is fetched"
    word = line.partition(":")[0]
    if not cache.is_dir():
        get = "" if offline else "Synthetic shapes need none; to fetch one: `hf download facebook/opt-125m`."
        return Check("hub cache", ABSENT, f"{cache} is not there · {line}", get, f"no {_from_home(cache)} · {word}")
    models = counted(sum(1 for _ in cache.glob("models--*")), "model")
    text = f"{cache} · {models}"
    if not os.access(cache, os.W_OK) and not offline:
        return Check("hub cache", WARN, f"{text} · cannot be written", "Name a folder that can: `export HF_HOME=…`.")
    free, few = gigabytes(shutil.disk_usage(cache).free), f"{_from_home(cache)} · {models} · {word}"
    return Check("hub cache", GOOD, f"{text} · {free} free · {line}", short=few)
