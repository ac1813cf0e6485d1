"""What the stability gate came to, in words; without numpy, for screens that stand before it is imported."""

from __future__ import annotations

from ecotui.core.rows import RunRow

HELD = "held within 0.67 to 3.3 spans"
"""Of the time constant: it is no more than 10/3 of the gate's span, and no less than the span, or than 3/4 of it where
a quick warming is accounted for by itself."""


def still_to_come(run: RunRow, digits: int = 1) -> str:
    """What the gate's bound on the drift says, (|slope| + 2 standard errors) times τ; nothing where it has none."""
    drift = run.stability_drift_pct
    return "" if drift is None else f"up to {drift:.{digits}f} % of power drift may still come"
