"""The plans that the Sweep offers."""

from __future__ import annotations

from typing import Any

from ecotui.core.errors import EcotuiError
from ecotui.core.sweep import SweepPlan
from ecotui.ui.parts import Parts


def plans_for(parts: Parts) -> list[SweepPlan]:
    """The shipped plans, for the sensor and the device that the application was opened with.

    A CPU takes the application's own model in place of theirs, which would keep it busy for days.
    """
    from ecotui.core.sweep_file import read_plan, shipped_plans

    given = parts.plan
    changes: dict[str, Any] = {"sensor": given.sensor, "device": given.device, "gpus": (given.gpu,)}
    if given.device == "cpu":
        changes["models"] = (given.arms[0].model,)
    found = []
    for path in shipped_plans().values():
        try:
            found.append(read_plan(path, changes))
        except EcotuiError:  # a plan that makes no sense on this device is none to offer
            continue
    return sorted(found, key=lambda plan: len(plan.groups()))
