"""How long each call to a board takes: a board, and for a real one the driver's module, that hold a stopwatch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ecotui.core.reading import BoardInfo, Reading, Ring, Slow
from ecotui.core.selftest import Cost
from ecotui.sensors.board import Board, open_board

T = TypeVar("T")
LOOKS = {"read": "a reading", "energy_j": "the energy counter", "ring": "a drain of the ring", "slow": "a slow look"}
"""Calls of a board and what they are for people."""
DRIVER = "nvmlDevice"
"""What the names of the driver's calls about one board begin with."""


@dataclass
class Stopwatch:
    """Lengths of calls by name, while it runs."""

    runs: bool = True
    taken: dict[str, list[int]] = field(default_factory=dict)

    def timed(self, name: str, call: Callable[..., T], *arguments: Any) -> T:
        """What the call gives; how long it took goes under its name."""
        began = time.perf_counter_ns()
        try:
            return call(*arguments)
        finally:
            if self.runs:
                self.taken.setdefault(name, []).append(time.perf_counter_ns() - began)

    def costs(self) -> list[Cost]:
        """Every call's lengths, whole looks first."""
        looks = [name for name in LOOKS.values() if name in self.taken]
        rest = sorted(self.taken.keys() - set(looks))
        return [Cost(name, list(self.taken[name])) for name in (*looks, *rest)]


class TimedBoard:
    """A board whose looks are timed."""

    def __init__(self, board: Board, watch: Stopwatch) -> None:
        self._board, self._watch = board, watch

    @property
    def info(self) -> BoardInfo:
        return self._board.info

    def read(self) -> Reading:
        return self._watch.timed(LOOKS["read"], self._board.read)

    def energy_j(self) -> float | None:
        return self._watch.timed(LOOKS["energy_j"], self._board.energy_j)

    def ring(self) -> Ring | None:
        return self._watch.timed(LOOKS["ring"], self._board.ring)

    def slow(self) -> Slow:
        return self._watch.timed(LOOKS["slow"], self._board.slow)

    def observe(self, message: object) -> None:
        self._board.observe(message)

    def close(self) -> None:
        self._board.close()


class TimedModule:
    """The driver's module whose calls about a board are timed, each under its name; all else is the module's own."""

    def __init__(self, module: Any, watch: Stopwatch) -> None:
        self._module, self._watch = module, watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if not name.startswith(DRIVER) or not callable(found):
            return found

        def call(*arguments: Any) -> Any:
            return self._watch.timed(label(name, arguments), found, *arguments)

        return call


def label(name: str, arguments: tuple[Any, ...]) -> str:
    """The call's name; with the fields where it asks for some, since each costs its own time."""
    fields = [a for a in arguments if isinstance(a, list)]
    short = name.removeprefix(DRIVER)
    return f"{short} {' '.join(str(f) for f in fields[0])}" if fields else short


def open_timed(sensor: str, gpu: int, watch: Stopwatch) -> Board:
    """The board number `gpu`, its calls timed.

    Raises:
        BoardError, UsageError: as `ecotui.sensors.board.open_board`.
    """
    if sensor != "nvml":
        return TimedBoard(open_board(sensor, gpu), watch)
    from ecotui.sensors.nvml import load
    from ecotui.sensors.nvml_board import NvmlBoard

    return TimedBoard(NvmlBoard(TimedModule(load(), watch), gpu), watch)
