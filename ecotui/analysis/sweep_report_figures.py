"""Figures of a sweep's report: energy a token against batch size, and ratios to the baseline with their whiskers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ecotui.analysis.accounting import BAND_PCT
from ecotui.core.arm import Arm
from ecotui.core.figure import Axis, Figure, Series
from ecotui.core.rows import RunRow
from ecotui.core.sweep_state import SweepState
from ecotui.core.units import clean

if TYPE_CHECKING:
    from ecotui.analysis.paired import Ratio
    from ecotui.analysis.sweep_report import Measured

ROLES = ("baseline", "candidate", "candidate-2", "candidate-3")
MOST = 12
"""Ratios of one figure whose places have names."""
BATCH = "batch size"
WHISKERS = (
    "Whiskers are 95 % intervals over blocks, of this card in these sessions; the sensor's own accuracy is not in them."
)
MEANS = "A point is the mean of a run's windows; no interval is drawn, for runs of other sessions do not pair."
Known = tuple[str, int, int]
"""Model, prompt tokens, new tokens: what points of one figure have in common."""


def batch_figures(state: SweepState, points: Sequence[Measured]) -> Iterator[Figure]:
    """Gross energy a token against batch size, one figure a model and pair of lengths that has several sizes."""
    lines: dict[Known, dict[str, list[RunRow]]] = {}
    seen: set[Arm] = set()  # a group in several parts has its baselines in each
    for m in points:
        if m.run is not None and m.run.energy_gross_j_per_1k_tokens and m.it.point.arm not in seen:
            seen.add(m.it.point.arm)
            lines.setdefault(_known(m), {}).setdefault(m.it.point.word, []).append(m.run)
    for known, words in lines.items():
        if len({run.batch_size for runs in words.values() for run in runs}) > 1:
            yield _batch_figure(state, known, words)


def _batch_figure(state: SweepState, known: Known, words: dict[str, list[RunRow]]) -> Figure:
    series = []
    for place, (word, runs) in enumerate(words.items()):
        pairs = sorted((float(r.batch_size or 0), float(r.energy_gross_j_per_1k_tokens or 0)) for r in runs)
        x, y = (tuple(pair[n] for pair in pairs) for n in (0, 1))
        series.append(Series(word, _role(place), x, y, line=True))
    ticks = tuple(sorted({value for one in series for value in one.x}))
    return Figure(
        _name("energy-batch", known),
        f"{_mark(state)}Energy a token against batch size, {_title(state, known)}",
        Axis(BATCH, log=True, ticks=ticks),
        Axis(f"energy a token, gross (J/1k){_warned(state)}", log=True),
        tuple(series),
        MEANS,
    )


def ratio_figures(state: SweepState, points: Sequence[Measured]) -> Iterator[Figure]:
    """Ratios to the baseline: against batch size where a model has several, else side by side."""
    sized: dict[Known, list[tuple[Measured, Ratio]]] = {}
    for m in points:
        if m.contrast is not None and m.contrast.energy is not None:
            sized.setdefault(_known(m), []).append((m, m.contrast.energy))
    alone: list[tuple[Measured, Ratio]] = []
    for known, found in sized.items():
        if len({m.group.batch_size for m, _ in found}) > 1:
            yield _against_batch(state, known, found)
        else:
            alone += found
    for number, first in enumerate(range(0, len(alone), MOST), 1):
        yield _side_by_side(state, alone[first : first + MOST], number)


def _against_batch(state: SweepState, known: Known, found: Sequence[tuple[Measured, Ratio]]) -> Figure:
    words = dict.fromkeys(m.it.point.word for m, _ in found)
    series = []
    for place, word in enumerate(words, 1):
        mine = [(float(m.group.batch_size), ratio) for m, ratio in found if m.it.point.word == word]
        series.append(_series(word, _role(place), sorted(mine, key=lambda pair: pair[0])))
    ticks = tuple(sorted({x for one in series for x in one.x}))
    return Figure(
        _name("ratio-batch", known),
        f"{_mark(state)}Energy a token over {state.plan.baseline} of the same batch size, {_title(state, known)}",
        Axis(BATCH, log=True, ticks=ticks),
        _ratio_axis(state),
        (*series, *_band(ticks[0] / 1.2, ticks[-1] * 1.2, state)),
        WHISKERS,
    )


def _side_by_side(state: SweepState, found: Sequence[tuple[Measured, Ratio]], number: int) -> Figure:
    names = ((m.group.model.rpartition(":")[2], m.group.batch_size, m.it.point.word) for m, _ in found)
    labels = tuple(clean(f"{model} b{batch} {word}") for model, batch, word in names)
    places = [(float(n), ratio) for n, (_, ratio) in enumerate(found, 1)]
    return Figure(
        f"ratios-{number}",
        f"{_mark(state)}Energy a token over {state.plan.baseline} that took turns",
        Axis("model, batch size and arm", ticks=tuple(range(1, len(found) + 1))),
        _ratio_axis(state),
        (_series("ratio with its 95 % interval", "candidate", places, labels), *_band(0.4, len(found) + 0.6, state)),
        WHISKERS,
    )


def _series(name: str, role: str, found: Sequence[tuple[float, Ratio]], labels: tuple[str, ...] = ()) -> Series:
    x, ratios = tuple(place for place, _ in found), [ratio for _, ratio in found]
    low, high = tuple(ratio.low for ratio in ratios), tuple(ratio.high for ratio in ratios)
    return Series(name, role, x, tuple(ratio.value for ratio in ratios), low, high, labels=labels)


def _band(low: float, high: float, state: SweepState) -> Iterator[Series]:
    """The baseline, and the practical band around it, from `low` to `high` of the axis."""
    edge = 1 + BAND_PCT / 100
    yield Series(f"1, {state.plan.baseline}, and the band of ±{BAND_PCT:g} %", "reference", (low, high), (1.0, 1.0))
    yield from (Series("", "reference", (low, high), (it, it)) for it in (edge, 1 / edge))


def _ratio_axis(state: SweepState) -> Axis:
    return Axis(f"ratio of gross energy a token{_warned(state)}", log=True)


def _known(one: Measured) -> Known:
    return one.group.model, one.group.prompt_tokens, one.group.new_tokens


def _title(state: SweepState, known: Known) -> str:
    varied = len(state.plan.prompt_tokens) > 1 or len(state.plan.new_tokens) > 1
    return clean(f"{known[0]}, {known[1]} + {known[2]} tokens" if varied else known[0])


def _name(what: str, known: Known) -> str:
    words = f"{known[0]} {known[1]} {known[2]}"
    return f"{what}-{re.sub('[^A-Za-z0-9]+', '-', words).strip('-').lower()}"


def _role(place: int) -> str:
    return ROLES[min(place, len(ROLES) - 1)]


def _mark(state: SweepState) -> str:
    return "SIMULATED: " if state.plan.simulated else ""


def _warned(state: SweepState) -> str:
    """A picture travels without its page: its axis says it too."""
    return ", SIMULATED" if state.plan.simulated else ""
