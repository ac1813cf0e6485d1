"""What a reader has to know before believing a comparison, in plain words: the guard's table over all runs at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecotui.analysis.accounting import Accounts
from ecotui.analysis.guard import FACTS, FEW, STATES, Fact, said, sentence
from ecotui.analysis.quality import is_only
from ecotui.core.remarks import NOT_GATED
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.servers import NO_VERDICT

__all__ = ["ARM", "FEW", "cautions", "differs_in", "refusal"]

ARM = ("model", "quantization", "dtype", "batch_size", "prompt_tokens", "new_tokens", "engine")
"""Columns of a run that make up its arm."""
OWN_WORDS = ("simulated", "session_id", "quantization", "dtype", "engine", "sensor", "device", "weights", "gated")
"""Facts that are told in a sentence of their own, or by `differs_in`."""


def refusal(runs: Sequence[RunRow]) -> str | None:
    """Why the runs must not be compared at all; None where they may be."""
    empty = [run.run_id for run in runs if not run.windows]
    if empty:
        rated = " Its quality stands beside runs of the same arm that have windows." * any(map(is_only, runs))
        return f"Without a measured window there is nothing to compare: {', '.join(empty)}.{rated}"
    if watched := [run.run_id for run in runs if run.is_watched]:
        return f"{NO_VERDICT} Watched: {', '.join(watched)}."
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


def cautions(
    runs: Sequence[RunRow],
    windows: Mapping[str, Sequence[WindowRow]],
    accounted: Sequence[tuple[RunRow, Accounts]],
    *,
    apart: bool,
) -> tuple[str, ...]:
    """Sentences, the weightiest first.

    accounted: candidates with their accountings, without those whose verdict is already that their sign depends on it.
    apart: whether runs of different sessions stand by themselves, so that a gap between sessions may be in a ratio.
    """
    return (
        *_accounting(runs[0], accounted),
        *_invalid(runs, windows),
        *_states(runs, "stability"),
        *_gates(runs),
        *_states(runs, "sources"),
        *_states(runs, "after"),
        *_states(runs, "alias"),
        *_circumstances(runs, apart),
        *_engines(runs),
        *_differences(runs),
    )


def _accounting(baseline: RunRow, accounted: Sequence[tuple[RunRow, Accounts]]) -> Iterator[str]:
    """Where the sign is one of accounting, without figures: those stand with their intervals."""
    for run, accounts in accounted:
        more: list[str] = []
        less: list[str] = []
        for one in accounts.each:
            a, b = one.values
            if a is None or b is None or a == b:
                continue
            (more if b > a else less).append(one.label)
        if more and less:
            even = accounts.break_even_w
            turn = f" (the sign turns at an idle power of {even:.1f} W)" if even is not None and even > 0 else ""
            yield (
                f"The sign of the difference depends on the accounting{turn}: "
                f"{run.run_id} takes more {' and '.join(more)}, but less {' and '.join(less)}, than {baseline.run_id}."
            )


def _invalid(runs: Sequence[RunRow], windows: Mapping[str, Sequence[WindowRow]]) -> Iterator[str]:
    for run in runs:
        bad = [w for w in windows.get(run.run_id, ()) if w.valid is False]
        if bad:
            which = "; ".join(f"window {w.window}: {w.cause or 'no cause given'}" for w in bad)
            plural = "" if len(bad) == 1 else "s"
            yield f"{run.run_id} has {len(bad)} INVALID window{plural} ({which}); the means hold them."
        else:
            yield from _states([run], "validity")
        yield from _states([run], "few_windows")


def _states(runs: Sequence[RunRow], name: str) -> Iterator[str]:
    (state,) = (state for state in STATES if state.name == name)
    return (text for run in runs if (text := state.says(run)))


def _gates(runs: Sequence[RunRow]) -> Iterator[str]:
    """Runs of which some were gated and some were not."""
    without = [run.run_id for run in runs if run.stability == NOT_GATED]
    if without and len(without) < len(runs):
        were = "was" if len(without) == 1 else "were"
        yield f"The stability gates differ: {', '.join(without)} {were} measured without one, the rest with."


def _circumstances(runs: Sequence[RunRow], apart: bool) -> Iterator[str]:
    if all(run.simulated for run in runs):
        yield "The watts are simulated: these figures say nothing about a real board."
    yield from dict.fromkeys(_states(runs, "by_hand"))
    yield from _states(runs, "outcome")
    if apart:
        yield sentence(_fact("session_id"), runs)
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
    shown = ", ".join(dict.fromkeys(said(run.engine) for run in runs))
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
    for fact in FACTS:
        values = [fact.value(run, {}) for run in runs]
        if fact.name in OWN_WORDS or not any(fact.differs(values[0], value) for value in values[1:]):
            continue
        if fact.name == "gpu_uuid" and len({run.gpu_name for run in runs}) > 1:
            continue
        yield sentence(fact, runs)


def _fact(name: str) -> Fact:
    return next(fact for fact in FACTS if fact.name == name)
