"""Why a window is INVALID, in words. A window is marked, never dropped, and never for its value."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from ecotui.core.clock import NS
from ecotui.core.events import Vitals, Window
from ecotui.core.reading import INVALIDATING, reason_words
from ecotui.core.timeline import Timeline

GAP_LIMIT_MS = 300.0
"""A longer gap between readings spoils a window."""
MOST_NS = 1 << 62
"""No count of a board goes so far: a century."""
THROTTLE_SHARE = 0.001
"""Share of a window for which its clocks may be held down."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the board and the worker say about a bracket; None where they do not say."""

    length_ms: float
    tokens_missing: str | None
    reading_gap_max_ms: float | None
    without_power: int
    """Readings inside whose power is 0 or missing, of a board that tells it otherwise."""
    readings: int
    clock_event_reasons: int | None
    throttle_ms: float | None
    power_cap_ms: float | None
    foreign: tuple[str, ...]
    """Processes of others, "PID NAME"."""
    mig: bool
    short_s: float | None = None
    """How long before its end the readings end, of a window whose recorder ended before them; None where they reach."""


def conditions(line: Timeline, window: Window) -> Conditions:
    """What was seen in the window's bracket."""
    t0, t1 = window.t0_ns, window.t1_ns
    at, power = line.readings.at_ns, line.readings.column("power_w")
    inside = (at > t0) & (at <= t1)
    missing = int(np.count_nonzero(~(power[inside] > 0))) if np.any(power > 0) else 0
    around, bracket = vitals_around(line, t0, t1), np.array([[t0, t1]])
    wrong = window.tokens != window.tokens_expected
    return Conditions(
        length_ms=(t1 - t0) / 1e6,
        tokens_missing=f"{window.tokens} tokens where {window.tokens_expected} were due" if wrong else None,
        reading_gap_max_ms=longest_gap_ms(at, t0, t1),
        without_power=missing,
        readings=int(np.count_nonzero(inside)),
        clock_event_reasons=bits(line.readings.column("clock_event_reasons")[inside]),
        throttle_ms=gained_ms(around, "throttle_ns", bracket),
        power_cap_ms=gained_ms(around, "power_cap_ns", bracket),
        foreign=foreigners(around),
        mig=line.board.mig if line.board else False,
        short_s=_short_s(at, t0, t1) if window.over_ns is not None else None,
    )


def causes(seen: Conditions, energy_known: bool, sources_apart: str | None) -> list[str]:
    """Every cause to distrust a window, in words; none of them looks at how large its energy is."""
    return [c for c in (*_of_running(seen), *_of_weighing(seen, energy_known, sources_apart)) if c]


def _of_running(seen: Conditions) -> list[str | None]:
    """Causes that lie in how the window ran."""
    spoiling = (seen.clock_event_reasons or 0) & INVALIDATING
    held = seen.throttle_ms is not None and seen.throttle_ms > THROTTLE_SHARE * seen.length_ms
    return [
        seen.tokens_missing,
        ", ".join(reason_words(spoiling)) or None,
        f"clocks held down for {seen.throttle_ms:.0f} ms" if held else None,
        f"another process on the board: {', '.join(seen.foreign)}" if seen.foreign else None,
    ]


def _of_weighing(seen: Conditions, energy_known: bool, sources_apart: str | None) -> list[str | None]:
    """Causes that lie in how the window was watched."""
    gap, some = seen.reading_gap_max_ms, energy_known and seen.without_power
    short = seen.short_s
    return [
        "MIG is on: the counter is the whole card's" if seen.mig else None,
        None if short is None else f"the recorder ended, and its readings end {short:.1f} s before the window does",
        f"no reading for {gap:.0f} ms" if gap is not None and gap > GAP_LIMIT_MS else None,
        f"{seen.without_power} of {seen.readings} readings without power" if some else None,
        None if energy_known or seen.mig else "no power reading in the window",
        sources_apart,
    ]


def _short_s(at: NDArray[np.int64], t0: int, t1: int) -> float | None:
    """How long before the end of [t0, t1] the readings end; None where they reach it as they do in any window."""
    short_ns = t1 - max(int(at[-1]), t0) if len(at) else t1 - t0
    return short_ns / NS if short_ns > GAP_LIMIT_MS * 1e6 else None


def bits(reasons: NDArray[np.float64]) -> int | None:
    """All clock event bits of some readings, or-ed; None where no reading tells them."""
    there = reasons[np.isfinite(reasons)]
    return int(np.bitwise_or.reduce(there.astype(np.int64))) if len(there) else None


def longest_gap_ms(at: NDArray[np.int64], t0: int, t1: int) -> float | None:
    """Longest stretch without a reading that touches [t0, t1]; None without any reading."""
    if not len(at):
        return None
    first, last = int(np.searchsorted(at, t0)), int(np.searchsorted(at, t1, side="right"))
    around = [int(at[first - 1]) if first else t0, *at[first:last].tolist(), int(at[last]) if last < len(at) else t1]
    return max(int(b) - int(a) for a, b in pairwise(around)) / 1e6


def vitals_around(line: Timeline, t0: int, t1: int) -> list[Vitals]:
    """The looks inside [t0, t1], and the nearest before and after: what they count may have been inside."""
    looks, first = line.vitals, bisect_right(line.vitals, t0, key=lambda look: look.at_ns)
    last = bisect_left(looks, t1, lo=first, key=lambda look: look.at_ns)
    return looks[max(first - 1, 0) : last + 1]


def gained_ms(looks: Sequence[Vitals], name: str, brackets: NDArray[np.int64]) -> float | None:
    """What a cumulative time gained within brackets, at most; None below two looks that tell it.

    Between two looks it may have gained at any moment: of a gain as much counts as their time has in the brackets.

    Args:
        brackets: From and to, ns, of shape (brackets, 2), in order.

    A count that went back starts anew.
    """
    counted, told = attrgetter(name), looks
    if None in map(counted, looks):
        told = [look for look in looks if counted(look) is not None]
    if len(told) < 2:
        return None
    counts = np.array([min(count, MOST_NS) for count in map(counted, told)], dtype=np.int64)
    within = np.diff(_covered(brackets, np.array([look.at_ns for look in told], dtype=np.int64)))
    return float(np.minimum(np.diff(counts).clip(0), within).sum()) * 1000 / NS


def _covered(brackets: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much of the brackets lies before each time, ns."""
    edges, lengths = brackets.ravel(), np.diff(brackets, axis=1).ravel()
    before = np.concatenate([[0], np.cumsum(lengths)])
    covered = np.stack([before[:-1], before[1:]], axis=1).ravel()
    told: NDArray[np.float64] = np.interp(at - edges[0], edges - edges[0], covered)
    return told


def foreigners(looks: Sequence[Vitals]) -> tuple[str, ...]:
    """Every process of others that some looks saw, once."""
    return tuple(dict.fromkeys(name for look in looks for name in look.foreign))
