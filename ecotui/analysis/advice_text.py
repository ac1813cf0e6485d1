"""One piece of evidence in words: what it says, what it rests on, how old it is, and what it may cost."""

from __future__ import annotations

from collections.abc import Mapping

from ecotui.analysis.finding import lengths_words
from ecotui.analysis.paired import Ratio
from ecotui.analysis.points import ACCOUNTINGS, NOT_STATED, PUBLISHED, Point
from ecotui.analysis.taxes_pairs import RISK, STRENGTHS, Pair, told, unknown
from ecotui.analysis.verdict import EQUIVALENT, word_of

WORDS = {
    "less": "less energy by its interval",
    "more": "more energy by its interval",
    "equivalent": "the same energy within ±2 % by its interval",
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
    """What may be said of the energy, by the interval of the gross ratio and by all accountings."""
    known = [ratios[name] for name in ACCOUNTINGS if name in ratios]
    if known and all(word_of(ratio) == EQUIVALENT for ratio in known):
        return WORDS[EQUIVALENT]
    if len({ratio.value > 1 for ratio in known}) > 1:
        return "whether it takes more or less depends on the accounting"
    gross = ratios.get("gross")
    word = word_of(gross)
    if word in WORDS:
        return WORDS[word]
    if gross is None or gross.low is None:
        direction = "more" if gross is not None and gross.value > 1 else "less"
        whose = "published as" if point.kind == PUBLISHED else "by single means"
        return f"{whose} {direction} energy, without an interval"
    return "undecided"


def _figures(point: Point, ratios: Mapping[str, Ratio]) -> str:
    """Energy by accounting, then throughput; a published row's two nets are one and the same."""
    names = ("gross", "net-context") if point.kind == PUBLISHED else ACCOUNTINGS
    energy = [f"{told(ratios[name])} {point.accounted(name)}" for name in names if name in ratios]
    speed = f", throughput {told(ratios['throughput'])}" if "throughput" in ratios else ""
    return f"energy a token {', '.join(energy)}{speed}"


def rests(pair: Pair, age_days: float | None) -> str:
    """The runs, how they were measured, and when."""
    a, b = pair.baseline, pair.candidate
    if b.kind == PUBLISHED:
        return f"Rests on {b.point_id} against {a.point_id}, {STRENGTHS[PUBLISHED]} ({b.source}; {b.accounting})."
    age = "at an unknown time" if age_days is None else _age(age_days)
    origin = {"here": "this machine", "sample": "a sample that came with ecotui"}.get(b.origin, b.origin)
    return f"Rests on run {b.point_id} against {a.point_id} ({origin}, {b.gpu}), {STRENGTHS[pair.evidence]}, {age}."


def _age(days: float) -> str:
    if days < 1:
        return "less than a day old"
    return f"{days:.0f} day{'s' * (round(days) != 1)} old"


def unsettled(pair: Pair) -> str:
    """What keeps either run from being the last word."""
    notes = []
    if any(p.stability == "UNSTABLE" for p in (pair.baseline, pair.candidate)):
        notes.append("UNSTABLE: the board had not settled before the windows, so a comparison gives no verdict.")
    if any(p.weights == "random" for p in (pair.baseline, pair.candidate)):
        notes.append("Random weights of the model's shape.")
    return " ".join(notes)


def risk_of(pair: Pair) -> str:
    """The accuracy risk of an arm without decomposition; of others that nobody has measured it."""
    p = pair.candidate
    measured = "" if p.perplexity_ratio is None else f" Its source has perplexity ×{p.perplexity_ratio:.3f} of fp16's."
    pure = "int8-pure" in (p.quantization, pair.baseline.quantization)
    told = risk_of_quantization("int8-pure" if pure else p.quantization)
    return f"{told}{measured}" if told else ""


def risk_of_quantization(quantization: str) -> str:
    """The same, of a quantization alone."""
    if quantization == "int8-pure":
        return f"Accuracy: {RISK}"
    return "" if quantization in ("fp16", "bf16") else "Accuracy: not measured here."
