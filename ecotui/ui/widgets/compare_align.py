"""Windows of several runs on one time axis, on which the first tokens of their n-th windows stand together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from ecotui.core.clock import NS
from ecotui.core.rows import WindowRow
from ecotui.core.traces import Trace

Leads = tuple[float, ...]
"""From the start of each window to its first token, s."""
NEAR_S = 0.01
"""A trace's window and a row's are the same where their starts lie so near."""


def leads_of(trace: Trace, rows: Sequence[WindowRow]) -> Leads:
    """Seconds to the first token of each of the trace's windows, by the mean TTFT of the window's calls.

    The store keeps no stamp of a first token; a window without a TTFT begins with its own start.
    """
    starts = {row.t0_ns: row.ttft_ms for row in rows if row.t0_ns is not None and row.ttft_ms is not None}
    zero = min((row.t0_ns for row in rows if row.t0_ns is not None), default=0)
    known = [((at - zero) / NS, (ttft or 0.0) / 1000) for at, ttft in starts.items()]
    return tuple(
        next((min(lead, end - begin) for at, lead in known if abs(at - begin) < NEAR_S), 0.0)
        for begin, end in trace.windows
    )


def token_places(traces: Iterable[Trace | None], leads: Sequence[Leads], whole_s: float) -> list[float]:
    """Where the first token of the n-th window of every run stands, s; that of the first window at 0.

    Windows are set one after the other with room for the longest before and after the token, in multiples of
    `whole_s`, so that means over that long begin with the token too.
    """
    spans = [
        [(lead, end - begin - lead) for (begin, end), lead in zip(trace.windows, some, strict=True)]
        for trace, some in zip(traces, leads, strict=True)
        if trace is not None
    ]
    places: list[float] = []
    free = 0.0
    for nth in zip_longest(*spans):
        before = max(span[0] for span in nth if span is not None)
        places.append(free + (_up(before, whole_s) if places else 0.0))
        free = places[-1] + _up(max(span[1] for span in nth if span is not None), whole_s)
    return places


def _up(seconds: float, whole_s: float) -> float:
    return whole_s * math.ceil(seconds / whole_s - 1e-9)
