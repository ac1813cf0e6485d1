"""When a paired session that goes on until its ratio is known so well may end: by precision, never by significance.

Whoever looks after every block and stops at the first interval that is narrow enough stops too often where the spread
happens to be underestimated: Student's 95 % interval then holds the truth in as few as 90 of 100 sessions. So the rule
and every interval told of such a session are a little wider (`LEVEL`), and before the fifth block the 99 % interval has
to be that narrow. The interval then covers 93 to 97 %, whatever the spread and the maximum: the tests simulate it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ecotui.core.pairs import JOULES, log_ratios
from ecotui.core.plan import Plan
from ecotui.core.rows import WindowRow
from ecotui.core.schedule import LEAST_BLOCKS
from ecotui.core.statistics import deviation, t_quantile

EARLY = 5
"""Before this block the interval of `EARLY_LEVEL` has to be narrow enough."""
EARLY_LEVEL = 0.99
LEVEL = 0.965
"""Of Student's interval where the blocks were counted by the rule: what covers 95 % there."""
PRECISION, BLOCKS = "precision", "blocks"
BY_PRECISION = f"Stopped by {PRECISION}"
"""How the log's notice begins that no further block is needed."""


def half_width(logs: Sequence[float], level: float = 0.95) -> float | None:
    """Half of Student's interval of the mean of some log ratios; None below two."""
    spread = deviation(logs)
    return None if spread is None else t_quantile((1 + level) / 2, len(logs) - 1) * spread / math.sqrt(len(logs))


def precise(logs: Sequence[float], until_pct: float) -> bool:
    """Whether the ratio of so many blocks is known to ± `until_pct` percent, by the rule."""
    if len(logs) < LEAST_BLOCKS:
        return False
    half = half_width(logs, EARLY_LEVEL if len(logs) < EARLY else LEVEL)
    return half is not None and 100 * math.expm1(half) <= until_pct


def reached(plan: Plan, windows: Sequence[WindowRow]) -> bool:
    """Whether the second arm's gross energy a token against the first's is known as well as the plan asks."""
    until_pct = plan.protocol.until_pct
    if until_pct is None:
        return False
    first, second = ([w for w in windows if arm_of(w) == number] for number in (0, 1))
    return precise(log_ratios(first, second, JOULES), until_pct)


def arm_of(window: WindowRow) -> int:
    """The number of the arm that a window is of."""
    return int(window.run_id.rpartition(".")[2])


def stopped_by(plan: Plan, blocks: int, outcome: str | None, *, precise: bool = False) -> str | None:
    """What ended the blocks of a session that was to go on until its ratio is known: "precision", or "blocks".

    blocks: how many were measured, of which the plan has a maximum. precise: the log says that they end by precision,
    whatever became of the session after that. None where the plan asks for no precision, or a session of which the
    log does not say so did not complete.
    """
    if plan.protocol.until_pct is None:
        return None
    if precise:
        return PRECISION
    if outcome != "completed":
        return None
    return PRECISION if blocks < plan.protocol.blocks else BLOCKS
