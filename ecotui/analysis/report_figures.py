"""Figures of a report: windows in the order in which they ran, power over time, and ratios with their whiskers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from ecotui.analysis.accounting import BAND_PCT
from ecotui.analysis.contrast import Contrast
from ecotui.analysis.order import Point, points
from ecotui.core.figure import Axis, Figure, Series
from ecotui.core.labels import long_labels, short_labels
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.traces import Trace

ROLES = ("baseline", "candidate", "candidate-2", "candidate-3")
MOST = len(ROLES)
"""Arms of one figure; more cannot be told apart."""
SIMULATED = " SIMULATED"
MOST_POINTS = 360
"""Of a curve: as many as a picture has columns to show."""


def names(runs: Sequence[RunRow]) -> tuple[str, ...]:
    """Short names that tell the runs apart."""
    ids = tuple(run.run_id for run in runs)
    short = tuple(name or run_id for name, run_id in zip(short_labels(runs), ids, strict=True))
    found = next((n for n in (short, long_labels(runs)) if len(set(n)) == len(n)), ids)
    return tuple(f"{name}{SIMULATED * run.simulated}" for name, run in zip(found, runs, strict=True))


def _warned(runs: Sequence[RunRow]) -> str:
    """A picture travels without its page: its axis says it too."""
    return f",{SIMULATED}" if any(run.simulated for run in runs) else ""


def run_order(runs: Sequence[RunRow], windows: Mapping[str, Sequence[WindowRow]]) -> Iterator[Figure]:
    """Energy a token of every window over its arm's mean, over time; four arms a figure."""
    for number, first in enumerate(range(0, len(runs), MOST), 1):
        some, called = runs[first : first + MOST], names(runs)[first : first + MOST]
        found = points(some, windows)
        timed = [p for p in found if p.at_s is not None]
        if not timed or len({run.session_id for run in some}) > 1:
            timed, axis = list(found), Axis("window, in the order in which they ran")
        else:
            axis = Axis("time since the first window (min)")
        series = [_places(called[place], ROLES[place], timed, place, axis) for place in range(len(some))]
        whole = [x for one in series for x in one.x]
        if not whole:
            continue
        mean = Series("its arm's mean", "reference", (min(whole), max(whole)), (1.0, 1.0))
        of = f", arms {first + 1} to {first + len(some)}" if len(runs) > MOST else ""
        yield Figure(
            f"run-order-{number}",
            f"Every window in the order in which it ran{of}",
            axis,
            Axis(f"energy a token, gross, over its arm's mean{_warned(some)}"),
            (*series, mean),
            "A drift shows as a slope, a disturbance as a step. No window is left out.",
        )


def _places(name: str, role: str, found: Sequence[Point], place: int, axis: Axis) -> Series:
    order = axis.label.startswith("window")
    mine = [(n, p) for n, p in enumerate(found, 1) if p.run == place]
    x = tuple(float(n) if order or p.at_s is None else p.at_s / 60 for n, p in mine)
    return Series(name, role, x, tuple(p.relative for _, p in mine))


def power(runs: Sequence[RunRow], traces: Mapping[str, Trace]) -> Iterator[Figure]:
    """Instant power of each arm over time; four arms a figure."""
    for number, first in enumerate(range(0, len(runs), MOST), 1):
        some, called = runs[first : first + MOST], names(runs)[first : first + MOST]
        made = (_curve(called[i], ROLES[i], traces.get(run.run_id)) for i, run in enumerate(some))
        series = tuple(one for one in made if one.x)
        if series:
            of = f", arms {first + 1} to {first + len(some)}" if len(runs) > MOST else ""
            yield Figure(
                f"power-{number}",
                f"Power of the board{of}",
                Axis("time since the arm's first window (min)"),
                Axis(f"instant power (W){_warned(some)}"),
                series,
                "As NVML reports it, averaged over equal stretches for drawing; energy is made of every sample.",
            )


def _curve(name: str, role: str, trace: Trace | None) -> Series:
    every = [] if trace is None else zip(trace.at_s.tolist(), trace.power_w.tolist(), strict=True)
    known = [(t, w) for t, w in every if math.isfinite(w)]
    each = max(math.ceil(len(known) / MOST_POINTS), 1)
    groups = [known[i : i + each] for i in range(0, len(known), each)]
    x = tuple(sum(t for t, _ in group) / len(group) / 60 for group in groups)
    return Series(name, role, x, tuple(sum(w for _, w in group) / len(group) for group in groups), line=True)


def whiskers(contrasts: Sequence[Contrast], name: str = "ratios") -> Figure | None:
    """Each candidate's gross ratio to the baseline with its 95 % interval, and the practical band."""
    known = [one for one in contrasts if one.energy is not None]
    if not known:
        return None
    called = names([known[0].baseline, *(one.candidate for one in known)])
    ratios = [one.energy for one in known if one.energy is not None]
    series = Series(
        "ratio with its 95 % interval",
        "candidate",
        tuple(float(n) for n in range(1, len(known) + 1)),
        tuple(ratio.value for ratio in ratios),
        tuple(ratio.low for ratio in ratios),
        tuple(ratio.high for ratio in ratios),
        labels=called[1:],
    )
    ends = (0.4, len(known) + 0.6)
    band = 1 + BAND_PCT / 100
    return Figure(
        name,
        f"Energy a token over {called[0]}",
        Axis("candidate", ticks=tuple(range(1, len(known) + 1))),
        Axis(f"ratio of gross energy a token{_warned([one.candidate for one in known])}", log=True),
        (
            series,
            Series(f"1, {called[0]}, and the band of ±{BAND_PCT:g} %", "reference", ends, (1.0, 1.0)),
            *(Series("", "reference", ends, (edge, edge)) for edge in (band, 1 / band)),
        ),
        _said(known),
    )


def _said(known: Sequence[Contrast]) -> str:
    weak = [one for one in known if one.evidence == "unpaired"]
    lone = [one for one in known if one.energy is not None and one.energy.low is None]
    return " ".join(
        [
            "Whiskers are 95 % intervals on this card in these sessions; the sensor's own accuracy is not in them.",
            *(["Runs that did not take turns: weaker evidence."] if weak else []),
            *(["A ratio of one block has no interval."] if lone else []),
        ]
    )
