"""Two taxes of quantization: LLM.int8's decomposition, and the de-quantization of 4-bit weights taken apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

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
from ecotui.analysis.laws_line import line
from ecotui.analysis.points import LeftOut, Point
from ecotui.analysis.quality import RISK
from ecotui.analysis.quality_points import beside
from ecotui.analysis.taxes_figure import columns_figure, factors_figure
from ecotui.analysis.taxes_pairs import (
    Intervals,
    Pair,
    alone,
    by_size,
    evidence_words,
    more,
    pairs,
    told,
    unknown,
    where,
)
from ecotui.core.document import Sheet
from ecotui.core.units import number, signed

FOUR_BIT = ("nf4", "nf4-dq")
APART = 1.0
"""Outlier columns a layer by which points must differ before a law of them is fitted."""
OPEN = "not determined by these points"
CHOSEN: tuple[Column[Pair], ...] = (
    ("model", "model", lambda pair: pair.candidate.model),
    ("batch_size", "batch", lambda pair: pair.candidate.batch_size),
)


def decomposition(
    points: Sequence[Point],
    accounting: str = "gross",
    intervals: Intervals | None = None,
    left_out: Sequence[LeftOut] = (),
) -> list[Finding]:
    """A finding for each board, engine and lengths with int8 and int8-pure of one model and batch."""
    reads = intervals or Intervals()
    with_threshold = _of(points, "int8")
    found = pairs(with_threshold, _of(points, "int8-pure"))
    lone = alone(with_threshold, found)
    return [
        _decomposition(some, accounting, reads, [*_reasons(some, lone, left_out, "int8-pure")])
        for some in _by_place(found)
    ]


def dequantization(
    points: Sequence[Point], intervals: Intervals | None = None, left_out: Sequence[LeftOut] = ()
) -> list[Finding]:
    """A finding for each board, 4-bit quantization, engine and lengths with fp16 of a model and batch; gross alone."""
    reads = intervals or Intervals()
    four = [p for q in FOUR_BIT for p in _of(points, q)]
    found = pairs(four, _of(points, "fp16"))
    lone = alone(four, found)
    return [_dequantization(some, reads, [*_reasons(some, lone, left_out, "fp16")]) for some in _by_place(found)]


def _reasons(some: Sequence[Pair], lone: Sequence[Point], left_out: Sequence[LeftOut], baseline: str) -> list[str]:
    """Why points of the place stand in no pair."""
    first = some[0].candidate
    mine = [p for p in lone if (p.place, p.quantization, p.engine) == (first.place, first.quantization, first.engine)]
    return [
        *left_out_of(left_out, first.gpu, "", (first.quantization, baseline), first.engine),
        *[f"no {baseline} of the same board, model, batch and lengths"] * len(mine),
    ]


def _of(points: Sequence[Point], quantization: str) -> list[Point]:
    return [p for p in points if p.quantization == quantization]


def _by_place(found: Sequence[Pair]) -> list[list[Pair]]:
    groups: dict[object, list[Pair]] = {}
    for pair in found:
        p = pair.candidate
        groups.setdefault((p.place, p.quantization, p.engine, p.lengths), []).append(pair)
    return [sorted(some, key=by_size) for some in groups.values()]


def _decomposition(some: Sequence[Pair], accounting: str, reads: Intervals, left_out: Sequence[str]) -> Finding:
    first = some[0].candidate
    name = _named(some, "int8 against int8-pure")
    accounted = first.accounted(accounting)
    each = "; ".join(
        f"{where(pair, some)} energy a token {told(reads.of(pair, accounting))}, throughput "
        f"{told(reads.of(pair, 'throughput'))}"
        for pair in some[:4]
    ) + more(some)
    law, fitted = _columns_law(some, accounting)
    caveats = [*_caveats(some), *beside([p for pair in some for p in (pair.baseline, pair.candidate)], RISK)]
    caveats.append(
        "With a threshold every linear layer waits for a flag on the host, with or without outliers: that wait is part "
        "of this tax, and it is time rather than conversion."
    )
    low, high = _span(some, accounting, reads)
    return Finding(
        key="decomposition",
        subject=name,
        sentence=f"{unknown(f'int8 against int8-pure, {accounted}: {each}.')} {law}",
        sheet=_decomposition_sheet(some, name, accounting, reads),
        figure=columns_figure(some, f"decomposition-{slug(name)}", name, accounting, reads),
        caveats=tuple(caveats),
        gist=_span_words(low, high) + ("" if fitted else " · by outliers not determined") if high else OPEN,
        determined=bool(high),
        accounted=accounted,
        kind=first.kind,
        left_out=counted(left_out),
        facts={"energy_ratio_lowest": low, "energy_ratio_highest": high, "pairs": len(some), "fitted": fitted},
    )


def _columns_law(some: Sequence[Pair], accounting: str) -> tuple[str, bool]:
    """How the tax depends on outlier columns, within the batch size that has most points."""
    known = [p for p in some if p.candidate.outlier_columns is not None and p.ratio(accounting) is not None]
    if not known:
        return f"How it depends on outlier columns is {OPEN}: none of them tells how many there were.", False
    counts = [p.candidate.batch_size for p in known]
    batch = max(set(counts), key=lambda b: (counts.count(b), -b))
    same = [p for p in known if p.candidate.batch_size == batch]
    columns = [p.candidate.outlier_columns or 0.0 for p in same]
    every = [p.candidate.outlier_columns or 0.0 for p in known]
    had = f"{number(min(every))} to {number(max(every))} outlier columns a layer"
    if len(same) < 3 or max(columns) - min(columns) < APART:
        return f"The points have {had}: how the tax depends on them is {OPEN}.", False
    fit = line(columns, [math.log(p.ratio(accounting) or 1.0) for p in same])
    ends = fit.slope_interval if fit else None
    if fit is None or ends is None:
        return f"How the tax depends on outlier columns is {OPEN}.", False
    interval = f"95 % interval {_pct(ends[0])} to {_pct(ends[1])}, {len(same)} points"
    growth = f"{_pct(fit.slope)} an outlier column at batch {batch} ({interval})"
    if ends[0] <= 0 <= ends[1]:
        return f"How the tax depends on outlier columns is {OPEN}: {growth}.", False
    return f"Energy grows by {growth}.", True


def _pct(slope: float) -> str:
    return f"{signed(100 * math.expm1(min(slope, 50.0)))} %".replace("-", "−")


def _decomposition_sheet(some: Sequence[Pair], name: str, accounting: str, reads: Intervals) -> Sheet:
    columns: list[Column[Pair]] = [
        *CHOSEN,
        ("outlier_columns_decode", "outlier columns a layer", lambda pair: pair.candidate.outlier_columns),
        *ratio_columns(reads, accounting, "energy", "energy"),
        *ratio_columns(reads, "throughput", "throughput", "throughput"),
        ("power_ratio", "power ×", lambda pair: pair.ratio("power")),
        *PAIR_COLUMNS,
    ]
    return sheet_of(f"decomposition-{slug(name)}", name, some, columns)


def _dequantization(some: Sequence[Pair], reads: Intervals, left_out: Sequence[str]) -> Finding:
    first = some[0].candidate
    name = _named(some, f"{first.quantization} against fp16")
    each = "; ".join(_parts(pair, some, reads) for pair in some[:4]) + more(some)
    low, high = _span(some, "gross", reads)
    q = first.quantization
    what = f"Energy a token of {q} against fp16, gross = (T_fp16/T_{q}) · (P_{q}/P_fp16)"
    return Finding(
        key="dequantization",
        subject=name,
        sentence=unknown(f"{what}: {each}."),
        sheet=_dequantization_sheet(some, name, reads),
        figure=factors_figure(some, f"dequantization-{slug(name)}", name, reads),
        caveats=(
            *_caveats(some),
            *beside([pair.candidate for pair in some], RISK),
            "Gross alone: net of idle power the energy is no product of throughput and power.",
            "The factors say through what energy changes, not which kernel or launch changes it.",
        ),
        gist=_span_words(low, high),
        kind=first.kind,
        left_out=counted(left_out),
        facts={"energy_ratio_lowest": low, "energy_ratio_highest": high, "pairs": len(some)},
    )


def factors(pair: Pair, reads: Intervals) -> tuple[float, float]:
    """T_fp16/T and P/P_fp16, by blocks where the arms took turns, as their energy is."""
    speed, power = reads.of(pair, "throughput"), reads.of(pair, "power")
    return 1 / speed.value if speed else math.nan, power.value if power else math.nan


def _parts(pair: Pair, some: Sequence[Pair], reads: Intervals) -> str:
    slower, power = factors(pair, reads)
    return f"{where(pair, some)} {told(reads.of(pair))} = ×{slower:.2f} of time · ×{power:.2f} of power"


def _dequantization_sheet(some: Sequence[Pair], name: str, reads: Intervals) -> Sheet:
    columns: list[Column[Pair]] = [
        *CHOSEN,
        ("parameters", "parameters", lambda pair: pair.candidate.parameters),
        *ratio_columns(reads, "gross", "energy", "energy"),
        ("time_factor", "T_fp16/T ×", lambda pair: factors(pair, reads)[0]),
        ("power_factor", "P/P_fp16 ×", lambda pair: factors(pair, reads)[1]),
        ("ln_energy", "ln energy", lambda pair: _logs(pair, reads)[0]),
        ("ln_time", "= ln time", lambda pair: _logs(pair, reads)[1]),
        ("ln_power", "+ ln power", lambda pair: _logs(pair, reads)[2]),
        ("rest_pct", "rest (%)", lambda pair: _rest_pct(pair, reads)),
        *PAIR_COLUMNS,
    ]
    return sheet_of(f"dequantization-{slug(name)}", name, some, columns)


def _logs(pair: Pair, reads: Intervals) -> tuple[float, float, float]:
    """Of energy, time and power; the last two add up to the first."""
    energy = reads.of(pair)
    slower, power = factors(pair, reads)
    return math.log(energy.value) if energy else math.nan, math.log(slower), math.log(power)


def _rest_pct(pair: Pair, reads: Intervals) -> float:
    """What is left between energy and the product of its factors, in percent: means of windows are no exact product.

    Of published figures nothing is left but the noise of floats, which is rounded off.
    """
    energy, slower, power = _logs(pair, reads)
    return round(100 * math.expm1(energy - slower - power), 9) + 0.0


def _named(some: Sequence[Pair], what: str) -> str:
    first = some[0].candidate
    models = {pair.candidate.model for pair in some}
    return subject(
        first,
        first.model if len(models) == 1 else f"{len(models)} models",
        what,
        engine_words(first),
        lengths_words(first),
    )


def _span(some: Sequence[Pair], of: str, reads: Intervals) -> tuple[float, float]:
    ratios = [ratio.value for pair in some if (ratio := reads.of(pair, of)) is not None]
    return (min(ratios), max(ratios)) if ratios else (0.0, 0.0)


def _span_words(low: float, high: float) -> str:
    least, most = f"×{low:.2f}", f"×{high:.2f}"
    return f"energy {least}" + (f" to {most}" if most != least else "")


def _caveats(some: Sequence[Pair]) -> list[str]:
    both = [p for pair in some for p in (pair.baseline, pair.candidate)]
    return [*common_caveats(both), *evidence_words(some)]
