"""What the forms of a run and of a sweep make of typed numbers."""

from __future__ import annotations

from ecotui.core.errors import UsageError
from ecotui.core.plan import GATE_FLOOR_S


def number_of(text: str, what: str) -> float:
    """The number in a field; `what` begins the sentence of the UsageError where it is none."""
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{what} must be a number, not {text!r}.") from None


def whole_of(text: str, what: str) -> int:
    """The whole number in a field; `what` begins the sentence of the UsageError where it is none."""
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{what} must be a whole number, not {text!r}.") from None


def gate_turned(seconds: float, steps: int, sensor: str) -> float:
    """Twice or half of a gate's seconds; below the least that it may look back, no gate at all."""
    least = GATE_FLOOR_S.get(sensor, 1.0)
    if steps > 0:
        return max(seconds * 2, least)
    return seconds / 2 if seconds / 2 >= least else 0.0
