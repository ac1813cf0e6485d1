"""What follows from a plan alone about the phases of its arms: the recorder goes by it, and progress counts on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

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
    protocol, arms = plan.protocol, list(range(len(plan.arms)))
    rounds = _shuffled(plan) if protocol.order == "random" else repeat((arms, arms[::-1]))
    return tuple(
        Visit(arm, block)
        for block, both in zip(range(1, protocol.blocks + 1), rounds, strict=False)
        for one in both
        for arm in one
    )


def gated_arm(plan: Plan) -> int:
    """The arm under whose load the board has to settle where all are resident together: the steadiest that there is.

    A captured step draws the same power for as long as it goes on; an eager loop wanders with its host.
    """
    steady = (number for number, arm in enumerate(plan.arms) if arm.engine == "graph")
    return next(steady, visits(plan)[0].arm)


def _shuffled(plan: Plan) -> Iterator[tuple[list[int], list[int]]]:
    """Both halves of every block, by the plan's seed."""
    import random  # of no use to the application's first frame

    shuffled, arms = random.Random(plan.protocol.seed), range(len(plan.arms))  # noqa: S311 - an order, not a secret
    while True:
        yield shuffled.sample(arms, len(arms)), shuffled.sample(arms, len(arms))


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
