"""Whether a run's decoding step is in step with the board's energy counter, so that its phase may decide its joules."""

from __future__ import annotations

from ecotui.core.boards import board_model
from ecotui.core.rows import RunRow
from ecotui.core.units import number

PERIOD_MS = {"h100": 100.0}
"""How often the counter moves, by board; of those whose selftest told it."""
PARTS = 5
"""A step that is a smaller part of the period is weighed many times in each."""
NEAR = 0.03
"""How near a step's time must be to a part, as a share of it."""


def part_of_period(run: RunRow) -> tuple[int, float] | None:
    """Which whole part of its counter's period a step of the run takes, and the period, ms; None where it takes none.

    None, too, where no watts were measured or the board's period is not known.
    """
    period_ms = PERIOD_MS.get(board_model(run.gpu_name or ""))
    if period_ms is None or run.simulated or run.is_watched or not run.windows or not run.tpot_ms:
        return None
    near = (k for k in range(1, PARTS + 1) if abs(k * run.tpot_ms / period_ms - 1) <= NEAR)
    return next(((k, period_ms) for k in near), None)


def alias_words(run: RunRow) -> str:
    """What to bear in mind of such a run, without its id; nothing of any other."""
    found = part_of_period(run)
    if found is None:
        return ""
    part, period_ms = found
    of = "the" if part == 1 else f"1/{part} of the"
    wander = "steps that wander average it out"
    if run.itl_p50_ms is not None and run.itl_p99_ms is not None:
        wander += f" (ITL p50 {number(run.itl_p50_ms)}, p99 {number(run.itl_p99_ms)} ms)"
    return (
        f"a decoding step of {number(run.tpot_ms)} ms is within {100 * NEAR:.0f} % of {of} {period_ms:g} ms in which "
        "the board's counter moves: steady steps are weighed at the same phases always, and the energy may be off; "
        f"{wander}"
    )


def alias_sentence(run: RunRow) -> str:
    """The same with the run's id."""
    told = alias_words(run)
    return f"{run.run_id}: {told}." if told else ""
