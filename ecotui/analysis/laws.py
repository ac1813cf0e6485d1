"""The batch law: joules a request against batch size on log axes, and where a step begins to cost more time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ecotui.analysis.finding import (
    Finding,
    common_caveats,
    counted,
    engine_words,
    grouped,
    left_out_of,
    lengths_words,
    settled,
    slug,
    subject,
)
from ecotui.analysis.findings_sheet import Column, sheet_of
from ecotui.analysis.laws_figure import law_figure
from ecotui.analysis.laws_line import Line, line
from ecotui.analysis.laws_text import CLAIM, accounts_sentence, exponent_sentence, signed, step_sentence, tells
from ecotui.analysis.points import ACCOUNTINGS, LeftOut, Point
from ecotui.core.document import Sheet
from ecotui.core.statistics import mean

DOUBLING = 1.05
"""A step whose time grows by no more than this as the batch doubles is flat in batch."""
TWO = 2


@dataclass(frozen=True, slots=True)
class Size:
    """All runs of one batch size, by geometric means."""

    batch: int
    points: tuple[Point, ...]
    joules: float
    """A request's, or a thousand tokens' where nobody said how long a request is."""
    step_ms: float
    each: tuple[float, ...] = ()
    """The joules of each point."""
    doubling: float | None = None
    """The step's time against that of the size before, a doubling of the batch."""
    exponent: float | None = None
    """Of the energy between the size before and this one."""
    flat: bool = False
    """Whether the step's time has not grown with the batch so far."""

    @property
    def bounds(self) -> list[str]:
        """What the runs themselves say their steps wait for."""
        return sorted({p.bound for p in self.points if p.bound})

    @property
    def host_bound(self) -> bool:
        """Flat, and its runs' own verdicts say host: reading the weights takes the same time at any batch, too."""
        return self.flat and self.bounds == ["host-bound"]


@dataclass(frozen=True, slots=True)
class Law:
    """One configuration over its batch sizes."""

    sizes: tuple[Size, ...]
    fit: Line | None
    """ln joules against ln batch, see `_fit`."""
    requests: bool
    """Whether the joules are a request's."""

    @property
    def points(self) -> list[Point]:
        """All runs."""
        return [p for size in self.sizes for p in size.points]

    @property
    def what(self) -> str:
        """What the joules are of."""
        return "energy a request" if self.requests else "energy a token"


def batch_laws(
    points: Sequence[Point], accounting: str = "gross", left_out: Sequence[LeftOut] = (), context: Sequence[Point] = ()
) -> list[Finding]:
    """A finding for each configuration that was measured at two batch sizes and more.

    context: points whose published sweeps are drawn beside the measured ones; never fitted with them.
    """
    sweeps = [s for s in grouped(points, lambda p: p.sweep) if len({p.batch_size for p in s}) >= TWO]
    published = [s for s in grouped(context, lambda p: p.sweep) if s[0].kind == "published"]
    beside = [it for s in published if (it := law(s, accounting)) is not None and len(it.sizes) > TWO]
    return [f for s in sweeps if (f := _finding(s, accounting, left_out, beside)) is not None]


def law(points: Sequence[Point], accounting: str = "gross") -> Law | None:
    """The law of one configuration's points; None where fewer than two batch sizes have an energy above 0."""
    requests = all(p.new_tokens for p in points)
    sizes = []
    for some in sorted(grouped(points, lambda p: p.batch_size), key=lambda some: some[0].batch_size):
        joules = [p.energy_a_request_j(accounting) if requests else p.energy(accounting) for p in some]
        good = [(p, j) for p, j in zip(some, joules, strict=True) if j is not None and j > 0]
        if good:
            step, each = _geometric([p.step_ms for p, _ in good]), tuple(j for _, j in good)
            sizes.append(Size(some[0].batch_size, tuple(p for p, _ in good), _geometric(each), step, each))
    if len(sizes) < TWO:
        return None
    return Law(_stepped(sizes), _fit(sizes), requests)


def _fit(sizes: Sequence[Size]) -> Line | None:
    """The line through every run, or through the sizes' means where its slope's interval is wider.

    The runs bring in the scatter between them, which a mean hides. The means keep many runs of few sizes from making a
    bend look certain. Two sizes are two means: their runs say nothing of a straight line.
    """
    means = line([math.log(s.batch) for s in sizes], [math.log(s.joules) for s in sizes])
    if len(sizes) == TWO:
        return means
    runs = line([math.log(s.batch) for s in sizes for _ in s.each], [math.log(j) for s in sizes for j in s.each])
    return max((it for it in (runs, means) if it is not None), key=_width, default=None)


def _width(fit: Line) -> float:
    ends = fit.slope_interval
    return ends[1] - ends[0] if ends else math.inf


def _geometric(values: Sequence[float]) -> float:
    return values[0] if len(values) == 1 else math.exp(mean([math.log(v) for v in values]) or 0.0)


def _stepped(sizes: Sequence[Size]) -> tuple[Size, ...]:
    """Each size against the one before; flat up to the first doubling that costs more than 5 % of time."""
    growth = []
    for a, b in pairwise(sizes):
        doublings = math.log2(b.batch / a.batch)
        growth.append(
            ((b.step_ms / a.step_ms) ** (1 / doublings), math.log(b.joules / a.joules) / math.log(b.batch / a.batch))
        )
    flat = growth[0][0] <= DOUBLING
    out = [replace(sizes[0], flat=flat)]
    for size, (doubling, exponent) in zip(sizes[1:], growth, strict=True):
        flat = flat and doubling <= DOUBLING
        out.append(replace(size, doubling=doubling, exponent=exponent, flat=flat))
    return tuple(out)


def _finding(
    points: Sequence[Point], accounting: str, left_out: Sequence[LeftOut], beside: Sequence[Law]
) -> Finding | None:
    found = law(points, accounting)
    if found is None or found.fit is None:
        return None
    first = points[0]
    name = subject(first, first.model, first.quantization, engine_words(first), lengths_words(first))
    away = left_out_of(left_out, first.gpu, first.model, (first.quantization,), first.engine)
    missing = [f"no {first.accounted(accounting)} energy above 0"] * (len(points) - len(found.points))
    like = [it for it in beside if _alike(it.points[0], first) and it.points[0] not in points]
    ends = found.fit.slope_interval if len(found.sizes) > TWO else None
    return Finding(
        key="batch-law",
        subject=name,
        sentence=" ".join(filter(None, _sentences(found, points, accounting))),
        sheet=_sheet(found, name, accounting),
        figure=law_figure(found, f"batch-law-{slug(name)}", name, first.accounted(accounting), like),
        caveats=tuple(_caveats(found, accounting)),
        accounted=first.accounted(accounting),
        kind=first.kind,
        gist=f"batch^{signed(found.fit.slope)}" + (f" [{signed(ends[0])}, {signed(ends[1])}]" if ends else ""),
        determined=tells(found),
        left_out=counted([*away, *missing]),
        facts={
            "exponent": found.fit.slope,
            "exponent_low": ends[0] if ends else None,
            "exponent_high": ends[1] if ends else None,
            "claimed_exponent": CLAIM,
            "batch_sizes": len(found.sizes),
            "runs": len(found.points),
            "step_flat_up_to": max((s.batch for s in found.sizes if s.flat), default=None),
            "host_bound_up_to": max((s.batch for s in found.sizes if s.host_bound), default=None),
        },
    )


def _sentences(found: Law, points: Sequence[Point], accounting: str) -> Iterator[str]:
    accounted = points[0].accounted
    yield exponent_sentence(found, accounted(accounting))
    others = [(accounted(name), law(points, name)) for name in ACCOUNTINGS if name != accounting and tells(found)]
    yield accounts_sentence(found, [(name, it) for name, it in others if it is not None])
    yield step_sentence(found)


def _alike(other: Point, first: Point) -> bool:
    """Whether a published sweep is of the same quantization and model, or of a model of the same shape."""
    same = other.shape == first.shape if first.shape else other.model == first.model
    return same and other.quantization == first.quantization


def _caveats(it: Law, accounting: str) -> list[str]:
    told = common_caveats(it.points)
    if not all(p.tpot_ms for p in it.points):
        told.append("Step time is batch size over throughput, prefill included: no time per output token is known.")
    if not it.requests:
        told.append("The source does not say how many tokens a request is: joules are of a thousand tokens.")
    if len(it.sizes) > TWO:
        told.append("The interval takes scatter about a straight line for chance; a bend shows in the local exponents.")
    if len(it.sizes) == TWO + 1:
        told.append("Whether three sizes lie on a straight line at all is one degree of freedom: a fourth would tell.")
    if any(s.flat for s in it.sizes):
        told.append("While the step takes the same time whatever the batch, much of the fall is 1/batch by arithmetic.")
    if accounting != "gross":
        told.append("Net energy depends on the idle power that is taken off; the gross exponent does not.")
    return told


def _sheet(it: Law, name: str, accounting: str) -> Sheet:
    whole = "request" if it.requests else "1k"
    unit = "energy_j_per_request" if it.requests else "energy_j_per_1k_tokens"
    columns: list[Column[Size]] = [
        ("batch_size", "batch", lambda s: s.batch),
        ("runs", "runs", lambda s: len(s.points)),
        (unit, f"{it.points[0].accounted(accounting)} (J/{whole})", lambda s: s.joules),
        ("throughput_tok_s", "tok/s", lambda s: _geometric([p.throughput_tok_s for p in s.points])),
        ("power_mean_w", "W", lambda s: _geometric([p.power_w for p in s.points])),
        ("step_ms", "step (ms)", lambda s: s.step_ms),
        ("step_doubling", "step, a doubling (×)", lambda s: s.doubling),
        ("local_exponent", "local exponent", lambda s: s.exponent),
        ("step_flat_in_batch", "step flat in batch", lambda s: s.flat),
        ("bound", "bound", lambda s: ", ".join(s.bounds) or None),
        ("run_id", "run", lambda s: settled(s.points).point_id),
    ]
    return sheet_of(f"batch-law-{slug(name)}", name, it.sizes, columns)
