"""Facts of each compared run that have no ratio: what its windows were, what its own joules are worth, its clock."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecotui.analysis.capped import capped_pct, event_words
from ecotui.analysis.distributions import t_quantile
from ecotui.analysis.not_passed import not_passed
from ecotui.core.pairs import JOULES
from ecotui.core.reading import INVALIDATING, reason_words
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.statistics import deviation
from ecotui.core.units import ABSENT, number, significant

WEAKER = (
    "A run's own interval is weaker than the ratio's: it is of its windows alone, with any drift of the session in it."
)
"""Said beside `OWN`."""
OWN, CLOCK = "own", "clock"


@dataclass(frozen=True, slots=True)
class Own:
    """A run's own gross energy, with a 95 % interval over its windows."""

    j_per_1k: float
    half_j_per_1k: float | None
    """t₀.₉₇₅(n - 1)·s/√n over the windows; None below two."""
    windows: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of every run, in words."""

    name: str
    label: str
    short: str
    """The same in the 22 cells of a pane's names."""
    values: tuple[str, ...]
    bad: tuple[bool, ...] = ()
    """Of which runs it speaks against them; empty where of none."""


def own_of(run: RunRow, windows: Sequence[WindowRow]) -> Own | None:
    """The run's gross joules with what its windows scatter; None where it has none."""
    if run.energy_gross_j_per_1k_tokens is None:
        return None
    values = [v for w in windows if not w.split and (v := getattr(w, JOULES)) is not None]
    spread, n = deviation(values), len(values)
    half = None if spread is None else t_quantile(0.975, n - 1) * spread / math.sqrt(n)
    return Own(run.energy_gross_j_per_1k_tokens, half, n)


def owns(runs: Sequence[RunRow], windows: Mapping[str, Sequence[WindowRow]]) -> tuple[Own | None, ...]:
    """Of every run; `windows` by run id."""
    return tuple(own_of(run, windows.get(run.run_id, ())) for run in runs)


def facts(runs: Sequence[RunRow], own: Sequence[Own | None]) -> tuple[Fact, ...]:
    """All of them, in the order in which they are printed."""
    first = runs[0].temperature_start_c
    return (
        Fact(
            OWN,
            "own gross ± 95 % over windows (weaker), J/1k",
            "own gross ±95 %, J/1k",
            tuple(map(own_words, own)),
        ),
        Fact("window_s", "length of a window, s", "window s", tuple(number(run.window_s, 2) for run in runs)),
        Fact("lengths", "prompt / new tokens", "prompt / new tokens", tuple(map(_lengths, runs))),
        Fact(
            CLOCK,
            "clock events",
            "clock events",
            tuple(map(clock_words, runs)),
            tuple(bool((run.clock_event_reasons or 0) & INVALIDATING) for run in runs),
        ),
        Fact(
            "temperature",
            "from °C to °C (ΔT while measuring)",
            "from °C to °C (ΔT)",
            tuple(_temperatures(run) for run in runs),
        ),
        Fact(
            "start",
            "start against the first run's, ΔT °C",
            "start against ●, °C",
            tuple(_signed(_minus(run.temperature_start_c, first)) if i else "" for i, run in enumerate(runs)),
        ),
    )


def own_words(own: Own | None) -> str:
    """ "653.4 ± 12.3"; without an interval "653.4 ± –"."""
    if own is None:
        return ABSENT
    return f"{significant(own.j_per_1k)} ± {significant(own.half_j_per_1k, 3)}"


def clock_words(run: RunRow) -> str:
    """The bits in words, those that spoil a window behind BAD; "none" only where the board was asked.

    The power limit has its share of the windows' time beside it.
    """
    bits = run.clock_event_reasons
    if bits is None:
        return ABSENT
    bad, rest = reason_words(bits & INVALIDATING), event_words(run, bits & ~INVALIDATING)
    told = [", ".join(rest), f"BAD: {', '.join(bad)}" if bad else ""]
    return "; ".join(filter(None, told)) or "none"


def run_dict(run: RunRow, own: Own | None, first: RunRow) -> dict[str, Any]:
    """The facts as JSON values, under the columns' names where they are columns."""
    bits = run.clock_event_reasons
    return {
        "stability": run.stability,
        "not_passed": list(not_passed(run)),
        "window_s": run.window_s,
        "blocks": run.blocks,
        "prompt_tokens": run.prompt_tokens,
        "new_tokens": run.new_tokens,
        "clock_event_reasons": bits,
        "clock_events": None if bits is None else list(reason_words(bits)),
        "clock_events_bad": None if bits is None else list(reason_words(bits & INVALIDATING)),
        "power_cap_ms": run.power_cap_ms,
        "power_cap_at_most_pct": capped_pct(run),
        "temperature_start_c": run.temperature_start_c,
        "temperature_end_c": run.temperature_end_c,
        "temperature_rise_c": _minus(run.temperature_end_c, run.temperature_start_c),
        "temperature_start_difference_c": _minus(run.temperature_start_c, first.temperature_start_c),
        "own_gross": None
        if own is None
        else {
            "j_per_1k_tokens": own.j_per_1k,
            "half_width_95_j_per_1k_tokens": own.half_j_per_1k,
            "windows": own.windows,
            "note": WEAKER,
        },
    }


def _lengths(run: RunRow) -> str:
    return f"{number(run.prompt_tokens, 0)} / {number(run.new_tokens, 0)}"


def _temperatures(run: RunRow) -> str:
    start, end = run.temperature_start_c, run.temperature_end_c
    return f"{number(start, 0)} to {number(end, 0)} ({_signed(_minus(end, start))})"


def _minus(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _signed(value: float | None) -> str:
    return ABSENT if value is None else f"{round(value) + 0:+d}" if round(value) else "0"
