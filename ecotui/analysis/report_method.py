"""What every report says of how its joules were measured, and of what they cannot bear; docs/measuring.md in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecotui.analysis.accounting import BAND_PCT
from ecotui.analysis.quality import is_random, measured
from ecotui.analysis.report_figures import names
from ecotui.analysis.report_words import once
from ecotui.core.document import Section, joules
from ecotui.core.labels import long_labels
from ecotui.core.rows import RunRow

PROTOCOL = (
    "Idle power is watched before anything touches the board (bare) and again with the CUDA context and the weights "
    "resident (context). After discarded warm-up calls the arm's own load goes on until a stability gate passes: the "
    "power drift still to come, two standard errors included, is to be at most 0.5 %. Then come the windows, back to "
    "back, each of whole generate() calls with exactly batch size times new tokens; a window with another count is "
    "INVALID. Windows are never dropped for their value, and INVALID ones stay in every mean."
)
WINDOW = (
    "Two independent sources weigh a window: the board's energy counter, carried from its first and last tick inside "
    "the window out to the edges, and the integral of its power samples. Where they differ by more than 2 % and both "
    "edge errors, the window is INVALID. The edge error is stated beside the energy; the board's one-second average "
    "never enters it."
)
ACCOUNTINGS = (
    "Gross is the energy of the whole board. Net of context idle takes off the idle power with the weights resident, "
    "net of bare idle the idle power without any context of ours, each times the window's length. All three are per "
    "1,000 generated tokens, the prefill's joules included; the errors beside net figures hold edges and idle power."
)
RATIOS = (
    "A ratio of arms that took turns is made block by block: exp of the mean of the blocks' log ratios, its 95 % "
    "interval by Student's t over blocks. Runs that did not take turns are held together by Welch's t on logarithms "
    "of windows, which is weaker evidence: a drift would pass for a difference. From three stored sessions of each on, "
    "runs of different sessions are held together: by the mean of the own ratios of those that hold both by turns, if "
    "there are three, else by Welch's t on logarithms of the sessions' means; all figures are of these sessions. The "
    "interval of a net ratio holds how "
    "far the idle baselines may be off, too, and is unbounded where that reaches a net figure. A verdict goes by the "
    "whole interval "
    f"of the gross ratio against a band of ±{BAND_PCT:g} % that was declared before; where the guard finds another "
    "difference than the one that is compared, or the sign depends on the accounting, there is none."
)
NO_HOST = "The processor, the host's memory, fans and the power supply are not in it."
RANDOM = "Weights are random, of the shape of the model named: nothing is said about accuracy."

DIVERGENCE = "Their divergence from their own fp16 tells how far arithmetic moves them, and no accuracy."


def method(compares: bool) -> Section:
    """How it was measured; `compares`: whether ratios are told."""
    return Section("Method", (PROTOCOL, WINDOW, ACCOUNTINGS, *((RATIOS,) if compares else ())))


def limits(runs: Sequence[RunRow]) -> Section:
    """What the figures cannot bear."""
    called = {run.run_id: f"{name} ({run.run_id})" for run, name in zip(runs, long_labels(runs), strict=True)}
    if len(runs) > 1:
        called = dict(zip(called, names(runs), strict=True))
    energy = joules(bool(runs) and all(run.simulated for run in runs))
    weights: tuple[str, ...] = (RANDOM,) if any(run.weights == "random" for run in runs) else ()
    weights += (DIVERGENCE,) if any(measured(run) and is_random(run) for run in runs) else ()
    return Section(
        "Limits",
        (
            f"{energy} {NO_HOST}",
            *weights,
            *once(_of_each(runs), called),
        ),
    )


def _of_each(runs: Sequence[RunRow]) -> Iterator[str]:
    for run in runs:
        if run.simulated:
            yield f"{run.run_id} is simulated: its watts are a model's and stand for no hardware."
    for run in runs:
        if run.remarks:
            yield f"{run.run_id}: {run.remarks}."
    for run in runs:
        if run.bound == "host-bound":
            why = f" ({run.bound_reason})" if run.bound_reason else ""
            yield f"{run.run_id} is host-bound: joules of waiting for the host, whatever the weights are held in{why}."
