"""Boards of a made host: they answer, hang or are lost as a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

from ecotui.core.errors import BoardError
from ecotui.core.reading import BoardInfo, Reading
from ecotui.sensors.details import Details, User
from ecotui.sensors.lookout import Opener

NAME = "NVIDIA H100 80GB HBM3"


def info(number: int) -> BoardInfo:
    """What board `number` is."""
    return BoardInfo(NAME, f"GPU-{number}a3f1c2e-77aa", number, "nvml", 700.0, 85_520_809_984, "580.159", "13.0")


class MadeBoard:
    """Draws 100 W and 50 more a number; `asked` counts looks at its sensors, `looked` is set after each look."""

    def __init__(self, number: int, at_ns: int = 1_000, users: Sequence[User] = ()) -> None:
        self.info, self.at_ns, self.users = info(number), at_ns, tuple(users)
        self.asked, self.opened, self.lost, self.errors = 0, 0, False, 0
        self.sparing = False
        self.entered, self.looked, self.free = Event(), Event(), Event()
        self.free.set()
        """Cleared, its driver hangs."""

    def read(self) -> Reading:
        self.entered.set()
        self.free.wait(30)
        if self.lost:
            raise BoardError(f"GPU {self.info.index} ({NAME}) is lost: it no longer answers.", "See `dmesg`.")
        self.asked += 1
        watts = 100.0 + 50 * self.info.index
        return Reading(self.at_ns, watts, watts, None, 51.0, 1980.0, 97.0, 14_200_000_000, 0x4)

    def details(self, *, sparing: bool = False) -> Details:
        self.sparing = sparing
        self.looked.set()
        return Details(600.0, 35.0, True, self.errors, False, self.users)

    def close(self) -> None:
        """Nothing is held."""


def opener(board: MadeBoard) -> Opener:
    """Opens it, and counts that."""

    def made() -> MadeBoard:
        board.opened += 1
        return board

    return made  # type: ignore[return-value]
