"""Tables of a sweep's report: points, ratios to the baseline, comparisons without a verdict, and what is missing.

Every row tells by itself whose it is: a table travels without its page, and a page tells once what all rows share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ecotui.analysis.quality_pairs import cell_alone
from ecotui.analysis.report_words import named
from ecotui.core.document import Cell, Section, Sheet
from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_state import DONE, FAILED, SKIPPED, SweepState

if TYPE_CHECKING:
    from ecotui.analysis.contrast import Contrast
    from ecotui.analysis.paired import Ratio
    from ecotui.analysis.sweep_report import Measured

LENGTHS = ("prompt_tokens", "new_tokens")
FIGURES = (
    ("throughput_tok_s", "tok/s"),
    ("power_mean_w", "W"),
    ("energy_gross_j_per_1k_tokens", "gross (J/1k)"),
    ("energy_net_context_j_per_1k_tokens", "net of context idle (J/1k)"),
    ("energy_net_bare_j_per_1k_tokens", "net of bare idle (J/1k)"),
    ("stability", "stability"),
    ("run_id", "run"),
)
RATIOS = (
    ("ratio_gross", "energy, gross ×"),
    ("ratio_gross_low", "from"),
    ("ratio_gross_high", "to"),
    ("ratio_throughput", "throughput ×"),
    ("ratio_throughput_low", "from"),
    ("ratio_throughput_high", "to"),
    ("verdict", "verdict"),
    ("quality", "quality"),
)
TITLES = {
    "model": "model",
    "batch_size": "batch",
    "prompt_tokens": "prompt",
    "new_tokens": "new",
    "arm": "arm",
    "gpu_name": "board",
    "simulated": "simulated",
    "sweep": "sweep",
}
MEANS = "Means over all windows of a run, those marked INVALID included."
NO_BASELINE = "No baseline took turns with it, so it has no ratio."


def point_sheet(state: SweepState, points: Sequence[Measured]) -> Iterator[Sheet]:
    """The figures of every point that was measured; none where none was."""
    rows = [(m, tuple(getattr(m.run, name) for name, _ in FIGURES)) for m in points if m.run is not None]
    yield from _sheet("points", state, FIGURES, rows, MEANS)


def ratio_sheet(state: SweepState, points: Sequence[Measured]) -> Iterator[Sheet]:
    """Every ratio to the baseline that took turns; none where there is none."""
    rows = [
        (m, (*_ends(m.contrast.energy), *_ends(m.contrast.throughput), m.contrast.verdict.word, _quality(m.contrast)))
        for m in points
        if m.contrast is not None
    ]
    yield from _sheet("ratios", state, RATIOS, rows)


def _quality(one: Contrast) -> str:
    """What stands beside a saving: the ratio to fp16, or that quality was not measured."""
    return cell_alone(one.baseline, one.candidate, one.quality[1])


def undecided_sheet(points: Sequence[Measured], called: Mapping[str, str]) -> Iterator[Sheet]:
    """Why a comparison has no verdict; none where all have one. called: names of runs, by id."""
    rows = []
    for m in points:
        if m.contrast is not None and not m.contrast.verdict.decided:
            rows.append((m.group.key, m.it.point.word, m.contrast.verdict.word, named(m.contrast.verdict.text, called)))
        elif m.contrast is None and m.it.state == DONE and not m.it.point.baseline:
            rows.append((m.group.key, m.it.point.word, "none", m.refused or NO_BASELINE))
    if rows:
        columns = ("group", "arm", "verdict", "why")
        yield Sheet("no-verdict", columns, columns, tuple(rows), "Comparisons without a verdict.")


def left_out(points: Sequence[Measured]) -> Iterator[Section]:
    """What failed and what does not fit, point by point; what the plan itself leaves out, by its reasons."""
    planned = [m for m in points if m.it.state == SKIPPED and m.it.point.reason]
    other = [m for m in points if m.it.state in (FAILED, SKIPPED) and m not in planned]
    if not planned and not other:
        return
    reasons = [m.it.reason for m in planned]
    told = tuple(f"{_counted(reasons.count(why))}: {why}." for why in dict.fromkeys(reasons))
    rows = tuple((m.group.key, m.it.point.word, m.it.state, m.it.reason) for m in other)
    sheet = Sheet("left-out", ("group", "arm", "state", "reason"), ("group", "arm", "state", "why"), rows)
    yield Section("Not measured", told, (sheet,) if rows else ())


def _counted(points: int) -> str:
    return "1 point" if points == 1 else f"{points} points"


def _sheet(
    name: str,
    state: SweepState,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[tuple[Measured, tuple[Cell, ...]]],
    caption: str = "",
) -> Iterator[Sheet]:
    before, after = _names(state.plan)
    names = (*before, *(n for n, _ in columns), *after)
    titles = (*(TITLES[n] for n in before), *(title for _, title in columns), *(TITLES[n] for n in after))
    cells = tuple((*_cells(state, m, before), *row, *_cells(state, m, after)) for m, row in rows)
    if cells:
        yield Sheet(name, names, titles, cells, caption, once=after)


def _names(plan: SweepPlan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that tell points apart, and those that are mostly alike, which stand last."""
    varied = [name for name in LENGTHS if len(getattr(plan, name)) > 1]
    alike = [name for name in LENGTHS if name not in varied]
    return ("model", "batch_size", *varied, "arm"), (*alike, "gpu_name", "simulated", "sweep")


def _cells(state: SweepState, one: Measured, names: Sequence[str]) -> tuple[Cell, ...]:
    special: dict[str, Cell] = {
        "arm": one.it.point.word,
        "gpu_name": one.run.gpu_name if one.run else None,
        "simulated": state.plan.simulated if one.run is None else one.run.simulated,
        "sweep": state.sweep,
    }
    return tuple(special[name] if name in special else getattr(one.group, name) for name in names)


def _ends(ratio: Ratio | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if ratio is None else (ratio.value, ratio.low, ratio.high)
