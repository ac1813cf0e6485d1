"""What a sweep has measured: each point's figures, its ratio to the baseline that took turns with it, as a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ecotui.analysis.cautions import refusal
from ecotui.analysis.contrast import Contrast, contrasts
from ecotui.analysis.contrast_json import contrast_dict
from ecotui.analysis.quality_runs import scored
from ecotui.analysis.report_facts import facts
from ecotui.analysis.report_figures import names
from ecotui.analysis.report_method import limits, method
from ecotui.analysis.report_words import named, opposed
from ecotui.analysis.sweep_report_figures import batch_figures, ratio_figures
from ecotui.analysis.sweep_report_published import beside_published
from ecotui.analysis.sweep_report_tables import left_out, point_sheet, ratio_sheet, undecided_sheet
from ecotui.core.document import Document, Section, joules
from ecotui.core.errors import EcotuiError, LogError
from ecotui.core.rows import RunRow, row_dict
from ecotui.core.sweep import Group
from ecotui.core.sweep_events import parse_record
from ecotui.core.sweep_state import DONE, STATES, PointState, SessionEnd, SweepState, open_sessions
from ecotui.core.sweep_state import state_of as fold
from ecotui.core.units import clean, duration
from ecotui.log.lock import is_running
from ecotui.store.home import SESSION, Home, default_samples, home_of_sweep
from ecotui.store.store import Store

BESIDE_PUBLISHED = "ecocompute"
"""The plan whose report lays the published rows beside its own."""
SAMPLE = ", a sample that came with ecotui"
HOW = (
    "Each arm against the {} baseline that took turns with it on the same board, block by block, a thousand tokens "
    "each; from and to are the ends of the 95 % interval, Student's over blocks."
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A point and what the store has of it."""

    group: Group
    it: PointState
    run: RunRow | None
    """None where it is not done, or its run is not in this store."""
    contrast: Contrast | None
    """Against the baseline of its session; None for a baseline and where there is none."""
    refused: str = ""
    """Why it is not held against that baseline, as a sentence."""


def sweep_state(home: Home, sweep: str, rows: Iterable[RunRow] = ()) -> SweepState:
    """How far a sweep is, by its log and, of sessions whose end that does not tell, by their stored runs.

    Raises:
        LogError: there is no such sweep, or its log is damaged.
    """
    home = home_of_sweep(home, sweep)
    log = home.sweeps / sweep / "sweep.jsonl"
    if not SESSION.fullmatch(sweep):
        raise LogError(f"{sweep!r} is not the id of a sweep.", "`ecotui sweep --list` names those of this home.")
    try:
        record = parse_record(log.read_bytes(), log)
    except OSError as error:
        raise LogError(f"The sweep's log {log} cannot be read ({error.strerror}).") from error
    outcomes = {row.session_id: SessionEnd(row.outcome or "unfinished", row.reason or "") for row in rows}
    going = {s.session for s in open_sessions(record) if is_running(home.session_log(s.session))}
    return fold(record, outcomes | dict.fromkeys(going, SessionEnd("running")))


def measured(home: Home, sweep: str) -> tuple[SweepState, tuple[Measured, ...]]:
    """Every point of a sweep, in the order of its grid; of one of the samples from the samples' store.

    Raises:
        LogError: there is no such sweep, or its log is damaged.
    """
    store = Store(home, default_samples() if _sample(home, sweep) else None)
    rows = {run.row.run_id: run.row for run in store.runs()}
    state = sweep_state(home, sweep, rows.values())
    held = _contrasts(store, state, rows, scored(store))
    every = [(g.group, p) for g in state.groups for p in g.points]
    return state, tuple(Measured(g, p, _run(p, rows), held.get(p.run_id or ""), _refused(p, rows)) for g, p in every)


def _sample(home: Home, sweep: str) -> bool:
    """Whether the sweep came with ecotui."""
    return home_of_sweep(home, sweep) != home


def _refused(it: PointState, rows: Mapping[str, RunRow]) -> str:
    run, first = rows.get(it.run_id or ""), rows.get(it.baseline_run_id or "")
    return refusal((first, run)) or "" if run is not None and first is not None else ""


def _run(it: PointState, rows: Mapping[str, RunRow]) -> RunRow | None:
    return rows.get(it.run_id or "") if it.state == DONE else None


def _contrasts(
    store: Store, state: SweepState, rows: dict[str, RunRow], known: Sequence[RunRow]
) -> dict[str, Contrast]:
    """By run id; the candidates of one session together, so that their intervals are adjusted for being several."""
    sessions: dict[str, list[RunRow]] = {}
    for group in state.groups:
        for it in group.points:
            run, first = _run(it, rows), rows.get(it.baseline_run_id or "")
            if run is not None and first is not None and refusal((first, run)) is None:
                sessions.setdefault(first.run_id, [first]).append(run)
    factor = ("quantization", "engine") if len(state.plan.engines) > 1 else ()
    out: dict[str, Contrast] = {}
    for runs in sessions.values():
        try:
            windows = {run.run_id: store.windows(run.run_id) for run in runs}
        except EcotuiError:  # neither store nor log: the runs keep their figures, without a ratio
            continue
        out |= {one.candidate.run_id: one for one in contrasts(runs, windows, factor, scored=known)}
    return out


def sweep_json(home: Home, sweep: str) -> dict[str, Any]:
    """The sweep as JSON values, runs under the column names of `ecotui.core.rows`.

    Raises:
        LogError: there is no such sweep, or its log is damaged.
    """
    state, points = measured(home, sweep)
    return {
        "sweep": state.sweep,
        "origin": "sample" if _sample(home, sweep) else "here",
        "simulated": state.plan.simulated,
        "outcome": state.outcome or None,
        "reason": state.reason or None,
        "counts": state.counts,
        "plan": state.plan.to_dict(),
        "points": [_point_json(one) for one in points],
    }


def _point_json(one: Measured) -> dict[str, Any]:
    return {
        "group": one.group.key,
        "arm": one.it.point.word,
        "state": one.it.state,
        "reason": one.it.reason or None,
        "run_id": one.it.run_id,
        "run": row_dict(one.run) if one.run else None,
        "against_baseline": contrast_dict(one.contrast) if one.contrast else None,
    }


def sweep_document(home: Home, sweep: str) -> Document:
    """The report of a sweep, however far it is.

    Raises:
        LogError: there is no such sweep, or its log is damaged.
    """
    state, points = measured(home, sweep)
    return Document(
        title=f"Sweep {clean(state.plan.name)} ({state.sweep}{SAMPLE if _sample(home, sweep) else ''})",
        summary=_summary(state, points),
        sections=tuple(_sections(home, state, points)),
        facts=tuple(_facts(state, [m.run for m in points if m.run])),
        simulated=state.plan.simulated,
    )


def _summary(state: SweepState, points: Sequence[Measured]) -> str:
    counts = state.counts
    told = ", ".join(f"{counts[word]} {word}" for word in STATES if counts[word])
    verdicts = [m.contrast.verdict for m in points if m.contrast]
    decided = sum(v.decided for v in verdicts)
    held = f" Comparisons with a baseline that have a verdict: {decided} of {len(verdicts)}." if verdicts else ""
    return f"{sum(counts.values())} points: {told}.{held}"


def _sections(home: Home, state: SweepState, points: Sequence[Measured]) -> Iterator[Section]:
    """Those that have something to say."""
    runs = [m.run for m in points if m.run]
    called = {m.run.run_id: f"{m.group.key} {m.it.point.word}" for m in points if m.run}
    ratios = tuple(ratio_sheet(state, points))
    if runs:
        figures = tuple(batch_figures(state, points))
        yield Section("Measured", (joules(state.plan.simulated),), tuple(point_sheet(state, points)), figures)
    if ratios or any(undecided_sheet(points, called)):
        told = (HOW.format(state.plan.baseline), *opposed([m.contrast for m in points if m.contrast], called))
        sheets = (*ratios, *undecided_sheet(points, called))
        yield Section("Against the baseline", told, sheets, tuple(ratio_figures(state, points)))
    yield from left_out(points)
    if state.plan.name == BESIDE_PUBLISHED:
        done = [(m.run, m.contrast.energy if m.contrast else None) for m in points if m.run]
        yield from beside_published(done, home)
    if runs:
        yield method(compares=bool(ratios))
        yield _limits(runs, called)


def _limits(runs: Sequence[RunRow], called: Mapping[str, str]) -> Section:
    """What the figures cannot bear, in which all runs of a sweep are not told one by one."""
    made = limits(runs)
    every = list(names(runs)) if len(runs) > 1 else []
    whole = f"Each of {', '.join(every[:-1])} and {every[-1]}" if every else ""
    told = (text.replace(whole, f"Every one of the {len(runs)} runs") if whole else text for text in made.paragraphs)
    return replace(made, paragraphs=tuple(named(text, called) for text in told))


def _facts(state: SweepState, runs: Sequence[RunRow]) -> Iterator[tuple[str, str]]:
    it = state.plan.protocol
    yield "Sweep", state.sweep
    yield "Plan", clean(state.plan.name)
    yield "Begun", f"{datetime.fromtimestamp(state.started_s, UTC):%Y-%m-%d %H:%M} UTC"
    gate = f"stability gate over {duration(it.gate_s)}" if it.gate_s else "no stability gate"
    blocks = "1 block" if it.blocks == 1 else f"{it.blocks} blocks"
    yield "Protocol", f"{blocks} of two windows an arm, {duration(it.window_s)} at least, {gate}"
    yield "Sessions", f"{len({run.session_id for run in runs})}, each on one board; figures of several never pooled"
    yield from facts(runs)
