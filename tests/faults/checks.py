"""What has to be true after a trial, whatever was struck: checked as the next start finds it."""

from __future__ import annotations

import fcntl
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from ecotui.core.errors import LogError
from ecotui.core.summary import summarize
from ecotui.core.sweep_state import DONE
from ecotui.core.timeline import Timeline
from ecotui.log.lock import is_running
from ecotui.log.reader import read_timeline
from ecotui.recorder.board_lock import holder_of
from ecotui.recorder.sweep import is_driven, read_record, read_state
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.faults.kinds import Struck
from tests.faults.scene import logs


def problems(home: Home, what: Struck) -> list[str]:
    """Sentences about what is not as it has to be; adopts what the recorders could not store."""
    held = [f"{path.relative_to(home.root)} is locked" for path in _files(home) if _locked(path)]
    store = Store(home)
    store.adopt()
    found = [*held, *store.problems, *(line for log in logs(home) for line in _log(store, log, what))]
    found += [f"{path.name} was left behind" for path in home.store.rglob(".*")]
    if Store(home).adopt():
        found.append("a second start stores something again")
    if what.begun and not what.sweep and not logs(home):
        found.append("a session that had begun has no log")
    found += _board(home) if what.one_board else []
    return [*found, *(_sweep(home, what.sweep) if what.sweep else ())]


def outcome(home: Home) -> str:
    """What the newest run is called; "nothing" where there is none."""
    runs = Store(home).runs()
    return (runs[0].row.outcome or "?") if runs else "nothing"


def _files(home: Home) -> Iterator[Path]:
    yield from (p for p in home.root.rglob("*") if p.is_file() or p == home.store)


def _locked(path: Path) -> bool:
    with path.open("rb") if path.is_file() else suppress(OSError):
        pass
    import os

    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _log(store: Store, log: Path, what: Struck) -> Iterator[str]:
    """Every completed window is stored, as the log tells it, under a word for what happened."""
    name = log.parent.name
    if is_running(log):
        yield f"{name} is still being recorded"
    try:
        line = read_timeline(log)
    except LogError as error:
        if b"\n" in log.read_bytes():
            yield f"{error}"
        return
    rows = [run.row for run in store.session(name)]
    yield from _lost(store, log, [row.run_id for row in rows])
    if not line.windows and line.end is None and not line.spans:
        return
    if not rows:
        yield f"{name} has {len(line.windows)} windows in its log and no run in the store"
        return
    windows = [window for row in rows for window in store.windows(row.run_id)]
    if windows != summarize(line)[1]:
        yield f"{name} has {len(windows)} windows in the store and {len(line.windows)} in its log, or others"
    for row in rows:
        if row.outcome not in what.outcomes:
            yield f"{name} is called {row.outcome} ({row.reason})"
        elif row.outcome != "completed" and not re.search(what.reason, row.reason or ""):
            yield f"{name} is {row.outcome} because: {row.reason}"


def _lost(store: Store, log: Path, runs: list[str]) -> Iterator[str]:
    """Every window that the recorder had accepted, by the log's own lines, is stored once, and no other."""
    held = Counter((run, window.t0_ns) for run in runs for window in store.windows(run))
    *whole, _ = log.read_bytes().split(b"\n")  # what follows the last line's end is torn
    told = [json.loads(line) for line in whole if line.startswith((b'{"kind":"over"', b'{"kind":"window"'))]
    accepted = {(f"{log.parent.name}.{event['arm']}", event["t0_ns"]) for event in told}
    yield from (f"window {t0_ns} of {run} was accepted and is not stored" for run, t0_ns in accepted - set(held))
    yield from (f"window {t0_ns} of {run} is stored {n} times" for (run, t0_ns), n in held.items() if n > 1)
    yield from (f"window {t0_ns} of {run} is stored and in no log" for run, t0_ns in set(held) - accepted)


def _board(home: Home) -> list[str]:
    """The lock of the sessions' board is free, and no two of them had the board at once."""
    lines = [line for log in logs(home) if (line := _readable(log)) and line.spans and line.header]
    board = next((line.header.board for line in lines if line.header and line.header.board), None)
    found = [f"the board is still held by {it.words}" for it in [holder_of(board) if board else None] if it]
    turns = sorted((line.spans[0].phase.at_ns, line.last_ns) for line in lines)
    for (_, end), (begin, _) in pairwise(turns):
        if begin < end:
            found.append("two sessions had the board at once")
    return found


def _readable(log: Path) -> Timeline | None:
    with suppress(LogError):
        return read_timeline(log)
    return None


def _sweep(home: Home, sweep: str) -> Iterator[str]:
    """Every point is done, and every session is one that the sweep knows of."""
    if is_driven(home, sweep):
        yield "the sweep is still driven"
    state, known = (
        read_state(home, sweep),
        {e.session for e in read_record(home, sweep).events if hasattr(e, "session")},
    )
    yield from (f"a point is {p.state}: {p.reason}" for g in state.groups for p in g.points if p.state != DONE)
    strays = {log.parent.name for log in logs(home)} - known
    yield from (f"session {stray} is none of the sweep's" for stray in sorted(strays))
    done = [run.row for run in Store(home).runs() if run.row.outcome == "completed"]
    if len(done) != sum(len(g.points) for g in state.groups):
        yield f"{len(done)} runs were completed for {sum(len(g.points) for g in state.groups)} points"
