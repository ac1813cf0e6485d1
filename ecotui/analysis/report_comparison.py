"""Runs held against each other as a report: verdict or the reason why there is none, ratios, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from ecotui.analysis.between import beside
from ecotui.analysis.compare_rows import compared_words
from ecotui.analysis.comparison import Comparison, compare
from ecotui.analysis.contrast import POWER, TOKENS, Contrast
from ecotui.analysis.guard import FORBIDS, REFUSES, WARNS, Facts, Finding, compared_in, factor_of, red_list
from ecotui.analysis.ladder import ladder
from ecotui.analysis.paired import Ratio
from ecotui.analysis.quality_pairs import same_weights
from ecotui.analysis.quality_runs import scored
from ecotui.analysis.red_once import of_all, warnings_beside
from ecotui.analysis.red_once import once as once_of_all
from ecotui.analysis.report_facts import facts
from ecotui.analysis.report_figures import names, run_order, whiskers
from ecotui.analysis.report_method import limits, method
from ecotui.analysis.report_quality import quality_section, ratio_cells
from ecotui.analysis.report_tables import results, time, trust
from ecotui.analysis.report_words import named, once, opposed, simulated_of
from ecotui.analysis.sessions import stored_with
from ecotui.analysis.verdict import times
from ecotui.core.document import Cell, Document, Section, Sheet
from ecotui.core.errors import EcotuiError
from ecotui.core.labels import long_labels
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import watts
from ecotui.store.evidence import profiled
from ecotui.store.finding import StoredRun
from ecotui.store.store import Store

Differing = tuple[RunRow, tuple[str, ...], tuple[Finding, ...]]
"""A candidate, what it is compared in, and what differs beside that."""
RATIO_COLUMNS = ("candidate", "figure", "baseline", "candidate_value", "ratio", "low", "high", "evidence")
RATIO_TITLES = ("candidate", "", "baseline", "candidate", "ratio", "95 % from", "to", "evidence")


def comparison_document(store: Store, run_ids: Sequence[str], factor: Sequence[str] = ()) -> Document:
    """The report of two to four stored runs, the first the baseline; ids as an operator types them.

    Raises:
        UsageError: a run is not there, or they are too few or too many.
    """
    found = [store.find(text) for text in run_ids]
    stored, windows = stored_with(store, [run.row for run in found])
    logged = _logged(found)
    it = compare(
        [run.row for run in found],
        windows,
        factor=factor,
        logged=logged,
        stored=stored,
        scored=scored(store),
        beside=beside(store, [run.row for run in found]),
    )
    called = dict(zip((run.run_id for run in it.runs), names(it.runs), strict=True))
    return Document(
        title=f"{', '.join(list(called.values())[1:])} against {called[it.runs[0].run_id]}",
        summary=_summary(it, called),
        sections=tuple(_sections(it, windows, called, _differing(it, factor, logged))),
        facts=facts(it.runs, [run.whence for run in found]),
        simulated=any(run.simulated for run in it.runs),
        simulated_parts=simulated_of(it.runs, called),
    )


def _logged(found: Sequence[StoredRun]) -> Mapping[str, Mapping[str, str]]:
    told = {}
    for run in found:
        with suppress(EcotuiError):  # the loader's words are a help, and a log may be elsewhere
            if run.log is not None and (resident := profiled(run.log, run.arm)[0]) is not None:
                told[run.row.run_id] = resident.facts
    return told


def _summary(it: Comparison, called: Mapping[str, str]) -> str:
    """A verdict in its whole sentence, what is none in a word; the reasons stand below."""
    if it.refusal:
        return named(f"Not comparable: {it.refusal}", called)
    told = []
    for one in it.contrasts:
        name, energy = called[one.candidate.run_id], f"energy a token {times(one.energy)}, gross"
        short = f"{energy}; no verdict: {one.verdict.word}."
        told.append(f"{name}: {one.verdict.text if one.verdict.decided else short}")
    return " ".join(told)


def _verdicts(it: Comparison, called: Mapping[str, str]) -> Iterator[str]:
    if it.refusal:
        yield named(f"Not comparable: {it.refusal}", called)
    for one in it.contrasts:
        yield named(contrast_words(one), called)
    reasons = list(once((reason for one in it.contrasts for reason in one.verdict.reasons), called))
    if reasons:
        yield f"Why there is none: {' '.join(reasons)}"
    yield from opposed(it.contrasts, called)
    undecided = [one for one in it.contrasts if not one.verdict.decided and not one.verdict.reasons]
    yield from (named(f"{one.candidate.run_id}: {one.verdict.text}", called) for one in undecided)


def contrast_words(one: Contrast) -> str:
    """The sentence of a contrast with its verdict, or that it has none, and with a drift of runs that took no turns."""
    it = one.verdict
    drift = f" {it.drift}" if it.drift and it.reasons else ""
    return f"{one.sentence}. {it.text if it.decided else f'No verdict: {it.word}.{drift}'}"


def _differing(it: Comparison, factor: Sequence[str], logged: Mapping[str, Facts]) -> tuple[Differing, ...]:
    """Of each candidate what differs beside the factor, of a comparison that is refused too."""
    if not it.refusal:
        return tuple((one.candidate, one.factor, one.red) for one in it.contrasts)
    baseline, *others = it.runs
    return tuple(
        (run, tuple(factor) or factor_of(baseline, run), red_list(baseline, run, factor, logged)) for run in others
    )


def _sections(
    it: Comparison,
    windows: Mapping[str, Sequence[WindowRow]],
    called: Mapping[str, str],
    differing: Sequence[Differing],
) -> Iterator[Section]:
    figure = whiskers(it.contrasts)
    said = [_who(run, name, called) for run, name in zip(it.runs, long_labels(it.runs), strict=True)]
    sheets = (ratio_sheet(it.contrasts),) if it.contrasts else ()
    yield Section("Verdict", (*_verdicts(it, called), *said), sheets, (figure,) if figure else ())
    yield from quality_section(it.runs, it.qualities, called)
    yield Section("Accounting", tuple(_accounting(it, called)), (results(it.runs),))
    yield Section("What else differs", *_differences(it, called, differing))
    yield Section("How far to trust it", (), (trust(it.runs),), tuple(run_order(it.runs, windows)))
    steps = None if it.refusal else ladder(it.runs, windows)
    yield Section("Where the time goes", tuple(steps.sentences()) if steps else (), (time(it.runs),))
    yield method(compares=True)
    yield limits(it.runs)


def _who(run: RunRow, name: str, called: Mapping[str, str]) -> str:
    return f"{called[run.run_id]} is run {run.run_id}: {name}, {run.windows or 0} windows."


def _accounting(it: Comparison, called: Mapping[str, str]) -> Iterator[str]:
    for one in it.contrasts:
        name, even, idle = called[one.candidate.run_id], one.accounts.break_even_w, one.accounts.idle_w
        if even is None:
            continue
        band = f"; measured were {watts(idle[0])} to {watts(idle[1])}" if idle else ""
        turn = "which no board has" if even <= 0 else "where the sign of the difference turns"
        yield f"{name}: both take the same net energy a token at an idle power of {watts(even)}, {turn}{band}."


def ratio_sheet(contrasts: Sequence[Contrast]) -> Sheet:
    """Throughput, power and energy in three accountings, each as a ratio with its 95 % interval."""
    if not contrasts:
        return Sheet("ratios", RATIO_COLUMNS, RATIO_TITLES, ())
    called = names([contrasts[0].baseline, *(one.candidate for one in contrasts)])
    rows = [row for name, one in zip(called[1:], contrasts, strict=True) for row in _ratios(name, one)]
    said = f"Ratios to {called[0]}; a dash is an interval that is unbounded, or that so few windows do not give."
    return Sheet("ratios", RATIO_COLUMNS, RATIO_TITLES, tuple(rows), said)


def _ratios(name: str, one: Contrast) -> Iterator[tuple[Cell, ...]]:
    a, b = one.baseline, one.candidate
    for label, column, ratio in (("throughput (tok/s)", TOKENS, one.throughput), ("power (W)", POWER, one.power)):
        yield (name, label, *one.population.values(column), *_ends(ratio))
    for it in one.accounts.each:
        yield (name, f"{it.label} (J/1k)", *it.values, *_ends(it.ratio))
    if not same_weights(a, b):
        yield ratio_cells(name, a, b, one.quality)


def _ends(ratio: Ratio | None) -> tuple[Cell, ...]:
    if ratio is None:
        return (None,) * 4
    return (ratio.value, *ratio.ends, f"{ratio.evidence}{', unbounded' * (ratio.bounded is False)}")


EFFECTS = {REFUSES: "refused", FORBIDS: "no verdict", WARNS: "said"}
"""What a difference does to the comparison."""


def _differences(
    it: Comparison, called: Mapping[str, str], differing: Sequence[Differing]
) -> tuple[tuple[str, ...], tuple[Sheet, ...]]:
    found = once_of_all(it.runs, [red for _, _, red in differing])
    rows: dict[tuple[Cell, ...], bool] = {}
    for f in found:
        whose = [run for run, _, red in differing if any(of_all(own, it.runs).text == f.text for own in red)]
        cells = (", ".join(called[run.run_id] for run in whose), EFFECTS[f.effect], named(f.text, called))
        rows[cells] = any(run.simulated for run in (*whose, it.runs[0]))
    warnings = tuple(dict.fromkeys(named(text, called) for text in warnings_beside(it)))
    meant = [factor if it.refusal else compared_in(factor, red) for _, factor, red in differing]
    factors = ", ".join(dict.fromkeys(name for each in meant for name in each))
    lead = f"Compared in: {factors or compared_words(it)}."
    if it.refusal:
        beside = f"beside what they would be compared in ({factors})" if factors else "between them"
        lead = f"Nothing is compared. What differs {beside}:"
    if not rows:
        return (lead, "Nothing else differs that the guard knows of.", *warnings), ()
    columns = ("candidate", "effect", "difference")
    return (lead, *warnings), (Sheet("differences", columns, columns, tuple(rows), simulated=tuple(rows.values())),)
