"""What a sweep has measured: each point's figures, its ratio to the baseline that took turns with it, as a report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ecotui.analysis.cautions import refusal
from ecotui.analysis.contrast import Contrast, contrasts
from ecotui.analysis.contrast_json import contrast_dict
from ecotui.analysis.sweep_report_published import beside_published
from ecotui.core.document import BOARD_ENERGY, Cell, Document, Section, Sheet
from ecotui.core.errors import EcotuiError, LogError
from ecotui.core.figure import Axis, Figure, Series
from ecotui.core.rows import RunRow, row_dict
from ecotui.core.sweep import Group, SweepPlan
from ecotui.core.sweep_events import parse_record
from ecotui.core.sweep_state import DONE, FAILED, SKIPPED, STATES, PointState, SessionEnd, SweepState, open_sessions
from ecotui.core.sweep_state import state_of as fold
from ecotui.core.units import clean, duration
from ecotui.log.lock import is_running
from ecotui.store.home import SESSION, Home
from ecotui.store.store import Store

BESIDE_PUBLISHED = "ecocompute"
"""The plan whose report lays the published rows beside its own."""
ROLES = ("baseline", "candidate", "candidate-2", "candidate-3")
LENGTHS = ("prompt_tokens", "new_tokens")


@dataclass(frozen=True, slots=True)
class Measured:
    """A point and what the store has of it."""

    group: Group
    it: PointState
    run: RunRow | None
    """None where it is not done, or its run is not in this store."""
    contrast: Contrast | None
    """Against the baseline of its session; None for a baseline and where there is none."""


def sweep_state(home: Home, sweep: str, rows: Iterable[RunRow] = ()) -> SweepState:
    """How far a sweep is, by its log and, of sessions whose end that does not tell, by their stored runs.

    Raises:
        LogError: there is no such sweep, or its log is damaged.
    """
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
    """Every point of a sweep, in the order of its grid.

    Raises:
        LogError: there is no such sweep, or its log is damaged.
    """
    store = Store(home)
    rows = {run.row.run_id: run.row for run in store.runs()}
    state = sweep_state(home, sweep, rows.values())
    held = _contrasts(store, state, rows)
    every = [(g.group, p) for g in state.groups for p in g.points]
    return state, tuple(Measured(g, p, _run(p, rows), held.get(p.run_id or "")) for g, p in every)


def _run(it: PointState, rows: dict[str, RunRow]) -> RunRow | None:
    return rows.get(it.run_id or "") if it.state == DONE else None


def _contrasts(store: Store, state: SweepState, rows: dict[str, RunRow]) -> dict[str, Contrast]:
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
        out |= {one.candidate.run_id: one for one in contrasts(runs, windows, factor)}
    return out


def sweep_json(home: Home, sweep: str) -> dict[str, Any]:
    """The sweep as JSON values, runs under the column names of `ecotui.core.rows`.

    Raises:
        LogError: there is no such sweep, or its log is damaged.
    """
    state, points = measured(home, sweep)
    return {
        "sweep": state.sweep,
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
    sections = [_figures_section(state, points), _ratio_section(state, points), *_left_out(points)]
    if state.plan.name == BESIDE_PUBLISHED:
        done = [(m.run, m.contrast.energy if m.contrast else None) for m in points if m.run]
        sections.append(beside_published(done, home))
    return Document(
        title=f"Sweep {clean(state.plan.name)} ({state.sweep})",
        summary=_summary(state, points),
        sections=tuple(sections),
        facts=tuple(_facts(state, points)),
        simulated=state.plan.simulated,
    )


def _summary(state: SweepState, points: Sequence[Measured]) -> str:
    counts = state.counts
    told = ", ".join(f"{counts[word]} {word}" for word in STATES if counts[word])
    verdicts = [m.contrast.verdict for m in points if m.contrast]
    decided = sum(v.decided for v in verdicts)
    held = f" Comparisons with a baseline that have a verdict: {decided} of {len(verdicts)}." if verdicts else ""
    return f"{sum(counts.values())} points: {told}.{held}"


def _who(plan: SweepPlan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that name a point; lengths only where the plan has several."""
    varied = [name for name in LENGTHS if len(getattr(plan, name)) > 1]
    titles = {"prompt_tokens": "prompt", "new_tokens": "new"}
    return ("model", "batch_size", *varied, "arm"), ("model", "batch", *(titles[name] for name in varied), "arm")


def _cells(plan: SweepPlan, one: Measured) -> tuple[Cell, ...]:
    group = one.group
    return tuple(one.it.point.word if name == "arm" else getattr(group, name) for name in _who(plan)[0])


FIGURES = (
    ("throughput_tok_s", "tok/s"),
    ("power_mean_w", "W"),
    ("energy_gross_j_per_1k_tokens", "gross (J/1k)"),
    ("energy_net_context_j_per_1k_tokens", "net of context idle (J/1k)"),
    ("energy_net_bare_j_per_1k_tokens", "net of bare idle (J/1k)"),
    ("stability", "stability"),
    ("run_id", "run"),
)


def _figures_section(state: SweepState, points: Sequence[Measured]) -> Section:
    names, titles = _who(state.plan)
    rows = tuple(
        (*_cells(state.plan, m), *(getattr(m.run, name) for name, _ in FIGURES)) for m in points if m.run is not None
    )
    sheet = Sheet(
        "points",
        (*names, *(name for name, _ in FIGURES)),
        (*titles, *(title for _, title in FIGURES)),
        rows,
        "Means over all windows of a run, those marked INVALID included.",
    )
    energy = "These watts are a model's, not a board's." if state.plan.simulated else BOARD_ENERGY
    return Section("Measured", (energy,), (sheet,), tuple(_batch_figures(state, points)))


RATIOS = (
    ("ratio_gross", "energy, gross ×"),
    ("ratio_gross_low", "from"),
    ("ratio_gross_high", "to"),
    ("ratio_throughput", "throughput ×"),
    ("ratio_throughput_low", "from"),
    ("ratio_throughput_high", "to"),
    ("verdict", "verdict"),
)


def _ratio_section(state: SweepState, points: Sequence[Measured]) -> Section:
    names, titles = _who(state.plan)
    rows = []
    for m in points:
        if m.contrast is not None:
            cells = [_ends(ratio) for ratio in (m.contrast.energy, m.contrast.throughput)]
            rows.append((*_cells(state.plan, m), *cells[0], *cells[1], m.contrast.verdict.word))
    sheet = Sheet("ratios", (*names, *(n for n, _ in RATIOS)), (*titles, *(t for _, t in RATIOS)), tuple(rows))
    how = (
        f"Each arm against the {state.plan.baseline} baseline that took turns with it on the same board, block by "
        "block, a thousand tokens each; from and to are the ends of the 95 % interval, Student's over blocks."
    )
    return Section("Against the baseline", (how,), (sheet,))


def _ends(ratio: Any) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if ratio is None else (ratio.value, ratio.low, ratio.high)


def _left_out(points: Sequence[Measured]) -> Iterator[Section]:
    """What failed and what does not fit, point by point; what the plan itself leaves out, by its reasons."""
    planned = [m for m in points if m.it.state == SKIPPED and m.it.point.reason]
    other = [m for m in points if m.it.state in (FAILED, SKIPPED) and m not in planned]
    if not planned and not other:
        return
    reasons = dict.fromkeys(m.it.reason for m in planned)
    told = tuple(f"{sum(m.it.reason == why for m in planned)} points: {why}." for why in reasons)
    rows = tuple((m.group.key, m.it.point.word, m.it.state, m.it.reason) for m in other)
    sheet = Sheet("left-out", ("group", "arm", "state", "reason"), ("group", "arm", "state", "why"), rows)
    yield Section("Not measured", told, (sheet,) if rows else ())


def _facts(state: SweepState, points: Sequence[Measured]) -> Iterator[tuple[str, str]]:
    runs, it = [m.run for m in points if m.run], state.plan.protocol
    yield "sweep", state.sweep
    yield "begun", f"{datetime.fromtimestamp(state.started_s, UTC):%Y-%m-%d %H:%M} UTC"
    for label, name in (
        ("board", "gpu_name"),
        ("host", "host"),
        ("driver", "driver_version"),
        ("ecotui", "ecotui_version"),
        ("torch", "torch_version"),
        ("transformers", "transformers_version"),
        ("bitsandbytes", "bitsandbytes_version"),
    ):
        said = dict.fromkeys(str(value) for run in runs if (value := getattr(run, name)))
        if said:
            yield label, clean(", ".join(said))
    gate = f"stability gate over {duration(it.gate_s)}" if it.gate_s else "no stability gate"
    yield "protocol", f"{it.blocks} blocks of two windows an arm, {duration(it.window_s)} at least, {gate}"
    yield "sessions", f"{len({run.session_id for run in runs})}, each on one board; figures of several never pooled"


def _batch_figures(state: SweepState, points: Sequence[Measured]) -> Iterator[Figure]:
    """Energy a request against batch size, one figure a model and pair of lengths that has several sizes."""
    lines: dict[tuple[str, int, int], dict[str, list[RunRow]]] = {}
    for m in points:
        if m.run is not None and m.run.energy_gross_j_per_request and m.group.part == 1:
            key = m.group.model, m.group.prompt_tokens, m.group.new_tokens
            lines.setdefault(key, {}).setdefault(m.it.point.word, []).append(m.run)
    for (model, prompt, new), words in lines.items():
        if max(len(runs) for runs in words.values()) > 1:
            yield _batch_figure(state, f"{model} {prompt}+{new}", words)


def _batch_figure(state: SweepState, name: str, words: dict[str, list[RunRow]]) -> Figure:
    series = []
    for place, (word, runs) in enumerate(words.items()):
        known = sorted((float(r.batch_size or 0), float(r.energy_gross_j_per_request or 0)) for r in runs)
        x, y = (tuple(pair[n] for pair in known) for n in (0, 1))
        series.append(Series(word, ROLES[min(place, len(ROLES) - 1)], x, y, line=True))
    mark = "SIMULATED: " if state.plan.simulated else ""
    ticks = tuple(sorted({value for one in series for value in one.x}))
    return Figure(
        f"energy-batch-{re.sub('[^A-Za-z0-9]+', '-', name).strip('-').lower()}",
        f"{mark}Energy a request against batch size, {clean(name)}",
        Axis("batch size", log=True, ticks=ticks),
        Axis("energy a request, gross (J)", log=True),
        tuple(series),
        "A point is the mean of a run's windows; no interval is drawn, for runs of other sessions do not pair.",
    )
