"""Plans that were run before, from the first lines of the newest sessions' logs."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from ecotui.core.errors import EcotuiError
from ecotui.core.events import Header
from ecotui.core.plan import Plan
from ecotui.core.units import clean, counted
from ecotui.log.reader import read_events
from ecotui.store.home import Home

LOOKED_AT = 30
"""Logs whose first line is read at most."""
MOST = 6
"""Plans that are told."""


def recent_plans(home: Home, like: Plan) -> list[Plan]:
    """Different plans of this home, the newest first, for the sensor and the device of `like`."""
    logs = sorted(home.sessions.glob("*/log.jsonl*"), reverse=True)[:LOOKED_AT]
    found: dict[Plan, None] = {}
    for log in logs:
        plan = _plan(log)
        if plan is not None and (plan.sensor, plan.device) == (like.sensor, like.device):
            found[plan] = None
        if len(found) == MOST:
            break
    return list(found)


@lru_cache(LOOKED_AT * 2)
def _plan(log: Path) -> Plan | None:
    """The plan of a session, which its log never changes; None where that cannot be read."""
    with suppress(EcotuiError, ValueError, KeyError, TypeError):
        first = next(iter(read_events(log)), None)
        return Plan.from_dict(first.plan).checked() if isinstance(first, Header) else None
    return None


def words_of_plan(plan: Plan) -> str:
    """A plan in a line."""
    arms = " · ".join(clean(arm.label, 60) for arm in plan.arms)
    it = plan.protocol
    how = counted(it.blocks, "block") if it.blocks else counted(it.windows, "window")
    return f"{arms}, {how} of {plan.protocol.window_s:g} s"
