"""A board is what has sensors: a card behind NVML, or a simulated one that is shipped beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ecotui.core.errors import NoSuchBoardError, UsageError
from ecotui.core.plan import SENSORS
from ecotui.core.reading import BoardInfo, Reading, Ring, Slow


class Board(Protocol):
    """The seam between sensors and everything that reads them; safe to call from several threads."""

    @property
    def info(self) -> BoardInfo:
        """What the board is, as found when it was opened."""
        ...

    def read(self) -> Reading:
        """Every sensor but the energy counter (`energy_j` is None); `at_ns` is when the look was over.

        A sensor that the board lacks, or that did not answer this time, is None.

        Raises:
            BoardError: the board or its driver is gone.
        """
        ...

    def energy_j(self) -> float | None:
        """The energy counter, joules; None where there is none, or where it did not answer.

        Raises:
            BoardError: the board or its driver is gone.
        """
        ...

    def ring(self) -> Ring | None:
        """Samples of the driver's own ring since the last call; None where it has none, or none that is new.

        The ring holds some 2.4 s: asked once a second, nothing of it is lost.

        Raises:
            BoardError: the board or its driver is gone.
        """
        ...

    def slow(self) -> Slow:
        """Cumulative throttle times and the processes on the board.

        Raises:
            BoardError: the board or its driver is gone.
        """
        ...

    def observe(self, message: object) -> None:
        """Takes in what the worker reports (`ecotui.core.messages.Reply`), or None once it has ended.

        A real board feels the work by itself and ignores it.
        """
        ...

    def close(self) -> None:
        """Lets go of the board; a second call does nothing."""
        ...


def open_board(sensor: str, gpu: int) -> Board:
    """The board number `gpu` behind "nvml" or "simulated".

    Raises:
        NoSuchBoardError: this host has no board of that number.
        BoardError: the driver or its Python module cannot be used.
        UsageError: no sensor has that name, or the faults asked of the simulated one cannot be read.
    """
    if sensor == "nvml":
        from ecotui.sensors.nvml import load
        from ecotui.sensors.nvml_board import NvmlBoard

        return NvmlBoard(load(), gpu)
    if sensor == "simulated":
        from ecotui.sensors.faults import faults_from_environment
        from ecotui.sensors.simulated import SimulatedBoard

        return SimulatedBoard(gpu, faults=faults_from_environment())
    raise _no_sensor(sensor)


def list_boards(sensor: str) -> list[BoardInfo]:
    """Every board behind "nvml" or "simulated" that answers, by number.

    Raises:
        BoardError: the driver or its Python module cannot be used.
        UsageError: no sensor has that name.
    """
    if sensor == "nvml":
        from ecotui.sensors.nvml import list_infos, load

        return list_infos(load())
    if sensor == "simulated":
        from ecotui.sensors.simulated import simulated_count, simulated_info

        return [simulated_info(gpu) for gpu in range(simulated_count())]
    raise _no_sensor(sensor)


def watts(value_w: float | None) -> float | None:
    """Watts as a reading holds them: a powered board never draws nothing, so 0 is a sensor that did not answer."""
    return value_w if value_w is not None and value_w > 0 else None


CHOOSE = "Choose one of them with --gpu."
"""What to do about a number that is not there, where one board is asked for."""


def no_such_board(gpu: int, names: Iterable[str]) -> NoSuchBoardError:
    """The error for a number that is not among the boards; `names` in order of their numbers."""
    there = [f"{number}: {name}" for number, name in enumerate(names)]
    if not there:
        return NoSuchBoardError(f"GPU {gpu} is not there: this host has none.", "Try `--sensor simulated`.")
    return NoSuchBoardError(f"GPU {gpu} is not there: this host has {len(there)} ({', '.join(there)}).", CHOOSE)


def _no_sensor(sensor: str) -> UsageError:
    return UsageError(f"There is no sensor {sensor!r}.", f"Choose one of: {', '.join(SENSORS)}.")
