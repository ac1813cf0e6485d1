"""Does the interval of a ratio hold 1 where there is no difference? Recorded arms against themselves.

python -m benchmarks.nulls [LOG...]

A recorded arm's own windows are split into a fictitious A and B, and the ratio of their gross joules a token is made as
Compare makes it (`ecotui.analysis.paired`): a log ratio a block, and Student's interval of their mean. Of a paired
session a block's two windows of an arm are A and B, of a run by itself two consecutive windows; A B in the first block,
B A in the next, and so on, so that a drift weighs on both alike. A block with an INVALID window says nothing; an arm
with fewer than three blocks is left out, and counted. A session in which one arm was held against itself
(`--against same`) is a true A/A test: it has a row of its own, with the ratio that Compare tells, and its two arms are
among the others as well.

What this is: nulls made of what boards and hosts really did, wandering included, which no simulation knows.
What it is not:
- as many experiments as there are arms: those of one session share the board's and the host's wandering, so the
  binomial interval of the overall share, which takes them for independent, is too narrow;
- the null of a whole block: A and B have one window each in it where a session gives each arm two. A drift enters the
  spread of the blocks here, and leaves a rest where they are odd in number; in a session's ABBA it leaves each block;
- an answer about the sensor: what is wrong in both windows alike leaves every ratio.

Without arguments the logs are those of sample_runs/.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from scipy import stats

from benchmarks.accuracy import SAMPLES
from benchmarks.table import show
from ecotui.analysis.contrast import contrasts
from ecotui.analysis.paired import Ratio, level_of, of_logs
from ecotui.core.errors import EcotuiError
from ecotui.core.pairs import JOULES, whole_blocks
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.schedule import LEAST_BLOCKS
from ecotui.core.summary import run_id, summarize
from ecotui.core.timeline import Timeline
from ecotui.core.units import signed
from ecotui.log.reader import read_timeline

WITHIN_PCT = 1.0
"""How far from 1 an A/A ratio is wanted at most."""
Pair = tuple[WindowRow, WindowRow]


@dataclass
class Nulls:
    """Ratios of arms against themselves."""

    made: dict[str, list[Ratio]] = field(default_factory=dict)
    """By the kind of session and the engine."""
    true: list[tuple[str, Ratio]] = field(default_factory=list)
    """Of the A/A sessions, as Compare tells them, each with its name."""
    without: list[str] = field(default_factory=list)
    """Arms whose interval does not hold 1."""
    few: int = 0
    """Arms with fewer than three blocks."""
    sessions: int = 0

    @property
    def all(self) -> list[Ratio]:
        """Those that were made."""
        return [ratio for some in self.made.values() for ratio in some]


def pairs_of(windows: Sequence[WindowRow]) -> list[Pair]:
    """Two windows of an arm a block, in the order of time; consecutive ones where the session has no blocks."""
    blocks = whole_blocks(windows)
    if blocks:
        return [(those[0], those[1]) for _, those in sorted(blocks.items())]
    return list(zip(windows[::2], windows[1::2], strict=False))


def null(windows: Sequence[WindowRow], level: float = 0.95) -> Ratio | None:
    """The ratio of an arm's windows to themselves; None below three blocks. level: of Student's interval."""
    logs = []
    for number, (first, second) in enumerate(pairs_of(windows)):
        a, b = (first, second) if number % 2 == 0 else (second, first)
        joules = getattr(a, JOULES), getattr(b, JOULES)
        if a.valid and b.valid and all(joules):
            logs.append(math.log(joules[1] / joules[0]))
    return of_logs(logs, level) if len(logs) >= LEAST_BLOCKS else None


def true_nulls(line: Timeline, runs: Sequence[RunRow], windows: Sequence[WindowRow]) -> Iterator[tuple[str, Ratio]]:
    """The ratios, as Compare tells them, of arms that are one and the same."""
    assert line.plan is not None and line.header is not None
    by_id = {run.run_id: run for run in runs}
    held = {name: [w for w in windows if w.run_id == name] for name in by_id}
    for a, b in combinations(range(len(runs)), 2):
        if line.plan.arms[a] == line.plan.arms[b]:
            first, second = (by_id[run_id(line.header.session, number)] for number in (a, b))
            (found,) = contrasts((first, second), held)
            if found.energy is not None:
                yield f"{line.header.session}, {first.engine}", found.energy


def take(nulls: Nulls, line: Timeline) -> None:
    """Every arm of a session against itself, and its true A/A test where it is one."""
    runs, windows = summarize(line)
    if not windows:
        return  # a session of quality alone
    nulls.sessions += 1
    nulls.true.extend(true_nulls(line, runs, windows))
    kind = "paired session" if len(runs) > 1 else "run by itself"
    for run in runs:
        mine = [w for w in windows if w.run_id == run.run_id and not w.split]
        ratio = null(mine, level_of([run]))
        if ratio is None:
            nulls.few += 1
            continue
        nulls.made.setdefault(f"{kind}, {run.engine}", []).append(ratio)
        if not holds_one(ratio):
            nulls.without.append(f"{run.run_id} ({run.arm_label}): {words(ratio)}")


def holds_one(ratio: Ratio) -> bool:
    """Whether the interval has 1 in it."""
    return ratio.low is not None and ratio.high is not None and ratio.low <= 1 <= ratio.high


def words(ratio: Ratio) -> str:
    """The ratio with its interval."""
    return f"{signed(ratio.pct)} % {ratio.interval_text} of {ratio.blocks} blocks"


def cells(ratios: Sequence[Ratio]) -> tuple[str, ...]:
    """How many, in how many the interval holds 1, how many are within 1 %, the farthest, and the median half width."""
    near = sum(abs(it.pct) <= WITHIN_PCT for it in ratios)
    halves = [it.half_pct for it in ratios if it.half_pct is not None]
    return (
        str(len(ratios)),
        str(sum(map(holds_one, ratios))),
        str(near),
        f"{max(abs(it.pct) for it in ratios):.2f} %",
        f"{statistics.median(halves):.2f} %",
    )


def share(ratios: Sequence[Ratio]) -> str:
    """In which share of all the interval holds 1, with the exact binomial interval of so many independent ones."""
    held = sum(map(holds_one, ratios))
    low, high = stats.binomtest(held, len(ratios)).proportion_ci(0.95)
    return f"{held} of {len(ratios)}: {100 * held / len(ratios):.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def told(nulls: Nulls) -> None:
    """Print the table, and what it does not say."""
    rows = [(kind, *cells(ratios)) for kind, ratios in sorted(nulls.made.items())]
    if nulls.all:
        rows.append(("all", *cells(nulls.all)))
    rows += [(f"A/A {name}", *cells([ratio])) for name, ratio in nulls.true]
    heads = ("arms against themselves", "arms", "holds 1", "within ±1 %", "largest |ratio − 1|", "median half width")
    show(f"NULLS made of recorded windows of {nulls.sessions} sessions, gross joules a token", heads, rows)
    if nulls.all:
        print(f"The 95 % interval holds 1 in {share(nulls.all)}, the binomial interval of independent ones.")
        print("Arms of one session share its wandering: they are not independent, and that interval is too narrow.")
    for name, ratio in nulls.true:
        print(f"A/A {name}, as Compare tells it: {words(ratio)}.")
    for arm in nulls.without:
        print(f"Does not hold 1: {arm}.")
    if nulls.few:
        print(f"Left out, with fewer than {LEAST_BLOCKS} blocks of two windows: {nulls.few} arms.")


def recorded(logs: Iterable[Path]) -> Nulls:
    """The nulls of some logs."""
    nulls = Nulls()
    for log in logs:
        take(nulls, read_timeline(log))
    return nulls


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.nulls")
    parser.add_argument("logs", nargs="*", type=Path, metavar="LOG")
    options = parser.parse_args(arguments)
    logs = options.logs or sorted(SAMPLES.glob("sessions/*/log.jsonl*"))
    try:
        nulls = recorded(logs)
    except EcotuiError as error:
        raise SystemExit(str(error)) from error
    if nulls.sessions:
        told(nulls)
    else:
        print("No log holds a window.")


if __name__ == "__main__":
    main()
