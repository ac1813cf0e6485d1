"""Who else is on the board: of the processes that the driver lists, those that are not the session's own.

Own are the recorder, the worker and what the worker started, found by their numbers. In a container the driver may
list numbers of the host, which nobody inside can look up. There the worker is the one process that is new between
its start and the first look after its weights were resident. Where two are new nobody can tell which is whose, and
both count as foreign: a window too many is marked, not one too few. A process that was listed while no worker ran is
foreign for as long as it stays.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from ecotui.core.events import Vitals
from ecotui.core.reading import Slow


def session_of(pid: int) -> int | None:
    """The process session (getsid) of a process of this host or container; None where it has none of that number."""
    try:
        return os.getsid(pid)
    except (OSError, OverflowError):
        return None


class Neighbours:
    """Tells own processes from foreign ones, look by look.

    adopting: whether a new process may turn out to be the worker under another number. A simulated board never lists
    the worker, so that whatever is new on it is foreign. session_of: as above; a worker leads a process session, in
    which its children stay.
    """

    def __init__(self, *, adopting: bool, session_of: Callable[[int], int | None] = session_of) -> None:
        self._adopting, self._session_of = adopting, session_of
        self._worker: int | None = None
        self._foreign: set[int] = set()
        self._own: set[int] = {os.getpid()}
        self._new: set[int] = set()
        self._resident_ns: int | None = None
        self._settled = True

    def worker_started(self, pid: int) -> None:
        """A fresh worker, which has not touched the board yet."""
        self._worker, self._resident_ns, self._settled = pid, None, not self._adopting
        self._own.add(pid)
        self._new.clear()

    def worker_resident(self, at_ns: int) -> None:
        """Its weights are on the board: by now the driver lists it."""
        self._resident_ns = at_ns

    def vitals(self, slow: Slow) -> Vitals:
        """The look as the log holds it, foreign processes named."""
        unknown = {pid for pid, _ in slow.processes if not self._is_own(pid) and pid not in self._foreign}
        if self._settled:
            self._foreign |= unknown
        else:
            self._loading(unknown, slow)
        foreign = [f"{pid} {name}" for pid, name in slow.processes if pid in self._foreign]
        return Vitals(
            slow.at_ns, slow.throttle_ns, slow.power_cap_ns, [pid for pid, _ in slow.processes], sorted(foreign)
        )

    def _is_own(self, pid: int) -> bool:
        return pid in self._own or (self._worker is not None and self._session_of(pid) == self._worker)

    def _loading(self, unknown: set[int], slow: Slow) -> None:
        """Before the worker has been found; nothing is measured in that time."""
        self._new |= unknown
        if any(self._session_of(pid) == self._worker for pid, _ in slow.processes):
            self._settle(set())
        elif self._resident_ns is not None and slow.at_ns > self._resident_ns:
            self._settle(self._new if len(self._new) == 1 else set())

    def _settle(self, own: set[int]) -> None:
        self._own |= own
        self._foreign |= self._new - own
        self._settled = True
