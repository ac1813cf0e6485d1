"""Starts recorders as processes of their own, and asks them to stop: closing a terminal ends neither."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ecotui.core.errors import EcotuiError, HomeError, LogError
from ecotui.core.plan import Plan
from ecotui.log.lock import is_running
from ecotui.recorder.session import Paths
from ecotui.recorder.worker import private
from ecotui.store.home import Home


@dataclass(frozen=True)
class Recording:
    """A recorder that was started, and the log that it writes."""

    log: Path
    process: subprocess.Popen[bytes]


def new_session_id(now: datetime | None = None) -> str:
    """Time in UTC and four letters of chance, so that ids sort by time and never meet."""
    return f"{(now or datetime.now(UTC)):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def launch(home: Home, plan: Plan, worker: str = "transformers") -> Recording:
    """Start a recorder, detached from this terminal.

    Raises:
        UsageError: the plan cannot be meant.
        HomeError: the session's folder cannot be made.
    """
    plan.checked()
    session = new_session_id()
    folder = home.session(session)
    try:
        folder.mkdir(mode=0o700, parents=True)
        with open(folder / "recorder.log", "wb", opener=private) as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "ecotui", "record", session, "--worker", worker],
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
    with process.stdin as stdin:
        stdin.write(json.dumps(plan.to_dict()).encode())
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


def recorder_complaint(log: Path) -> str:
    """Last line that a recorder left on stderr: why it ended before it could write its log."""
    try:
        lines = log.with_name("recorder.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
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
