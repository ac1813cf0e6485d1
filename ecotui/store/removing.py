"""What goes when runs are removed, said before it goes: whole sessions, and the sweeps that refer to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecotui.core.errors import UsageError
from ecotui.core.units import clean
from ecotui.store.trash import OWN, Removal, refuse_running, remove, sweeps_of

if TYPE_CHECKING:
    from ecotui.store.store import Store, StoredRun

SAMPLE = "{} is a sample that came with ecotui, so it cannot be removed."


@dataclass(frozen=True, slots=True)
class Doomed:
    """Sessions that are about to go, and what goes with them."""

    runs: Mapping[str, Sequence[str]]
    """Ids of the runs, by session."""
    names: Mapping[str, str]
    """Each run in few words, by its id."""
    asked: frozenset[str]
    """Ids of the runs that were named."""
    sweeps: tuple[str, ...]
    """Ids of sweeps that refer to one of the sessions."""

    @property
    def count(self) -> int:
        """How many runs go."""
        return sum(map(len, self.runs.values()))

    @property
    def along(self) -> tuple[str, ...]:
        """Ids of runs that nobody named: they go because their session does."""
        return tuple(run for ids in self.runs.values() for run in ids if run not in self.asked)


def doomed(store: Store, run_ids: Sequence[str]) -> Doomed:
    """What goes with these runs; nothing is changed yet.

    Raises:
        UsageError: one of them is a sample, is being recorded, is no run, or belongs to a sweep that goes on.
    """
    found = store.get(run_ids)
    for run_id in run_ids:
        if run_id not in found:
            raise UsageError(f"The store no longer holds {clean(run_id)}.", "`ecotui runs` lists what is stored.")
        if found[run_id].origin not in OWN:
            raise UsageError(SAMPLE.format(run_id))
    sessions = dict.fromkeys(found[run_id].row.session_id for run_id in run_ids)
    whole = {session: store.session(session) for session in sessions}
    for session in sessions:
        refuse_running(store.home, session)
    sweeps = sweeps_of(store.home, list(sessions))
    if going := [sweep for sweep, driven in sweeps.items() if driven]:
        raise UsageError(f"The sweep {going[0]} goes on and refers to this session.", "Stop the sweep first.")
    names = {run.row.run_id: name_of(run) for runs in whole.values() for run in runs}
    by_session = {session: [run.row.run_id for run in runs] for session, runs in whole.items()}
    return Doomed(by_session, names, frozenset(run_ids), tuple(sweeps))


def carry_out(store: Store, it: Doomed) -> Removal:
    """Move what is doomed to the trash.

    Raises:
        UsageError: one of the sessions is being recorded.
        StoreError: the disk does not take it; nothing is lost.
    """
    return remove(store.home, it.runs, it.names)


def name_of(run: StoredRun) -> str:
    """A run in few words; a simulated one says so."""
    return clean(f"{run.row.arm_label}{' SIMULATED' if run.row.simulated else ''}", 120)


def warnings(it: Doomed) -> Iterator[str]:
    """What the operator did not name and should know."""
    if it.along:
        paired = sum(any(run in it.along for run in ids) for ids in it.runs.values())
        what = "session" if paired == 1 else "sessions"
        yield f"A session goes as a whole: {counted(len(it.along))} of the same {what} {_goes(len(it.along))} along."
    for sweep in it.sweeps:
        yield f"The sweep {sweep} refers to it: its points have no run until it is restored."


def counted(count: int) -> str:
    """ "1 run", "3 runs"."""
    return f"{count} run{'' if count == 1 else 's'}"


def _goes(count: int) -> str:
    return "goes" if count == 1 else "go"
