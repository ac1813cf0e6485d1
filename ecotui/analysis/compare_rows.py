"""What a comparison says, before it is drawn: rows of cells a run, and sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ecotui.analysis.between import words as way_words
from ecotui.analysis.compare_facts import WEAKER, facts
from ecotui.analysis.comparison import Comparison
from ecotui.analysis.contrast import POWER, TOKENS, Contrast
from ecotui.analysis.figures import NO_RATIO, SIGNED, UNITS, Figure
from ecotui.analysis.guard import compared_in
from ecotui.analysis.not_passed import stability_words
from ecotui.analysis.paired import Ratio
from ecotui.analysis.quality import scored_on
from ecotui.analysis.quality_pairs import cautions, cell, row_label, value
from ecotui.analysis.red_once import red_once, warnings_beside
from ecotui.analysis.settling import to_go
from ecotui.analysis.verdict import times
from ecotui.core.labels import long_labels, short_labels
from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, chance, gigabytes, number, percent, signed, significant, watts

GLYPHS = "●◆▲■"
FIRST = (
    (TOKENS, "throughput, tok/s"),
    (POWER, "power, W"),
    ("energy_gross_j_per_1k_tokens", "gross, J/1k"),
    ("energy_net_context_j_per_1k_tokens", "net of context idle, J/1k"),
    ("energy_net_bare_j_per_1k_tokens", "net of bare idle, J/1k"),
)
"""Figures that have a ratio with its interval beside them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a value of every run, and what stands beside it for the candidates."""

    label: str
    values: tuple[str, ...]
    ratios: tuple[str, ...] = ()
    """One a candidate."""


def heads(comparison: Comparison) -> list[str]:
    """Names of the runs, the baseline first; a simulated one says so."""
    return [
        f"{GLYPHS[place]} {name}{' SIMULATED' if run.simulated else ''}"
        for place, (run, name) in enumerate(zip(comparison.runs, long_labels(comparison.runs), strict=True))
    ]


def lines(comparison: Comparison) -> Iterator[Line]:
    """All rows, the ratios first."""
    yield from _who(comparison.runs)
    for name, label in FIRST:
        values = tuple(significant(getattr(run, name)) for run in comparison.runs)
        yield Line(label, values, tuple(times(_ratio(one, name)) for one in comparison.contrasts))
    yield quality_line(comparison)
    yield _break_even(comparison)
    yield from _trust(comparison.runs)
    yield from (Line(fact.label, fact.values) for fact in facts(comparison.runs, comparison.own))
    shown = {name for name, _ in FIRST} | {"windows", "idle_context_w", "idle_bare_w"}
    for figure in comparison.figures:
        if figure.name not in shown and any(value is not None for value in figure.values):
            label = f"{figure.label}, {figure.unit}" if figure.unit not in ("", "B") else figure.label
            yield Line(label, tuple(_value(figure, value) for value in figure.values))
    for word in comparison.words:
        yield Line(word.label, tuple(said or ABSENT for said in word.values))


def quality_line(comparison: Comparison) -> Line:
    """What stands beside every saving: perplexity with its ratio to fp16, or that it was not measured."""
    found, (baseline, *others) = comparison.qualities, comparison.runs
    beside = (cell(baseline, run, it) for run, it in zip(others, found[1:], strict=True))
    return Line(row_label(found), tuple(value(it) for it in found), tuple(beside))


def _ratio(one: Contrast, name: str) -> Ratio | None:
    if name in (TOKENS, POWER):
        return one.throughput if name == TOKENS else one.power
    return next(it.ratio for it in one.accounts.each if it.name == name)


def _value(figure: Figure, value: float | None) -> str:
    if figure.name == SIGNED and value is not None:
        return signed(value, 2)
    if UNITS[figure.name] == "B":
        return gigabytes(value)
    if figure.name in NO_RATIO and value is not None:
        return number(value, 2)
    return number(value, 0) if isinstance(value, int) else significant(value)


def _who(runs: Sequence[RunRow]) -> Iterator[Line]:
    facts: tuple[tuple[str, Callable[[RunRow], str]], ...] = (
        ("run", lambda r: r.run_id),
        ("started, UTC", lambda r: f"{r.started_at:%Y-%m-%d %H:%M}" if r.started_at else ABSENT),
        ("board", lambda r: r.gpu_name or ABSENT),
        (
            "windows",
            lambda r: f"{r.windows or 0}{f', {(r.windows or 0) // 2} of {r.blocks} blocks' if r.blocks else ''}",
        ),
    )
    for label, say in facts:
        yield Line(label, tuple(say(run) for run in runs))


def _break_even(comparison: Comparison) -> Line:
    idle = [f"idle {watts(run.idle_bare_w)} bare, {watts(run.idle_context_w)} context" for run in comparison.runs]
    evens = [None, *(one.accounts.break_even_w for one in comparison.contrasts)]
    told = [i if e is None else f"{_turn(e)} ({i})" for i, e in zip(idle, evens, strict=False)]
    return Line("break-even idle power", tuple(told or idle))


def _turn(even_w: float) -> str:
    return watts(even_w) if even_w > 0 else "no idle power turns the sign"


def _trust(runs: Sequence[RunRow]) -> Iterator[Line]:
    facts: tuple[tuple[str, Callable[[RunRow], str]], ...] = (
        ("stability", stability_words),
        ("validity", lambda r: f"INVALID: {r.cause}" if r.valid is False else "valid" if r.valid else ABSENT),
    )
    for label, say in facts:
        yield Line(label, tuple(say(run) for run in runs))


def sentences(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """What is said below the rows, each with its kind: verdict, way, ablation, detail, red, note, warning."""
    called = {
        run.run_id: name or run.run_id for run, name in zip(comparison.runs, short_labels(comparison.runs), strict=True)
    }
    names = {run_id: f"{GLYPHS[place]} {name}" for place, (run_id, name) in enumerate(called.items())}
    for one, others in zip(comparison.contrasts, comparison.instead, strict=True):
        yield "verdict", _named(f"{one.candidate.run_id}: {one.verdict.text}", names)
        if others:
            yield "way", f"The way out: {_named(way_words(others, comparison.runs), names)}"
        yield "ablation", one.sentence
        for text in cautions(one.baseline, one.candidate, one.quality, one.verdict.text):
            yield "quality", text
        if detail := detail_words(one, named=lambda run: called[run.run_id]):
            yield "detail", detail
        if blocks := block_words(one):
            yield "detail", blocks
    yield from (("quality", _named(text, names)) for text in quality_sentences(comparison))
    if comparison.refusal:
        yield "verdict", f"Not comparable: {_named(comparison.refusal, names)}"
    for finding in red_once(comparison):
        said = "differs" if finding.values else "to know"
        yield "red", f"{'forbids a verdict' if finding.forbids else said}: {_named(finding.text, names)}"
    yield "factor", _factor(comparison)
    if comparison.comparable:
        yield "note", WEAKER
    yield from (("warning", _named(warning, names)) for warning in warnings_beside(comparison))


def quality_sentences(comparison: Comparison) -> Iterator[str]:
    """Every figure of each run's quality, and below them what was scored; runs by their ids."""
    found = [it for it in comparison.qualities if it is not None]
    for run, it in zip(comparison.runs, comparison.qualities, strict=True):
        if it is not None:
            yield f"{run.run_id}: {it.line}"
    if found:
        yield f"quality of {scored_on(found[0].run)}"


def _short(run: RunRow) -> str:
    return run.quantization_label or run.run_id


def _named(text: str, names: Mapping[str, str]) -> str:
    for run_id, name in names.items():
        text = text.replace(run_id, name)
    return text


def _factor(comparison: Comparison) -> str:
    factors = list(dict.fromkeys(name for one in comparison.contrasts for name in compared_in(one.factor, one.red)))
    return f"compared in: {', '.join(factors) or compared_words(comparison)}"


def compared_words(comparison: Comparison) -> str:
    """What is compared where no factor is declared."""
    return "nothing that was declared" if comparison.differs_in else "an arm against itself"


def block_words(one: Contrast) -> str:
    """The ratio of every block, or session in which both took turns, in their order; empty of runs that took none."""
    each = " · ".join(f"×{significant(value)}" for _, value in one.blocks or one.sessions)
    unit = "block" if one.blocks else "session"
    return f"gross, {unit} by {unit}: {each}" if each else ""


def _interval_words(ratio: Ratio | None) -> Iterator[str]:
    """How far a ratio of blocks is from being known; to an interval, which is named, where that is told in blocks."""
    if ratio is None or ratio.spread is None:
        return
    way = to_go(ratio)
    if way.startswith("about"):
        yield f"interval ±{percent(ratio.half_pct)}"
    yield way


def detail_words(one: Contrast, lead: str = "", named: Callable[[RunRow], str] = _short) -> str:
    """What could be found, what the windows are worth, effect size, and the spread between sessions, in one line.

    Args:
        lead: What stands before all that, if anything.
        named: What a run is called.
    """
    it = one.detail
    worth = " and ".join(number(n) for n in it.effective_n)
    parts = (
        lead,
        "" if it.detectable_pct is None else f"could find {percent(it.detectable_pct)} and more",
        *_interval_words(one.energy),
        "" if it.detectable_before_pct is None else f"planned for {percent(it.detectable_before_pct)} and more",
        "" if None in it.effective_n else f"windows worth {worth} independent ones",
        "" if it.hedges_g is None else f"Hedges g {number(round(it.hedges_g, 1) + 0.0)}",
        "Fieller's interval is unbounded" if it.fieller is not None and not it.fieller.bounded else "",
        *(
            f"{each.label} the interval is unbounded: what is left may be 0, so far may the idle baseline be off"
            for each in one.accounts.each
            if each.ratio is not None and each.ratio.bounded is False
        ),
        "" if one.p_holm is None else f"{chance(one.p_holm)} after Holm",
        *(
            f"{len(known.ids)} sessions of {named(run)} spread by {percent(known.spread_pct)} ({', '.join(known.ids)})"
            for run, known in zip((one.baseline, one.candidate), it.sessions, strict=True)
            if known.spread_pct is not None
        ),
    )
    return " · ".join(part for part in parts if part)
