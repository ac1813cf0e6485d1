"""The store made anew from the logs of its home; what no log can give back stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecotui.core.errors import EcotuiError
from ecotui.log.lock import is_running
from ecotui.store.adopt import worth_storing
from ecotui.store.home import SESSION, log_of
from ecotui.store.schema import RUNS
from ecotui.store.store import Store


@dataclass
class Rebuilt:
    """What became of every session."""

    stored: list[str] = field(default_factory=list)
    """Made anew from their logs."""
    kept: list[str] = field(default_factory=list)
    """Stored, and left as they are: their log is gone or holds less than the store."""
    recording: list[str] = field(default_factory=list)
    """Still being recorded."""
    problems: list[str] = field(default_factory=list)
    """Sentences about logs that cannot be read, or that hold less than the store."""


def rebuild(store: Store) -> Rebuilt:
    """Store every session of this home again from its log.

    A session without a log, or whose log cannot be read or holds fewer windows than the store, stays as it is stored.
    """
    done, home = Rebuilt(), store.home
    names = {p.name for p in home.sessions.iterdir() if SESSION.fullmatch(p.name)} if home.sessions.is_dir() else set()
    for session in sorted(names):
        log = log_of(home.root, session)
        if log is not None and (not log.stat().st_size or is_running(log)):
            done.recording.append(session)
        elif log is not None:
            _one(store, session, done)
    done.kept = sorted(store.held(RUNS) - set(done.stored) - set(done.recording))
    return done


def _one(store: Store, session: str, done: Rebuilt) -> None:
    log = log_of(store.home.root, session)
    assert log is not None, "it was there a moment ago"
    try:
        line = worth_storing(log)
        if line is None:
            return
        stored = store.window_count(session)
        if len(line.windows) < stored:
            done.problems.append(
                f"{log} holds {len(line.windows)} of the {stored} windows that the store has of its session: "
                "the store was left as it is."
            )
            return
        store.append(line)
        done.stored.append(session)
    except EcotuiError as error:
        done.problems.append(str(error))
