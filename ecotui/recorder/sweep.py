"""Sweeps of a home: begun, found again, driven by a process of their own, asked to stop, and looked at."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ecotui.core.against import eager_advice
from ecotui.core.errors import EcotuiError, HomeError, LogError, UsageError
from ecotui.core.events import End
from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_events import VERSION, SweepHeader, SweepRecord, parse_record
from ecotui.core.sweep_state import SessionEnd, SweepState, open_sessions, state_of
from ecotui.core.timeline import Timeline
from ecotui.log.lock import is_running
from ecotui.log.reader import read_timeline
from ecotui.recorder.launch import is_recorded
from ecotui.recorder.sweep_log import create
from ecotui.recorder.worker import private
from ecotui.store.adopt import complaint
from ecotui.store.home import SESSION, Home, default_samples, private_folder

MEASURE_ENGINES = "Measure it with --engines eager."
"""What a sweep offers for a model that cannot be captured."""
LOG = "sweep.jsonl"
STOP = "stop"
PUT_OFF = "put-off"
"""Stands beside the log of an unfinished sweep that is not to be offered."""
UNTOUCHED = ("bare",)
"""Phases in which no arm has been touched yet."""


@dataclass(frozen=True)
class Sweeping:
    """A sweep whose driver was started, or goes on already."""

    sweep: str
    """Its id."""
    log: Path
    process: subprocess.Popen[bytes] | None
    """The driver; None where another process had started it."""
    resumed: bool
    """Whether it had begun before."""


def sweep_folder(home: Home, sweep: str) -> Path:
    """The folder of a sweep, which need not be there.

    Raises:
        UsageError: the id is none that ecotui gives.
    """
    if not SESSION.fullmatch(sweep):
        raise UsageError(f"{sweep!r} is not the id of a sweep.", "`ecotui sweep --list` names them.")
    return home.sweeps / sweep


def start_sweep(
    home: Home,
    plan: SweepPlan,
    *,
    gpus: Sequence[int] | None = None,
    new: bool = False,
    resume: str | None = None,
    retry_failed: bool = False,
    minutes: float | None = None,
    worker: str = "transformers",
) -> Sweeping:
    """Go on with an unfinished sweep of the same plan, or begin one; its driver is detached from this terminal.

    gpus: boards in place of the plan's. new: begin, whatever there is. resume: the id of the sweep to go on with.
    retry_failed: what failed or did not fit is to come again. minutes: no session begins that is not expected to be
    over by then; the sweep then waits for another day.

    Raises:
        UsageError: the plan cannot be meant, or there is no such sweep.
        HomeError, LogError: its folder or its log cannot be used.
    """
    plan.checked()
    found = resume or (None if new else unfinished(home, plan, ended=retry_failed))
    sweep = found or _begin(home, plan)
    log = sweep_folder(home, sweep) / LOG
    if not log.is_file():
        raise UsageError(f"There is no sweep {sweep}.", "`ecotui sweep --list` names those of this home.")
    if is_driven(home, sweep):
        return Sweeping(sweep, log, None, True)
    words = ["--gpus", ",".join(map(str, gpus))] if gpus else []
    words += ["--retry-failed"] if retry_failed else []
    words += ["--minutes", f"{minutes:g}"] if minutes is not None else []
    return Sweeping(sweep, log, _drive(log, [*words, "--worker", worker]), found is not None)


def _begin(home: Home, plan: SweepPlan) -> str:
    sweep = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = sweep_folder(home, sweep)
    try:
        private_folder(folder)
    except OSError as error:
        raise HomeError(
            f"The sweep's folder {folder} cannot be made ({error.strerror}).",
            "Set ECOTUI_HOME to a folder that can be written.",
        ) from error
    create(folder / LOG, SweepHeader(VERSION, sweep, time.time(), plan.to_dict()))
    return sweep


def _drive(log: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "ecotui.recorder.sweep_main", log.parent.name, *options]
    for said in (STOP, PUT_OFF):
        (log.parent / said).unlink(missing_ok=True)
    with open(log.parent / "driver.log", "ab", opener=private) as errors:
        return subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
        )


def stop_sweep(home: Home, sweep: str) -> None:
    """Ask a sweep's driver to stop; the sessions that go on keep what they measured.

    Raises:
        LogError: its folder cannot be written.
    """
    try:
        (sweep_folder(home, sweep) / STOP).touch()
    except OSError as error:
        raise LogError(f"The sweep {sweep} cannot be asked to stop ({error.strerror}).") from error


def is_driven(home: Home, sweep: str) -> bool:
    """Whether a driver holds the sweep's log."""
    return is_running(sweep_folder(home, sweep) / LOG)


def sweeps(home: Home) -> list[str]:
    """Ids of all sweeps of this home, the newest first."""
    if not home.sweeps.is_dir():
        return []
    logs = (p for p in home.sweeps.glob(f"*/{LOG}") if p.stat().st_size)  # an empty one never began
    return sorted((p.parent.name for p in logs), reverse=True)


def sample_sweeps() -> list[str]:
    """Ids of the sweeps that came with ecotui, the newest first: to be looked at, never gone on with or removed."""
    samples = default_samples()
    return sweeps(Home(samples)) if samples is not None else []


def find_sweep(home: Home, text: str, *, samples: bool = False) -> str:
    """The sweep that an operator means by its id, an id's beginning or end, or "last".

    samples: one that came with ecotui will do where this home has none of that name; "last" is of this home.

    Raises:
        UsageError: none, or several.
    """
    known = sweeps(home)
    if text == "last" and known:
        return known[0]
    found = _named(known, text)
    if not found and (theirs := _named(sample_sweeps(), text)):
        if not samples:
            raise UsageError(
                f"The sweep {theirs[0]} is a sample that came with ecotui, and nobody goes on with it.",
                f"`ecotui sweep --report {theirs[0]}` shows what it measured.",
            )
        found = theirs
    if not found:
        raise UsageError(f"There is no sweep {text!r}.", "`ecotui sweep --list` names those of this home.")
    if len(found) > 1:
        raise UsageError(f"{text!r} is the beginning or end of {len(found)} sweeps: {', '.join(found[:4])}.")
    return found[0]


def _named(known: Sequence[str], text: str) -> list[str]:
    """The one of that id, else all whose id begins or ends so."""
    whole = [sweep for sweep in known if sweep == text]
    return whole or [s for s in known if text and (s.startswith(text) or s.endswith(text))]


def read_record(home: Home, sweep: str) -> SweepRecord:
    """The sweep's log.

    Raises:
        LogError: it is not there, or damaged.
    """
    log = sweep_folder(home, sweep) / LOG
    try:
        data = log.read_bytes()
    except OSError as error:
        raise LogError(f"The sweep's log {log} cannot be read ({error.strerror}).") from error
    return parse_record(data, log)


def read_state(home: Home, sweep: str) -> SweepState:
    """How far a sweep is, by its log and by those of sessions whose end it does not tell.

    Raises:
        LogError: its log is not there, or damaged.
    """
    record = read_record(home, sweep)
    ends = {one.session: session_end(home, one.session) for one in open_sessions(record)}
    return state_of(record, ends)


def session_end(home: Home, session: str) -> SessionEnd:
    """How a session ended, by its own log."""
    log = home.session_log(session)
    if is_recorded(log):
        return SessionEnd("running")
    try:
        line = read_timeline(log)
    except LogError as error:
        return SessionEnd("unfinished", error.what)
    end: End | None = line.end
    if end is None:
        return SessionEnd("unfinished", complaint(log) or "its recorder was killed")
    if end.outcome != "failed":
        return SessionEnd(end.outcome, end.reason)
    fault = line.fault
    reason = f"{fault.what} {_of_sweep(fault.advice, line)}".strip() if fault else end.reason
    return SessionEnd("failed", reason, _failed_arm(reason, line))


def _of_sweep(advice: str, line: Timeline) -> str:
    """The advice of a session in the words of a sweep's options."""
    return advice.replace(eager_advice(line.plan.arms), MEASURE_ENGINES) if line.plan else advice


def _failed_arm(reason: str, line: Timeline) -> int | None:
    """The arm that a failure was about: the one it names, else the one whose phase it was."""
    arms = line.plan.arms if line.plan else ()
    named = next((n for n, arm in enumerate(arms) if reason.startswith(f"{arm.label} was not loaded")), None)
    last = line.spans[-1].phase if line.spans else None
    return named if named is not None or last is None or last.name in UNTOUCHED else last.arm


def unfinished(home: Home, plan: SweepPlan, *, ended: bool = False) -> str | None:
    """The newest sweep of the same plan in which something is missing; with `ended` also where something failed."""
    for state in _of_plan(home, plan):
        if state.missing or is_driven(home, state.sweep) or (ended and state.retryable):
            return state.sweep
    return None


def complete(home: Home, plan: SweepPlan) -> str | None:
    """The newest sweep of the same plan in which nothing is missing."""
    return next((s.sweep for s in _of_plan(home, plan) if not s.missing and not is_driven(home, s.sweep)), None)


def ended_s(record: SweepRecord) -> float:
    """When a sweep was last written to, wall time, seconds since 1970."""
    return record.events[-1].at_s if record.events else record.at_s


def _of_plan(home: Home, plan: SweepPlan) -> Iterator[SweepState]:
    """Sweeps of the same plan, the newest first."""
    for sweep in sweeps(home):
        try:
            if read_record(home, sweep).plan.digest == plan.digest:
                yield read_state(home, sweep)
        except EcotuiError:  # of another version, or damaged: it is no sweep to go on with
            continue
