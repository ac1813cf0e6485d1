"""Energy a token against what it costs in quality, and the configurations that no other one beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.analysis import quality
from ecotui.analysis import quality_points as cost
from ecotui.analysis.finding import (
    Finding,
    common_caveats,
    counted,
    grouped,
    left_out_of,
    lengths_words,
    slug,
    subject,
)
from ecotui.analysis.findings_sheet import Column, sheet_of
from ecotui.analysis.pareto import best, choices
from ecotui.analysis.points import LeftOut, Point
from ecotui.analysis.quality import RISK, Interval
from ecotui.core import units
from ecotui.core.document import Sheet
from ecotui.core.figure import Axis, Figure, Series
from ecotui.core.quality import REFERENCE
from ecotui.core.rows import RunRow
from ecotui.core.units import significant

MOST_NAMED = 6
"""More configurations than that are counted, not told one by one."""
RANDOM = "of random weights, which have no perplexity: a divergence is no accuracy"


@dataclass(frozen=True, slots=True)
class Rated:
    """A configuration with its energy and what it costs."""

    point: Point
    joules: float
    costs: Interval
    """Perplexity over that of fp16, or of random weights the divergence from their own fp16; of fp16 itself 1, or 0."""
    front: bool = False
    """No other configuration takes less energy a token and costs less."""


@dataclass(frozen=True, slots=True)
class _Group:
    rated: tuple[Rated, ...]
    lacking: tuple[Point, ...]
    """Configurations whose quality nobody measured, or only on another text, window or path."""
    random: bool


def quality_fronts(
    points: Sequence[Point], accounting: str = "gross", left_out: Sequence[LeftOut] = ()
) -> list[Finding]:
    """A finding for each model, board and lengths of which a configuration's quality is known beside fp16's."""
    groups = grouped(points, lambda p: (p.place, p.model, p.lengths))
    made = [(some, _group(some, accounting)) for some in groups if any(map(cost.is_known, some))]
    return [_finding(some, it, accounting, left_out) for some, it in made if _tells(it)]


def _tells(it: _Group) -> bool:
    return len(it.rated) > 1 and any(not cost.is_reference(one.point) for one in it.rated)


def _group(some: Sequence[Point], accounting: str) -> _Group:
    chosen = [(c.point, c.joules) for c in choices(some, accounting)]
    fits = {p.point_id: p for p in cost.comparable([p for p, _ in chosen if not cost.is_reference(p)])}
    random = all(cost.ratio(p) is None for p in fits.values())
    itself = Interval(0.0 if random else 1.0)
    mine = [(fits.get(p.point_id, p), j) for p, j in chosen if cost.is_reference(p) or p.point_id in fits]
    told = cost.divergence if random else cost.ratio
    found = [(p, j, itself if cost.is_reference(p) else told(p)) for p, j in mine]
    known = [(p, j, it) for p, j, it in found if it is not None]
    front = best([j for _, j, _ in known], [it.value for _, _, it in known])
    rated = tuple(Rated(p, j, it, i in front) for i, (p, j, it) in enumerate(known))
    ids = {it.point.point_id for it in rated}
    return _Group(rated, tuple(p for p, _ in chosen if p.point_id not in ids), random)


def _finding(some: Sequence[Point], it: _Group, accounting: str, left_out: Sequence[LeftOut]) -> Finding:
    first = it.rated[0].point
    name = subject(first, first.model, lengths_words(first))
    front = [one for one in it.rated if one.front]
    lacking = f", {len(it.lacking)} not measured" if it.lacking else ""
    return Finding(
        key="quality",
        subject=name,
        sentence=_sentence(it, accounting),
        sheet=_sheet(it, name, accounting),
        figure=_figure(it, name, accounting),
        caveats=tuple(_caveats(it)),
        gist=f"{len(front)} of {len(it.rated)} on the front{lacking}{', KL of random weights' * it.random}",
        accounted=first.accounted(accounting),
        kind=first.kind,
        left_out=counted(left_out_of(left_out, first.gpu, first.model)),
        facts={
            "configurations": len(it.rated) + len(it.lacking),
            "rated": len(it.rated),
            "pareto_quality": len(front),
            "quality_not_measured": len(it.lacking),
            "random_weights": it.random,
        },
    )


def _sentence(it: _Group, accounting: str) -> str:
    accounted = it.rated[0].point.accounted(accounting)
    what = f"KL divergence from its own {REFERENCE} ({RANDOM})" if it.random else f"perplexity over {REFERENCE}"
    front = "; ".join(_one(one, it.random) for one in it.rated if one.front)
    rest = [one for one in it.rated if not one.front]
    named = "; ".join(_one(one, it.random) for one in rest)
    beaten = f" Beaten by another: {named}." if rest else ""
    if len(rest) > MOST_NAMED:
        beaten = f" {len(rest)} are beaten by another; the table has them."
    return (
        f"Of {len(it.rated)} configurations none beats these in energy a token, {accounted}, and {what}: {front}."
        f"{beaten}{_lacking(it.lacking)}"
    )


def _one(it: Rated, random: bool) -> str:
    return f"{it.point.configuration} ({significant(it.joules)} J/1k, {_costs(it, random)})"


def _costs(it: Rated, random: bool) -> str:
    if cost.is_reference(it.point):
        return f"{REFERENCE} itself"
    return f"{quality.nats(it.costs.value)} nats{quality.ends(it.costs, quality.nats)}" if random else _times(it.costs)


def _times(it: Interval) -> str:
    return quality.times(it)


def _lacking(points: Sequence[Point]) -> str:
    if not points:
        return ""
    named = [p.configuration for p in points[:MOST_NAMED]]
    more = f" and {len(points) - MOST_NAMED} more" if len(points) > MOST_NAMED else ""
    return f" Quality not measured, or not on this text, window and path: {', '.join(named)}{more}."


def _caveats(it: _Group) -> list[str]:
    every = [one.point for one in it.rated]
    told = [said for said in common_caveats(every) if not (it.random and said.startswith("Weights are random"))]
    if it.random:
        told.append("Weights are random: what quantization costs a trained model, nothing here tells.")
    told += _scored(it)
    if any(one.costs.low is None for one in it.rated if not cost.is_reference(one.point)):
        told.append("Some of these costs have no interval.")
    told.append("The energy of the front is of single runs without intervals: a few percent do not settle it.")
    if any(cost.is_known(p) for p in it.lacking):
        told.append("A configuration that was scored on another text, window or path counts as not measured here.")
    return [*told, *cost.risk((*every, *it.lacking), RISK)]


def _scored(it: _Group) -> list[str]:
    known = next((one.point.quality for one in it.rated if one.point.quality is not None), None)
    if known is None:
        tables = {one.point.perplexity_table for one in it.rated if one.point.perplexity_ratio is not None}
        named = sorted(table for table in tables if table.startswith("imported:"))
        whose = f"those of {', '.join(named)}" if named else "the source's"
        return [f"The perplexities are {whose}: text and windows as it says, without intervals."]
    elsewhere = sum(one.point.quality is not None and not one.point.quality.own for one in it.rated)
    came = f" Of {units.counted(elsewhere, 'configuration')} it was scored in another session." if elsewhere else ""
    return [f"Quality of {quality.scored_on(known.run)}.{came}"]


def _sheet(it: _Group, name: str, accounting: str) -> Sheet:
    energy = f"energy_{accounting.replace('-', '_')}_j_per_1k_tokens"
    joules = {one.point.point_id: one for one in it.rated}

    def scored(p: Point) -> RunRow | None:
        """Of what is rated alone: other figures are of another text, window or path."""
        return p.quality.run if p.quality is not None and p.point_id in joules else None

    columns: list[Column[Point]] = [
        ("quantization", "quant", lambda p: p.quantization),
        ("engine", "engine", lambda p: p.engine),
        ("batch_size", "batch", lambda p: p.batch_size),
        (energy, f"{it.rated[0].point.accounted(accounting)} (J/1k)", lambda p: p.energy(accounting)),
        *_costs_columns(it, joules),
        ("agreement_pct", "top-1 (%)", lambda p: row.agreement_pct if (row := scored(p)) else None),
        ("quality", "quality", lambda p: "known" if p.point_id in joules else cost.NOT_MEASURED),
        ("least_energy_and_cost", "front", lambda p: joules[p.point_id].front if p.point_id in joules else None),
        ("run_id", "run", lambda p: p.point_id),
        ("quality_run_id", "quality of", lambda p: row.run_id if (row := scored(p)) else None),
    ]
    rows = [*(one.point for one in it.rated), *it.lacking]
    return sheet_of(f"quality-{slug(name)}", name, rows, columns)


def _costs_columns(it: _Group, rated: dict[str, Rated]) -> list[Column[Point]]:
    name, title = ("kl_nats", "KL (nats)") if it.random else ("perplexity_ratio", "perplexity ×")

    def end(which: str) -> Column[Point]:
        word = {"value": title, "low": "95 % from", "high": "to"}[which]
        column = name if which == "value" else f"kl_{which}_nats" if it.random else f"{name}_{which}"
        return column, word, lambda p: getattr(rated[p.point_id].costs, which) if p.point_id in rated else None

    return [end("value"), end("low"), end("high")]


def _figure(it: _Group, name: str, accounting: str) -> Figure:
    front = sorted((one for one in it.rated if one.front), key=lambda one: one.joules)
    rest = [one for one in it.rated if not one.front]
    own, other = ("published",) * 2 if it.rated[0].point.kind == "published" else ("candidate", "baseline")
    series = [_series("beaten by none", own, front)]
    if rest:
        series.append(_series("beaten by another", other, rest))
    x, y = tuple(one.joules for one in front), tuple(one.costs.value for one in front)
    series.append(Series("front", "reference", x, y, line=True))
    what = f"KL from its own {REFERENCE} (nats, random weights)" if it.random else f"perplexity over {REFERENCE} (×)"
    return Figure(
        f"quality-{slug(name)}",
        "Energy a token against what it costs in quality",
        Axis(f"energy a token, {it.rated[0].point.accounted(accounting)} (J/1k tokens)", log=True),
        Axis(what),
        tuple(series),
        f"{name}.{_lacking(it.lacking)}",
    )


def _series(name: str, role: str, some: Sequence[Rated]) -> Series:
    return Series(
        name,
        role,
        tuple(one.joules for one in some),
        tuple(one.costs.value for one in some),
        tuple(one.costs.low for one in some),
        tuple(one.costs.high for one in some),
        labels=tuple(one.point.configuration for one in some),
    )
