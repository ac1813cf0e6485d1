"""How much of a quantization's joules is waiting for the host: eager against graph by turns, over stored sessions."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from ecotui.analysis.finding import Finding, common_caveats, counted, left_out_of, lengths_words, slug, subject
from ecotui.analysis.findings_sheet import PAIR_COLUMNS, Column, ratio_columns, sheet_of
from ecotui.analysis.ladder import BASELINE, UNCAPTURED, change, shown, turns
from ecotui.analysis.paired import PAIRED, Ratio
from ecotui.analysis.points import PUBLISHED, LeftOut, Point
from ecotui.analysis.quality import RISK
from ecotui.analysis.quality_points import beside
from ecotui.analysis.taxes_figure import waiting_figure
from ecotui.analysis.taxes_pairs import (
    Intervals,
    Pair,
    alone,
    by_engine,
    by_size,
    evidence_words,
    more,
    pairs,
    unknown,
    where,
)
from ecotui.core.document import Sheet
from ecotui.core.units import number, significant

OPEN = "waiting not shown"
TOLD = 4
"""Pairs that a sentence tells, as `more` counts them; the table has all."""
NO_EAGER = "no eager arm that took turns with the graph"
WORK = (
    "The work is the graph's whole call, its prefill and the few launches around it included; a static cache is read "
    "over all its slots, so that eager less graph may understate the waiting."
)
HOSTS = "The eager joules are those of the session's host: another processor makes the card wait for another time."
NETS = "Net of idle power most of the waiting is taken off before it is told."
Arms = dict[Hashable, Point]
"""Of one session, by quantization and engine."""
MINUS = re.compile(r"(?<![\w-])-(?=\d)")


@dataclass(frozen=True, slots=True)
class Rung:
    """An arm under both engines, and the same against fp16 where that ran beside it."""

    pair: Pair
    """The graph against eager."""
    fp16: tuple[Pair, Pair] | None
    """Against fp16's that took turns with it: both eager, both graphs; None of fp16 itself, and without them."""

    @property
    def elsewhere(self) -> str:
        """The session of `fp16` where the pair's own had no fp16 beside it; else nothing."""
        other = self.fp16[0].candidate.session_id if self.fp16 else None
        return other if other and other != self.pair.candidate.session_id else ""


def waiting(
    points: Sequence[Point],
    accounting: str = "gross",
    intervals: Intervals | None = None,
    left_out: Sequence[LeftOut] = (),
) -> list[Finding]:
    """A finding for each board, quantization, device and lengths with both engines of an arm by turns."""
    reads, own = intervals or Intervals(), [p for p in points if p.kind != PUBLISHED]
    graphs, eager = ([p for p in own if p.engine == engine] for engine in ("graph", "eager"))
    found = [pair for pair in pairs(graphs, eager, by_engine) if pair.evidence == PAIRED]
    lone = alone(graphs, found)
    settings = _by_setting(own)
    groups: dict[Hashable, list[Rung]] = {}
    for pair in sorted(found, key=by_size):
        sessions = settings.get(_setting(pair.candidate), {})
        groups.setdefault(_group(pair.candidate), []).append(Rung(pair, _over_fp16(pair, sessions)))
    return [_finding(some, accounting, reads, _reasons(some, lone, left_out)) for some in groups.values()]


def _group(p: Point) -> Hashable:
    return p.place, p.quantization, p.lengths, p.device == "cpu"


def _by_setting(points: Sequence[Point]) -> dict[Hashable, dict[Hashable, Arms]]:
    """What took turns, by setting and session."""
    found: dict[Hashable, dict[Hashable, Arms]] = {}
    for p in points:
        if p.blocks:
            sessions = found.setdefault(_setting(p), {})
            sessions.setdefault((p.session_id, p.board), {})[p.quantization, p.engine] = p
    return found


def _over_fp16(pair: Pair, sessions: Mapping[Hashable, Arms]) -> tuple[Pair, Pair] | None:
    """Against fp16 of the pair's own session; of the newest other of its setting where that had none beside it."""
    of = pair.candidate
    if of.quantization == BASELINE:
        return None
    wanted = [(quantization, engine) for engine in ("eager", "graph") for quantization in (BASELINE, of.quantization)]
    whole = [(at, arms) for at, arms in sessions.items() if arms.keys() >= set(wanted)]
    if not whole:
        return None
    _, arms = max(whole, key=lambda it: (it[0] == (of.session_id, of.board), it[1][wanted[0]].at))
    eager, own_eager, graph, own_graph = (arms[it] for it in wanted)
    return Pair(eager, own_eager), Pair(graph, own_graph)


def _setting(p: Point) -> Hashable:
    return p.place, p.model, p.batch_size, p.lengths, p.device


def _reasons(some: Sequence[Rung], lone: Sequence[Point], left_out: Sequence[LeftOut]) -> list[str]:
    """Why runs of the quantization stand in no pair."""
    first = some[0].pair.candidate
    mine = [p for p in lone if _group(p) == _group(first)]
    return [*left_out_of(left_out, first.gpu, "", (first.quantization,)), *[NO_EAGER] * len(mine)]


def _finding(some: Sequence[Rung], accounting: str, reads: Intervals, left_out: Sequence[str]) -> Finding:
    rungs = [it.pair for it in some]
    first, models = rungs[0].candidate, {pair.candidate.model for pair in rungs}
    what = f"{first.quantization}: eager against graph"
    name = subject(first, first.model if len(models) == 1 else f"{len(models)} models", what, lengths_words(first))
    on_cpu = first.device == "cpu"
    costs = (
        {} if on_cpu else {pair.candidate.point_id: pct for pair in rungs if (pct := _cost(pair, accounting, reads))}
    )
    fp16 = [both for it in some if (both := it.fp16)]
    return Finding(
        key="waiting",
        subject=name,
        sentence=UNCAPTURED if on_cpu else _sentence(some, accounting, reads),
        sheet=_sheet(some, name, accounting, reads),
        figure=waiting_figure(rungs, fp16, f"waiting-{slug(name)}", name, accounting=accounting, reads=reads),
        caveats=tuple(_caveats(some, accounting)),
        gist=_gist(rungs, costs),
        determined=bool(costs),
        accounted=first.accounted(accounting),
        kind=first.kind,
        left_out=counted(left_out),
        facts={
            "waiting_pct_lowest": min(costs.values(), default=None),
            "waiting_pct_highest": max(costs.values(), default=None),
            "shown": len(costs),
            "pairs": len(rungs),
        },
    )


def _cost(pair: Pair, accounting: str, reads: Intervals) -> float | None:
    """Percent of the eager joules that go with waiting; None where the interval does not show any."""
    energy = reads.of(pair, accounting)
    return -energy.pct if energy and energy.low is not None and energy.pct < 0 and shown(energy) else None


def _sentence(some: Sequence[Rung], accounting: str, reads: Intervals) -> str:
    """How much waits, what the dtype costs without it and with it, and where less idle power points the other way."""
    rungs, told = [it.pair for it in some], some[:TOLD]
    accounted = rungs[0].candidate.accounted(accounting)
    waits = "; ".join(f"{where(it.pair, rungs)}, {_waits(it.pair, accounting, reads)}" for it in told)
    dtype = "; ".join(f"{words} {where(it.pair, rungs)}" for it in told if (words := _dtype(it, accounting, reads)))
    said = [
        f"Waiting for the host, of J a 1,000 tokens eager, {accounted}: {waits}{more(rungs)}.",
        f"Against {BASELINE} the dtype costs, as graphs and with the waiting, {dtype}." if dtype else "",
        _turned(told, reads) if accounting == "gross" else "",
    ]
    return unknown(MINUS.sub("−", " ".join(filter(None, said))))


def _waits(pair: Pair, accounting: str, reads: Intervals) -> str:
    """What the ladder says of an arm, in fewer words."""
    energy = reads.of(pair, accounting)
    eager, graph = pair.baseline.energy(accounting), pair.candidate.energy(accounting)
    if energy is None or eager is None or graph is None:
        return "no ratio"
    if _cost(pair, accounting, reads) is None:
        return f"none is shown (the graph takes {_percent(energy)})"
    low, high = (number(-end) for end in energy.interval_pct or (0.0, 0.0))
    return f"{significant(eager - graph)} of {significant(eager)}, {number(-energy.pct)} % [{high}, {low}]"


def _dtype(it: Rung, accounting: str, reads: Intervals) -> str:
    if it.fp16 is None:
        return ""
    eager, graph = (reads.of(pair, accounting) for pair in it.fp16)
    other = " (of another session)" if it.elsewhere else ""
    return f"{_told(graph)} and {_told(eager)}{other}" if eager and graph else ""


def _told(ratio: Ratio) -> str:
    """The change; one that holds 0 says that it is none."""
    return _percent(ratio) if ratio.low is None or shown(ratio) else f"{_percent(ratio)} (not told from 0)"


def _percent(ratio: Ratio) -> str:
    return change(ratio) if ratio.low is not None else f"{change(ratio)} [–]"


def _turned(told: Sequence[Rung], reads: Intervals) -> str:
    """Where the joules net of context idle point the other way, and their interval shows it."""

    def turned(pair: Pair) -> bool:
        gross, net = reads.of(pair), reads.of(pair, "net-context")
        return gross is not None and net is not None and net.low is not None and turns(gross, net)

    found = [
        f"of {what} at {places}"
        for what, pairs_of in (
            ("the graph against eager", [it.pair for it in told]),
            ("the dtype as graphs", [it.fp16[1] for it in told if it.fp16]),
            ("the dtype with the waiting", [it.fp16[0] for it in told if it.fp16]),
        )
        if (places := _places([pair.candidate for pair in pairs_of if turned(pair)], told))
    ]
    return f"Net of context idle the sign turns: {', '.join(found)}." if found else ""


def _places(some: Sequence[Point], told: Sequence[Rung]) -> str:
    """ "batch 1, 8 and 64", with the models where there are several."""
    if len({it.pair.candidate.model for it in told}) > 1:
        return ", ".join(f"batch {p.batch_size} of {p.model}" for p in some)
    *most, last = [str(p.batch_size) for p in some] or [""]
    return f"batch {', '.join(most)} and {last}" if most else f"batch {last}" if last else ""


def _gist(rungs: Sequence[Pair], costs: dict[str, float]) -> str:
    if not costs:
        return OPEN
    least, most = (f"{number(end(costs.values()), 0)}" for end in (min, max))
    open_at = sorted({pair.candidate.batch_size for pair in rungs if pair.candidate.point_id not in costs})
    rest = f" · not shown at batch {', '.join(map(str, open_at))}" if open_at else ""
    return f"waiting {least} {f'to {most} ' if most != least else ''}% of the joules{rest}"


def _caveats(some: Sequence[Rung], accounting: str) -> list[str]:
    rungs = [it.pair for it in some]
    others = [pair for it in some if it.fp16 and it.elsewhere for pair in it.fp16]
    both = [p for pair in (*rungs, *others) for p in (pair.baseline, pair.candidate)]
    compared = [it.pair.candidate for it in some if it.fp16]
    return [
        *common_caveats(both),
        *evidence_words(rungs),
        *_elsewhere(some),
        *(beside(compared, RISK) if compared else []),
        *([WORK, HOSTS] if rungs[0].candidate.device != "cpu" else []),
        *([NETS] if accounting != "gross" else []),
    ]


def _elsewhere(some: Sequence[Rung]) -> list[str]:
    """Which sessions the dtype's cost is of where the pair's own had no fp16 beside it."""
    others = dict.fromkeys(it.elsewhere for it in some if it.elsewhere)
    told = f"had no {BASELINE} beside it: what the dtype costs there is of {', '.join(others)}"
    at = _places([it.pair.candidate for it in some if it.elsewhere], some)
    return [f"At {at} the pair {told}."] if others else []


def _sheet(some: Sequence[Rung], name: str, accounting: str, reads: Intervals) -> Sheet:
    rungs = [it.pair for it in some]
    fp16 = {it.pair.candidate.point_id: it.fp16 for it in some}
    columns: list[Column[Pair]] = [
        ("model", "model", lambda pair: pair.candidate.model),
        ("batch_size", "batch", lambda pair: pair.candidate.batch_size),
        ("energy_eager_j_per_1k_tokens", "eager J/1k", lambda pair: pair.baseline.energy(accounting)),
        ("energy_graph_j_per_1k_tokens", "graph J/1k", lambda pair: pair.candidate.energy(accounting)),
        *_waiting_columns(accounting, reads),
        *_fp16_columns(fp16, accounting, reads),
        ("fp16_session_id", "fp16 in", lambda pair: _session_of(fp16[pair.candidate.point_id])),
        *ratio_columns(reads, "throughput", "throughput", "tok/s"),
        ("step_eager_ms", "eager ms a step", lambda pair: pair.baseline.step_ms),
        ("step_graph_ms", "graph ms a step", lambda pair: pair.candidate.step_ms),
        *PAIR_COLUMNS,
    ]
    return sheet_of(f"waiting-{slug(name)}", name, rungs, columns)


def _session_of(fp16: tuple[Pair, Pair] | None) -> str | None:
    return fp16[0].baseline.session_id if fp16 else None


def _waiting_columns(accounting: str, reads: Intervals) -> list[Column[Pair]]:
    """The share of the eager joules that the graph saves, with both ends of its interval; none on the CPU."""

    def share(of: Callable[[Ratio], float | None]) -> Callable[[Pair], float | None]:
        def told(pair: Pair) -> float | None:
            energy = None if pair.candidate.device == "cpu" else reads.of(pair, accounting)
            ratio = of(energy) if energy is not None else None
            return None if ratio is None else 100 * (1 - ratio)

        return told

    return [
        ("waiting_pct", "graph saves %", share(lambda it: it.value)),
        ("waiting_pct_low", "95 % from", share(lambda it: it.ends[1])),
        ("waiting_pct_high", "to", share(lambda it: it.ends[0])),
    ]


def _fp16_columns(fp16: dict[str, tuple[Pair, Pair] | None], accounting: str, reads: Intervals) -> list[Column[Pair]]:
    """Energy against fp16's, eager and as graphs, with both ends of each interval."""

    def cell(engine: int, of: Callable[[Ratio], float | None]) -> Callable[[Pair], float | None]:
        def told(pair: Pair) -> float | None:
            both = fp16.get(pair.candidate.point_id)
            ratio = reads.of(both[engine], accounting) if both else None
            return of(ratio) if ratio is not None else None

        return told

    return [
        (f"fp16_{name}_ratio{end}", title, cell(engine, of))
        for engine, name in enumerate(("eager", "graph"))
        for end, title, of in (
            ("", f"{name} × fp16", lambda it: it.value),
            ("_low", "95 % from", lambda it: it.ends[0]),
            ("_high", "to", lambda it: it.ends[1]),
        )
    ]
