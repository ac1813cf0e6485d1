"""Chooses between real, simulated and recorded; everything else is given what it works with."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ecotui.cli.checking_quality import check_quality
from ecotui.core.arm import Arm
from ecotui.core.errors import UsageError
from ecotui.core.plan import Plan
from ecotui.core.sample_models import place
from ecotui.core.shapes import shape
from ecotui.sensors.board import Board, open_board


def board_of(plan: Plan) -> Board:
    """The board that a plan names, opened.

    Raises:
        BoardError: its driver does not answer.
        NoSuchBoardError: the host has no board of that index.
    """
    return open_board(plan.sensor, plan.gpu)


def check(plan: Plan) -> Plan:
    """The plan, after everything that can be known before a recorder starts: a refusal leaves no session behind.

    Raises:
        UsageError: some part of it cannot be meant.
        BoardError: the board does not answer.
        HeldError: another recorder has the board.
    """
    from ecotui.recorder.board_lock import refuse_held

    plan.checked()
    for arm in plan.arms:
        check_model(arm)
    check_quality(plan.quality, plan.arms)
    with closing(board_of(plan)) as board:
        refuse_held(board.info)
    return plan


def check_model(arm: Arm) -> None:
    """Refuse a model's name that cannot lead anywhere; whether a hub id exists is seen when it is loaded.

    Raises:
        UsageError: no such shape, no such sample, or no such folder.
    """
    if arm.synthetic:
        shape(arm.model.partition(":")[2])
        return
    path = Path(place(arm.model)).expanduser()
    if arm.model.startswith(("/", "./", "../", "~")) and not path.is_dir():
        raise UsageError(f"There is no folder {arm.model}.", "Name the folder that holds the model's config.json.")
