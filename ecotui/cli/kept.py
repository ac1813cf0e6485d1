"""A session that began and failed: its id, its log and what of it is kept are told beside what went wrong."""

from __future__ import annotations

from pathlib import Path

from ecotui.core.errors import LogError, SessionError
from ecotui.core.timeline import Timeline
from ecotui.recorder.launch import Recording, recorder_complaint
from ecotui.store.home import Home


def unended(home: Home, recording: Recording, line: Timeline) -> SessionError:
    """Of a recorder that ended before its session did."""
    log = recording.log
    what = f"The recorder ended before the session did. {recorder_complaint(log)}"
    return _told(home, log, _whole(log, line), what, f"What was measured is in {log}.")


def failed(home: Home, recording: Recording, line: Timeline) -> SessionError:
    """Of a session whose log says why it failed."""
    fault, reason = line.fault, line.end.reason if line.end else ""
    detail = f" Details: {fault.detail}." if fault and fault.detail else ""
    what, advice = (fault.what, fault.advice) if fault else (reason, "")
    return _told(home, recording.log, line, what, advice, detail=detail)


def unstored(home: Home, recording: Recording, line: Timeline) -> SessionError:
    """Of a session that came to its end, and not into the store."""
    what = f"The session could not be stored. {recorder_complaint(recording.log)}"
    return _told(home, recording.log, line, what, f"Its log is {recording.log}.")


def _told(home: Home, log: Path, line: Timeline, what: str, advice: str, *, detail: str = "") -> SessionError:
    session = log.parent.name
    shown = f" `ecotui show {session}` shows the session." if line.end is not None or line.spans else ""
    facts = {"session_id": session, "log": str(log), "windows": len(line.windows), "runs": _stored(home, session)}
    return SessionError(what, f"{advice}{shown}{detail}".strip(), facts)


def _stored(home: Home, session: str) -> list[str]:
    """The runs of the session that the store has."""
    from ecotui.store.store import Store

    frame = Store(home).frame(["session_id", "run_id"])
    return sorted(run for of, run in frame.iter_rows() if of == session)


def _whole(log: Path, line: Timeline) -> Timeline:
    """What a reader finds in a log that nobody writes any more; what was seen of it where it cannot be read."""
    from ecotui.log.reader import read_timeline

    try:
        return read_timeline(log)
    except LogError:
        return line
