"""One piece of evidence in words: what it says, what it rests on, how old it is, and what it may cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ecotui.analysis.advice_age import age
from ecotui.analysis.advice_near import taken_as
from ecotui.analysis.finding import lengths_words
from ecotui.analysis.guard import red_list
from ecotui.analysis.paired import Ratio
from ecotui.analysis.points import ACCOUNTINGS, NOT_STATED, PUBLISHED, Point
from ecotui.analysis.quality import RISK
from ecotui.analysis.quality_points import (
    NO_ACCURACY,
    comparable,
    is_known,
    is_measured,
    is_reference,
    side_by_side,
    words,
)
from ecotui.analysis.sessions import ENOUGH
from ecotui.analysis.taxes_pairs import STRENGTHS, Pair, told, unknown
from ecotui.analysis.verdict import UNDECIDED, word_of
from ecotui.core.quality import REFERENCE
from ecotui.core.rows import RunRow

SHORT = {"gross": "gross", "net-context": "net of context idle", "net-bare": "net of bare idle"}
"""Accountings of a run, in words."""

WORDS = {
    "less": "less energy",
    "more": "more energy",
    "equivalent": "the same energy within ±2 %",
    "undecided": "undecided",
}


def says(topic: str, pair: Pair, ratios: Mapping[str, Ratio], near: str = "") -> str:
    """What the pair says; `near` where it is not of what was asked."""
    p = pair.candidate
    engine = "" if p.engine == NOT_STATED or topic.startswith("graph") else f" {p.engine},"
    quantization = f" {p.quantization}," if topic.startswith("graph") else ""
    lengths = lengths_words(p)
    lead = f"{topic},{quantization}{engine} batch {p.batch_size}{lengths and f', {lengths}'}"
    weaker = f"{near} ({p.model} on {p.gpu}; weaker): " if near else ""
    return unknown(f"{weaker}{lead}: {_conclusion(p, ratios)}: {_figures(p, ratios)}.")


def _conclusion(point: Point, ratios: Mapping[str, Ratio]) -> str:
    """What may be said of the energy: of each accounting by its interval, or by the bare figures of those without."""
    known = {name: ratios[name] for name in _names(point) if name in ratios}
    if any(ratio.low is not None for ratio in known.values()):
        return _by_intervals(known)
    if not known:
        return "its energy is not known of both"
    directions = {"more" if ratio.value > 1 else "less" for ratio in known.values()}
    whose = "published" if point.kind == PUBLISHED else "by single means"
    if len(directions) > 1:
        return f"{whose}, without an interval: whether it takes more or less depends on the accounting"
    return f"{whose} as {directions.pop()} energy, without an interval"


def _by_intervals(known: Mapping[str, Ratio]) -> str:
    """One sentence where all accountings agree; opposite signs are told where the intervals show both."""
    if {-1, 1} <= {_sign(ratio) for ratio in known.values()}:
        return "whether it takes more or less depends on the accounting, by intervals on both sides of 1"
    words: dict[str, list[str]] = {}
    for name, ratio in known.items():
        words.setdefault(word_of(ratio), []).append(SHORT[name])
    several = len(known) - len(words.get(UNDECIDED, ())) > 1
    told = [f"{WORDS[word]} {_listed(words[word])}" for word in WORDS if word in words and word != UNDECIDED]
    if told:
        told[-1] += " by their intervals" if several else " by its interval"
    if UNDECIDED in words:
        told.append(f"{_listed(words[UNDECIDED])} undecided")
    return "; ".join(told)


def _sign(ratio: Ratio) -> int:
    """Which side of 1 the whole interval is on; 0 of one that holds it, and of none."""
    if ratio.low is None or ratio.high is None:
        return 0
    return (ratio.low > 1) - (ratio.high < 1)


def _listed(names: Sequence[str]) -> str:
    """ "gross", or "gross and net of context idle"; nets share their words."""
    several = [names[0], *(n.removeprefix("net of ") if names[0].startswith("net") else n for n in names[1:])]
    return f"{', '.join(several[:-1])} and {several[-1]}" if len(several) > 1 else several[0]


def _names(point: Point) -> tuple[str, ...]:
    """Accountings that differ; a published row's two nets are one and the same."""
    return ("gross", "net-context") if point.kind == PUBLISHED else ACCOUNTINGS


def _figures(point: Point, ratios: Mapping[str, Ratio]) -> str:
    """Energy by accounting, then throughput."""
    energy = [f"{told(ratios[name])} {point.accounted(name)}" for name in _names(point) if name in ratios]
    speed = f", throughput {told(ratios['throughput'])}" if "throughput" in ratios else ""
    return f"energy a token {', '.join(energy)}{speed}"


def rests(pair: Pair, age_days: float | None) -> str:
    """The runs, how they were measured, and when."""
    a, b = pair.baseline, pair.candidate
    if b.kind == PUBLISHED:
        old = "" if age_days is None else f", {age(age_days)}"
        shape = taken_as(b.model)
        whose = f"; {b.model}: its shape taken as {shape}'s" if shape else ""
        told = f"{b.source}{old}; {b.accounting}{whose}"
        return f"Rests on {b.point_id} against {a.point_id}, {STRENGTHS[PUBLISHED]} ({told})."
    old = "at an unknown time" if age_days is None else age(age_days)
    origin = {"here": "this machine", "sample": "a sample that came with ecotui"}.get(b.origin, b.origin)
    return f"Rests on run {b.point_id} against {a.point_id} ({origin}, {b.gpu}), {STRENGTHS[pair.evidence]}, {old}."


def unsettled(pair: Pair) -> str:
    """What keeps either run from being the last word."""
    notes = []
    if pair.candidate.kind != PUBLISHED:
        why = _forbidding(pair)
        notes += [f"Compare would not judge it: {' '.join(why)}"] if why else []
    if any(p.weights == "random" for p in (pair.baseline, pair.candidate)):
        notes.append("Random weights of the model's shape.")
    return " ".join(notes)


def _forbidding(pair: Pair) -> list[str]:
    """Why Compare gives no verdict, in its own words, as far as points tell."""
    found = [it for it in red_list(_run(pair.baseline), _run(pair.candidate)) if it.forbids]
    settled = f" Sessions of each, {ENOUGH} or more, would settle it."
    return [f"{it.text}{settled * (it.name == 'session_id')}" for it in found]


def _run(p: Point) -> RunRow:
    """A point as the guard wants it; what a point does not tell is unknown of both."""
    return RunRow(
        run_id=p.point_id,
        session_id=p.session_id or "",
        simulated=p.simulated,
        quantization=p.quantization,
        engine=p.engine,
        model=p.model,
        batch_size=p.batch_size,
        prompt_tokens=p.prompt_tokens,
        new_tokens=p.new_tokens,
        gpu_name=p.gpu,
        gpu_uuid=p.board,
        weights=p.weights,
        windows=p.windows,
        stability=p.stability,
    )


def risk_of(pair: Pair) -> str:
    """What it costs in quality; the risk of an arm without decomposition, and of others that nobody has measured it.

    A divergence of random weights stands beside that risk and never for it.
    """
    other, p = side_by_side((pair.baseline, pair.candidate))
    p = p if is_known(p) else pair.candidate
    known = p.quality is not None and is_known(p)
    held = "" if is_reference(other) or p.quantization == other.quantization else f"; {_held(other, p)}"
    if known and is_measured(p):
        return f"Quality: {words(p)}{held}."
    diverged = f" {NO_ACCURACY}: {words(p)}{held}." if known else ""
    whose = p.perplexity_table if p.perplexity_table.startswith("imported:") else "Its source"
    measured = "" if p.perplexity_ratio is None else f" {whose} has perplexity ×{p.perplexity_ratio:.3f} of fp16's."
    pure = "int8-pure" in (p.quantization, pair.baseline.quantization)
    told = risk_of_quantization("int8-pure" if pure else p.quantization)
    return f"{told}{measured}{diverged}" if told else ""


def _held(point: Point, beside: Point) -> str:
    elsewhere = is_known(point) and len(comparable((point, beside))) < 2
    said = "not measured on the same text, window and path" if elsewhere else words(point)
    return f"{point.quantization}: {said}"


def risk_of_quantization(quantization: str) -> str:
    """The same, of a quantization alone."""
    if quantization == "int8-pure":
        return f"Accuracy: {RISK}"
    return "" if quantization == REFERENCE else "Quality not measured here."
