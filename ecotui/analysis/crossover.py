"""Where a quantization begins to save energy: its ratio to fp16 against parameters, and the crossing of 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.analysis.finding import (
    Finding,
    common_caveats,
    counted,
    engine_words,
    left_out_of,
    lengths_words,
    slug,
    subject,
)
from ecotui.analysis.findings_sheet import PAIR_COLUMNS, Column, ratio_columns, sheet_of
from ecotui.analysis.laws_figure import fit_series
from ecotui.analysis.laws_line import Line, line
from ecotui.analysis.points import LeftOut, Point
from ecotui.analysis.quality import RISK
from ecotui.analysis.quality_points import beside
from ecotui.analysis.taxes_pairs import Intervals, Pair, evidence_words, pairs
from ecotui.analysis.unpaired import Fieller
from ecotui.core.document import Sheet
from ecotui.core.figure import Axis, Figure, Series

BASELINE = "fp16"
ENOUGH = 3
"""Model sizes from which a line has an interval."""
OPEN = "not determined by these points"
LARGEST_LOG = 60.0
"""No model is larger: keeps an interval's end from overflowing when it is told in parameters."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One quantization on one board over models."""

    pairs: tuple[Pair, ...]
    """One a model, by parameters; all with a ratio above 0."""
    ratios: tuple[float, ...]
    """Energy a token against fp16."""
    accounting: str
    fit: Line | None
    """ln ratio against ln parameters."""
    root: Fieller | None
    """Where it is 0, as ln parameters."""

    @property
    def sizes(self) -> list[float]:
        """Parameters of each model."""
        return [float(p.candidate.parameters or 0) for p in self.pairs]

    @property
    def side(self) -> str:
        """On which side of 1 all ratios lie; empty where they lie on both."""
        sides = {"below" if ratio < 1 else "above" if ratio > 1 else "" for ratio in self.ratios}
        return sides.pop() if len(sides) == 1 else ""

    @property
    def determined(self) -> bool:
        """Whether ratios lie on both sides of 1, and the crossing's interval has two ends and was measured in part."""
        if self.side or len(set(self.sizes)) < ENOUGH or self.root is None or not self.root.bounded:
            return False
        return _exp(self.root.low) <= self.sizes[-1] and _exp(self.root.high) >= self.sizes[0]

    @property
    def interval(self) -> tuple[float, float] | None:
        """The crossing's 95 % interval in parameters."""
        return (_exp(self.root.low), _exp(self.root.high)) if self.determined and self.root else None


def crossing(some: Sequence[Pair], accounting: str = "gross", intervals: Intervals | None = None) -> Crossing:
    """The regression over the pairs that have parameters and a ratio."""
    reads = intervals or Intervals()
    told = [(p, r.value) for p in some if p.candidate.parameters and (r := reads.of(p, accounting)) is not None]
    told.sort(key=lambda it: it[0].candidate.parameters or 0)
    good, ratios = tuple(p for p, _ in told), tuple(r for _, r in told)
    sizes = [math.log(p.candidate.parameters or 1) for p in good]
    fit = line(sizes, [math.log(r) for r in ratios]) if good else None
    return Crossing(good, ratios, accounting, fit, fit.root() if fit else None)


def crossovers(
    points: Sequence[Point],
    accounting: str = "gross",
    intervals: Intervals | None = None,
    left_out: Sequence[LeftOut] = (),
) -> list[Finding]:
    """A finding for each board, quantization, engine, batch and lengths with a ratio to fp16 of two models and more."""
    reads = intervals or Intervals()
    found = pairs([p for p in points if p.quantization != BASELINE], [p for p in points if p.quantization == BASELINE])
    groups: dict[object, list[Pair]] = {}
    for pair in found:
        p = pair.candidate
        groups.setdefault((p.place, p.quantization, p.engine, p.batch_size, p.lengths), []).append(pair)
    several = [some for some in groups.values() if len({p.candidate.model for p in some}) > 1]
    return [_finding(some, accounting, reads, left_out) for some in several]


def _finding(some: Sequence[Pair], accounting: str, reads: Intervals, left_out: Sequence[LeftOut]) -> Finding:
    it = crossing(some, accounting, reads)
    first = some[0].candidate
    name = subject(
        first,
        f"{first.quantization} against {BASELINE}",
        engine_words(first),
        f"batch {first.batch_size}",
        lengths_words(first),
    )
    unknown = [f"parameters or {first.accounted(accounting)} energy unknown"] * (len(some) - len(it.pairs))
    pair = (first.quantization, BASELINE)
    ends = it.interval
    value = _exp(it.root.value) if it.root and it.determined else None
    return Finding(
        key="crossover",
        subject=name,
        sentence=sentence(it),
        sheet=_sheet(it, name, reads),
        figure=_figure(it, name, reads),
        caveats=tuple(_caveats(it)),
        gist=f"{billions(value)} [{billions(ends[0])}, {billions(ends[1])}]" if ends and value else OPEN,
        determined=it.determined,
        accounted=first.accounted(accounting),
        kind=first.kind,
        left_out=counted([*left_out_of(left_out, first.gpu, "", pair, first.engine), *unknown]),
        facts={
            "crossing_parameters": value,
            "crossing_low": ends[0] if ends else None,
            "crossing_high": ends[1] if ends else None,
            "models": len(it.pairs),
            "slope": it.fit.slope if it.fit else None,
        },
    )


def sentence(it: Crossing) -> str:
    """The crossing with its interval, or what keeps it from being determined."""
    if not it.pairs:
        return f"Where the ratio crosses 1 is {OPEN}: none of them has parameters and energy."
    first, models = it.pairs[0].candidate, len(it.pairs)
    what = f"Energy a token of {first.quantization} against {BASELINE}, {first.accounted(it.accounting)}"
    low, high = min(it.ratios), max(it.ratios)
    span = f"{billions(it.sizes[0])} to {billions(it.sizes[-1])}"
    seen = f"ratios ×{low:.2f} to ×{high:.2f} over {models} models from {span}"
    if it.side:
        return f"{what}: {seen}. Where it crosses 1 is {OPEN}: all of them lie {it.side} 1."
    if len(set(it.sizes)) < ENOUGH:
        return f"{what}: {seen}. Two sizes give no interval, so where it crosses 1 is {OPEN}."
    ends = it.interval
    if ends is None or it.root is None or it.fit is None:
        flat = it.root is None or not it.root.bounded
        why = "the slope cannot be told from 0" if flat else "it lies beyond the sizes measured"
        return f"{what}: {seen}. Where it crosses 1 is {OPEN}: {why}."
    value = _exp(it.root.value)
    falls = "less above, more below" if it.fit.slope < 0 else "more above, less below"
    outside = "" if it.sizes[0] <= value <= it.sizes[-1] else ", an extrapolation beyond the sizes measured"
    wide = " The interval reaches beyond the sizes measured." if ends[0] < it.sizes[0] or ends[1] > it.sizes[-1] else ""
    return (
        f"{what}, crosses 1 at {billions(value)} parameters (95 % interval {billions(ends[0])} to {billions(ends[1])}, "
        f"Fieller){outside}: {falls}; {seen}.{wide}"
    )


def billions(parameters: float | None) -> str:
    """ "4.6 B"; "beyond 1,000 B" where no model is."""
    if parameters is None:
        return "–"
    if parameters > 1e12:
        return "beyond 1,000 B"
    return f"{parameters / 1e9:.1f} B" if parameters >= 1e9 else f"{parameters / 1e9:.2g} B"


def _exp(value: float) -> float:
    return math.exp(max(-LARGEST_LOG, min(value, LARGEST_LOG)))


def _caveats(it: Crossing) -> list[str]:
    told = common_caveats([p for pair in it.pairs for p in (pair.baseline, pair.candidate)]) if it.pairs else []
    told += beside([pair.candidate for pair in it.pairs], RISK)
    told += evidence_words(it.pairs)
    layers = [count for p in it.pairs if (count := layers_of(p.candidate)) is not None]
    known = f" The models have {', '.join(map(str, layers))} layers." if len(layers) == len(it.pairs) > 0 else ""
    told.append(
        "Parameters may not be what decides: in an eager loop a step's cost is layers times launches on the host's "
        f"clock, and layers grow with parameters only roughly.{known}"
    )
    if it.determined:
        told.append("The interval is of these models on this board alone, and takes scatter between models for chance.")
    return told


def _sheet(it: Crossing, name: str, reads: Intervals) -> Sheet:
    columns: list[Column[Pair]] = [
        ("model", "model", lambda pair: pair.candidate.model),
        ("parameters", "parameters", lambda pair: pair.candidate.parameters),
        ("layers", "layers", lambda pair: layers_of(pair.candidate)),
        *ratio_columns(reads, it.accounting, "energy", "energy"),
        ("throughput_ratio", "throughput ×", lambda pair: pair.ratio("throughput")),
        ("power_ratio", "power ×", lambda pair: pair.ratio("power")),
        *PAIR_COLUMNS,
    ]
    return sheet_of(f"crossover-{slug(name)}", name, it.pairs, columns)


def layers_of(point: Point) -> int | None:
    """Layers of the published shape that its model's name means."""
    return int(point.shape.fields["num_hidden_layers"]) if point.shape else None


def _figure(it: Crossing, name: str, reads: Intervals) -> Figure:
    ratios = [reads.of(p, it.accounting) for p in it.pairs]
    role = "published" if it.pairs and it.pairs[0].candidate.kind == "published" else "candidate"
    sizes = tuple(v / 1e9 for v in it.sizes)
    series = [
        Series(
            it.pairs[0].candidate.quantization if it.pairs else name,
            role,
            sizes,
            tuple(r.value if r else 1.0 for r in ratios),
            tuple(r.low if r else None for r in ratios),
            tuple(r.high if r else None for r in ratios),
            labels=tuple(p.candidate.model for p in it.pairs),
        )
    ]
    if it.fit is not None:
        shifted = fit_series(it.fit, it.sizes[0], it.sizes[-1])
        series.append(
            Series(shifted.name, "fit", tuple(x / 1e9 for x in shifted.x), shifted.y, shifted.low, shifted.high, True)
        )
    if sizes:
        series.append(Series("as much as fp16", "reference", (sizes[0], sizes[-1]), (1.0, 1.0), line=True))
    accounted = it.pairs[0].candidate.accounted(it.accounting) if it.pairs else it.accounting
    return Figure(
        f"crossover-{slug(name)}",
        f"Energy a token against {BASELINE}, by model size",
        Axis("parameters (10⁹)", log=True, ticks=sizes),
        Axis(f"energy against {BASELINE}, {accounted} (×)", log=True),
        tuple(series),
        name,
    )
