"""One look at the evidence for Advice, off the drawing thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecotui.core.errors import EcotuiError
from ecotui.ui.widgets.finding_look import gather

if TYPE_CHECKING:
    from ecotui.analysis.advice import Advice
    from ecotui.analysis.points import Point
    from ecotui.ui.app import EcotuiApp


HOW_TO = "Advice is for a model and a board: type both, or a part of the board's name, such as H100."


@dataclass(frozen=True, slots=True)
class Names:
    """What there is evidence of, the most frequent first, and what to begin with."""

    models: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    model: str = ""
    board: str = ""


@dataclass(frozen=True, slots=True)
class Advised:
    """All that one look brought."""

    model: str
    board: str
    advice: Advice | None = None
    problems: tuple[str, ...] = ()
    """A sentence for every file that was passed over."""
    failure: str = ""
    """Why there is no advice, as a sentence."""


def look(app: EcotuiApp, model: str, board: str) -> Advised:
    """Advice from the store as it is now."""
    from ecotui.analysis.advice import advise

    if not (model and board):
        return Advised(model, board, failure=HOW_TO)
    try:
        found, problems = gather(app)
        advice = advise(found.points, model, board, windows=app.store.windows)
    except EcotuiError as error:
        return Advised(model, board, failure=str(error))
    return Advised(model, board, advice, tuple(problems))


def suggested(app: EcotuiApp, model: str, board: str) -> Names:
    """The plan's model and the board that is chosen or watched, where there is evidence of them."""
    try:
        found, _ = gather(app)
    except EcotuiError:
        return Names(model=model, board=board)
    return names(found.points, model, board)


def names(points: Sequence[Point], model: str, board: str) -> Names:
    """Of simulated points none: they are no evidence."""
    from ecotui.analysis.advice import same_board_as, same_model_as

    real = [p for p in points if p.kind != "simulated"]
    models, boards = _frequent([p.model for p in real]), _frequent([p.gpu for p in real])
    here = [p for p in real if board and same_board_as(p.gpu, board)] or real
    mine = [p for p in here if same_model_as(p, model)] or here
    if not mine:
        return Names(models, boards, model, board)
    first = _frequent([p.gpu for p in mine])[0]
    own = [p.model for p in mine if p.gpu == first]
    return Names(models, boards, _frequent(own)[0], first)


def _frequent(some: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name, _ in Counter(some).most_common())
