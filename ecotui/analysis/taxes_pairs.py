"""Two points that differ in one thing alone, the strongest evidence first, and the interval of their ratio."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from ecotui.analysis.baselines import BARE, CONTEXT, Baseline, baseline, widened
from ecotui.analysis.finding import Windows
from ecotui.analysis.paired import PAIRED, UNPAIRED, Ratio, paired_ratio
from ecotui.analysis.points import PUBLISHED, Point
from ecotui.analysis.unpaired import welch
from ecotui.analysis.verdict import times
from ecotui.core.errors import EcotuiError
from ecotui.core.rows import WindowRow
from ecotui.core.stopping import LEVEL

COLUMNS = {
    "gross": "energy_gross_j_per_1k_tokens",
    "net-context": CONTEXT,
    "net-bare": BARE,
    "throughput": "throughput_tok_s",
    "power": "power_mean_w",
}
"""What a ratio may be of, and the windows' column."""
STRENGTHS = {
    PAIRED: "paired: they took turns in one session",
    "session": "one session, one after the other (weaker: a drift passes for a difference)",
    UNPAIRED: "separate sessions (weaker: a drift passes for a difference)",
    PUBLISHED: "published, without intervals",
}
"""What a pair's ratio rests on, the strongest first."""
MOST_READ = 60
"""Runs whose windows are read for one look at the findings; the rest stay without intervals."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate against the baseline of the same board, model, lengths and batch."""

    baseline: Point
    candidate: Point
    others: int = 0
    """More pairs of the same condition, older or weaker."""

    @property
    def evidence(self) -> str:
        """A key of STRENGTHS."""
        a, b = self.baseline, self.candidate
        if a.kind == PUBLISHED:
            return PUBLISHED
        if a.session_id != b.session_id:
            return UNPAIRED
        return PAIRED if a.blocks and b.blocks else "session"

    def ratio(self, of: str = "gross") -> float | None:
        """Candidate over baseline in a key of COLUMNS; None where either is unknown or not above 0."""
        a, b = (_value(p, of) for p in (self.baseline, self.candidate))
        if a is None or b is None or a <= 0 or b <= 0:
            return None
        return b / a if 0 < b / a < math.inf else None


def _value(point: Point, of: str) -> float | None:
    return {"throughput": point.throughput_tok_s, "power": point.power_w}.get(of) or point.energy(of)


def by_quantization(p: Point) -> Hashable:
    """What two points of a pair share that differ in quantization."""
    return p.place, p.board, p.model, p.engine, p.batch_size, p.lengths


def by_engine(p: Point) -> Hashable:
    """What two points of a pair share that differ in engine."""
    return p.place, p.board, p.model, p.quantization, p.batch_size, p.lengths


def pairs(
    candidates: Iterable[Point], baselines: Iterable[Point], key: Callable[[Point], Hashable] = by_quantization
) -> list[Pair]:
    """The best pair of each condition: taking turns before one session before separate ones, then the newest.

    A pair never crosses boards. Its condition is the board's name, model, engine or quantization, batch and lengths.
    """
    pool: dict[Hashable, list[Point]] = {}
    for point in baselines:
        pool.setdefault(key(point), []).append(point)
    last = {k: max(some, key=lambda p: p.at) for k, some in pool.items()}
    same = {k: {p.session_id: p for p in some} for k, some in pool.items()}
    best: dict[Hashable, tuple[tuple[int, float], Pair, int]] = {}
    for point in candidates:
        k = key(point)
        if (newest := last.get(k)) is None:
            continue
        taken = same[k].get(point.session_id) if point.session_id else None
        made = Pair(taken or newest, point)
        rank, condition = _rank(made), point.condition
        before = best.get(condition)
        if before is None:
            best[condition] = rank, made, 0
        else:
            best[condition] = (rank, made, before[2] + 1) if rank > before[0] else (*before[:2], before[2] + 1)
    return [Pair(pair.baseline, pair.candidate, others) for _, pair, others in best.values()]


def _rank(pair: Pair) -> tuple[int, float]:
    return -list(STRENGTHS).index(pair.evidence), min(pair.baseline.at, pair.candidate.at)


class Intervals:
    """Reads the windows of pairs, when they are asked for and not more often than needed."""

    def __init__(self, windows: Windows | None = None, most: int = MOST_READ) -> None:
        self._windows, self._left, self.spent = windows, most, False
        self._read = cache(self._fetch)
        self._known: dict[tuple[str, str, str], Ratio | None] = {}

    def _fetch(self, run_id: str) -> tuple[WindowRow, ...]:
        if self._windows is None or self._left <= 0:
            self.spent = self._windows is not None
            return ()
        self._left -= 1
        try:
            return tuple(w for w in self._windows(run_id) if not w.split)
        except EcotuiError:  # the figure stands without its interval, and says so
            return ()

    def of(self, pair: Pair, of: str = "gross") -> Ratio | None:
        """The ratio with its 95 % interval; the bare ratio of the means where no windows are to be had."""
        key = pair.baseline.point_id, pair.candidate.point_id, of
        if key not in self._known:
            self._known[key] = self._made(pair, of)
        return self._known[key]

    def _made(self, pair: Pair, of: str) -> Ratio | None:
        value = pair.ratio(of)
        if value is None:
            return None
        bare = Ratio(value, None, None, 0, pair.evidence)
        if pair.evidence == PUBLISHED:
            return bare
        a, b = self._read(pair.baseline.point_id), self._read(pair.candidate.point_id)
        if pair.evidence == PAIRED:
            level = LEVEL if pair.baseline.stopped_by or pair.candidate.stopped_by else 0.95
            return widened(paired_ratio(a, b, COLUMNS[of], level) or bare, *_baselines(pair, of), level)
        x, y = ([v for w in some if (v := getattr(w, COLUMNS[of])) is not None] for some in (a, b))
        return widened(welch(x, y) or bare, *_baselines(pair, of))


def _baselines(pair: Pair, of: str) -> tuple[Baseline | None, Baseline | None]:
    """What both arms are net of; None in an accounting that has none."""
    column, net = COLUMNS[of], of.startswith("net")
    a, b = (baseline(p, column, p.energy(of) if net else None) for p in (pair.baseline, pair.candidate))
    return a, b


def told(ratio: Ratio | None) -> str:
    """A ratio with its 95 % interval, "×1.79 [1.77, 1.81]"; "[–]" where it has none, which `unknown` explains."""
    return times(ratio)


def unknown(sentence: str) -> str:
    """The sentence, and what "[–]" in it means."""
    return f"{sentence} [–]: no interval." if "[–]" in sentence else sentence


def alone(candidates: Iterable[Point], found: Sequence[Pair]) -> list[Point]:
    """The candidates whose condition has no pair."""
    paired = {pair.candidate.condition for pair in found}
    return [p for p in candidates if p.condition not in paired]


def evidence_words(some: Sequence[Pair]) -> list[str]:
    """A sentence for each strength that some pairs rest on, with their count; how many pairs stood behind them."""
    found = [pair.evidence for pair in some]
    told = [
        f"{found.count(name)} of {len(found)} ratios: {words}." for name, words in STRENGTHS.items() if name in found
    ]
    if behind := sum(pair.others for pair in some):
        last = "1 more pair of these configurations, weaker or older, is not shown."
        told.append(
            last if behind == 1 else f"{behind} more pairs of these configurations, weaker or older, are not shown."
        )
    return told


def by_size(pair: Pair) -> tuple[int, str, int]:
    """The order of pairs: by parameters, model and batch size."""
    return pair.candidate.parameters or 0, pair.candidate.model, pair.candidate.batch_size


def where(pair: Pair, some: Sequence[Pair]) -> str:
    """The condition as far as the pairs differ in it."""
    model = f"{pair.candidate.model} " if len({p.candidate.model for p in some}) > 1 else ""
    return f"{model}at batch {pair.candidate.batch_size}"


def more(some: Sequence[Pair]) -> str:
    """How many pairs a sentence leaves to the table: it tells four."""
    return f"; and {len(some) - 4} more" if len(some) > 4 else ""
