"""`ecotui watch`: a session under way, of this home or of whoever lets one read its log, in the Monitor."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ecotui.core.errors import EcotuiError, UsageError
from ecotui.core.reading import BoardInfo
from ecotui.core.units import clean
from ecotui.log.lock import is_running
from ecotui.recorder.board_lock import holder_of
from ecotui.recorder.holders import Holder, hidden, watchable
from ecotui.recorder.live import running
from ecotui.store.home import Home

if TYPE_CHECKING:
    from ecotui.cli.words import Namespace

START = "`ecotui` starts one; `ecotui boards` tells who is on the GPUs of this host."


def watch(chosen: argparse.Namespace) -> int:
    """Open the Monitor on a session under way, read-only; with --json its state of now."""
    home = Home.open()
    log = named(home, chosen.session) if chosen.session else newest(home)
    if chosen.json:
        sys.stdout.write(json.dumps(state(log)) + "\n")
        return 0
    from ecotui.cli.application import _open, _parts, check_terminal
    from ecotui.cli.beginning import begun
    from ecotui.cli.words_terminal import terminal_of
    from ecotui.log.follow import Follower

    check_terminal("ecotui watch --json")
    follower = Follower(log)
    follower.poll()
    plan = follower.timeline.plan
    assert plan is not None, "a log begins with its header"
    parts = replace(_parts(home, plan, ""), watch=log, visiting=True, terminal=terminal_of(chosen))
    return _open(begun(parts, cast("Namespace", chosen)))


def named(home: Home, text: str) -> Path:
    """The log of a session under way, by id or path.

    Raises:
        UsageError: no session, or several, have that name.
        EcotuiError: it has ended, or its log cannot be read.
    """
    logs = [*running(home), *(log for log in elsewhere().values() if log is not None)]
    meant = [log for log in dict.fromkeys(logs) if _means(log.parent.name, text)]
    exact = [log for log in meant if log.parent.name == text]
    if len(exact or meant) > 1:
        names = ", ".join(log.parent.name for log in meant)
        raise UsageError(
            f"{clean(text, 80)!r} is the beginning or end of several sessions: {names}.", "Name one whole."
        )
    return (exact or meant)[0] if meant else _under_way(_file(text))


def newest(home: Home) -> Path:
    """The newest session under way of this home; else one that holds a GPU and may be read.

    Raises:
        EcotuiError: there is none; names who holds a GPU whose log cannot be read.
    """
    log = next(running(home), None)
    if log is not None:
        return log
    held = elsewhere()
    seen = next((log for log in held.values() if log is not None), None)
    if seen is not None:
        return seen
    for said in held:
        raise EcotuiError(*said)
    raise EcotuiError("No session is under way.", START)


def elsewhere() -> dict[tuple[str, str], Path | None]:
    """Who holds a GPU of this host, and why that cannot be watched, in sentences; the log where it can."""
    held = [(holder, board) for board in _boards() if (holder := holder_of(board)) is not None]
    return {_unseen(holder, board): watchable(holder, board) for holder, board in held}


def state(log: Path) -> dict[str, object]:
    """A session under way as plain values: what is measured, how far it is, and the newest reading."""
    from ecotui.core.clock import now_ns
    from ecotui.core.progress import progress
    from ecotui.log.follow import Follower

    follower = Follower(log)
    follower.poll()
    line = follower.timeline
    assert line.header is not None and line.plan is not None, "a log begins with its header"
    where, last = progress(line, now_ns()), line.last
    return {
        "session_id": line.header.session,
        "log": str(log),
        "running": follower.running,
        "simulated": line.plan.simulated,
        "gpu": line.board.index if line.board else line.plan.gpu,
        "gpu_name": line.board.name if line.board else None,
        "arms": [arm.label for arm in line.plan.arms],
        "phase": where.phase,
        "window": where.window,
        "windows": where.windows,
        "remaining_s": where.remaining_s,
        "reading": None if last is None else {f: getattr(last, f) for f in last.__slots__},
    }


def _means(session: str, text: str) -> bool:
    return session.startswith(text) or (len(text) >= 4 and session.endswith(text))


def _file(text: str) -> Path:
    from ecotui.cli.stored import find_log

    return find_log(text)


def _under_way(log: Path) -> Path:
    try:
        with log.open("rb"):
            pass
    except PermissionError as error:
        raise EcotuiError(
            f"{clean(log)} cannot be read: it is in another user's home.",
            "Whoever records it can watch it, or let you read that folder.",
        ) from error
    except OSError as error:
        raise EcotuiError(f"There is no log {clean(log)} ({error.strerror}).", START) from error
    if not is_running(log):
        name = log.parent.name if log.name.startswith("log.jsonl") else str(log)
        raise EcotuiError(f"{clean(name)} is not under way: nobody writes its log.", f"`ecotui replay {log}` plays it.")
    return log


def _boards() -> list[BoardInfo]:
    from ecotui.sensors.board import list_boards

    try:
        return list_boards("nvml")
    except EcotuiError:
        return []


def _unseen(holder: Holder, board: BoardInfo) -> tuple[str, str]:
    return f"GPU {board.index} ({clean(board.name, 60)}) is being recorded by {holder.words}.", hidden(holder) or START
