"""Tables of a report: what the arms took, how far to trust it, where the time went, and every window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ecotui.analysis import quality
from ecotui.analysis.not_passed import stability_words
from ecotui.analysis.run_words import state
from ecotui.core.document import Cell, Sheet
from ecotui.core.labels import long_labels
from ecotui.core.rows import RunRow, WindowRow

Column = tuple[str, str, Callable[[RunRow], Cell]]
ARM: Column = ("arm", "arm", lambda r: r.arm_label + (" SIMULATED" if r.simulated else ""))
RUN: Column = ("run_id", "run", lambda r: r.run_id)


def _of(name: str, title: str) -> Column:
    return name, title, lambda r: getattr(r, name)


RESULTS: tuple[Column, ...] = (
    ARM,
    _of("throughput_tok_s", "tok/s"),
    _of("power_mean_w", "W"),
    _of("energy_gross_j_per_1k_tokens", "gross (J/1k)"),
    _of("energy_net_context_j_per_1k_tokens", "net of context idle (J/1k)"),
    _of("energy_net_context_error_j_per_1k_tokens", "±"),
    _of("energy_net_bare_j_per_1k_tokens", "net of bare idle (J/1k)"),
    _of("energy_net_bare_error_j_per_1k_tokens", "±"),
)
GATE = _of("stability", "gate")
TRUST: tuple[Column, ...] = (
    ARM,
    _of("windows", "windows"),
    ("valid", "valid", lambda r: f"INVALID: {r.cause}" if r.valid is False else "yes" if r.valid else None),
    GATE,
    _of("throughput_cv_pct", "CV of tok/s (%)"),
    _of("power_cv_pct", "CV of W (%)"),
    _of("energy_sources_diff_pct", "counter against integral (%)"),
    _of("energy_edge_error_pct", "edges ± (%)"),
)
TIME: tuple[Column, ...] = (
    ARM,
    _of("ttft_ms", "TTFT (ms)"),
    _of("tpot_ms", "ms a step"),
    _of("gpu_busy_pct", "GPU busy (%)"),
    _of("bandwidth_share_pct", "of peak bandwidth (%)"),
    _of("launches_per_step", "launches a step"),
    _of("bound", "bound"),
)
RUNS: tuple[Column, ...] = (RUN, ("state", "state", state), *RESULTS, *TRUST[1:5])
"""A list of runs, whatever sessions they are of."""
QUALITY: Column = ("quality", "quality", lambda r: quality.told(r) if quality.measured(r) else "not measured")
HELD = "Quality: perplexity × of fp16 with its 95 % interval; of random weights the divergence from their own fp16."
WINDOW_COLUMNS: tuple[tuple[str, str], ...] = (
    ("window", "window"),
    ("block", "block"),
    ("window_s", "s"),
    ("throughput_tok_s", "tok/s"),
    ("power_mean_w", "W"),
    ("energy_gross_j_per_1k_tokens", "gross (J/1k)"),
    ("energy_net_context_j_per_1k_tokens", "net of context idle (J/1k)"),
    ("energy_net_bare_j_per_1k_tokens", "net of bare idle (J/1k)"),
    ("energy_edge_error_pct", "edges ± (%)"),
    ("cause", "INVALID because"),
)


def results(runs: Sequence[RunRow]) -> Sheet:
    """What each arm took, in all three accountings."""
    said = "Energy per 1,000 generated tokens; ± is how far edges and idle power may put a net figure off."
    return _sheet("results", _called(RESULTS, runs), runs, said)


def trust(runs: Sequence[RunRow]) -> Sheet:
    """How far each arm is to be trusted."""
    said = "CV is the coefficient of variation over windows; these percentages are descriptions and have no interval."
    gate = ("stability", GATE[1], stability_words)
    columns = [gate if column is GATE else column for column in TRUST]
    return _sheet("trust", _called(columns, runs), runs, said)


def time(runs: Sequence[RunRow]) -> Sheet:
    """Where each arm's time went."""
    said = "From one profile after the windows; these percentages have no interval."
    return _sheet("time", _called(TIME, runs), runs, said)


def run_list(runs: Sequence[RunRow]) -> Sheet:
    """Runs of any sessions, for people; a column of quality where any run has some."""
    rated = any(quality.measured(run) for run in runs)
    return _sheet("runs", (*RUNS, QUALITY) if rated else RUNS, runs, HELD if rated else "")


def window_list(windows: Sequence[WindowRow], called: Mapping[str, str] | None = None) -> Sheet:
    """Every window that the means are made of; columns in which none has anything are left out.

    called: by run id what a run is called where there are several; else its id.
    """
    told = called or {}
    several = len({window.run_id for window in windows}) > 1
    used = [it for it in WINDOW_COLUMNS if any(getattr(window, it[0]) is not None for window in windows)]
    lead = [("run", "run")] if several else []
    rows = tuple(
        (*([told.get(window.run_id, window.run_id)] if several else []), *(getattr(window, name) for name, _ in used))
        for window in windows
    )
    names, titles = zip(*lead, *used, strict=True) if used else ((), ())
    return Sheet("windows", names, titles, rows, simulated=tuple(window.simulated for window in windows))


def _called(columns: Sequence[Column], runs: Sequence[RunRow]) -> list[Column]:
    """The columns with arms as they are called beside each other."""
    names = dict(zip((run.run_id for run in runs), long_labels(runs), strict=True))
    arm: Column = (*ARM[:2], lambda r: names[r.run_id] + (" SIMULATED" if r.simulated else ""))
    return [arm if column is ARM else column for column in columns]


def _sheet(name: str, columns: Sequence[Column], runs: Sequence[RunRow], caption: str) -> Sheet:
    rows = tuple(tuple(say(run) for _, _, say in columns) for run in runs)
    names, titles, _ = zip(*columns, strict=True)
    return Sheet(name, names, titles, rows, caption, tuple(run.simulated for run in runs))
