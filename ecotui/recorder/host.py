"""The boards of this host and all that goes on on them, put together once a second.

Sensors of a board that is being recorded come from its session's log, where this user may read it; all others from
the board itself.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread

from ecotui.core.clock import NS
from ecotui.core.reading import BoardInfo, Reading
from ecotui.recorder.board_lock import holder_of
from ecotui.recorder.holders import Holder, watchable
from ecotui.recorder.live import Live, opened, running
from ecotui.recorder.users import Process, Users
from ecotui.sensors.details import Details
from ecotui.sensors.lookout import PERIOD_S, Look, Lookout, Opener
from ecotui.store.home import Home

KEEP_S = 300
"""Seconds of power that are kept of every board."""
SILENT_NS = 3 * NS
"""A board, or a log, that tells nothing for so long no longer answers."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """One board at one moment."""

    gpu: int
    info: BoardInfo | None
    reading: Reading | None
    details: Details
    source: str
    """ "board", or "log" where a session's log tells the sensors."""
    powers: tuple[float | None, ...] = ()
    """Instant power of each of the last seconds, the newest last, W; None where nobody looked."""
    processes: tuple[Process, ...] = ()
    holder: Holder | None = None
    log: Path | None = None
    """Of the session on it, where that can be watched from here."""
    label: str = ""
    """What is measured on it, and the phase."""
    trouble: str = ""
    """Why it tells nothing, and what to do."""
    silent_s: float = 0.0
    """How long it has not answered; 0 where it does."""
    cost_ms: float = 0.0

    @property
    def number(self) -> int:
        """Its name everywhere, as `--gpu` takes it: of a simulated board among simulated ones."""
        return self.gpu if self.info is None else self.info.index

    @property
    def asked(self) -> bool:
        """Whether its first answer is still awaited: nothing is known of it, and nothing is wrong."""
        return self.info is None and not (self.trouble or self.silent_s)


class Host:
    """Looks while it is not paused; `view` is what is known, by number. It begins paused."""

    def __init__(
        self,
        boards: Sequence[Opener],
        home: Home,
        *,
        users: Users | None = None,
        period_s: float = PERIOD_S,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._home, self._clock, self._period_s = home, clock, period_s
        self._users = users or Users()
        self._live: dict[str, Live] = {}
        self._holders: dict[str, Holder | None] = {}
        self._powers: dict[int, deque[tuple[int, float]]] = {}
        self._since_ns = clock()
        self.view: tuple[BoardView, ...] = ()
        self.problem = ""
        """What went wrong with looking itself, as a sentence."""
        self.lookout = Lookout(boards, spared=self._spared, period_s=period_s, clock=clock)
        self._going, self._ended, self._turn = Event(), Event(), Lock()
        self._thread: Thread | None = None

    def resume(self) -> None:
        """Look from now on."""
        self._since_ns = self._clock()
        self.lookout.resume()
        self._going.set()
        if self._thread is None:
            self._thread = Thread(target=self._run, name="ecotui-host", daemon=True)
            self._thread.start()

    def pause(self) -> None:
        """Leave the boards alone until `resume`."""
        self.lookout.pause()
        self._going.clear()

    def close(self) -> None:
        """End; does not wait for a driver that hangs."""
        self.lookout.close()
        self._ended.set()
        self._going.set()

    def turn(self) -> tuple[BoardView, ...]:
        """Put together what is known now; may be asked from any thread."""
        with self._turn:
            looks = self.lookout.looks
            self._find_sessions([look.info for look in looks if look.info is not None])
            for live in self._live.values():
                live.poll()
            self.view = tuple(self._board(look) for look in looks)
        return self.view

    def _run(self) -> None:
        while self._going.wait() and not self._ended.is_set():
            try:
                self.turn()
            except Exception as error:  # a silent thread would look like a host at rest
                self.problem = f"The boards could not be put together: {type(error).__name__}: {error}."
            self._ended.wait(self._period_s)

    def _spared(self, uuid: str) -> bool:
        """A log that has gone silent spares nothing."""
        live = self._live.get(uuid)
        return live is not None and live.reading is not None and self._clock() - live.reading.at_ns < SILENT_NS

    def _find_sessions(self, boards: Sequence[BoardInfo]) -> None:
        logs = {live.log: live for live in self._live.values()}
        holders = [(board, holder_of(board)) for board in boards]
        elsewhere = [watchable(holder, board) for board, holder in holders if holder is not None]
        found: dict[str, Live] = {}
        for log in [*running(self._home), *(log for log in elsewhere if log is not None)]:
            live = logs.get(log) or opened(log)
            if live is not None:
                found.setdefault(live.board.uuid, live)
        self._live = found
        self._holders = {board.uuid: holder for board, holder in holders}

    def _board(self, look: Look) -> BoardView:
        now_ns = self._clock()
        uuid = look.info.uuid if look.info is not None else ""
        live, holder = self._live.get(uuid), self._holders.get(uuid)
        told = live is not None and self._spared(uuid)
        reading = live.reading if live is not None and told else look.reading
        silent_ns = 0 if look.trouble else now_ns - max(look.at_ns, self._since_ns)
        own = self._users.own(live.session, holder.pid if holder else None) if live is not None else ()
        own = own or ((holder.pid,) if holder is not None and holder.pid is not None else ())
        details = look.details or Details()
        return BoardView(
            look.gpu,
            look.info,
            reading,
            details,
            "log" if told else "board",
            self._power(look.gpu, reading, now_ns),
            self._users.look(details.users, own, now_ns),
            holder,
            live.log if live is not None else None,
            _label(live),
            look.trouble,
            silent_ns / NS if silent_ns > SILENT_NS else 0.0,
            look.cost_ms,
        )

    def _power(self, gpu: int, reading: Reading | None, now_ns: int) -> tuple[float | None, ...]:
        """One value for each of the last seconds."""
        kept = self._powers.setdefault(gpu, deque(maxlen=KEEP_S))
        if reading is not None and reading.power_w is not None and (not kept or kept[-1][0] < reading.at_ns // NS):
            kept.append((reading.at_ns // NS, reading.power_w))
        if not kept:
            return ()
        newest, by_second = max(kept[-1][0], now_ns // NS - 1), dict(kept)
        first = max(kept[0][0], newest - KEEP_S + 1)
        # A second that falls between two looks has the value of the one before.
        return tuple(by_second.get(at, by_second.get(at - 1)) for at in range(first, newest + 1))


def _label(live: Live | None) -> str:
    if live is None:
        return ""
    return f"{live.label} · {live.phase.name}" if live.phase is not None else live.label
