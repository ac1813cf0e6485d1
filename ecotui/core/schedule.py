"""What follows from a plan alone about the phases of its arms: the recorder goes by it, and progress counts on it."""

from __future__ import annotations

from ecotui.core.arm import Arm
from ecotui.core.plan import Protocol

SETTLE_S = 1.0
"""After loading, before the idle baseline: the board's own mean looks back this far."""
COOL_S = 3.0
"""After the last window, before the second idle baseline: long enough for the board's own mean and its clocks."""
SPLIT_ROUNDS = 3
"""Windows at each other output length."""


def settle_s(protocol: Protocol) -> float:
    """Seconds between the load's end and the idle baseline."""
    return min(SETTLE_S, protocol.idle_s / 2)


def cool_s(protocol: Protocol) -> float:
    """Seconds between the last window and the second idle baseline."""
    return min(COOL_S, protocol.idle_s / 2)


def split_lengths(arm: Arm, protocol: Protocol) -> tuple[int, ...]:
    """Output lengths of the windows that split prefill from decode, in order; empty where the plan has none.

    A quarter and a half of the arm's own, by turns, so that a drift of the board does not pass for a length's energy.
    """
    if not protocol.split_prefill:
        return ()
    lengths = sorted({max(1, arm.new_tokens // 4), max(1, arm.new_tokens // 2)} - {arm.new_tokens})
    return tuple(lengths) * SPLIT_ROUNDS
