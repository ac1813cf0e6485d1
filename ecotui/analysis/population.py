"""What a contrast is made of: one population, from which every one of its ratios, means and errors comes."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from ecotui.analysis.baselines import of_sessions
from ecotui.analysis.paired import PAIRED, SESSIONS, TURNS, UNPAIRED, Ratio, level_of, of_logs
from ecotui.analysis.sessions import ENOUGH, Sessions, alike, pairs_of
from ecotui.analysis.unpaired import welch
from ecotui.core.pairs import JOULES, block_logs, log_ratios
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.statistics import mean

Windows = Mapping[str, Sequence[WindowRow]]
"""By run id."""


@dataclass(frozen=True, slots=True)
class Population:
    """Windows of two runs, or the runs of many sessions; of every pair the baseline's come first."""

    evidence: str
    """One of the words of `ecotui.analysis.paired`."""
    rows: tuple[Sequence[WindowRow | RunRow], Sequence[WindowRow | RunRow]]
    """What is scattered: the windows of one run each, or a run of every session."""
    runs: tuple[Sequence[RunRow], Sequence[RunRow]]
    """The runs behind them, with their means and idle baselines."""
    turns: Mapping[str, tuple[Sequence[WindowRow], Sequence[WindowRow]]]
    """The windows of each session in which both took turns and of which the ratio is made, by its id."""
    level: float = 0.95
    """Of Student's interval that is told as the one of 95 %."""

    @property
    def sessions(self) -> tuple[Sessions, Sessions] | None:
        """The sessions that it is made of; None where it is no more than the windows of two runs."""
        return (Sessions(self.runs[0]), Sessions(self.runs[1])) if self.evidence in (TURNS, SESSIONS) else None

    def values(self, column: str) -> tuple[float | None, float | None]:
        """Means of a column over the runs of either; None where one of them lacks it."""
        first, second = ([getattr(run, column) for run in some] for some in self.runs)
        return None if None in first else mean(first), None if None in second else mean(second)

    def ratio(self, column: str) -> Ratio | None:
        """The ratio of a column; None where a part of the population has no such figure above 0.

        The interval of a net one holds what its idle baselines may put it off, too.
        """
        return of_sessions(self._scatter(column), *self.runs, column, self.level)

    def logs(self, column: str) -> dict[Hashable, float]:
        """The log ratios that are averaged, by block or by session; none of what did not take turns."""
        if self.evidence == PAIRED:
            return {block: log for both in self.turns.values() for block, log in block_logs(*both, column).items()}
        each = {session: mean(log_ratios(a, b, column)) for session, (a, b) in self.turns.items()}
        known: dict[Hashable, float] = {session: log for session, log in each.items() if log is not None}
        return known if len(known) == len(each) else {}

    def ratios(self) -> tuple[tuple[Hashable, float], ...]:
        """The gross ratio of every block or session that is averaged."""
        return tuple((name, math.exp(log)) for name, log in self.logs(JOULES).items())

    def _scatter(self, column: str) -> Ratio | None:
        if self.turns:
            found = of_logs(list(self.logs(column).values()), self.level)
            return None if found is None else replace(found, evidence=self.evidence)
        x, y = ([v for row in some if (v := getattr(row, column)) is not None] for some in self.rows)
        return welch(x, y, self.evidence)


def population(a: RunRow, b: RunRow, windows: Windows, sessions: tuple[Sessions, Sessions]) -> Population:
    """The best that there is of two runs, the strongest first.

    Blocks of their session; sessions in which both configurations took turns, those of both runs among them; sessions
    of either configuration; the windows of both runs. sessions: those that are stored of either configuration.
    """
    mine = _of(a, windows), _of(b, windows)
    if a.session_id == b.session_id and log_ratios(*mine, JOULES):
        return Population(PAIRED, mine, ((a,), (b,)), {a.session_id: mine}, level_of((a, b)))
    if a.session_id != b.session_id and not alike(a, b) and all(len(it.ids) >= ENOUGH for it in sessions):
        turns = _turns(sessions, windows)
        if len(turns) >= ENOUGH and {a.session_id, b.session_id} <= turns.keys():
            first, second = (tuple(run for run in it.runs if run.session_id in turns) for it in sessions)
            return Population(TURNS, (first, second), (first, second), turns)
        return Population(SESSIONS, (sessions[0].runs, sessions[1].runs), (sessions[0].runs, sessions[1].runs), {})
    return Population(UNPAIRED, mine, ((a,), (b,)), {})


def words_of(it: Population) -> str:
    """What a ratio of sessions is: "the mean of the own ratios of 3 sessions, in each of which both took turns"."""
    counts = [len(some) for some in it.runs]
    if it.evidence == TURNS:
        return f"the mean of the own ratios of {counts[0]} sessions, in each of which both took turns"
    return f"one of the means of {counts[0]} and {counts[1]} sessions"


def _turns(
    sessions: tuple[Sessions, Sessions], windows: Windows
) -> dict[str, tuple[Sequence[WindowRow], Sequence[WindowRow]]]:
    """Of each session that holds both configurations by turns, the windows of both."""
    held = ((first.session_id, (_of(first, windows), _of(second, windows))) for first, second in pairs_of(*sessions))
    return {session: both for session, both in held if log_ratios(*both, JOULES)}


def _of(run: RunRow, windows: Windows) -> list[WindowRow]:
    return [window for window in windows.get(run.run_id, ()) if not window.split]
