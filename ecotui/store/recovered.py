"""What an operator is told of sessions that ended unseen: taken into the store from their logs, or by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.core.rows import RunRow
from ecotui.core.units import clean
from ecotui.store.store import Store

EACH = 3
"""So many sessions are told of by themselves."""


def recovered_words(store: Store, sessions: Sequence[str]) -> list[str]:
    """A sentence a session, or one for many: which, how many windows, and what became of it."""
    found = [[run.row for run in store.session(session)] for session in sessions]
    found = [rows for rows in found if rows]
    if len(found) > EACH:
        count = sum(_windows(rows) for rows in found)
        return [f"Recovered {len(found)} sessions with {_counted(count)}; they are stored now."]
    return [_sentence(rows) for rows in found]


def ended_words(store: Store, sessions: Sequence[str]) -> list[str]:
    """The same of sessions that went on without an interface, and that their recorders stored."""
    found = [[run.row for run in store.session(session)] for session in sessions]
    found = [rows for rows in found if rows]
    if len(found) > EACH:
        count = sum(_windows(rows) for rows in found)
        return [f"{len(found)} sessions with {_counted(count)} ended since they were last shown."]
    return [f"Session {rows[0].session_id} ended since it was last shown: {_told(rows)}." for rows in found]


def _sentence(rows: Sequence[RunRow]) -> str:
    return f"Recovered session {rows[0].session_id}: {_told(rows)}; stored now."


def _told(rows: Sequence[RunRow]) -> str:
    first = rows[0]
    what = clean(first.arm_label, 100) if len(rows) == 1 else f"{len(rows)} arms"
    why = f" ({clean(first.reason, 300)})" if first.reason else ""
    simulated = " SIMULATED" if first.simulated else ""
    return f"{_counted(_windows(rows))} of {what}{simulated}, {first.outcome or 'unfinished'}{why}"


def _windows(rows: Sequence[RunRow]) -> int:
    return sum(row.windows or 0 for row in rows)


def _counted(windows: int) -> str:
    return f"{windows or 'no'} window{'' if windows == 1 else 's'}"
