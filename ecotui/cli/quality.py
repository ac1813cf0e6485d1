"""`ecotui quality`: the arms of a session without energy windows, scored and stored."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from ecotui.cli.parts import board_of, check
from ecotui.cli.run import carried_out
from ecotui.cli.words_quality import alone_plan
from ecotui.core.errors import BoardError, NoSuchBoardError
from ecotui.core.plan import Plan
from ecotui.core.units import clean


def quality(chosen: argparse.Namespace) -> int:
    """Score the arms and store them; where no GPU answers and none was asked for, on the CPU."""
    plan, why = quality_plan(chosen)
    check(plan)
    if why:
        sys.stderr.write(f"Scored on the CPU: {clean(why)}\n")
    return carried_out(plan, chosen)


def quality_plan(chosen: argparse.Namespace) -> tuple[Plan, str]:
    """The plan that was typed, checked, and why it is not on a GPU where nobody asked for that.

    Raises:
        UsageError: it cannot be meant.
    """
    sensor = chosen.sensor or ("simulated" if chosen.device == "cpu" else "nvml")
    plan = alone_plan(chosen, sensor).checked()
    asked = any(it is not None for it in (chosen.sensor, chosen.device, chosen.gpu))
    why = "" if asked else _no_board(plan)
    return (alone_plan(chosen, "simulated").checked() if why else plan), why


def _no_board(plan: Plan) -> str:
    """Why no board answers; empty where one does."""
    try:
        with closing(board_of(plan)):
            return ""
    except (BoardError, NoSuchBoardError) as error:
        return error.what
