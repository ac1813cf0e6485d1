"""What a configuration costs in quality, as findings and advice hold it: a figure to be drawn, and the words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from ecotui.analysis import quality
from ecotui.analysis.points import Point
from ecotui.analysis.quality import Interval
from ecotui.analysis.quality_runs import EARLIEST, Known, conditions
from ecotui.core.quality import REFERENCE
from ecotui.core.rows import RunRow

NOT_MEASURED = "not measured"
HARMLESS = (REFERENCE, "bf16", "int8-pure")
"""Quantizations of which nothing has to be told beside a saving: int8-pure has words of its own."""
MOST = 4
"""Models that are named in one sentence."""
NO_ACCURACY = "A divergence, which is no accuracy"
"""How a divergence of random weights is told beside a saving."""
Conditions = tuple[object, ...]


def is_reference(point: Point) -> bool:
    """Whether it is what the others are held against."""
    return point.quantization == REFERENCE


def ratio(point: Point) -> Interval | None:
    """Perplexity over that of fp16; of a published row without an interval."""
    if point.quality is not None:
        return quality.ratio(point.quality.run)
    return None if point.perplexity_ratio is None else Interval(point.perplexity_ratio)


def divergence(point: Point) -> Interval | None:
    """Of random weights, from their own fp16, nats; None of others."""
    known = point.quality
    return quality.divergence(known.run) if known is not None and quality.is_random(known.run) else None


def words(point: Point) -> str:
    """ "perplexity ×1.023 [1.018, 1.029]", with the run that it came from; or that it was not measured."""
    over, kl = ratio(point), divergence(point)
    came = f" ({point.quality.came})" if point.quality is not None and point.quality.came else ""
    if over is not None:
        return f"perplexity {quality.times(over, REFERENCE)}{came}"
    if kl is not None:
        return f"{quality.nats_from(kl, f'its own {REFERENCE}')}, random weights{came}"
    return NOT_MEASURED


def is_known(point: Point) -> bool:
    """Whether anything is known of it: its accuracy, or of random weights a divergence."""
    return is_measured(point) or divergence(point) is not None


def is_measured(point: Point) -> bool:
    """Whether its accuracy was measured: a divergence of random weights tells none."""
    return ratio(point) is not None


def comparable(points: Sequence[Point]) -> list[Point]:
    """Those whose quality is known of one text, window and path, with their figures of these; published rows are."""
    return [p for p in side_by_side(points) if is_known(p)]


def side_by_side(points: Sequence[Point]) -> list[Point]:
    """The points with quality of one text, window and path: those that most of them were ever scored on, of as many
    those of whole scorings, then the newest. A point that was not scored so has none; published rows keep theirs."""
    every = [_by_conditions(p) for p in points]
    if not any(every):
        return list(points)
    shared: dict[Conditions, list[RunRow]] = {}
    for found in every:
        for key, known in found.items():
            shared.setdefault(key, []).append(known.run)
    best = max(shared, key=lambda key: _weight(shared[key]))
    return [_with(p, found.get(best)) for p, found in zip(points, every, strict=True)]


def _weight(rows: Sequence[RunRow]) -> tuple[int, bool, datetime]:
    newest = max(row.started_at or EARLIEST for row in rows)
    return len(rows), not any(quality.is_partial(row) for row in rows), newest


def _by_conditions(point: Point) -> dict[Conditions, Known]:
    """Scorings that tell what it costs, the best of each conditions."""
    told = [it for it in point.scorings if quality.ratio(it.run) or _random(it.run)]
    return {conditions(it.run): it for it in reversed(told)}


def _random(row: RunRow) -> bool:
    return quality.is_random(row) and quality.divergence(row) is not None


def _with(point: Point, known: Known | None) -> Point:
    if point.quality is None or point.quality is known:
        return point
    over = quality.ratio(known.run) if known is not None else None
    return replace(point, quality=known, perplexity_ratio=over.value if over else None)


def cell(point: Point) -> str:
    """The same in a table."""
    over, kl = ratio(point), divergence(point)
    if over is not None:
        return quality.times(over)
    return NOT_MEASURED if kl is None else f"{quality.nats_from(kl)}, random weights"


def beside(points: Sequence[Point], unmeasured: str) -> list[str]:
    """What never leaves the savings of some points alone: a sentence for each quantization that may cost quality."""
    names = dict.fromkeys(p.quantization for p in points)
    return [*_costs(points, [name for name in names if name not in HARMLESS]), *risk(points, unmeasured)]


def _costs(points: Sequence[Point], names: Sequence[str]) -> Iterator[str]:
    for name in names:
        mine = [p for p in points if p.quantization == name]
        best = {model: next(iter(_of_model(mine, model)), None) for model in _models(mine)}
        told = _listed([p for p in best.values() if p is not None and is_measured(p)])
        lacking = sorted(model for model, p in best.items() if p is None or not is_measured(p))
        rest = f"; of {', '.join(lacking[:MOST])} not measured" if lacking else ""
        yield f"Quality of {name}: {told}{rest}." if told else f"{name}: {quality.NOT_MEASURED}."
        yield from _diverged(name, [p for p in best.values() if p is not None])


def _diverged(name: str, points: Iterable[Point]) -> Iterator[str]:
    """A sentence with what is known of random weights, labelled as what it is."""
    told = _listed([p for p in points if divergence(p) is not None and not is_measured(p)])
    if told:
        yield f"{NO_ACCURACY}, of {name}: {told}."


def _listed(points: Iterable[Point]) -> str:
    return "; ".join(sorted({f"{p.model} {words(p)}" for p in points})[:MOST])


def _models(points: Iterable[Point]) -> Iterable[str]:
    return dict.fromkeys(p.model for p in points)


def _of_model(points: Sequence[Point], model: str) -> list[Point]:
    """Those of a model whose quality is known, the figures of their own sessions first."""
    found = comparable([p for p in points if p.model == model])
    return sorted(found, key=lambda p: p.quality is None or not p.quality.own)


def risk(points: Iterable[Point], unmeasured: str) -> list[str]:
    """What never leaves a saving by threshold 0.0 alone: what it costs where that was measured, else `unmeasured`.

    A divergence of random weights stands beside `unmeasured` and never for it.
    """
    pure = [p for p in points if p.quantization == "int8-pure"]
    known = [p for p in pure if p.quality is not None and is_measured(p)]
    told = _listed(known)
    said = [f"int8-pure (threshold 0.0) gives the decomposition up: {told}."] if told else []
    lacking = [unmeasured] if len(known) < len(pure) else []
    return [*said, *lacking, *_diverged("int8-pure", pure)]
