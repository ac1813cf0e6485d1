"""Accuracy, cost and carbon of stored configurations, and which of them no other one beats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ecotui.analysis.carbon import Bill, Workload, bill, grid
from ecotui.analysis.finding import (
    Finding,
    common_caveats,
    counted,
    grouped,
    left_out_of,
    lengths_words,
    settled,
    slug,
    subject,
)
from ecotui.analysis.findings_sheet import Column, sheet_of
from ecotui.analysis.points import LeftOut, Point
from ecotui.analysis.quality import NOT_MEASURED as QUALITY_NOT_MEASURED
from ecotui.analysis.quality import RISK, times
from ecotui.analysis.quality_points import (
    NOT_MEASURED,
    cell,
    divergence,
    is_measured,
    is_reference,
    ratio,
    risk,
    side_by_side,
)
from ecotui.core.document import Sheet
from ecotui.core.figure import Axis, Figure, Series
from ecotui.core.quality import REFERENCE
from ecotui.core.units import number, significant

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One configuration of a model on a board, by its newest stable run, or the newest where none is."""

    point: Point
    joules: float
    """A thousand tokens' in the accounting asked for."""
    bill: Bill
    runs: int
    fast: bool = False
    """No other configuration takes less energy a token and less time an output token."""
    many: bool = False
    """No other takes less energy a token and makes more tokens a second."""


def fronts(
    points: Sequence[Point], accounting: str = "gross", work: Workload | None = None, left_out: Sequence[LeftOut] = ()
) -> list[Finding]:
    """A finding for each model, board and lengths of which two configurations and more are known."""
    workload = (work or Workload()).checked()
    groups = grouped(points, lambda p: (p.place, p.model, p.lengths))
    made = [(some, choices(some, accounting, workload)) for some in groups]
    return [_finding(some, it, accounting, workload, left_out) for some, it in made if len(it) > 1]


def choices(points: Sequence[Point], accounting: str = "gross", work: Workload | None = None) -> list[Choice]:
    """Each configuration by one run (`finding.settled`), by energy, with its place on both fronts."""
    workload, found = work or Workload(), []
    for some in grouped(points, lambda p: (p.quantization, p.engine, p.batch_size)):
        last = settled(some)
        joules = last.energy(accounting)
        if joules is not None and joules > 0:
            found.append((last, joules, len(some)))
    energies = [joules for _, joules, _ in found]
    fast = best(energies, [p.step_ms for p, _, _ in found])
    many = best(energies, [-p.throughput_tok_s for p, _, _ in found])
    out = [Choice(p, j, bill(p, workload), n, i in fast, i in many) for i, (p, j, n) in enumerate(found)]
    return sorted(out, key=lambda choice: choice.joules)


def best(x: Sequence[float], y: Sequence[float]) -> set[int]:
    """Places of the points that no other one beats: smaller or equal in both, and smaller in one."""
    out: set[int] = set()
    lowest, at = float("inf"), float("nan")
    for place in sorted(range(len(x)), key=lambda i: (x[i], y[i])):
        if y[place] < lowest or (y[place] == lowest and x[place] == at):
            out.add(place)
            lowest, at = y[place], x[place]
    return out


def _finding(
    points: Sequence[Point], some: Sequence[Choice], accounting: str, work: Workload, left_out: Sequence[LeftOut]
) -> Finding:
    beside = side_by_side([c.point for c in some])
    some = [replace(c, point=p) for c, p in zip(some, beside, strict=True)]
    first = some[0].point
    name = subject(first, first.model, lengths_words(first))
    missing = [f"no {first.accounted(accounting)} energy above 0"] * (len(points) - sum(c.runs for c in some))
    older = ["another run of the same configuration stands for it"] * sum(c.runs - 1 for c in some)
    fast = [c for c in some if c.fast]
    return Finding(
        key="pareto",
        subject=name,
        sentence=_sentence(some, accounting, work),
        sheet=_sheet(some, name, accounting, work),
        figure=_figure(some, name, accounting),
        caveats=tuple(_caveats(some, work)),
        gist=f"{_least(fast[0].point)}; {len(fast)} of {len(some)} on the front",
        accounted=first.accounted(accounting),
        kind=first.kind,
        left_out=counted([*left_out_of(left_out, first.gpu, first.model), *missing, *older]),
        facts={
            "configurations": len(some),
            "pareto_latency": len(fast),
            "pareto_throughput": sum(c.many for c in some),
            "requests_a_day": work.requests_a_day,
            "grid_g_per_kwh": grid(work.grid).g_per_kwh,
            "pue": work.pue,
            "price_gpu_hour": work.price_gpu_hour,
            "price_kwh": work.price_kwh,
        },
    )


def _least(p: Point) -> str:
    """The configuration of the least energy with what it costs in quality, or that nobody measured that."""
    over = ratio(p)
    known = QUALITY_NOT_MEASURED if over is None else f"perplexity {times(over)}"
    return f"{p.configuration} least energy{'' if is_reference(p) else f', {known}'}"


def _sentence(some: Sequence[Choice], accounting: str, work: Workload) -> str:
    accounted = some[0].point.accounted(accounting)
    fast = _named([c for c in some if c.fast], lambda c: f"{significant(c.point.step_ms, 3)} ms")
    many = _named([c for c in some if c.many], lambda c: f"{significant(c.point.throughput_tok_s, 4)} tok/s")
    front = (
        f"Of {len(some)} configurations none beats these in energy a token, {accounted}, and time per output token: "
        f"{fast}; nor these in energy and throughput: {many}."
    )
    return f"{front} {_workload_words(some, work)} Accuracy: {_accuracy_words(some)}."


def _named(some: Sequence[Choice], figure: Callable[[Choice], str]) -> str:
    named = [f"{c.point.configuration} ({significant(c.joules)} J/1k, {figure(c)})" for c in some[:MOST_NAMED]]
    return ", ".join(named) + (f" and {len(some) - MOST_NAMED} more" if len(some) > MOST_NAMED else "")


def _workload_words(some: Sequence[Choice], work: Workload) -> str:
    known = [c for c in some if c.bill.kwh is not None]
    if not known:
        return "How many tokens a request is, nobody said: no workload can be reckoned."
    least, most = min(known, key=lambda c: c.bill.kwh or 0), max(known, key=lambda c: c.bill.kwh or 0)
    return (
        f"{number(work.requests_a_day, 0)} requests a day of {least.point.new_tokens} tokens take from "
        f"{_day(least)} to {_day(most)} of gross board energy."
    )


def _day(choice: Choice) -> str:
    it = choice.bill
    money = "" if it.money is None else f", {number(it.money, 2)} of money"
    carbon = f"{significant(it.kg_co2e, 3)} kgCO2e"
    return f"{significant(it.kwh, 3)} kWh ({choice.point.configuration}: {carbon}{money})"


def _accuracy_words(some: Sequence[Choice]) -> str:
    """Of how many it was measured; the figures are the table's."""
    held = [c.point for c in some if not is_reference(c.point)]
    known = sum(is_measured(p) for p in held)
    told = f"measured of {known} of {len(held)} configurations beside {REFERENCE}" if known else NOT_MEASURED
    random = sum(not is_measured(p) and divergence(p) is not None for p in held)
    diverged = f"; of {random} of {len(held)} a divergence of random weights is known, which is no accuracy"
    return told + diverged * bool(random)


def _caveats(some: Sequence[Choice], work: Workload) -> list[str]:
    told = common_caveats([c.point for c in some])
    told.append(f"Carbon: {grid(work.grid).words}, PUE {work.pue:g}. Idle time between requests is in none of it.")
    told.append("Batches are taken as always full, and each request as long as those of the runs.")
    told.append("GPU board energy only: processor, memory, power supplies and fans of the host are not in it.")
    told.append("The front is of single runs without intervals: a difference of a few percent does not settle it.")
    if work.price_gpu_hour is None and work.price_kwh is None:
        told.append("No price was given, so there is no money.")
    return [*told, *risk([c.point for c in some], RISK)]


def _sheet(some: Sequence[Choice], name: str, accounting: str, work: Workload) -> Sheet:
    energy = f"energy_{accounting.replace('-', '_')}_j_per_1k_tokens"
    columns: list[Column[Choice]] = [
        ("quantization", "quant", lambda c: c.point.quantization),
        ("engine", "engine", lambda c: c.point.engine),
        ("batch_size", "batch", lambda c: c.point.batch_size),
        (energy, f"{some[0].point.accounted(accounting)} (J/1k)", lambda c: c.joules),
        ("step_ms", "step (ms)", lambda c: c.point.step_ms),
        ("throughput_tok_s", "tok/s", lambda c: c.point.throughput_tok_s),
        ("least_energy_and_time", "front: time", lambda c: c.fast),
        ("least_energy_most_throughput", "front: tok/s", lambda c: c.many),
        ("kwh_a_day", "kWh a day", lambda c: c.bill.kwh),
        ("gpu_hours_a_day", "GPU-h a day", lambda c: c.bill.gpu_hours),
        ("boards", "boards", lambda c: c.bill.boards),
        ("money_a_day", "money a day", lambda c: c.bill.money),
        ("kg_co2e_a_day", "kgCO2e a day", lambda c: c.bill.kg_co2e),
        ("perplexity_ratio", "perplexity ×", lambda c: c.point.perplexity_ratio),
        ("quality", "quality", lambda c: REFERENCE if is_reference(c.point) else cell(c.point)),
        ("run_id", "run", lambda c: c.point.point_id),
        ("runs", "runs", lambda c: c.runs),
    ]
    caption = f"{name}; {number(work.requests_a_day, 0)} requests a day, {grid(work.grid).words}, PUE {work.pue:g}"
    return sheet_of(f"pareto-{slug(name)}", caption, some, columns)


def _figure(some: Sequence[Choice], name: str, accounting: str) -> Figure:
    front = sorted((c for c in some if c.fast), key=lambda c: c.point.step_ms)
    rest = [c for c in some if not c.fast]
    # Somebody else's points are all of one kind to the eye; the line tells which of them no other beats.
    own, other = ("published",) * 2 if some[0].point.kind == "published" else ("candidate", "baseline")
    series = [_series("beaten by none", own, front)]
    if rest:
        series.append(_series("beaten by another", other, rest))
    x, y = tuple(c.point.step_ms for c in front), tuple(c.joules for c in front)
    series.append(Series("front", "reference", x, y, line=True))
    return Figure(
        f"pareto-{slug(name)}",
        "Energy a token against time per output token",
        Axis("time per output token (ms)", log=True),
        Axis(f"energy a token, {some[0].point.accounted(accounting)} (J/1k tokens)", log=True),
        tuple(series),
        name,
    )


def _series(name: str, role: str, some: Sequence[Choice]) -> Series:
    return Series(
        name,
        role,
        tuple(c.point.step_ms for c in some),
        tuple(c.joules for c in some),
        labels=tuple(c.point.configuration for c in some),
    )
