"""An arm's memory, forecast before it is loaded: one that would not fit is refused while nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from ecotui.core.arm import Arm
from ecotui.core.events import Forecast
from ecotui.core.forecast import REFUSE_SHARE, Dimensions, ForecastParts, forecast, largest_batch
from ecotui.core.forecast_scoring import window_of
from ecotui.core.messages import Failed
from ecotui.core.quality import Quality
from ecotui.core.reading import BoardInfo, Reading
from ecotui.core.room import Room, room_of
from ecotui.core.units import gigabytes
from ecotui.recorder.dimensions import dimensions_of


class Place(NamedTuple):
    """Where an arm is loaded."""

    words: str
    way: str
    """What makes room there."""


BOARD = Place("free on the board", "free the GPU")
HOST = Place("available in this host's memory", "end what else fills it")


@dataclass(frozen=True, slots=True)
class Foresight:
    """What is known of an arm's memory before its load."""

    forecast: Forecast | None = None
    """None where nothing on this machine tells the model's dimensions."""
    refusal: Failed | None = None
    """Why it is not loaded."""
    caution: str = ""


def foresee(
    arm: Arm,
    number: int,
    board: BoardInfo,
    reading: Reading,
    at_ns: int,
    *,
    quality: Quality | None = None,
    host_b: int | None = None,
) -> Foresight:
    """Forecast an arm's memory against what `reading` leaves free of the board.

    host_b: bytes that the host has, where the arm is loaded there; it is refused where they are too few, too.
    """
    dimensions = dimensions_of(arm)
    if dimensions is None:
        return Foresight(caution=f"No memory forecast: the dimensions of {arm.model} are not on this machine.")
    free = free_b(board, reading)
    room = room_of(free, host_b)
    parts = forecast(dimensions, arm, free_b=room.free_b, quality=quality, captured=room.captured)
    event = Forecast(
        at_ns,
        number,
        parts.weights_b,
        parts.cache_b,
        parts.activations_b + parts.graph_pool_b,  # the event has no other place for it
        parts.overhead_b,
        parts.total_b,
        free,
        parts.basis,
        parts.scoring_b,
    )
    if parts.refused:
        return Foresight(event, _refusal(arm, dimensions, parts, quality, room))
    if quality is not None and parts.hard_to_score:
        return Foresight(event, caution=_hard_to_score(arm, parts, quality, window_of(dimensions, quality)))
    return Foresight(event, caution=_tight(parts) if parts.tight else "")


def free_b(board: BoardInfo, reading: Reading) -> int | None:
    """Bytes free on the board; None where it does not tell."""
    if board.memory_total_b is None or reading.memory_used_b is None:
        return None
    return max(board.memory_total_b - reading.memory_used_b, 0)


def _refusal(arm: Arm, dimensions: Dimensions, parts: ForecastParts, quality: Quality | None, room: Room) -> Failed:
    where = HOST if room.on_host else BOARD
    weights = replace(parts, total_b=parts.weights_b + parts.overhead_b, scoring_b=0)
    if quality is not None and quality.alone and not weights.refused:
        return _too_large_to_score(arm, parts, quality, window_of(dimensions, quality), where)
    what = (
        f"{arm.label} was not loaded: it needs about {gigabytes(parts.total_b)}, "
        f"over {100 * REFUSE_SHARE:.0f} % of the {gigabytes(parts.free_b)} that are {where.words}."
    )
    largest = largest_batch(dimensions, arm, parts.free_b or 0, quality, room.captured)
    if largest is None:
        return Failed(what, f"Not even one row fits: use a smaller model or --quant nf4, or {where.way}.")
    return Failed(what, f"The largest that fits is --batch-size {largest}.")


def _too_large_to_score(arm: Arm, parts: ForecastParts, quality: Quality, window: int, where: Place) -> Failed:
    what = (
        f"{arm.label} was not loaded: its weights fit, but to score it in {_windows(arm, quality, window)} needs about "
        f"{gigabytes(parts.total_b)} in all, over {100 * REFUSE_SHARE:.0f} % of the {gigabytes(parts.free_b)} that are "
        f"{where.words}."
    )
    return Failed(what, f"{_shorter(quality)}.")


def _hard_to_score(arm: Arm, parts: ForecastParts, quality: Quality, window: int) -> str:
    return (
        f"{arm.label} fits, but its quality may not be scored: {_windows(arm, quality, window)} need about "
        f"{gigabytes(parts.total_b)} in all, over {100 * REFUSE_SHARE:.0f} % of the {gigabytes(parts.free_b)} free. "
        f"Energy is measured first and stays. {_shorter(quality)} if it fails."
    )


def _windows(arm: Arm, quality: Quality, window: int) -> str:
    rows = f"{arm.batch_size:,} windows side by side" if quality.decode_path else "windows"
    return f"{rows} of {window:,} tokens"


def _shorter(quality: Quality) -> str:
    return f"Take a shorter --quality-window{', or a smaller --batch-size' * quality.decode_path}"


def _tight(parts: ForecastParts) -> str:
    return (
        f"Little room: about {gigabytes(parts.total_b)} of the {gigabytes(parts.free_b)} free are needed, "
        "and the load itself may need more."
    )
