"""What a run's row wants of its windows, taken in one by one: a new window costs the same after a day as at first."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecotui.core.causes import note
from ecotui.core.columns import Column
from ecotui.core.rows import WindowRow
from ecotui.core.sums import Sum
from ecotui.core.trend import Rises

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ecotui.core.latency import Running


@dataclass
class Most:
    """The highest of the values that are there."""

    value: float | None = None

    def add(self, value: float | None) -> None:
        """One more."""
        if value is not None and (self.value is None or value > self.value):
            self.value = value


@dataclass
class Tally:
    """Of an arm's windows so far, those of other output lengths left out where nothing else is said."""

    count: int = 0
    invalid: int = 0
    short: int = 0
    """Windows in which tokens are missing."""
    gap_ms: float = 0.0
    """The longest gap between readings."""
    first: WindowRow | None = None
    last: WindowRow | None = None
    tokens: int = 0
    without_tokens: int = 0
    seconds: Sum = field(default_factory=Sum)
    joules: Sum = field(default_factory=Sum)
    counter: Sum = field(default_factory=Sum)
    """Joules of the windows that have both sources, as is what follows."""
    integral: Sum = field(default_factory=Sum)
    weighed: int = 0
    """Windows that have an integral of power."""
    means: dict[str, Sum] = field(default_factory=dict)
    """By column."""
    most: dict[str, Most] = field(default_factory=dict)
    sources: set[str | None] = field(default_factory=set)
    causes: dict[str, array[int]] = field(default_factory=dict)
    doubted: dict[str, array[int]] = field(default_factory=dict)
    """Numbers of the windows in which the counter was not believed, by why."""
    bits: int | None = None
    power: array[float] = field(default_factory=lambda: array("d"))
    """What there is of mean power, of energy a token, of throughput: what a spread is made of."""
    energy: array[float] = field(default_factory=lambda: array("d"))
    throughput: array[float] = field(default_factory=lambda: array("d"))
    edges: array[int] = field(default_factory=lambda: array("q"))
    """When each began and ended, ns."""
    rises: Rises = field(default_factory=Rises)
    """Of `energy`."""
    prompts: int = 0
    """Prompt tokens that a watched server counted, in `prompted` windows of `prompt_s`; all of them took `plain_s`."""
    prompted: int = 0
    prompt_s: float = 0.0
    plain_s: float = 0.0
    lengths: Column = field(default_factory=lambda: Column("d"))
    """New tokens and joules of a request, of all windows, for a line through them."""
    of_request: array[float] = field(default_factory=lambda: array("d"))

    pace: Running | None = None
    """Of their calls, where that is held; else it is made of the timeline's."""

    def add(self, row: WindowRow) -> None:
        """One more window."""
        if row.new_tokens is not None and row.energy_gross_j_per_request is not None:
            self.lengths.append(float(row.new_tokens - 1))
            self.of_request.append(row.energy_gross_j_per_request)
        if row.split:
            return
        self.count += 1
        self.first, self.last = self.first or row, row
        self.edges.extend((row.t0_ns or 0, row.t1_ns or 0))
        self._judge(row)
        self._weigh(row)
        for name in MEANS:
            self.means[name].add(getattr(row, name))
        for name in MOST:
            self.most[name].add(getattr(row, name))

    @property
    def brackets(self) -> NDArray[np.int64]:
        """From and to, ns, of shape (windows, 2)."""
        import numpy as np

        return np.array(self.edges, dtype=np.int64).reshape(-1, 2)

    def __post_init__(self) -> None:
        self.means = {name: Sum() for name in MEANS}
        self.most = {name: Most() for name in MOST}

    def _judge(self, row: WindowRow) -> None:
        self.invalid += not row.valid
        self.short += row.tokens != row.tokens_expected
        self.gap_ms = max(self.gap_ms, row.reading_gap_max_ms or 0.0)
        if row.cause:
            note(self.causes, row.cause, row.window)
        if row.clock_event_reasons is not None:
            self.bits = (self.bits or 0) | row.clock_event_reasons
        if row.energy_source == "integral" and row.energy_counter_doubt:
            self.doubted.setdefault(row.energy_counter_doubt, array("q")).append(row.window)

    def _weigh(self, row: WindowRow) -> None:
        length_s = row.window_s or 0.0
        self.seconds.add(length_s)
        self.plain_s += length_s
        self.tokens += row.tokens or 0
        self.without_tokens += not row.tokens
        self.joules.add(row.energy_gross_j)
        self.sources.add(row.energy_source)
        self.weighed += row.energy_integral_j is not None
        if row.energy_counter_j is not None and row.energy_integral_j is not None:
            self.counter.add(row.energy_counter_j)
            self.integral.add(row.energy_integral_j)
        if row.watched_prompt_tokens is not None:
            self.prompts, self.prompted = self.prompts + row.watched_prompt_tokens, self.prompted + 1
            self.prompt_s += length_s
        if row.power_mean_w is not None:
            self.power.append(row.power_mean_w)
        if row.throughput_tok_s is not None:
            self.throughput.append(row.throughput_tok_s)
        if row.energy_gross_j_per_1k_tokens is not None:
            self.energy.append(row.energy_gross_j_per_1k_tokens)
            self.rises.add(row.energy_gross_j_per_1k_tokens)


MEANS = (
    *("power_mean_w", "energy_gross_j_per_request", "idle_readings_pct", "utilization_mean_pct", "sm_clock_mean_mhz"),
    *("watched_running", "watched_waiting"),
)
MOST = ("energy_edge_error_pct", "memory_used_peak_b", "memory_peak_b")


def tally_of(windows: Iterable[WindowRow] | Tally) -> Tally:
    """Of some windows, in order."""
    if isinstance(windows, Tally):
        return windows
    out = Tally()
    for row in windows:
        out.add(row)
    return out
