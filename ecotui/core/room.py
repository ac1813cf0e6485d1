"""What is free for a load and where: on the board, or in the memory of the host that runs a model on its CPU."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """What a forecast is held against."""

    free_b: int | None = None
    """Bytes; None where nobody knows."""
    on_host: bool = False
    """Whether it is the host's memory that is free, and not a board's."""
    captured: bool = True
    """Whether a decoding step can be captured there: the CPU captures nothing."""


def room_of(board_b: int | None, host_b: int | None = None) -> Room:
    """The room of an arm where `board_b` bytes are free on its board.

    host_b: bytes that the host has, where the arm is loaded there; the board's own count where they are fewer.
    """
    on_host = host_b is not None and (board_b is None or host_b < board_b)
    return Room(host_b if on_host else board_b, on_host, host_b is None)
