"""The pictures of the taxes, and of what waiting costs."""

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
    axis, used, at = _along(some)
    slower = tuple(1 / (p.ratio("throughput") or 1.0) for p in used)
    power = tuple(p.ratio("power") or 1.0 for p in used)
    series = (
        _ratios("energy", used, at, "gross", reads),
        Series("time, T_fp16/T", "candidate-2", at, slower),
        Series("power, P/P_fp16", "candidate-3", at, power),
        _one(at),
    )
    return Figure(name, "Energy against fp16, taken apart", axis, Axis("against fp16 (×)", log=True), series, title)


def waiting_figure(
    rungs: Sequence[Pair],
    fp16: Sequence[tuple[Pair, Pair]],
    name: str,
    title: str,
    *,
    accounting: str,
    reads: Intervals,
) -> Figure:
    """Energy as a graph over eager, and both over fp16's, eager and as graphs; over batch size or parameters."""
    axis, used, at = _along(rungs)
    place = {pair.candidate.point_id: x for pair, x in zip(used, at, strict=True)}
    kept = [both for both in fp16 if both[1].candidate.point_id in place]
    beside = tuple(place[graph.candidate.point_id] for _, graph in kept)
    eager, graph = [it for it, _ in kept], [it for _, it in kept]
    series = [_ratios("graph over eager", used, at, accounting, reads)]
    if kept:
        series.append(_ratios("against fp16, eager", eager, beside, accounting, reads, role="candidate-2"))
        series.append(_ratios("against fp16, as graphs", graph, beside, accounting, reads, role="candidate-3"))
    accounted = rungs[0].candidate.accounted(accounting)
    y = Axis(f"energy a token, {accounted} (×)", log=True)
    return Figure(name, "What waiting for the host costs, and what the dtype", axis, y, (*series, _one(at)), title)


def _along(some: Sequence[Pair]) -> tuple[Axis, list[Pair], tuple[float, ...]]:
    """Batch size or parameters, whichever varies more; the pairs in its order, and where each stands."""
    batches = {p.candidate.batch_size for p in some}
    sizes = {p.candidate.parameters for p in some if p.candidate.parameters}
    by_size = len(sizes) > len(batches)
    x = tuple((p.candidate.parameters or 0) / 1e9 if by_size else float(p.candidate.batch_size) for p in some)
    order = sorted((i for i in range(len(some)) if x[i] > 0), key=lambda i: x[i])
    axis = Axis("parameters (10⁹)" if by_size else "batch size", log=True)
    return axis, [some[i] for i in order], tuple(x[i] for i in order)


def _ratios(
    name: str, some: Sequence[Pair], x: tuple[float, ...], of: str, reads: Intervals, *, role: str = "candidate"
) -> Series:
    found = [reads.of(pair, of) for pair in some]
    kept = [i for i, ratio in enumerate(found) if ratio is not None]
    ratios = [ratio for ratio in found if ratio is not None]
    return Series(
        name,
        "published" if some and some[0].candidate.kind == "published" else role,
        tuple(x[i] for i in kept),
        tuple(r.value for r in ratios),
        tuple(r.low for r in ratios),
        tuple(r.high for r in ratios),
        labels=tuple(f"{some[i].candidate.model} b{some[i].candidate.batch_size}" for i in kept),
    )


def _one(x: tuple[float, ...]) -> Series:
    ends = (min(x), max(x)) if x else ()
    return Series("no difference", "reference", ends, tuple(1.0 for _ in ends), line=True)
