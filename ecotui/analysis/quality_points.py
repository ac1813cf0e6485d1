"""What a configuration costs in quality, as findings and advice hold it: a figure to be drawn, and the words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ecotui.analysis import quality
from ecotui.analysis.points import Point
from ecotui.analysis.quality import Interval
from ecotui.analysis.quality_runs import conditions
from ecotui.core.quality import REFERENCE

NOT_MEASURED = "not measured"


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
    """Whether anything tells what it costs."""
    return ratio(point) is not None or divergence(point) is not None


def comparable(points: Sequence[Point]) -> list[Point]:
    """Those whose quality is of one text, window and path: the ones that most of them share; published rows are."""
    keys = {p.point_id: conditions(p.quality.run) for p in points if p.quality is not None and is_known(p)}
    if not keys:
        return [p for p in points if is_known(p)]
    most = Counter(keys.values()).most_common(1)[0][0]
    return [p for p in points if keys.get(p.point_id) == most]


def risk(points: Iterable[Point], unmeasured: str) -> list[str]:
    """What never leaves a saving by threshold 0.0 alone: what it costs where that was measured, else `unmeasured`."""
    pure = [p for p in points if p.quantization == "int8-pure"]
    known = [p for p in pure if p.quality is not None and is_known(p)]
    told = {f"{p.model} {words(p)}" for p in known}
    said = [f"int8-pure (threshold 0.0) gives the decomposition up: {'; '.join(sorted(told)[:4])}."] if told else []
    return [*said, *([unmeasured] if len(known) < len(pure) else [])]
