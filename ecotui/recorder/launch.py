"""Starts recorders as processes of their own, and asks them to stop: closing a terminal ends neither."""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ecotui.core.errors import EcotuiError, HomeError, LogError
from ecotui.core.plan import Plan
from ecotui.log.lock import hold, is_running
from ecotui.recorder.session import Paths
from ecotui.recorder.worker import private
from ecotui.store.home import Home

COMPLAINTS = "recorder.log"
"""stderr of a session's recorder, beside its log; locked from the recorder's start to its end."""


@dataclass(frozen=True)
class Recording:
    """A recorder that was started, and the log that it writes."""

    log: Path
    process: subprocess.Popen[bytes]


def new_session_id(now: datetime | None = None) -> str:
    """Time in UTC and four letters of chance, so that ids sort by time and never meet."""
    return f"{(now or datetime.now(UTC)):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def launch(home: Home, plan: Plan, worker: str = "transformers", session: str = "") -> Recording:
    """Start a recorder, detached from this terminal. session: its id, where whoever starts it has said it already.

    Raises:
        UsageError: the plan cannot be meant.
        HomeError: the session's folder cannot be made.
    """
    plan.checked()
    session = session or new_session_id()
    return started(home, session, ["record", session, "--worker", worker], plan.to_dict())


def started(home: Home, session: str, words: Sequence[str], what: Mapping[str, object]) -> Recording:
    """A detached `ecotui` with these words, which records into the session's new folder; `what` goes over its stdin.

    Raises:
        HomeError: the session's folder cannot be made.
    """
    folder = home.session(session)
    try:
        folder.mkdir(mode=0o700, parents=True)
        with open(folder / COMPLAINTS, "wb", opener=private) as errors:
            hold(errors)  # inherited: the session is being recorded from here on, and not from its log's first line
            process = subprocess.Popen(
                [sys.executable, "-m", "ecotui", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
    except OSError as error:
        raise HomeError(
            f"The session's folder {folder} cannot be made ({error.strerror}).",
            "Set ECOTUI_HOME to a folder that can be written.",
        ) from error
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:  # one that is gone has said why
        stdin.write(json.dumps(what).encode())
    return Recording(folder / "log.jsonl", process)


def request_stop(log: Path) -> None:
    """Ask the recorder of a log to stop; it keeps what was measured.

    Raises:
        LogError: the session's folder cannot be written.
    """
    try:
        Paths(log).stop.touch()
    except OSError as error:
        raise LogError(f"The recorder of {log} cannot be asked to stop ({error.strerror}).") from error


def is_recorded(log: Path) -> bool:
    """Whether a session's recorder lives, even where it has not begun its log yet."""
    return is_running(log) or is_running(log.with_name(COMPLAINTS))


def recorder_complaint(log: Path) -> str:
    """Last line that a recorder left on stderr: why it ended before it could write its log."""
    try:
        lines = log.with_name(COMPLAINTS).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


def wait_until_gone(log: Path, timeout_s: float = 30.0) -> None:
    """Return when the log's recorder has let go of its lock.

    Raises:
        EcotuiError: it still holds it after `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while is_running(log):
        if time.monotonic() > deadline:
            raise EcotuiError(f"The recorder of {log} did not end within {timeout_s:.0f} s.")
        time.sleep(0.05)
