"""Completed runs: one Parquet file a session and table, so that stores merge by copying files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.core.errors import EcotuiError, LogError, StoreError
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.core.traces import Trace, trace
from ecotui.log.reader import read_timeline
from ecotui.store import traces
from ecotui.store.adopt import orphans, worth_storing
from ecotui.store.files import SUFFIX, list_files, write_whole
from ecotui.store.finding import DamagedError, StoredRun, pick
from ecotui.store.home import SESSION, Home, default_samples, log_of
from ecotui.store.parquet import load, load_all, to_bytes
from ecotui.store.schema import RUNS, TABLES, TRACES, WINDOWS, Table, UnfitError, to_frame, to_rows

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Store", "StoredRun", "default_samples"]


class Store:
    """The runs of a home and, read-only, those of `samples`, another root of the same layout."""

    def __init__(self, home: Home, samples: Path | None = None) -> None:
        self.home = home
        self._roots = [("here", home.root)] + ([("sample", samples)] if samples else [])
        self._faults: dict[Path, str] = {}

    @property
    def problems(self) -> list[str]:
        """A sentence for every file that the last look at it passed over; none of them is ever deleted."""
        return list(self._faults.values())

    def append(self, line: Timeline, tables: Sequence[Table] = TABLES) -> list[RunRow]:
        """Store a session's runs, windows and traces, or only some of them, in place of what the store has of it.

        Raises:
            StoreError: the disk does not take it, or the session's events do not fit together.
        """
        if line.header is None or line.plan is None:
            raise StoreError("A session without a header has no runs to store.")
        session = line.header.session
        self.home.session(session)  # refuses an id that would be a path
        runs, windows = _summary(line)
        curves = [trace(line, arm) for arm in range(len(line.plan.arms))]
        frames = {
            WINDOWS.name: to_frame(windows, WINDOWS),
            TRACES.name: traces.to_frame(curves),
            RUNS.name: to_frame(runs, RUNS),
        }
        for table in tables:
            write_whole(_path(self.home.root, table, session), to_bytes(frames[table.name]))
        return runs

    def runs(self) -> list[StoredRun]:
        """Every run, newest first, arms in their order; a session of this machine hides a sample of its id."""
        out: dict[str, StoredRun] = {}
        taken: set[str] = set()
        for origin, root in self._roots:
            logs: dict[str, Path | None] = {}
            for row in to_rows(self._all_runs(root), RunRow):
                if row.session_id in taken or row.run_id in out:
                    continue
                if row.session_id not in logs:
                    logs[row.session_id] = log_of(root, row.session_id)
                out[row.run_id] = StoredRun(row, origin, logs[row.session_id])
            taken.update(logs)
        arms = sorted(out.values(), key=lambda run: _arm(run.row.run_id))
        return sorted(arms, key=lambda run: (run.row.started_at or _NEVER, run.row.session_id), reverse=True)

    def windows(self, run_id: str) -> list[WindowRow]:
        """The windows of a run that its means are made of, in order; from the log where the store's file is gone.

        Raises:
            StoreError: neither can be read.
        """
        return [row for row in self._windows(run_id) if not row.split]

    def split_windows(self, run_id: str) -> list[WindowRow]:
        """The windows of other output lengths, which split prefill from decode, in order.

        Raises:
            StoreError: neither store nor log can be read.
        """
        return [row for row in self._windows(run_id) if row.split]

    def _windows(self, run_id: str) -> list[WindowRow]:
        session = run_id.rpartition(".")[0]
        frame = self._first(WINDOWS, session)
        rows = to_rows(frame, WindowRow) if frame is not None else _summary(self._line(session, run_id))[1]
        return sorted((row for row in rows if row.run_id == run_id), key=lambda row: (row.t0_ns or 0, row.window))

    def trace(self, run_id: str) -> Trace:
        """The curves of a run; from the log where the store's file is gone.

        Raises:
            StoreError: neither can be read.
        """
        session = run_id.rpartition(".")[0]
        frame = self._first(TRACES, session)
        found = traces.to_trace(frame, run_id) if frame is not None else None
        if found is not None:
            return found
        line, arm = self._line(session, run_id), _arm(run_id)
        if line.plan is None or not 0 <= arm < len(line.plan.arms):
            raise StoreError(f"Session {session} has no run {run_id}.", "`ecotui runs` lists what is stored.")
        return trace(line, arm)

    def find(self, text: str, *, whole: bool = False) -> StoredRun:
        """The run that an operator means by an id, a part of one, or "last" (see `finding.pick`).

        whole: a session's id is enough, of however many runs it is.

        Raises:
            UsageError: none, or several; the message names them.
            DamagedError: the store's file of that session is damaged.
        """
        runs = self.runs()
        damaged = {p.stem: fault for p, fault in self._faults.items() if p.parent.name == RUNS.name}
        return pick(runs, text, damaged, whole=whole)

    def log(self, text: str) -> Path:
        """The log of the run that an operator means; also of one whose file in the store is damaged.

        Raises:
            UsageError: none, or several; the message names them.
            StoreError: the store's file is damaged, and there is no log.
            LogError: the run is stored, but its log is not here.
        """
        try:
            run = self.find(text, whole=True)
        except DamagedError as error:
            if logs := self._logs(error.session):
                return logs[0]
            raise
        if run.log is None:
            raise LogError(f"The log of {run.row.run_id} is not on this machine.", "Its figures are in `ecotui runs`.")
        return run.log

    def adopt(self) -> list[str]:
        """Store what the store lacks of sessions whose log is there; returns their ids."""
        adopted = []
        try:
            found = orphans(self.home)
        except OSError as error:
            self._faults[self.home.sessions] = f"{self.home.sessions} cannot be read ({error.strerror or error})."
            return []
        for log, tables in found:
            self._faults.pop(log, None)
            try:
                if (line := worth_storing(log)) is not None:
                    self.append(line, tables)
                    adopted.append(log.parent.name)
            except EcotuiError as error:
                self._faults[log] = str(error) if str(log) in str(error) else f"{log} was passed over: {error}"
        return adopted

    def _all_runs(self, root: Path) -> pl.DataFrame:
        folder = root / "store" / RUNS.name
        for path in [p for p in list(self._faults) if folder in (p, p.parent)]:
            self._faults.pop(path, None)
        try:
            paths = list_files(folder)
        except OSError as error:
            self._faults[folder], paths = f"{folder} cannot be read ({error.strerror or error}).", []
        frame, faults = load_all(paths, RUNS)
        self._faults.update(faults)
        return frame

    def _first(self, table: Table, session: str) -> pl.DataFrame | None:
        """The session's file of a table, from the first root that has a good one."""
        for _, root in self._roots:
            path = _path(root, table, session)
            self._faults.pop(path, None)
            if not SESSION.fullmatch(session) or not path.is_file():
                continue
            try:
                return load(path, table)
            except UnfitError as error:
                self._faults[path] = str(error)
        return None

    def _logs(self, session: str) -> list[Path]:
        return [log for _, root in self._roots if (log := log_of(root, session))]

    def _line(self, session: str, run_id: str) -> Timeline:
        for log in self._logs(session):
            try:
                return read_timeline(log)
            except LogError as error:
                self._faults[log] = str(error)
        raise StoreError(
            f"What run {run_id} measured is gone: neither the store nor a log of its session can be read.",
            "Copy the session's folder, or the store's files of that session, back to their places.",
        )


_NEVER = datetime.min.replace(tzinfo=UTC)


def _path(root: Path, table: Table, session: str) -> Path:
    return root / "store" / table.name / f"{session}{SUFFIX}"


def _arm(run_id: str) -> int:
    number = run_id.rpartition(".")[2]
    return int(number) if number.isdecimal() else -1


def _summary(line: Timeline) -> tuple[list[RunRow], list[WindowRow]]:
    try:
        return summarize(line)
    except (ArithmeticError, LookupError, ValueError, TypeError) as error:
        session = line.header.session if line.header else "?"
        raise StoreError(f"The events of session {session} do not fit together ({error!r}).") from error
