"""A watched session, recorded: the board's sampler and the server's scraper into one log, windows as they end."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from ecotui.core.arm import WATCHED, Arm
from ecotui.core.clock import NS, Tie, now_ns
from ecotui.core.errors import BoardError, EcotuiError
from ecotui.core.events import End, Event, Fault, Header, Notice, Scrape, Vitals, Watched
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import BoardInfo, Reading, Ring, Slow, Tick
from ecotui.core.timeline import Timeline
from ecotui.core.units import duration
from ecotui.log.format import VERSION
from ecotui.log.reader import read_timeline
from ecotui.log.writer import LogWriter
from ecotui.recorder.board_lock import holding
from ecotui.recorder.environment import environment
from ecotui.recorder.exchange import Accept
from ecotui.recorder.main import closing_board
from ecotui.recorder.serving.brackets import Brackets
from ecotui.recorder.serving.metrics import Names, ServerError, Sums
from ecotui.recorder.serving.request import Request
from ecotui.recorder.serving.scraper import Scraped, Scraper, look
from ecotui.recorder.session import Paths, ring_event
from ecotui.recorder.settling import LATE_NS, Settling
from ecotui.recorder.silence import BOARD_S
from ecotui.sensors.board import Board
from ecotui.sensors.sampler import Sampled, Sampler
from ecotui.store.home import Home
from ecotui.store.store import Store

PACE_S = 0.05
QUIET_NS = 60 * NS
"""A server that answers every other time is told of once in so long; each gap stays in the answers."""
LAST_NS = 6 * NS
"""How long the last answer may take once the time is up."""
UNKNOWN = "model not told"


def record_watched(home: Home, session: str, request: Request, open_board: Callable[[Plan], Board]) -> str:
    """Record a watched session and store it; returns its outcome.

    A server or a board that does not answer at the start gives a log with its fault in it.

    Raises:
        LogError, StoreError: the log or the store cannot be written.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    folder = home.session(session)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    header = _header(session, request)
    with LogWriter(folder / "log.jsonl") as writer, contextlib.ExitStack() as stack:
        try:
            _, sums = look(request.address)
            header = _told(header, request, sums)
            board = stack.enter_context(closing_board(open_board(Plan.from_dict(header.plan))))
            header = _on_board(header, board.info, home)
            stack.enter_context(holding(board.info, what=f"watching {sums.names.server}", log=writer.path))
        except EcotuiError as error:
            for event in (header, Fault(now_ns(), error.what, error.advice), End(now_ns(), "failed", error.what)):
                writer.write(event)
            outcome = "failed"
        else:
            outcome = WatchRecorder(header, board, writer, request, sums.names).run()
            stack.close()
        Store(home).append(read_timeline(writer.path))
    return outcome


def _header(session: str, request: Request) -> Header:
    tie, address = Tie.now(), request.address
    watched = Watched("unknown", address.shown, every_s=request.every_s, window_s=request.window_s)
    return Header(
        VERSION,
        session,
        tie.monotonic_ns,
        tie.wall_ns,
        _plan(request, UNKNOWN, "unknown"),
        None,
        environment(),
        watched,
    )


def _plan(request: Request, model: str, server: str) -> dict[str, object]:
    """A plan for form's sake: the board, and one arm that has the server's model by name."""
    protocol = Protocol(idle_s=0.0, warmups=0, windows=0, window_s=request.window_s)
    return Plan(
        (Arm(model, engine=f"{WATCHED}{server}"),), protocol, request.sensor, request.gpu, "cuda", request.label
    ).to_dict()


def _told(header: Header, request: Request, sums: Sums) -> Header:
    """With what the server's first answer tells."""
    assert header.watched is not None
    watched = replace(
        header.watched,
        server=sums.names.server,
        models=list(sums.models),
        series=sums.series,
        counts=sums.names.counts,
    )
    return replace(header, plan=_plan(request, " + ".join(sums.models) or UNKNOWN, sums.names.server), watched=watched)


def _on_board(header: Header, board: BoardInfo, home: Home) -> Header:
    """With the board, and its idle power as the newest run of this home has measured it."""
    assert header.watched is not None
    bare_w, run = None, None
    with contextlib.suppress(EcotuiError):
        bare_w, run = bare_of(Store(home), board)
    return replace(header, board=board, watched=replace(header.watched, bare_w=bare_w, bare_run=run))


def bare_of(store: Store, board: BoardInfo) -> tuple[float | None, str | None]:
    """Idle power without any context, and the run that measured it: the newest completed one of this very board."""
    wanted = ("run_id", "gpu_uuid", "idle_bare_w", "outcome", "watched", "origin")
    rows = store.frame(wanted).iter_rows(named=True)
    for row in rows:
        own = row["gpu_uuid"] == board.uuid and row["outcome"] == "completed" and row["origin"] == "here"
        if own and row["idle_bare_w"] is not None and row["watched"] is None:
            return float(row["idle_bare_w"]), str(row["run_id"])
    return None, None


class WatchRecorder:
    """Records one watched session into its log."""

    def __init__(self, header: Header, board: Board, writer: LogWriter, request: Request, names: Names) -> None:
        self.line = Timeline()
        self._board, self._writer, self._request, self._names = board, writer, request, names
        self._stop: Path = Paths(writer.path).stop
        self._inbox: SimpleQueue[Sampled | Scraped] = SimpleQueue()
        self._settling, self._brackets = Settling(), Brackets(request.window_s, request.every_s)
        self._asked = False
        self._heard_ns = now_ns()
        self._lost_ns: int | None = None
        """Since when the server has not answered."""
        self._told_ns: int | None = None
        """When the operator was last told that it does not."""
        self._write(header)

    def run(self) -> str:
        """Record until the time is up or somebody asks to stop; returns "completed", "stopped" or "failed".

        Raises:
            LogError: the log cannot be written any more.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)
        sparse = self._board.info.sensor != "simulated"
        scraper = Scraper(self._request.address, self._names, self._request.every_s, self._inbox.put)
        end: End | None = None
        with Sampler(self._board, sink=self._inbox.put, sparse=sparse), scraper:
            while end is None:
                end = self._take_next() or self._over()
            self._settle()
        if end.outcome == "failed":
            self._write(Fault(now_ns(), end.reason, "See `nvidia-smi` and `dmesg` for the state of its driver."))
        self._write(replace(end, at_ns=now_ns()))
        return end.outcome

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def _write(self, event: Event) -> None:
        self._writer.write(event)
        self.line.apply(event)
        self._writer.note(self.line)

    def _take_next(self) -> End | None:
        try:
            item = self._inbox.get(timeout=PACE_S)
        except Empty:
            return None
        return self._take(item)

    def _take(self, item: Sampled | Scraped) -> End | None:
        match item:
            case BoardError():
                return End(now_ns(), "failed", item.what)
            case ServerError():
                self._lost(item)
            case Scrape():
                self._scraped(item)
            case _:
                self._sampled(item)
        return None

    def _sampled(self, item: Reading | Tick | Ring | Slow) -> None:
        self._heard_ns = now_ns()
        match item:
            case Ring():
                self._write(ring_event(item))
            case Slow():
                # The server's process is a stranger to the recorder, and there by right: nobody is foreign.
                numbers = [pid for pid, _ in item.processes]
                self._write(Vitals(item.at_ns, item.throttle_ns, item.power_cap_ns, numbers, []))
            case _:
                self._write(item)
        if not isinstance(item, Tick):
            self._settling.saw(item)
            self._write_windows(now_ns())

    def _scraped(self, scrape: Scrape) -> None:
        if self._lost_ns is not None:
            gone_ns, since_ns = scrape.at_ns - self._lost_ns, self._lost_ns
            if self._told_ns == since_ns or gone_ns > self._request.window_s * NS:
                self._write(Notice(now_ns(), f"The server answers again, after {duration(gone_ns / NS)}."))
            self._lost_ns = None
        restarts = len(self.line.scrapes.begun_ns)
        self._write(scrape)
        if len(self.line.scrapes.begun_ns) > restarts:
            self._write(Notice(now_ns(), "The server's counters began anew: it was started again.", "warning"))
        if (done := self._brackets.saw(self.line.scrapes)) is not None:
            self._write(self._settling.add(Accept(0, done), now_ns()))

    def _lost(self, error: ServerError) -> None:
        if self._lost_ns is not None:
            return
        self._lost_ns = now_ns()
        if self._told_ns is None or self._lost_ns - self._told_ns > QUIET_NS:
            self._told_ns = self._lost_ns
            self._write(Notice(self._lost_ns, f"{error.what} Watching goes on.", "warning"))

    def _over(self) -> End | None:
        """How the session ends, if it ends now. Without a limit, being stopped is how it is meant to end."""
        at_ns, limit_s = now_ns(), self._request.limit_s
        if at_ns - self._heard_ns > BOARD_S * NS:
            return End(at_ns, "failed", f"The board has not answered for {BOARD_S:.0f} s.")
        if self._asked or self._stop.exists():
            whole = self._request.seconds is None
            return End(at_ns, "completed" if whole else "stopped", "ended by the operator" if whole else "")
        stamps = self.line.scrapes.at_ns
        begin_ns = stamps[0] if stamps else self.line.start_ns
        reached = bool(stamps) and stamps[-1] - begin_ns >= (limit_s - self._request.every_s / 2) * NS
        late = at_ns - begin_ns > limit_s * NS + LAST_NS
        return End(at_ns, "completed") if reached or late else None

    def _write_windows(self, seen_ns: int) -> None:
        for window in self._settling.ripe(self.line, seen_ns):
            self._write(window)

    def _settle(self) -> None:
        """Wait for what the board tells late of the last window."""
        deadline = now_ns() + LATE_NS
        while self._settling.waiting and now_ns() < deadline:
            with contextlib.suppress(Empty):
                item = self._inbox.get(timeout=PACE_S)
                if isinstance(item, Reading | Tick | Ring | Slow):
                    self._sampled(item)
        self._write_windows(now_ns() + 10 * LATE_NS)
