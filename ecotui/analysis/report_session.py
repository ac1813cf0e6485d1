"""A session as a report: what each arm took, against each other where they took turns, and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from ecotui.analysis.contrast import Contrast, contrasts
from ecotui.analysis.ladder import ladder
from ecotui.analysis.quality_runs import Shelf, scored
from ecotui.analysis.report_comparison import contrast_words, ratio_sheet
from ecotui.analysis.report_facts import facts
from ecotui.analysis.report_figures import names, power, run_order, whiskers
from ecotui.analysis.report_method import limits, method
from ecotui.analysis.report_quality import quality_section
from ecotui.analysis.report_tables import results, time, trust, window_list
from ecotui.analysis.report_words import once, opposed
from ecotui.core.document import Document, Section
from ecotui.core.errors import EcotuiError, UsageError
from ecotui.core.figure import Figure
from ecotui.core.labels import long_labels
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import number, watts, with_error
from ecotui.store.store import Store

Windows = Mapping[str, Sequence[WindowRow]]


def session_document(store: Store, session: str) -> Document:
    """The report of a stored session.

    Raises:
        UsageError: there is no such session.
        StoreError: its windows cannot be read.
    """
    stored = store.session(session)
    runs = [one.row for one in stored]
    if not runs:
        raise UsageError(f"No session is called {session!r}.", "`ecotui runs` lists what is stored.")
    windows = {run.run_id: store.windows(run.run_id) for run in runs}
    found = _contrasts(runs, windows, scored(store))
    return Document(
        title=_title(runs),
        summary=_summary(runs),
        sections=tuple(_sections(store, runs, windows, found)),
        facts=facts(runs, [one.whence for one in stored]),
        simulated=any(run.simulated for run in runs),
    )


def _contrasts(runs: Sequence[RunRow], windows: Windows, known: Sequence[RunRow]) -> tuple[Contrast, ...]:
    """Each arm that took turns with the first and measured something against it."""
    first, *others = [run for run in runs if run.windows] or runs[:1]
    return contrasts([first, *others], windows, scored=known) if first.blocks and others else ()


def _sections(store: Store, runs: Sequence[RunRow], windows: Windows, found: Sequence[Contrast]) -> Iterator[Section]:
    called = dict(zip((run.run_id for run in runs), names(runs), strict=True))
    which = f"Runs {runs[0].run_id} to {runs[-1].run_id}, in this order." if len(runs) > 1 else f"Run {runs[0].run_id}."
    yield Section("Results", (which, *_unfinished(runs)), (results(runs),))
    if found:
        said = [*(contrast_words(one) for one in found), *_reasons(found, called), *opposed(found, called)]
        steps = ladder(runs, windows)
        figure = whiskers(found)
        pictures = (figure,) if figure else ()
        lines = (*said, *(steps.sentences() if steps else ()))
        yield Section("Against the first arm", lines, (ratio_sheet(found),), pictures)
    yield from quality_section(runs, Shelf((*runs, *scored(store))).together(runs), called)
    yield Section("How far to trust it", (), (trust(runs),), tuple(run_order(runs, windows)))
    yield Section("Where the time goes", (), (time(runs),), tuple(_power(store, runs)))
    every = [window for run in runs for window in windows[run.run_id]]
    if every:
        yield Section("Every window", (), (window_list(every, called),))
    yield method(compares=bool(found))
    yield limits(runs)


def _power(store: Store, runs: Sequence[RunRow]) -> Iterator[Figure]:
    """Power over time; of arms that took turns it would be shreds of curves over each other."""
    if runs[0].blocks:
        return
    traces = {}
    for run in runs:
        with suppress(EcotuiError):  # a curve is a help: without it the figures stand
            traces[run.run_id] = store.trace(run.run_id)
    yield from power(runs, traces)


def _title(runs: Sequence[RunRow]) -> str:
    first, *others = runs
    if not others:
        return f"{first.arm_label} on {first.gpu_name or 'an unknown board'}"
    models = " and ".join(dict.fromkeys(run.model or "?" for run in runs))
    return f"{models}: {len(runs)} arms on {first.gpu_name or 'an unknown board'}"


def _summary(runs: Sequence[RunRow]) -> str:
    first = runs[0]
    turns = f" The arms took turns in {first.blocks} planned block{'s' * (first.blocks != 1)}." if first.blocks else ""
    bad = [run.run_id for run in runs if run.valid is False]
    unsettled = [run.run_id for run in runs if run.stability == "UNSTABLE"]
    told = " ".join(
        [
            f"{long_labels(runs)[0]} took {_accounts(first)}." if first.windows else "No window was measured.",
            *([f"{len(runs) - 1} more arms are below."] if len(runs) > 1 else []),
            *(
                [f"UNSTABLE: the board had not settled before the windows of {_count(unsettled, runs)}."]
                * bool(unsettled)
            ),
            *([f"INVALID windows are in {_count(bad, runs)}."] * bool(bad)),
        ]
    )
    return f"{told}{turns}"


def _count(some: Sequence[str], runs: Sequence[RunRow]) -> str:
    return "the run" if len(runs) == 1 else f"{len(some)} of {len(runs)} arms"


def _accounts(run: RunRow) -> str:
    parts = (
        (run.energy_gross_j_per_1k_tokens, None, "J per 1,000 tokens gross"),
        (
            run.energy_net_context_j_per_1k_tokens,
            run.energy_net_context_error_j_per_1k_tokens,
            "net of context idle",
        ),
        (run.energy_net_bare_j_per_1k_tokens, run.energy_net_bare_error_j_per_1k_tokens, "net of bare idle"),
    )
    told = [f"{with_error(value, error)} {word}" for value, error, word in parts if value is not None]
    at = f" at {number(run.throughput_tok_s)} tok/s and {watts(run.power_mean_w)}"
    return f"{', '.join(told)},{at}" if told else f"energy that is not known,{at}"


def _unfinished(runs: Sequence[RunRow]) -> Iterator[str]:
    first = runs[0]
    if first.outcome != "completed":
        yield f"The session did not complete ({first.outcome}): {first.reason or 'no reason given'}."


def _reasons(found: Sequence[Contrast], called: Mapping[str, str]) -> Iterator[str]:
    """Why there are contrasts without a verdict, each reason once."""
    reasons = list(once((reason for one in found for reason in one.verdict.reasons), called))
    if reasons:
        yield f"Why there is none: {' '.join(reasons)}"
