"""Which arms of a session may be resident at the same time, told from their forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ecotui.core.arm import Arm
from ecotui.core.events import Forecast
from ecotui.core.forecast import REFUSE_SHARE
from ecotui.core.messages import Failed
from ecotui.core.plan import Plan
from ecotui.core.reading import BoardInfo, Reading
from ecotui.core.units import gigabytes
from ecotui.recorder.foresight import foresee


class Sizes(Protocol):
    """Parts of an arm's memory, in bytes."""

    @property
    def weights_b(self) -> int: ...
    @property
    def cache_b(self) -> int: ...
    @property
    def activations_b(self) -> int:
        """With the pool of a captured graph."""

    @property
    def overhead_b(self) -> int: ...
    @property
    def scoring_b(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Foreseeable:
    """What is known of the memory of some arms before the first is loaded."""

    forecasts: tuple[Forecast, ...] = ()
    refusal: Failed | None = None
    """Why they are not loaded."""
    cautions: tuple[str, ...] = ()
    together: bool = True
    """Whether all of them fit beside each other."""


def foresee_all(
    plan: Plan, numbers: Sequence[int], board: BoardInfo, reading: Reading, at_ns: int, *, host_b: int | None = None
) -> Foreseeable:
    """Forecast arms of a plan; one that does not fit by itself is refused.

    host_b: bytes that the host has, where the arms are loaded there.
    """
    found = [foresee(plan.arms[n], n, board, reading, at_ns, quality=plan.quality, host_b=host_b) for n in numbers]
    forecasts = tuple(f.forecast for f in found if f.forecast is not None)
    cautions = tuple(dict.fromkeys(f.caution for f in found if f.caution))
    if refusal := next((f.refusal for f in found if f.refusal is not None), None):
        return Foreseeable(forecasts, refusal, cautions)
    if len(numbers) < 2 or len(forecasts) < len(numbers) or forecasts[0].free_b is None:
        return Foreseeable(forecasts, None, cautions)
    needed_b = together_b([plan.arms[f.arm] for f in forecasts], forecasts)
    free_b = forecasts[0].free_b if host_b is None else min(forecasts[0].free_b, host_b)
    if needed_b <= REFUSE_SHARE * free_b:
        return Foreseeable(forecasts, None, cautions)
    apart = (
        f"Side by side the arms need about {gigabytes(needed_b)} of the {gigabytes(free_b)} that are free"
        f"{_for_scoring(plan, needed_b, free_b, forecasts)}: {_by_turns(plan)}."
    )
    return Foreseeable(forecasts, None, (*cautions, apart), together=False)


def _by_turns(plan: Plan) -> str:
    if plan.quality is not None and plan.quality.alone:
        return "each is loaded by itself"
    return f"each is loaded again{', and gated again,' if plan.protocol.gate_s else ''} whenever its turn comes"


def _for_scoring(plan: Plan, needed_b: int, free_b: int, forecasts: Sequence[Forecast]) -> str:
    """Whether it is the scoring that does not fit, in words."""
    without = together_b([plan.arms[f.arm] for f in forecasts], [replace(f, scoring_b=0) for f in forecasts])
    return " while their quality is scored" if without <= REFUSE_SHARE * free_b < needed_b else ""


def together_b(arms: Sequence[Arm], forecasts: Sequence[Sizes]) -> int:
    """Bytes of arms beside each other: shared weights once, every cache, the largest activations, with what scoring
    needs beyond them, and one context."""
    weights = {shared_weights(arm): forecast.weights_b for arm, forecast in zip(arms, forecasts, strict=True)}
    caches = sum(f.cache_b for f in forecasts)
    most = max(f.activations_b + f.scoring_b for f in forecasts)
    return sum(weights.values()) + caches + most + max(f.overhead_b for f in forecasts)


def shared_weights(arm: Arm) -> tuple[object, ...]:
    """Arms that agree in this run on the same weights."""
    return arm.model, arm.quantization, arm.outliers, arm.trust_remote_code
