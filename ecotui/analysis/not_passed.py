"""What a run did not pass after its windows, in few words; it stays valid, and no comparison leaves it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecotui.analysis import gates
from ecotui.core.remarks import BY_FIGURES, HALVES_PCT, POWER_CV_PCT, THROUGHPUT_CV_PCT
from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, number, signed

TINY_P = 1e-4
"""Below it a chance is told by this bound alone."""


def drifts(run: RunRow) -> tuple[str, ...]:
    """Signs that a run was not the same from its first window to its last: the halves' power, and the trend."""
    return tuple(_drifts(run))


def not_passed(run: RunRow) -> tuple[str, ...]:
    """All that a run did not pass after its windows, the weightiest first; that it was UNSTABLE before is none of it.

    What stands in a run's columns is told from them, anything else as its remarks have it.
    """
    if run.is_watched:
        return ()
    rest = (run.remarks or "").split("; ") if run.remarks else ()
    return (*_drifts(run), *_scatters(run), *(it for it in rest if not it.startswith(BY_FIGURES)))


def not_passed_words(run: RunRow) -> str:
    """One sentence with the run's id; nothing where it passed all."""
    told = "; ".join(not_passed(run))
    return f"{run.run_id} did not pass after its windows: {told}." if told else ""


def stability_words(run: RunRow) -> str:
    """How the gate before the windows ended, and how much was not passed after them: "stable, 3 not passed"."""
    count = len(not_passed(run))
    return f"{run.stability or ABSENT}{f', {count} not passed' if count else ''}"


def drift_words(runs: Sequence[RunRow]) -> str:
    """Said right at a verdict on runs that did not take turns; nothing where none of them drifted."""
    each = [f"in {run.run_id}: {', '.join(told)}" for run in runs if (told := drifts(run))]
    return f"A DRIFT was seen {'; '.join(each)}." if each else ""


def _drifts(run: RunRow) -> Iterator[str]:
    if gates.halves(run) is False:
        yield f"power of the second half {signed(run.power_halves_pct, 2)} % off the first (gate {HALVES_PCT:g} %)"
    if gates.level(run) is False and run.trend_p is not None:
        told = f"p {run.trend_p:.1g}" if run.trend_p >= TINY_P else f"p < {TINY_P:.4f}"
        yield f"energy per token follows a trend ({told})"


def _scatters(run: RunRow) -> Iterator[str]:
    for what, value, most in (
        ("throughput", run.throughput_cv_pct, THROUGHPUT_CV_PCT),
        ("power", run.power_cv_pct, POWER_CV_PCT),
    ):
        if value is not None and value > most:
            yield f"{what} varies by {number(value)} % (gate {most:g} %)"
