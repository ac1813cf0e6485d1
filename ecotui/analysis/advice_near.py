"""How near a point is to the model and the board that somebody asks about."""

from __future__ import annotations

from collections.abc import Iterator

from ecotui.analysis.points import Point
from ecotui.analysis.points_names import shape_of
from ecotui.analysis.sweep_report_published import same_family
from ecotui.core.boards import same_board
from ecotui.core.sample_models import is_sample
from ecotui.core.shapes import PREFIX

EXACT, OTHER_BATCH = "this model and board", "this model and board, another batch size"
FAMILY = "another version of the model on the same board"
OTHER_BOARD, OTHER_MODEL = "the same model on another board", "the same board with another model"
FAMILY_ELSEWHERE = "another version of the model on another board"
NEAR = (EXACT, OTHER_BATCH, FAMILY, OTHER_BOARD, FAMILY_ELSEWHERE, OTHER_MODEL)
"""How near evidence is to what was asked, the nearest first; all but the first is weaker."""


def nearness(point: Point, model: str, gpu: str, batch: int | None) -> str | None:
    """How near a point is to what was asked, a word of NEAR; None where neither model nor board is the same.

    A sample model leaves the board idle, so that its joules say nothing of another model on it.
    """
    same_model, here = same_model_as(point, model), same_board_as(point.gpu, gpu)
    if same_model and here:
        return EXACT if batch in (None, point.batch_size) else OTHER_BATCH
    if same_model:
        return OTHER_BOARD
    if _same_family_as(point, model):
        return FAMILY if here else FAMILY_ELSEWHERE
    return OTHER_MODEL if here and not is_sample(point.model) else None


def same_model_as(point: Point, model: str) -> bool:
    """Whether a point is of the model: the same name, or the same published shape."""
    asked = shape_of(model)
    if asked is not None:
        return point.shape == asked
    return _plain(point.model) == _plain(model)


def _same_family_as(point: Point, model: str) -> bool:
    """Whether one name goes on where the other ends: Mistral-7B-v0.1, Mistral-7B."""
    return any(same_family(a, b) or same_family(b, a) for a in _names(point.model) for b in _names(model))


def _names(model: str) -> Iterator[str]:
    yield _plain(model)
    shape = shape_of(model)
    if shape is not None:
        yield shape.name


def _plain(model: str) -> str:
    return model.strip().lower().removeprefix(PREFIX).rpartition("/")[2]


def taken_as(model: str) -> str:
    """Whose shape stands for a name that does not say which version it is of; empty where it says so itself."""
    shape = shape_of(model)
    if shape is None or not shape.hub_id or model.lower().startswith(PREFIX):
        return ""
    title = shape.hub_id.rpartition("/")[2]
    return "" if title.lower() == _plain(model) else title


def same_board_as(gpu: str, asked: str) -> bool:
    """Whether a point's board is the one asked for: A800 is NVIDIA A800 80GB PCIe, RTX 4090 is not RTX 4090D."""
    return same_board(gpu, asked)
