"""The curves of a run, as charts draw them: seconds since its first window began."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecotui.core.clock import NS
from ecotui.core.summary import run_id
from ecotui.core.timeline import Timeline

Values = NDArray[np.float64]
TURNS = ("loading", "warm-up", "stabilizing", "measuring", "examining")
"""Phases whose power is one arm's."""


@dataclass(frozen=True)
class Trace:
    """Power, temperature and throughput of one run over one time axis."""

    run_id: str
    at_s: Values
    """(readings,) seconds since the first window's start; negative before it."""
    power_w: Values
    """(readings,) instant power, NaN where the board did not answer."""
    temperature_c: Values
    rate_at_s: Values
    """(rates,) times of `tok_s`."""
    tok_s: Values
    windows: tuple[tuple[float, float], ...]
    """Start and end of every window, seconds on the same axis."""


def trace(line: Timeline, arm: int) -> Trace:
    """The trace of an arm; a run without windows counts from the session's start.

    While another arm of a paired session has its turn, power and throughput are not this one's: NaN.
    """
    assert line.header is not None
    windows = line.windows_of(arm)
    zero = windows[0].t0_ns if windows else line.start_ns
    mine = [s for s in line.spans if s.phase.arm == arm]
    begin = mine[0].phase.at_ns if mine else line.start_ns
    end = (mine[-1].end_ns or line.last_ns) if mine else line.last_ns
    at, rate_at = line.readings.at_ns, line.throughput.at_ns
    inside, rated = (at >= begin) & (at <= end), (rate_at >= begin) & (rate_at <= end)
    return Trace(
        run_id(line.header.session, arm),
        (at[inside] - zero) / NS,
        _own(line, arm, at[inside], line.readings.column("power_w")[inside]),
        line.readings.column("temperature_c")[inside],
        (rate_at[rated] - zero) / NS,
        _own(line, arm, rate_at[rated], line.throughput.column("tok_s")[rated]),
        tuple(((w.t0_ns - zero) / NS, (w.t1_ns - zero) / NS) for w in windows),
    )


def _own(line: Timeline, arm: int, at_ns: NDArray[np.int64], values: Values) -> Values:
    """The values without those of other arms' phases; idle power is everybody's."""
    for span in line.spans:
        if span.phase.arm != arm and span.phase.name in TURNS:
            values[(at_ns >= span.phase.at_ns) & (at_ns < (span.end_ns or line.last_ns))] = np.nan
    return values
