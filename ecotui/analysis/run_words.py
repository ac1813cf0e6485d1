"""A run in a few lines of plain text, for a message or a notebook: no figure without what it needs to be read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ecotui.analysis.alias import alias_words
from ecotui.analysis.effects import effective_n
from ecotui.analysis.quality import ONLY, is_only, measured, sentences
from ecotui.analysis.sources import ACCURACY
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.statistics import deviation, mean, t_quantile
from ecotui.core.units import ABSENT, clean, counted, number, percent, significant, watts, with_error

SIMULATED = "SIMULATED: the watts are a model's, not a board's."


def run_words(run: RunRow, windows: Sequence[WindowRow] = ()) -> list[str]:
    """The lines. `windows`: the run's, those that split prefill from decode left out by themselves."""
    return [clean(line, 1000) for line in _lines(run, [w for w in windows if not w.split]) if line]


def state(row: RunRow) -> str:
    """Outcome and validity in a word or three, as lists of runs have it."""
    ended = [] if row.outcome == "completed" else [row.outcome or "unfinished"]
    bad = ["INVALID"] * (row.valid is False) + ["UNSTABLE"] * (row.stability == "UNSTABLE")
    if not ended and row.valid is not False:
        ended = ["valid" if row.valid else ONLY if is_only(row) else "no windows"]
    ended += ["ungated"] * (row.stability == "not gated" and bool(row.valid) and row.outcome == "completed")
    return ", ".join((*ended, *bad))


def gross_interval(windows: Sequence[WindowRow]) -> tuple[float, float, float] | None:
    """Ends of the 95 % interval of the mean of the windows' gross J/1k, and how many independent ones they are worth.

    mean ± t₀.₉₇₅(n - 1)·s/√n', n' as `effective_n` has it. None below three windows.
    """
    values = [w.energy_gross_j_per_1k_tokens for w in windows if w.energy_gross_j_per_1k_tokens is not None]
    worth, spread, centre = effective_n(values), deviation(values), mean(values)
    if worth is None or spread is None or centre is None:
        return None
    half = t_quantile(0.975, len(values) - 1) * spread / math.sqrt(max(worth, 1.0))
    return centre - half, centre + half, worth


def _lines(run: RunRow, windows: Sequence[WindowRow]) -> Iterator[str]:
    label = f' "{run.label}"' if run.label else ""
    yield f"run {run.run_id}{label}"
    yield SIMULATED if run.simulated else ""
    yield f"{run.arm_label}, {number(run.prompt_tokens, 0)} + {number(run.new_tokens, 0)} tokens{_weights(run)}"
    yield from sentences(run) if measured(run) else ()
    if is_only(run):
        yield "quality only: no energy was measured"
        yield _ended(run)
        yield _where(run)
        return
    yield from _energy(run, windows) if run.windows else ("no window was measured",)
    yield _ended(run)
    yield f"INVALID: {run.cause}" if run.valid is False else ""
    yield run.remarks or ""
    yield alias_words(run)
    yield _source(run)
    yield _where(run)


def _energy(run: RunRow, windows: Sequence[WindowRow]) -> Iterator[str]:
    yield f"gross {significant(run.energy_gross_j_per_1k_tokens)} J/1k tokens, {_interval(run, windows)}"
    yield _net("context", run.idle_context_w, run, run.energy_net_context_error_j_per_1k_tokens)
    yield _net("bare", run.idle_bare_w, run, run.energy_net_bare_error_j_per_1k_tokens)
    yield f"throughput {number(run.throughput_tok_s)} tok/s, power {watts(run.power_mean_w)}"


def _weights(run: RunRow) -> str:
    return ", random weights" if run.weights == "random" else f", weights of a {run.weights}" if run.weights else ""


def _interval(run: RunRow, windows: Sequence[WindowRow]) -> str:
    count = f"{run.windows or 0} window{'' if run.windows == 1 else 's'}"
    found = gross_interval(windows)
    if found is None:
        return f"no interval: {count}" if not windows or len(windows) < 3 else f"no interval over {count}"
    low, high, worth = found
    independent = f", worth {number(worth)} independent ones" if worth < len(windows) - 0.05 else ""
    return f"95 % interval of the mean over {count} {significant(low)} to {significant(high)}{independent}"


def _net(name: str, idle_w: float | None, run: RunRow, error: float | None) -> str:
    value = getattr(run, f"energy_net_{name}_j_per_1k_tokens")
    if value is None:
        return f"net of {name} unknown"
    bound = " (edges and idle power)" if error is not None else ", no error known"
    return f"net of {name} ({watts(idle_w)} idle) {with_error(value, error)} J/1k tokens{bound}"


def _ended(run: RunRow) -> str:
    valid = "valid" if run.valid else "INVALID"
    why = f" ({run.reason})" if run.reason and run.outcome != "completed" else ""
    blocks = counted(run.blocks or 0, "block")
    paired = f", paired with the other arms of its session ({blocks} planned)" if run.blocks else ""
    stability = f", {valid}, stability {run.stability or ABSENT}" if run.windows else ""
    return f"{run.outcome or 'unfinished'}{why}{stability}{paired}"


def _source(run: RunRow) -> str:
    if run.simulated or not run.windows:
        return ""
    accuracy = f"; {ACCURACY}" if run.sensor == "nvml" else ""
    return f"energy by {run.energy_source or ABSENT}, edges ± {percent(run.energy_edge_error_pct, 2)}{accuracy}"


def _where(run: RunRow) -> str:
    when = f", {run.started_at:%Y-%m-%d %H:%M} UTC" if run.started_at else ""
    return f"{run.gpu_name or 'no board'}{when}, ecotui {run.ecotui_version or ABSENT}"
