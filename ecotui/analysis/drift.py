"""What the stability gate came to, in words; without numpy, for screens that stand before it is imported."""

from __future__ import annotations

from ecotui.core.gate_words import UNSTABLE, WHILE
from ecotui.core.rows import RunRow

HELD = "held within 0.67 to 3.3 spans"
"""Of the time constant: it is no more than 10/3 of the gate's span, and no less than the span, or than 2/3 of it where
a quick warming is accounted for by itself."""


def still_to_come(run: RunRow, digits: int = 1) -> str:
    """What the gate's bound on the drift says, (|slope| + 2 standard errors) times τ; nothing where it has none.

    Where something else kept the gate shut, that first, for the drift had passed.
    """
    drift = run.stability_drift_pct
    return "" if drift is None else f"{_missed(run)}up to {drift:.{digits}f} % of power drift may still come"


def _missed(run: RunRow) -> str:
    """What the first of the remarks says was not passed while the drift was."""
    first = (run.remarks or "").split("; ")[0]
    missed, while_, _ = first.removeprefix(f"{UNSTABLE}: ").rpartition(WHILE)
    return f"{missed}{while_}" if run.stability == first.split(":")[0] == UNSTABLE else ""
