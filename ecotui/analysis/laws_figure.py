"""The picture of a batch law: points, fit with its band, the claim, and published sweeps beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ecotui.analysis.laws_line import Line
from ecotui.core.figure import Axis, Figure, Series

if TYPE_CHECKING:
    from ecotui.analysis.laws import Law

STEPS = 16
"""Pieces in which a fit's band is drawn."""
WIDEST = 30.0


def law_figure(it: Law, name: str, title: str, accounted: str, beside: Sequence[Law] = ()) -> Figure:
    """Energy against batch on log axes; `beside` are published laws, drawn and not fitted.

    Joules are a request's where all requests are of one length that is known, else a thousand tokens'. A published law
    has only those beside it that are of the same joules as its own.
    """
    beside = [law for law in beside if law.requests == it.requests or it.points[0].kind != "published"]
    requests = it.requests and len({law.points[0].new_tokens for law in (it, *beside)}) == 1
    unit = _a_unit(it, requests)
    batches = tuple(float(s.batch) for s in it.sizes)
    claimed = tuple(it.sizes[0].joules * unit * batches[0] / b for b in batches)
    own = "published" if it.points[0].kind == "published" else "candidate"
    kind = it.points[0].kind
    series = [Series("SIMULATED" if kind == "simulated" else kind, own, *_runs(it, unit))]
    if it.fit is not None:
        series.append(fit_series(replace(it.fit, centre_y=it.fit.centre_y + math.log(unit)), batches[0], batches[-1]))
    series.append(Series("batch^−1, the published claim", "reference", batches, claimed, line=True))
    series += [_beside(other, _a_unit(other, requests)) for other in beside]
    what = it.what if requests or not it.requests else "energy a token"
    return Figure(
        name,
        f"{what[:1].upper()}{what[1:]} against batch size",
        Axis("batch size", log=True, ticks=batches),
        Axis(f"{what}, {accounted} ({'J a request' if requests else 'J/1k tokens'})", log=True),
        tuple(series),
        title,
    )


def fit_series(fit: Line, first: float, last: float) -> Series:
    """A line through logarithms, drawn on log axes from `first` to `last` with the band of its height.

    Where the band is wider than a factor of WIDEST to either side it is left out: it would be all that is seen.
    """
    at = [math.log(first) + (math.log(last) - math.log(first)) * i / STEPS for i in range(STEPS + 1)]
    bands = [_shown(fit.band(x), fit.at(x)) for x in at]
    known = any(band is not None for band in bands)
    return Series(
        "line through two points" if fit.scatter is None else "fit, 95 % band" if known else "fit",
        "fit",
        tuple(math.exp(x) for x in at),
        tuple(math.exp(fit.at(x)) for x in at),
        tuple(math.exp(b[0]) if b else None for b in bands) if known else (),
        tuple(math.exp(b[1]) if b else None for b in bands) if known else (),
        line=True,
    )


def _shown(band: tuple[float, float] | None, height: float) -> tuple[float, float] | None:
    return None if band is None or band[1] - height > math.log(WIDEST) else band


def _a_unit(it: Law, requests: bool) -> float:
    """What the law's joules are multiplied by to be a request's, or a thousand tokens'."""
    return 1000 / (it.points[0].new_tokens or 1000) if it.requests and not requests else 1.0


def _runs(it: Law, unit: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Batch sizes and joules of all runs."""
    told = [(float(s.batch), j * unit) for s in it.sizes for j in s.each]
    return tuple(b for b, _ in told), tuple(j for _, j in told)


def _beside(it: Law, unit: float) -> Series:
    first = it.points[0]
    tokens = f"{first.new_tokens} tokens" if first.new_tokens else "length not stated"
    name = f"published: {first.gpu} {first.model} {first.quantization}, {tokens}"
    return Series(name, "published", *_runs(it, unit))
