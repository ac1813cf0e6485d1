"""TTFT, ITL and TPOT from token stamps, by their standard definitions (NVIDIA NIM, vLLM, AIPerf)."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecotui.core.clock import NS
from ecotui.core.statistics import mean, percentile
from ecotui.core.sums import Sum
from ecotui.core.thinning import Pace

MS = 1e6
"""Nanoseconds in a millisecond."""


@dataclass(frozen=True, slots=True)
class Latency:
    """None where no call was complete."""

    ttft_ms: float | None
    """Time to first token: start of the call to the first token, mean over calls."""
    tpot_ms: float | None
    """Time per output token after the first: (t_N - t_1)/(N - 1), mean over calls."""
    itl_p50_ms: float | None
    """Inter-token latency t_{i+1} - t_i, median over all steps."""
    itl_p99_ms: float | None
    decode_tok_s: float | None
    """B·(N - 1)/(t_N - t_1), tokens and times of all calls together: a mean of the calls' own rates would count the
    quick ones for more than their share of the time."""
    e2e_tok_s: float | None
    """B·N/(t_N - t_start), likewise."""


def latency(calls: Sequence[NDArray[np.int64]], rows: int = 1) -> Latency:
    """Latencies of complete calls of `rows` rows; each array holds (1 + N) stamps, the first the call's start.

    TTFT and the ITL of a call add up to its whole length.
    """
    whole = [c for c in calls if len(c) >= 3]
    gaps = np.concatenate([np.diff(c[1:]) for c in whole]) / MS if whole else np.empty(0)
    return Latency(
        mean([float(c[1] - c[0]) / MS for c in whole]),
        mean([float(c[-1] - c[1]) / MS / (len(c) - 2) for c in whole]),
        percentile(gaps, 50),
        percentile(gaps, 99),
        *_rates(rows, len(whole), *_spent(whole)),
    )


def paced(before: Pace | None, calls: Sequence[NDArray[np.int64]], rows: int = 1) -> Latency:
    """The same with calls before them whose stamps are gone: their percentiles are to a microsecond."""
    if before is None or not before.calls:
        return latency(calls, rows)
    whole, gaps = [c for c in calls if len(c) >= 3], dict(before.gaps_us)
    number = before.calls + len(whole)
    if whole:
        told = np.rint(np.concatenate([np.diff(c[1:]) for c in whole]) / 1000).astype(np.int64)
        for gap, times in zip(*(part.tolist() for part in np.unique(told, return_counts=True)), strict=True):
            gaps[gap] = gaps.get(gap, 0) + times
    steps, decode_ns, call_ns = _spent(whole)
    return Latency(
        (before.ttft_ms + sum(float(c[1] - c[0]) / MS for c in whole)) / number,
        (before.tpot_ms + sum(float(c[-1] - c[1]) / MS / (len(c) - 2) for c in whole)) / number,
        _counted(gaps, 50),
        _counted(gaps, 99),
        *_rates(rows, number, before.steps + steps, before.decode_ns + decode_ns, before.call_ns + call_ns),
    )


class Running:
    """`paced` of an arm's windows so far, each taken in once: the calls of an hour are not looked through for one."""

    def __init__(self, before: Pace | None = None) -> None:
        """before: of windows whose stamps are gone."""
        self._pace = deepcopy(before) if before is not None else Pace()
        self._means = [Sum() for _ in range(2)]
        """Of what `Latency` has as means, over the calls that came since."""
        self._spent = np.zeros(3, dtype=np.int64)
        """Their steps after the first token, what those took, and the whole calls; nanoseconds."""
        self._gaps_ns = array("q")
        """Of these calls, as long as no others are counted."""

    def add(self, calls: Sequence[NDArray[np.int64]]) -> None:
        """The calls of one more window."""
        whole = [c for c in calls if len(c) >= 3]
        self._spent += _spent(whole)
        for c in whole:
            told = float(c[1] - c[0]) / MS, int(c[-1] - c[1]) / MS / (len(c) - 2)
            for mean_, value in zip(self._means, told, strict=True):
                mean_.add(value)
            self._gaps_ns.frombytes(np.diff(c[1:]).tobytes())

    def latency(self, rows: int, *, thinned: bool) -> Latency:
        """What they come to; `thinned` says that others' percentiles are told to a microsecond by now."""
        before, gaps = self._pace, self._gaps_ns
        if (thinned or before.calls) and gaps:
            values, counts = np.unique(np.rint(np.array(gaps) / 1000).astype(np.int64), return_counts=True)
            for value, count in zip(values.tolist(), counts.tolist(), strict=True):
                before.gaps_us[value] = before.gaps_us.get(value, 0) + count
            del gaps[:]
        p50, p99 = np.percentile(np.array(gaps) / MS, (50, 99)) if gaps else (None, None)
        if p50 is None:
            p50, p99 = (_counted(before.gaps_us, q) for q in (50, 99))
        calls = before.calls + self._means[0].there
        sums = zip((before.ttft_ms, before.tpot_ms), self._means, strict=True)
        ttft, tpot = ((total + it.total) / calls if calls else None for total, it in sums)
        steps, decode_ns, call_ns = self._spent.tolist()
        rates = _rates(rows, calls, before.steps + steps, before.decode_ns + decode_ns, before.call_ns + call_ns)
        return Latency(ttft, tpot, None if p50 is None else float(p50), None if p99 is None else float(p99), *rates)


def _spent(whole: Sequence[NDArray[np.int64]]) -> tuple[int, int, int]:
    """Steps after the first token of all calls, what those took, and the whole calls; nanoseconds."""
    decode_ns, call_ns = (sum(int(c[-1] - c[first]) for c in whole) for first in (1, 0))
    return sum(len(c) - 2 for c in whole), decode_ns, call_ns


def _rates(rows: int, calls: int, steps: int, decode_ns: int, call_ns: int) -> tuple[float | None, float | None]:
    """Tokens a second of decoding and end to end; every call has one token more than steps after it."""
    return _rate(rows * steps, decode_ns), _rate(rows * (steps + calls), call_ns)


def _counted(gaps_us: dict[int, int], q: float) -> float | None:
    """A percentile of counted values, ms; between two neighbours as `statistics.percentile` has it."""
    if not gaps_us:
        return None
    values = np.array(sorted(gaps_us), dtype=np.int64)
    ends = np.cumsum([gaps_us[v] for v in values.tolist()])
    place = q / 100 * (int(ends[-1]) - 1)
    low, high = (float(values[int(np.searchsorted(ends, int(p), side="right"))]) for p in (place, np.ceil(place)))
    return (low + (high - low) * (place - int(place))) / 1000


def _rate(tokens: int, ns: int) -> float | None:
    return tokens * NS / ns if ns > 0 else None
