"""How near a point is to the model and the board that somebody asks about."""

from __future__ import annotations

import re

from ecotui.analysis.points import Point
from ecotui.analysis.points_names import shape_of
from ecotui.core.roofline import PLAIN

EXACT, OTHER_BATCH = "this model and board", "this model and board, another batch size"
OTHER_BOARD, OTHER_MODEL = "the same model on another board", "the same board with another model"
NEAR = (EXACT, OTHER_BATCH, OTHER_BOARD, OTHER_MODEL)
"""How near evidence is to what was asked, the nearest first; all but the first is weaker."""


def nearness(point: Point, model: str, gpu: str, batch: int | None) -> str | None:
    """How near a point is to what was asked, a word of NEAR; None where neither model nor board is the same."""
    same_model, same_board = same_model_as(point, model), same_board_as(point.gpu, gpu)
    if same_model and same_board:
        return EXACT if batch in (None, point.batch_size) else OTHER_BATCH
    return OTHER_BOARD if same_model else OTHER_MODEL if same_board else None


def same_model_as(point: Point, model: str) -> bool:
    """Whether a point is of the model: the same name, or the same published shape."""
    asked = shape_of(model)
    if asked is not None:
        return point.shape == asked
    return _plain(point.model) == _plain(model)


def _plain(model: str) -> str:
    return model.lower().removeprefix("synthetic:").rpartition("/")[2]


def same_board_as(gpu: str, asked: str) -> bool:
    """Whether every word that tells of the board asked for is in the name: H100 is NVIDIA H100 80GB HBM3."""
    return words(asked) <= words(gpu)


def words(gpu: str) -> set[str]:
    """The words of a board's name that tell one from another."""
    return set(re.findall(r"[a-z0-9]+", gpu.lower())) - PLAIN
