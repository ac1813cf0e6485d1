"""What follows from a plan alone about the phases of its arms: the recorder goes by it, and progress counts on it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ecotui.core.arm import Arm
from ecotui.core.plan import Plan, Protocol

SETTLE_S = 1.0
"""After loading, before the idle baseline: the board's own mean looks back this far."""
COOL_S = 3.0
"""After the last window, before the second idle baseline: long enough for the board's own mean and its clocks."""
SPLIT_ROUNDS = 3
"""Windows at each other output length."""

TURN_TOKENS = 16
"""Discarded tokens a row when a paired session turns to another arm: caches and clocks are its own by then."""
LEAST_BLOCKS = 3
"""No session that goes on until its ratio is known ends before: two blocks have no spread to speak of."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One window of a paired session: whose turn it is, and in which block."""

    arm: int
    block: int
    """From 1."""


def visits(plan: Plan) -> tuple[Visit, ...]:
    """Whose turn it is, window by window: every block visits each arm twice.

    "abba" goes through the arms and back, so that a steady drift weighs on all of them alike; "random" shuffles each
    half of a block by the plan's seed.
    """
    protocol, arms = plan.protocol, range(len(plan.arms))
    shuffled = random.Random(protocol.seed)  # noqa: S311 - an order, not a secret
    out: list[Visit] = []
    for block in range(1, protocol.blocks + 1):
        if protocol.order == "random":
            rounds = [shuffled.sample(arms, len(arms)) for _ in range(2)]
        else:
            rounds = [list(arms), list(reversed(arms))]
        out += [Visit(arm, block) for one in rounds for arm in one]
    return tuple(out)


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
