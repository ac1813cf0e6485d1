"""What a reader has to know before believing a comparison, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecotui.analysis.drift import still_to_come
from ecotui.analysis.figures import break_even_idle_w, difference_pct
from ecotui.analysis.sources import agree
from ecotui.core.remarks import NOT_GATED, UNSTABLE
from ecotui.core.rows import RunRow, WindowRow

FEW = 5
"""Below this many windows a mean has no spread to speak of."""

ARM = ("model", "quantization", "dtype", "batch_size", "prompt_tokens", "new_tokens", "engine")
"""Columns of a run that make up its arm."""

ACCOUNTINGS = (
    ("energy_gross_j_per_1k_tokens", "gross"),
    ("energy_net_context_j_per_1k_tokens", "net of context idle"),
    ("energy_net_bare_j_per_1k_tokens", "net of bare idle"),
)
DIFFERENT = (
    ("model", "The models differ", ""),
    ("prompt_tokens", "The prompts' lengths differ", ""),
    ("new_tokens", "The numbers of new tokens differ", "energy per token depends on it"),
    ("batch_size", "The batch sizes differ", "energy per token falls with it"),
    ("gpu_name", "The GPUs differ", ""),
    ("gpu_uuid", "The runs are of different cards", "cards of one name differ"),
    ("power_limit_w", "The power limits differ", ""),
    ("driver_version", "The driver versions differ", ""),
    ("torch_version", "The torch versions differ", ""),
    ("transformers_version", "The transformers versions differ", ""),
    ("bitsandbytes_version", "The bitsandbytes versions differ", ""),
    ("python_version", "The Python versions differ", ""),
    ("ecotui_version", "The ecotui versions differ", ""),
    ("energy_source", "The energies come from different sources", ""),
    ("outlier_recipe", "The outlier channels of the weights differ", "what LLM.int8 decomposes depends on them"),
)


def refusal(runs: Sequence[RunRow]) -> str | None:
    """Why the runs must not be compared at all; None where they may be."""
    empty = [run.run_id for run in runs if not run.windows]
    if empty:
        return f"Without a measured window there is nothing to compare: {', '.join(empty)}."
    simulated = [run.run_id for run in runs if run.simulated]
    if simulated and len(simulated) < len(runs):
        return (
            f"Simulated and measured energy are never compared: {', '.join(simulated)} "
            f"{'is' if len(simulated) == 1 else 'are'} simulated."
        )
    return None


def differs_in(runs: Sequence[RunRow]) -> tuple[str, ...]:
    """The columns of the arm in which not all runs agree."""
    return tuple(name for name in ARM if len({getattr(run, name) for run in runs}) > 1)


def cautions(runs: Sequence[RunRow], windows: Mapping[str, Sequence[WindowRow]]) -> tuple[str, ...]:
    """Sentences, the weightiest first."""
    return (
        *_accounting(runs),
        *_invalid(runs, windows),
        *_unsettled(runs),
        *_sources(runs),
        *_circumstances(runs),
        *_engines(runs),
        *_differences(runs),
    )


def _accounting(runs: Sequence[RunRow]) -> Iterator[str]:
    baseline, *candidates = runs
    for run in candidates:
        more: list[str] = []
        less: list[str] = []
        for name, label in ACCOUNTINGS:
            a, b = getattr(baseline, name), getattr(run, name)
            if a is None or b is None or a == b:
                continue
            percent = difference_pct(b, a)
            size = f"{abs(b - a):.1f} J" if percent is None else f"{abs(percent):.1f} %"
            (more if b > a else less).append(f"{size} {'more' if b > a else 'less'} {label}")
        if more and less:
            even = break_even_idle_w(baseline, run)
            turn = f" (the sign turns at an idle power of {even:.1f} W)" if even is not None else ""
            yield (
                f"The sign of the difference depends on the accounting{turn}: "
                f"{run.run_id} takes {', '.join(more)}, but {', '.join(less)}, than {baseline.run_id}."
            )


def _invalid(runs: Sequence[RunRow], windows: Mapping[str, Sequence[WindowRow]]) -> Iterator[str]:
    for run in runs:
        bad = [w for w in windows.get(run.run_id, ()) if w.valid is False]
        if bad:
            which = "; ".join(f"window {w.window}: {w.cause or 'no cause given'}" for w in bad)
            yield f"{run.run_id} has {_count(len(bad), 'INVALID window')} ({which}); the means hold them."
        elif run.windows_invalid:
            cause = run.cause or "no cause given"
            yield f"{run.run_id} has {_count(run.windows_invalid, 'INVALID window')} ({cause}); the means hold them."
        if run.windows is not None and 0 < run.windows < FEW:
            yield f"{run.run_id} has {_count(run.windows, 'window')}; {FEW} or more are needed to know its spread."


def _unsettled(runs: Sequence[RunRow]) -> Iterator[str]:
    """Runs that the gate did not let pass, and runs of which some were gated and some were not."""
    for run in runs:
        if run.stability == UNSTABLE:
            drift = still_to_come(run)
            yield f"{run.run_id} is UNSTABLE: the gate had not passed when its windows began{drift and f', {drift}'}."
    without = [run.run_id for run in runs if run.stability == NOT_GATED]
    if without and len(without) < len(runs):
        yield f"The stability gates differ: {', '.join(without)} {_were(without)} measured without one, the rest with."


def _sources(runs: Sequence[RunRow]) -> Iterator[str]:
    for run in runs:
        if agree(run) is False:
            yield (
                f"The energy sources of {run.run_id} disagree: the counter tells {run.energy_sources_diff_pct:+.1f} % "
                "against the integral of power."
            )


def _circumstances(runs: Sequence[RunRow]) -> Iterator[str]:
    if all(run.simulated for run in runs):
        yield "The watts are simulated: these figures say nothing about a real board."
    for run in runs:
        if run.outcome not in (None, "completed"):
            yield f"{run.run_id} is of a session that did not complete ({run.outcome})."
    if len({run.session_id for run in runs}) > 1:
        yield "These are runs of different sessions: day-to-day gaps can exceed the difference."
    if random := [run.run_id for run in runs if run.weights == "random"]:
        yield (
            f"Random weights ({', '.join(random)}): speed and energy are those of the model's shape, "
            "and nothing is said about accuracy."
        )
    if idle := [run.run_id for run in runs if run.decomposition == "not exercised"]:
        yield (
            f"LLM.int8's decomposition was not exercised ({', '.join(idle)}): "
            "with a trained model's outliers it takes more time and energy."
        )


def _engines(runs: Sequence[RunRow]) -> Iterator[str]:
    """What a difference between engines is a difference in."""
    if len({run.engine for run in runs}) < 2:
        return
    shown = ", ".join(dict.fromkeys(_said(run.engine) for run in runs))
    if differs_in(runs) == ("engine",):
        yield (
            f"What differs is the engine ({shown}): a step's arithmetic is the same, "
            "how long the board waits for the host is not."
        )
        return
    baseline, *candidates = runs
    for run in candidates:
        if run.engine != baseline.engine and run.quantization != baseline.quantization:
            yield (
                f"{run.run_id} differs from {baseline.run_id} in quantization and engine: what the quantization costs "
                "and what waiting for the host costs cannot be told apart."
            )


def _differences(runs: Sequence[RunRow]) -> Iterator[str]:
    for name, what, why in DIFFERENT:
        values = [getattr(run, name) for run in runs]
        if len(set(values)) < 2 or (name == "gpu_uuid" and len({run.gpu_name for run in runs}) > 1):
            continue
        if name in ("gpu_uuid", "outlier_recipe") and None in values:  # what is not told is not another one
            continue
        shown = ", ".join(dict.fromkeys(_said(value) for value in values))
        yield f"{what}: {shown}{f'; {why}' if why else ''}."


def _said(value: object) -> str:
    return "unknown" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _were(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
