"""Completed runs: appended as one Parquet file a session and table, so that stores merge by copying files.

`runs()` has every column of every run. What needs only some of them asks `frame`, `window_frame` or `page`, which cost
milliseconds where ten thousand rows as objects take a good part of a second.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.core.errors import EcotuiError, LogError, StoreError
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.core.traces import Trace, trace
from ecotui.log.reader import read_timeline
from ecotui.store import traces, trash
from ecotui.store.adopt import orphans, worth_storing
from ecotui.store.compact import compact
from ecotui.store.files import SUFFIX, is_compact, turn, write_together
from ecotui.store.finding import DamagedError, StoredRun, pick
from ecotui.store.home import SESSION, Home, default_samples, log_of
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, TABLES, TRACES, WINDOWS, Table, to_frame, to_rows
from ecotui.store.shelf import Shelf, once

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Store", "StoredRun", "default_samples"]
IMPORTED = "imported"
"""The folder of a home with sessions of other machines, laid out as the home is."""


class Store:
    """The runs of a home, of what was imported into it, and, read-only, of `samples`, another root of that layout."""

    def __init__(self, home: Home, samples: Path | None = None) -> None:
        self.home = home
        roots = {"here": home.root, "imported": home.root / IMPORTED, "sample": samples}
        self._roots = {origin: root for origin, root in roots.items() if root is not None}
        self._shelves = {(o, t.name): Shelf(root, t) for o, root in self._roots.items() for t in TABLES}
        self._faults: dict[Path, str] = {}
        self._held: tuple[list[pl.DataFrame], pl.DataFrame] | None = None

    @property
    def problems(self) -> list[str]:
        """A sentence for every file that the last look at it passed over; none of them is ever deleted."""
        return list({path: said for faults in self._all_faults() for path, said in faults.items()}.values())

    def _all_faults(self) -> list[dict[Path, str]]:
        return [*(shelf.faults for shelf in self._shelves.values()), self._faults]

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
        self.keep(session, runs, windows, curves, tables)
        return runs

    def keep(
        self,
        session: str,
        runs: Sequence[RunRow],
        windows: Sequence[WindowRow],
        curves: Sequence[Trace],
        tables: Sequence[Table] = TABLES,
    ) -> None:
        """Write what a session came to, each table whole and synced, and the runs last.

        Raises:
            StoreError: the disk does not take it. Where one table cannot be written no other is changed; where one
                cannot be put in its place those before it are put back, as far as the disk takes that.
        """
        frames = {
            WINDOWS.name: to_frame(windows, WINDOWS),
            TRACES.name: traces.to_frame(curves),
            RUNS.name: to_frame(runs, RUNS),
        }
        folder = self.home.store
        files = {folder / t.name / f"{session}{SUFFIX}": to_bytes(frames[t.name]) for t in tables}
        with turn(folder):  # a compaction takes files away only in its turn
            write_together(files)

    def compact(self) -> int:
        """Where this home's files have grown many, put them together; returns how many went into another.

        Readers in other processes go on meanwhile, and so do recorders. Samples and imported sessions stay as they are.
        """
        with suppress(StoreError):  # a full disk changes nothing here, and whoever records next says so
            return compact(self.home.store)
        return 0

    def frame(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Every run as a row of a frame, newest first, arms in their order; a session counts once.

        A session of this machine hides an imported one of its id, and that a sample. `columns`: those of
        `ecotui.core.rows.RunRow`, and `origin` ("here", "imported", "sample"); all of them where it is None.
        """
        parts = [self._shelves[origin, RUNS.name].frame() for origin in self._roots]
        if self._held is None or any(a is not b for a, b in zip(parts, self._held[0], strict=True)):
            self._held = parts, _in_order(dict(zip(self._roots, parts, strict=True)))
        whole = self._held[1]
        return whole if columns is None else whole.select(columns)

    def runs(self) -> list[StoredRun]:
        """Every run with every column, newest first, arms in their order."""
        return self._runs(self.frame())

    def page(
        self,
        first: int = 0,
        count: int | None = None,
        columns: Sequence[str] | None = None,
        origin: str | None = None,
        models: Collection[str | None] | None = None,
    ) -> list[StoredRun]:
        """`count` runs from the `first` on, in the order of `runs()`, all or those of an origin and of these models.

        A row has only the columns that were asked for, and None in every other; all where `columns` is None.
        """
        import polars as pl

        frame = self.frame()
        if origin is not None:
            frame = frame.filter(pl.col("origin") == origin)
        if models is not None:
            frame = frame.filter(pl.col("model").is_in(list(models), nulls_equal=True))
        named = None if columns is None else list(dict.fromkeys([*RUNS.required, *columns, "origin"]))
        return self._runs(frame.slice(first, count).select(named or pl.all()))

    def get(self, run_ids: Collection[str]) -> dict[str, StoredRun]:
        """These runs with every column, by id; those that the store does not hold are left out."""
        import polars as pl

        found = self.frame().filter(pl.col("run_id").is_in(list(run_ids)))
        return {run.row.run_id: run for run in self._runs(found)}

    def session(self, session_id: str) -> list[StoredRun]:
        """The runs of one session with every column, arms in their order."""
        import polars as pl

        return self._runs(self.frame().filter(pl.col("session_id") == session_id))

    def _runs(self, frame: pl.DataFrame) -> list[StoredRun]:
        rows = to_rows(frame.drop("origin"), RunRow)
        origins = frame["origin"].to_list()
        return [StoredRun(row, origin, self._roots[origin]) for row, origin in zip(rows, origins, strict=True)]

    def window_frame(
        self, run_ids: Collection[str] | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Windows as rows of a frame, in the order in which they ran, of these runs or of all; `split` ones too.

        Only what the store's files hold: `windows` reads the log of a run whose file is gone.
        """
        import polars as pl

        named = list(WINDOWS.columns if columns is None else columns)
        wanted = None if run_ids is None else {_session(run_id) for run_id in run_ids}
        needed = list(dict.fromkeys([*named, "run_id", "session_id", "window", "t0_ns"]))
        parts: list[pl.DataFrame] = []
        for origin in self._roots:
            parts.append(self._shelves[origin, WINDOWS.name].some(wanted, needed))
            if wanted is not None:
                wanted -= set(parts[-1]["session_id"].unique())
        found = once(parts)
        if run_ids is not None:
            found = found.filter(pl.col("run_id").is_in(list(run_ids)))
        return found.sort("run_id", pl.col("t0_ns").fill_null(0), "window").select(named)

    def windows(self, run_id: str) -> list[WindowRow]:
        """The windows of a run that its means are made of, in order; from the log where the store's file is gone.

        Raises:
            StoreError: neither can be read.
        """
        return [row for row in self._windows(run_id) if not row.split]

    def windows_of(self, run_ids: Collection[str], columns: Sequence[str]) -> dict[str, list[WindowRow]]:
        """Windows of several runs at once with these columns alone, in order, by run id; as `window_frame` has them."""
        found: dict[str, list[WindowRow]] = {}
        if run_ids:
            for row in to_rows(self.window_frame(run_ids, [*WINDOWS.required, *columns]), WindowRow):
                found.setdefault(row.run_id, []).append(row)
        return found

    def split_windows(self, run_id: str) -> list[WindowRow]:
        """The windows of other output lengths, which split prefill from decode, in order.

        Raises:
            StoreError: neither store nor log can be read.
        """
        return [row for row in self._windows(run_id) if row.split]

    def _windows(self, run_id: str) -> list[WindowRow]:
        session = _session(run_id)
        frame = self._first(WINDOWS, session)
        rows = to_rows(frame, WindowRow) if frame is not None else _summary(self._line(session, run_id))[1]
        return sorted((row for row in rows if row.run_id == run_id), key=lambda row: (row.t0_ns or 0, row.window))

    def trace(self, run_id: str) -> Trace:
        """The curves of a run; from the log where the store's file is gone.

        Raises:
            StoreError: neither can be read.
        """
        session = _session(run_id)
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
        named = self.page(columns=("started_at",))
        faults = (self._shelves[origin, RUNS.name].faults for origin in self._roots)
        damaged = {p.stem: said for some in faults for p, said in some.items() if not is_compact(p)}
        meant = pick(named, text, damaged, whole=whole).row.run_id
        return self.get([meant])[meant]

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
            trash.finish(self.home)  # what a removal began to take away is nothing to adopt
            self._faults.pop(self.home.trash, None)
        except EcotuiError as error:
            self._faults[self.home.trash] = str(error)
        try:
            found = orphans(self.home, {t.name: self.held(t) for t in TABLES})
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

    def held(self, table: Table) -> set[str]:
        """Sessions of which this home's files of a table have something.

        Raises:
            OSError: its folder cannot be read.
        """
        return self._shelves["here", table.name].sessions()

    def window_count(self, session: str) -> int:
        """How many windows this home's files have of a session; none where they are missing or damaged."""
        frame = self._shelves["here", WINDOWS.name].one(session)
        return 0 if frame is None else frame.height

    def _first(self, table: Table, session: str) -> pl.DataFrame | None:
        """The session's rows of a table, from the first root that has a good file of it."""
        if not SESSION.fullmatch(session):
            return None
        found = (self._shelves[origin, table.name].one(session) for origin in self._roots)
        return next((frame for frame in found if frame is not None), None)

    def _logs(self, session: str) -> list[Path]:
        return [log for root in self._roots.values() if (log := log_of(root, session))]

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


def _in_order(parts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Runs of all roots, each with its origin, newest first; an earlier root's session hides a later one's."""
    import polars as pl

    whole = once([part.with_columns(pl.lit(origin).alias("origin")) for origin, part in parts.items()])
    arm = pl.col("run_id").str.extract(r"\.(\d+)$").cast(pl.Int64, strict=False).fill_null(-1)
    single = whole.unique(subset="run_id", keep="first", maintain_order=True)
    return single.sort("started_at", "session_id", arm, descending=[True, True, False], nulls_last=True)


def _session(run_id: str) -> str:
    return run_id.rpartition(".")[0]


def _arm(run_id: str) -> int:
    number = run_id.rpartition(".")[2]
    return int(number) if number.isdecimal() else -1


def _summary(line: Timeline) -> tuple[list[RunRow], list[WindowRow]]:
    try:
        return summarize(line)
    except (ArithmeticError, LookupError, ValueError, TypeError) as error:
        session = line.header.session if line.header else "?"
        raise StoreError(f"The events of session {session} do not fit together ({error!r}).") from error
