"""An arm's memory, forecast before it is loaded: one that would not fit is refused while nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass

from ecotui.core.arm import Arm
from ecotui.core.events import Forecast
from ecotui.core.forecast import REFUSE_SHARE, Dimensions, ForecastParts, forecast, largest_batch
from ecotui.core.messages import Failed
from ecotui.core.reading import BoardInfo, Reading
from ecotui.core.units import gigabytes
from ecotui.recorder.dimensions import dimensions_of


@dataclass(frozen=True, slots=True)
class Foresight:
    """What is known of an arm's memory before its load."""

    forecast: Forecast | None = None
    """None where nothing on this machine tells the model's dimensions."""
    refusal: Failed | None = None
    """Why it is not loaded."""
    caution: str = ""


def foresee(arm: Arm, number: int, board: BoardInfo, reading: Reading, at_ns: int) -> Foresight:
    """Forecast an arm's memory against what `reading` leaves free of the board."""
    dimensions = dimensions_of(arm)
    if dimensions is None:
        return Foresight(caution=f"No memory forecast: the dimensions of {arm.model} are not on this machine.")
    parts = forecast(dimensions, arm, free_b=free_b(board, reading))
    event = Forecast(
        at_ns,
        number,
        parts.weights_b,
        parts.cache_b,
        parts.activations_b + parts.graph_pool_b,  # the event has no other place for it
        parts.overhead_b,
        parts.total_b,
        parts.free_b,
        parts.basis,
    )
    if parts.refused:
        return Foresight(event, _refusal(arm, dimensions, parts))
    return Foresight(event, caution=_tight(parts) if parts.tight else "")


def free_b(board: BoardInfo, reading: Reading) -> int | None:
    """Bytes free on the board; None where it does not tell."""
    if board.memory_total_b is None or reading.memory_used_b is None:
        return None
    return max(board.memory_total_b - reading.memory_used_b, 0)


def _refusal(arm: Arm, dimensions: Dimensions, parts: ForecastParts) -> Failed:
    what = (
        f"{arm.label} was not loaded: it needs about {gigabytes(parts.total_b)}, "
        f"over {100 * REFUSE_SHARE:.0f} % of the {gigabytes(parts.free_b)} that are free on the board."
    )
    largest = largest_batch(dimensions, arm, parts.free_b or 0)
    if largest is None:
        return Failed(what, "Not even one row fits: use a smaller model or --quant nf4, or free the GPU.")
    return Failed(what, f"The largest that fits is --batch-size {largest}.")


def _tight(parts: ForecastParts) -> str:
    return (
        f"Little room: about {gigabytes(parts.total_b)} of the {gigabytes(parts.free_b)} free are needed, "
        "and the load itself may need more."
    )
