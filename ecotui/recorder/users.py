"""Who is on a board: the driver's list, what the host knows of each process, and which of them are ecotui's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ecotui.core.clock import NS
from ecotui.sensors.details import User
from ecotui.sensors.host_processes import Facts, children_of, facts_of, recorder_of, role_of, uptime_s


@dataclass(frozen=True, slots=True)
class Process:
    """A row; what is not known is None or empty."""

    pid: int
    command: str
    user: str = ""
    """Empty where the process is not seen from here: another container's, or hidden."""
    board_b: int | None = None
    """Memory of the board."""
    sm_pct: float | None = None
    """Share of the board's multiprocessors; None where it did nothing, or the driver does not tell."""
    host_b: int | None = None
    cpu_pct: float | None = None
    """Of one processor, since the look before; None at the first."""
    time_s: float | None = None
    """Since it was started."""
    role: str = ""
    """ "recorder" or "worker" of an ecotui; empty for any other."""


class Users:
    """Keeps what one look has to know of the look before. Read by one thread."""

    def __init__(
        self,
        facts: Callable[[int], Facts | None] = facts_of,
        uptime: Callable[[], float | None] = uptime_s,
        children: Callable[[int], Sequence[int]] = children_of,
        recorder: Callable[[str], int | None] = recorder_of,
    ) -> None:
        self._facts, self._uptime, self._children, self._recorder = facts, uptime, children, recorder
        self._cpu: dict[int, tuple[float, int]] = {}
        """Processor seconds of a process, and when."""
        self._recorders: dict[str, int | None] = {}

    def look(self, on_board: Iterable[User], own: Iterable[int], now_ns: int) -> tuple[Process, ...]:
        """A row for every process that the driver lists, and for those of `own` that it does not."""
        listed = {user.pid: user for user in on_board}
        pids = [*listed, *(pid for pid in own if pid not in listed)]
        uptime = self._uptime()
        rows = (self._row(pid, listed.get(pid), uptime, now_ns) for pid in pids)
        return tuple(row for row in rows if row is not None)

    def own(self, session: str, pid: int | None) -> tuple[int, ...]:
        """The recorder of a session, by its number where that is known, and its workers."""
        if pid is None:
            if self._recorders.get(session) is None:  # looked for again as long as it is not found
                self._recorders = {session: self._recorder(session)}
            pid = self._recorders[session]
        return () if pid is None else (pid, *self._children(pid))

    def _row(self, pid: int, user: User | None, uptime: float | None, now_ns: int) -> Process | None:
        facts = self._facts(pid)
        if facts is None:
            return Process(pid, user.name, board_b=user.memory_b, sm_pct=user.sm_pct) if user is not None else None
        before = self._cpu.get(pid)
        self._cpu[pid] = (facts.cpu_s, now_ns)
        return Process(
            pid,
            facts.command,
            facts.user,
            user.memory_b if user is not None else None,
            user.sm_pct if user is not None else None,
            facts.rss_b,
            _share(before, facts.cpu_s, now_ns),
            None if uptime is None else max(uptime - facts.started_s, 0.0),
            role_of(facts.command),
        )


def _share(before: tuple[float, int] | None, cpu_s: float, now_ns: int) -> float | None:
    """Percent of one processor since the look before; None without one."""
    if before is None or now_ns <= before[1]:
        return None
    return max(cpu_s - before[0], 0.0) / ((now_ns - before[1]) / NS) * 100.0
