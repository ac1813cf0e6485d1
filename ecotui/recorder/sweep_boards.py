"""A sweep is not begun where others record on all of its boards: it would only fail, one session after the other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from ecotui.core.errors import NoSuchBoardError
from ecotui.core.sweep import SweepPlan
from ecotui.recorder.board_lock import holder_of
from ecotui.recorder.holders import HeldError
from ecotui.recorder.sweep import is_driven, read_record
from ecotui.sensors.board import CHOOSE, Board, open_board
from ecotui.store.home import Home

CHOOSE_SEVERAL = "Choose among them with --gpus."


def opened(sensor: str, gpu: int) -> Board:
    """A board of a sweep.

    Raises:
        NoSuchBoardError: it is not there; the advice names a sweep's own option.
        BoardError: the driver or its Python module cannot be used.
    """
    try:
        return open_board(sensor, gpu)
    except NoSuchBoardError as error:
        raise NoSuchBoardError(error.what, CHOOSE_SEVERAL if error.advice == CHOOSE else error.advice) from error


def refuse_boards(home: Home, plan: SweepPlan, gpus: Sequence[int], sweep: str | None) -> None:
    """Nothing where a board is free, or held by a session of `sweep` itself, which is to be gone on with.

    Raises:
        BoardError, NoSuchBoardError: a board is not there or does not answer.
        HeldError: every board is another recorder's; it tells of the first.
    """
    if sweep is not None and is_driven(home, sweep):
        return
    own = _sessions(home, sweep) if sweep is not None else frozenset()
    held: list[HeldError] = []
    for gpu in gpus:
        with closing(opened(plan.sensor, gpu)) as board:
            holder = holder_of(board.info)
            if holder is not None and not (holder.log and holder.log.parent.name in own):
                held.append(HeldError(board.info, holder))
    if held and len(held) == len(gpus):
        raise held[0]


def _sessions(home: Home, sweep: str) -> frozenset[str]:
    return frozenset(str(event.session) for event in read_record(home, sweep).events if hasattr(event, "session"))
