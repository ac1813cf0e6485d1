"""How much of an arm's energy is its own work, and how much is waiting for the host: eager against graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecotui.analysis import quality
from ecotui.analysis.baselines import CONTEXT as NET
from ecotui.analysis.baselines import of_runs
from ecotui.analysis.paired import Ratio, level_of, paired_ratio
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import number, signed, significant

JOULES, TOKENS = "energy_gross_j_per_1k_tokens", "throughput_tok_s"
BASELINE = "fp16"
UNCAPTURED = "On the CPU no step is captured as a graph: this pair says nothing about waiting for the host."
SAME = ("model", "quantization", "batch_size", "prompt_tokens", "new_tokens")
"""Columns in which the two runs of a rung agree."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One configuration under both engines, in one paired session."""

    eager: RunRow
    graph: RunRow
    energy: Ratio
    """Gross joules a token, graph over eager."""
    speed: Ratio
    """Throughput, graph over eager."""
    net: Ratio | None = None
    """Joules a token net of context idle, graph over eager."""

    @property
    def work_j(self) -> float:
        """Gross joules a 1,000 tokens where the card does not wait between a step and the next."""
        return self.graph.energy_gross_j_per_1k_tokens or 0.0

    @property
    def waited_j(self) -> float:
        """The same in the eager loop."""
        return self.eager.energy_gross_j_per_1k_tokens or 0.0

    @property
    def waiting_pct(self) -> float:
        """Share of the eager loop's energy that goes with the waiting."""
        return -self.energy.pct


@dataclass(frozen=True, slots=True)
class Against:
    """A quantization against fp16, with the waiting and without."""

    rung: Rung
    eager: Ratio
    """Gross joules a token against fp16's, both eager."""
    graph: Ratio
    """Both as graphs."""
    nets: tuple[Ratio | None, Ratio | None] = (None, None)
    """The same two net of context idle."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Every configuration that ran under both engines."""

    rungs: tuple[Rung, ...]
    against: tuple[Against, ...]

    def sentences(self) -> Iterator[str]:
        """What the data support, and no more."""
        if any(rung.graph.device == "cpu" for rung in self.rungs):
            yield UNCAPTURED
            return
        for pair in self.against:
            yield _against(pair)
        for rung in self.rungs:
            yield _rung(rung)


def ladder(runs: Sequence[RunRow], windows: Mapping[str, Sequence[WindowRow]]) -> Ladder | None:
    """The ladder of one paired session's runs, `windows` by run id; None where no configuration ran under both."""
    rungs = [rung for run in runs if run.engine == "eager" and (rung := _of(run, runs, windows))]
    pairs = [pair for a in rungs for b in rungs if (pair := _compared(a, b, windows))]
    return Ladder(tuple(rungs), tuple(pairs)) if rungs else None


def _of(eager: RunRow, runs: Sequence[RunRow], windows: Mapping[str, Sequence[WindowRow]]) -> Rung | None:
    for graph in runs:
        same = all(getattr(graph, name) == getattr(eager, name) for name in SAME)
        if graph.engine == "graph" and graph.session_id == eager.session_id and same:
            a, b = windows.get(eager.run_id, ()), windows.get(graph.run_id, ())
            level = level_of((eager, graph))
            energy, speed = paired_ratio(a, b, JOULES, level), paired_ratio(a, b, TOKENS, level)
            net = of_runs(paired_ratio(a, b, NET, level), eager, graph, NET, level)
            return Rung(eager, graph, energy, speed, net) if energy and speed else None
    return None


def _compared(base: Rung, other: Rung, windows: Mapping[str, Sequence[WindowRow]]) -> Against | None:
    alike = all(getattr(base.eager, n) == getattr(other.eager, n) for n in SAME if n != "quantization")
    if not alike or base.eager.quantization != BASELINE or other is base:
        return None
    level = level_of((base.eager, other.eager))

    def ratio(engine: str, column: str) -> Ratio | None:
        ours, theirs = getattr(other, engine), getattr(base, engine)
        found = paired_ratio(windows[theirs.run_id], windows[ours.run_id], column, level)
        return of_runs(found, theirs, ours, column, level)

    eager, graph = ratio("eager", JOULES), ratio("graph", JOULES)
    return Against(other, eager, graph, (ratio("eager", NET), ratio("graph", NET))) if eager and graph else None


def _rung(it: Rung) -> str:
    ends = it.energy.interval_pct
    name = f"{it.eager.quantization} b{it.eager.batch_size}"
    if it.waiting_pct <= 0 or not shown(it.energy):
        return (
            f"{name}: {significant(it.waited_j)} J a 1,000 tokens eager, {significant(it.work_j)} as a graph: "
            f"that waiting costs energy is not shown ({change(it.energy)}, gross)."
        )
    interval = f" [{number(-ends[1])}, {number(-ends[0])}]" if ends else ""
    work = f"{significant(it.work_j)} are the work (graph)"
    waiting = f"{significant(it.waited_j - it.work_j)} waiting for the host"
    net = f"; net of context idle the graph takes {change(it.net)}" if it.net and turns(it.energy, it.net) else ""
    return (
        f"{name}: of {significant(it.waited_j)} J a 1,000 tokens eager, {work} and "
        f"{waiting}, {number(it.waiting_pct)} %{interval}, gross{net}."
    )


def _against(it: Against) -> str:
    arm, (eager, graph) = it.rung.eager, it.nets
    return (
        f"{arm.quantization} against {BASELINE} b{arm.batch_size}: the dtype costs {_told(it.graph, graph)} as graphs; "
        f"with the waiting for the host, eager, it is {_told(it.eager, eager)}{_quality(it)}."
    )


def _quality(it: Against) -> str:
    """What stands beside a saving of a quantization: what it costs, or that nobody measured that."""
    if it.graph.value >= 1 and it.eager.value >= 1:
        return ""
    arm = next((run for run in (it.rung.eager, it.rung.graph) if quality.measured(run)), it.rung.eager)
    return f"; {quality.told(arm)}"


def _told(gross: Ratio, net: Ratio | None) -> str:
    """A gross change, where one is shown, and what it is net where that points the other way."""
    said = f"{change(gross)} gross"
    turned = f", and {change(net)} net of context idle" if turns(gross, net) and net else ""
    return f"{said}{turned}" if shown(gross) else f"not told from 0 ({said}{turned})"


def shown(ratio: Ratio) -> bool:
    """Whether the interval leaves no room for equality."""
    ends = ratio.interval_pct
    return ends is None or not ends[0] <= 0 <= ends[1]


def turns(gross: Ratio, net: Ratio | None) -> bool:
    """Whether less idle power makes it point the other way."""
    return net is not None and gross.pct * net.pct < 0 and shown(net)


def change(ratio: Ratio) -> str:
    """In percent, with its interval."""
    return f"{signed(ratio.pct)} % {ratio.interval_text}".rstrip()


def to_dict(it: Ladder) -> dict[str, Any]:
    """The ladder as JSON values."""

    def of(ratio: Ratio) -> dict[str, Any]:
        low, high = ratio.ends
        return {"ratio": ratio.value, "low": low, "high": high, "bounded": ratio.bounded, "blocks": ratio.blocks}

    rungs = [
        {
            "eager": r.eager.run_id,
            "graph": r.graph.run_id,
            "energy_gross": of(r.energy),
            "energy_net_context": of(r.net) if r.net else None,
            "throughput": of(r.speed),
            "work_j_per_1k_tokens": r.work_j,
            "waiting_j_per_1k_tokens": r.waited_j - r.work_j,
        }
        for r in it.rungs
    ]
    pairs = [
        {"quantization": p.rung.eager.quantization, "against": BASELINE, "eager": of(p.eager), "graph": of(p.graph)}
        for p in it.against
    ]
    return {"rungs": rungs, "against": pairs, "sentences": list(it.sentences())}
