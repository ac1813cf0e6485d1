"""What a long session keeps in memory: the last hour whole, before them its figures and the outline of its curves.

The log stays whole. What is taken out here has gone into a row of the store first, so that every figure of a session
is the same whether it was thinned or not; percentiles over a whole run are then told to a microsecond.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecotui.core.clock import NS
from ecotui.core.events import Vitals
from ecotui.core.packed import PackedRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ecotui.core.timeline import Series, Timeline

KEEP_ROWS = 36_000
"""Readings that stay whole: an hour at ten a second."""
STEP_ROWS = 3_000
"""How many more there may be before they are looked through again."""
BUCKET_NS = 10 * NS
"""Of so much time the lowest and the highest stay, at first."""
OUTLINE_ROWS = 12_000
"""With more rows in an outline, its buckets are made twice as long: a chart has no more columns in a day."""
IDLE = ("bare", "context", "context-after")
"""Phases whose readings stay whole: baselines are made of them, and made again."""
UNDER_LOAD = ("loading", "warm-up", "stabilizing")
NEAR_NS = 3 * NS
"""Slow looks so near to the edge of a phase are what is counted from."""


@dataclass
class Pace:
    """Latencies of an arm's calls whose stamps are gone."""

    calls: int = 0
    ttft_ms: float = 0.0
    """Sums over the calls, as is what follows."""
    tpot_ms: float = 0.0
    steps: int = 0
    """After each call's first token."""
    decode_ns: int = 0
    """What they took."""
    call_ns: int = 0
    """What the calls took from their start to their last token."""
    gaps_us: dict[int, int] = field(default_factory=dict)
    """How often each inter-token latency was seen, in whole microseconds."""


@dataclass
class Settled:
    """What was made of the windows whose readings are gone."""

    rows: PackedRows = field(default_factory=PackedRows)
    pace: dict[int, Pace] = field(default_factory=dict)
    """By arm."""
    windows: int = 0
    """How many of the session's first windows that were."""
    prepared: int = 0
    """How many have their rows already: each waits for its turn, so that no event takes long."""
    idle_w: dict[int, tuple[int, tuple[float | None, float | None]]] = field(default_factory=dict)
    """Baselines by arm, after how many phases had begun and ended."""


def prepare(line: Timeline) -> None:
    """Make the row of the oldest window that has none and whose readings will go soon."""
    done, most = line.settled, len(line.readings)
    done.prepared = max(done.prepared, done.windows)
    if most > KEEP_ROWS and done.prepared < len(line.windows):
        _prepare(line, line.readings.stamp(most - KEEP_ROWS + STEP_ROWS // 2), 2)


def _prepare(line: Timeline, before_ns: int, most: int) -> None:
    """Rows of up to `most` windows that began before; what their events tell is known by then."""
    from ecotui.core.summary import window_row

    done = line.settled
    for place in range(done.prepared, min(done.prepared + most, len(line.windows))):
        window = line.windows[place]
        if window.t0_ns >= before_ns:
            return
        if (window.arm, window.t0_ns) not in done.rows:
            done.rows.add(window.arm, window_row(line, window))
        line.windows.forget(place)
        done.prepared = place + 1


def thin(line: Timeline) -> None:
    """Take out what is older than the last `KEEP_ROWS` readings, as far as nobody will ask for it."""
    before_ns = horizon_ns(line)
    if before_ns <= line.start_ns:
        return
    _settle(line, before_ns)
    whole = [(s.phase.at_ns - NEAR_NS, (s.end_ns or line.last_ns) + NEAR_NS) for s in line.spans.named(*IDLE)]
    parts = sorted(at for stretch in line.spans.stretches("measuring") for at in stretch if at is not None)
    for series, names in (
        (line.readings, ("power_w", "power_average_w", "temperature_c")),
        (line.throughput, ("tok_s",)),
        (line.ticks, ()),
        (line.samples, ()),
    ):
        outline = Outline(series, line.start_ns, names, whole, parts)
        outline.extend(before_ns)
    line.vitals = _looks(line, before_ns)
    for key in [key for key, call in line.calls.items() if call.stamps and call.stamps[-1] < before_ns]:
        del line.calls[key]


def horizon_ns(line: Timeline) -> int:
    """Before this nothing is asked for any more: neither by a window to come nor by the gate. Ends a bucket."""
    at = line.readings.stamp(len(line.readings) - KEEP_ROWS)
    phase = line.phase
    if phase is not None and not (line.header and line.header.watched):
        if phase.name in UNDER_LOAD:
            at = min(at, line.loaded_ns(phase.arm))
        elif phase.name in ("measuring", "splitting"):
            at = min(at, phase.at_ns)
    return line.start_ns + (at - line.start_ns) // BUCKET_NS * BUCKET_NS


def _settle(line: Timeline, before_ns: int) -> None:
    """Count the calls of the windows that began before, while they are there; their rows are made."""
    from ecotui.core.summary import stamps_of

    done = line.settled
    done.prepared = max(done.prepared, done.windows)
    _prepare(line, before_ns, len(line.windows))
    while done.windows < len(line.windows) and (window := line.windows[done.windows]).t0_ns < before_ns:
        if window.new_tokens is None:
            _count(done.pace.setdefault(window.arm, Pace()), stamps_of(line, window))
        done.windows += 1


def _count(pace: Pace, calls: Sequence[NDArray[np.int64]]) -> None:
    import numpy as np

    for stamps in calls:
        if len(stamps) < 3:
            continue
        pace.calls += 1
        pace.ttft_ms += float(stamps[1] - stamps[0]) / 1e6
        steps, decode_ns = len(stamps) - 2, int(stamps[-1] - stamps[1])
        pace.tpot_ms += decode_ns / 1e6 / steps
        pace.steps += steps
        pace.decode_ns += decode_ns
        pace.call_ns += int(stamps[-1] - stamps[0])
        values, counts = np.unique(np.rint(np.diff(stamps[1:]) / 1000).astype(np.int64), return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            pace.gaps_us[value] = pace.gaps_us.get(value, 0) + count


@dataclass(frozen=True, slots=True)
class Outline:
    """How the old part of a series is thinned: of every bucket the rows with the lowest and highest of each name."""

    series: Series
    start_ns: int
    names: Sequence[str]
    whole: Sequence[tuple[int, int]]
    """Spans of time whose rows stay, all of them."""
    parts: Sequence[int]
    """Times that part a bucket: what was highest while measuring is told, not what was so before."""

    def extend(self, before_ns: int) -> None:
        """Take in what is older than that; where that is too much, all of it anew, in longer buckets."""
        series = self.series
        free = self._thin(series.whole_from, series.place(before_ns))
        while self.names and free > OUTLINE_ROWS:
            series.bucket_ns *= 2
            free = self._thin(0, series.whole_from)

    def _thin(self, first: int, end: int) -> int:
        """Of the rows from `first` on and before `end` the outline; how many it has in all that need not stay."""
        import numpy as np

        series = self.series
        at = series.at_ns[:end]
        stays = np.zeros(end, dtype=bool)
        for begin_ns, end_ns in self.whole:
            stays[int(np.searchsorted(at, begin_ns)) : int(np.searchsorted(at, end_ns, side="right"))] = True
        rows = np.arange(end)[:first]
        if end > first:
            rows = np.concatenate([rows, first + np.flatnonzero(stays[first:] | self._extremes(first, at[first:]))])
            series.keep(first, end, rows[first:].tolist())
        series.whole_from = len(rows)
        return int(np.count_nonzero(~stays[rows]))

    def _extremes(self, first: int, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the rows from `first` on, stamped `at`, are the lowest or highest of a bucket."""
        import numpy as np

        kept = np.zeros(len(at), dtype=bool)
        part = np.searchsorted(np.array(self.parts, dtype=np.int64), at, side="right")
        bucket = (at - self.start_ns) // self.series.bucket_ns * (len(self.parts) + 1) + part
        for name in self.names:
            values = self.series.column(name)[first : first + len(at)]
            for signed in (values, -values):
                order = np.lexsort((np.where(np.isfinite(signed), signed, np.inf), bucket))
                kept[order[np.flatnonzero(np.diff(bucket[order], prepend=bucket[order[0]] - 1))]] = True
        return kept


def _looks(line: Timeline, before_ns: int) -> list[Vitals]:
    """The slow looks that say something which their neighbours do not, and those at the edges of phases."""
    looks, n = line.vitals, bisect_left(line.vitals, before_ns, key=lambda look: look.at_ns)
    edges = sorted(at for s in line.spans.heads() for at in (s.phase.at_ns, s.end_ns or line.last_ns))

    def at_an_edge(look: Vitals) -> bool:
        after = bisect_left(edges, look.at_ns - NEAR_NS)
        return after < len(edges) and edges[after] <= look.at_ns + NEAR_NS

    kept = [
        look
        for i, look in enumerate(looks[:n])
        if i in (0, n - 1) or not (_same(looks[i - 1], look) and _same(look, looks[i + 1])) or at_an_edge(look)
    ]
    return kept + looks[n:]


def _same(one: Vitals, other: Vitals) -> bool:
    """Whether both tell of the same processes, and counts go on from one to the other."""
    if (one.processes, one.foreign) != (other.processes, other.foreign):
        return False
    return all(
        (a is None) == (b is None) and (a is None or b is None or b >= a)
        for a, b in ((one.throttle_ns, other.throttle_ns), (one.power_cap_ns, other.power_cap_ns))
    )
