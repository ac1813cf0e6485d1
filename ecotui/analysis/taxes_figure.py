"""The pictures of both taxes."""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.analysis.taxes_pairs import Intervals, Pair
from ecotui.core.figure import Axis, Figure, Series


def columns_figure(some: Sequence[Pair], name: str, title: str, accounting: str, reads: Intervals) -> Figure:
    """Energy of int8 against int8-pure over outlier columns; over batch size where nobody counted columns."""
    known = [p for p in some if p.candidate.outlier_columns is not None]
    used, told = (known, True) if known else (list(some), False)
    x = tuple(p.candidate.outlier_columns or 0.0 if told else float(p.candidate.batch_size) for p in used)
    axis = Axis("outlier columns a layer, decoding") if told else Axis("batch size", log=True)
    accounted = some[0].candidate.accounted(accounting)
    series = (_ratios("int8 against int8-pure", used, x, accounting, reads), _one(x))
    return Figure(
        name, "What decomposition costs", axis, Axis(f"energy a token, {accounted} (×)", log=True), series, title
    )


def factors_figure(some: Sequence[Pair], name: str, title: str, reads: Intervals) -> Figure:
    """Energy, time and power factors against fp16, over batch size or parameters, whichever varies more."""
    batches = {p.candidate.batch_size for p in some}
    sizes = {p.candidate.parameters for p in some if p.candidate.parameters}
    by_size = len(sizes) > len(batches)
    x = tuple((p.candidate.parameters or 0) / 1e9 if by_size else float(p.candidate.batch_size) for p in some)
    order = sorted((i for i in range(len(some)) if x[i] > 0), key=lambda i: x[i])
    used, at = [some[i] for i in order], tuple(x[i] for i in order)
    slower = tuple(1 / (p.ratio("throughput") or 1.0) for p in used)
    power = tuple(p.ratio("power") or 1.0 for p in used)
    series = (
        _ratios("energy", used, at, "gross", reads),
        Series("time, T_fp16/T", "candidate-2", at, slower),
        Series("power, P/P_fp16", "candidate-3", at, power),
        _one(at),
    )
    axis = Axis("parameters (10⁹)" if by_size else "batch size", log=True)
    return Figure(name, "Energy against fp16, taken apart", axis, Axis("against fp16 (×)", log=True), series, title)


def _ratios(name: str, some: Sequence[Pair], x: tuple[float, ...], of: str, reads: Intervals) -> Series:
    found = [reads.of(pair, of) for pair in some]
    kept = [i for i, ratio in enumerate(found) if ratio is not None]
    ratios = [ratio for ratio in found if ratio is not None]
    return Series(
        name,
        "published" if some and some[0].candidate.kind == "published" else "candidate",
        tuple(x[i] for i in kept),
        tuple(r.value for r in ratios),
        tuple(r.low for r in ratios),
        tuple(r.high for r in ratios),
        labels=tuple(f"{some[i].candidate.model} b{some[i].candidate.batch_size}" for i in kept),
    )


def _one(x: tuple[float, ...]) -> Series:
    ends = (min(x), max(x)) if x else ()
    return Series("no difference", "reference", ends, tuple(1.0 for _ in ends), line=True)
