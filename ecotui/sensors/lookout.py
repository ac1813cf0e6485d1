"""Every board of the host, looked at once a second while somebody watches.

Each board has a thread of its own: one that no longer answers holds up no other, and is known by its age. A board that
a recorder measures is spared: its sensors are in the session's log, and a second reader would be seen in its figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Event, Thread

from ecotui.core.clock import NS
from ecotui.core.errors import BoardError, EcotuiError
from ecotui.core.reading import BoardInfo, Reading
from ecotui.sensors.board import Board, open_board
from ecotui.sensors.details import Detailed, Details

PERIOD_S = 1.0
AGAIN_S = 5.0
"""How long a board that failed is left alone before it is opened anew."""

Opener = Callable[[], Board]


@dataclass(frozen=True, slots=True)
class Look:
    """What one board told last."""

    gpu: int
    info: BoardInfo | None = None
    """None where it never could be opened."""
    reading: Reading | None = None
    details: Details | None = None
    at_ns: int = 0
    """When it was over, on the clock of readings; 0 before the first."""
    cost_ms: float = 0.0
    """How long its calls took."""
    trouble: str = ""
    """Why the board told nothing this time, and what to do, as sentences."""


def openers(simulated: bool) -> list[Opener]:
    """One for each board of the host by number; a simulated one behind them where it is asked for.

    Raises:
        BoardError: there is none, and why.
    """
    made: list[Opener] = []
    try:
        made = [lambda gpu=gpu: open_board("nvml", gpu) for gpu in range(_count())]  # type: ignore[misc]
        if not made and not simulated:
            raise BoardError("NVIDIA's driver knows no GPU on this host.", "See whether `nvidia-smi` lists one.")
    except BoardError:
        if not simulated:
            raise
    return [*made, lambda: open_board("simulated", 0)] if simulated else made


def _count() -> int:
    from ecotui.sensors.nvml import load
    from ecotui.sensors.nvml_board import Started

    nvml = load()
    with Started(nvml):
        return int(nvml.nvmlDeviceGetCount())


class Lookout:
    """Looks at boards in threads; `looks` is what is known, by number. Paused until `resume`."""

    def __init__(
        self,
        boards: Sequence[Opener],
        *,
        spared: Callable[[str], bool] = lambda uuid: False,
        period_s: float = PERIOD_S,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """spared: whether the sensors of a board, by its UUID, are left alone now; details are asked sparingly."""
        self._spared, self._period_s, self._clock = spared, period_s, clock
        self._looks = [Look(number) for number in range(len(boards))]
        self._going, self._ended = Event(), Event()
        for number, opener in enumerate(boards):
            Thread(target=self._run, args=(number, opener), name=f"ecotui-look-{number}", daemon=True).start()

    @property
    def looks(self) -> tuple[Look, ...]:
        """The newest of every board."""
        return tuple(self._looks)

    def resume(self) -> None:
        """Look from now on."""
        self._going.set()

    def pause(self) -> None:
        """Look no more until `resume`; a look under way is finished."""
        self._going.clear()

    def close(self) -> None:
        """End; does not wait for a driver that hangs."""
        self._ended.set()
        self._going.set()

    def _run(self, number: int, opener: Opener) -> None:
        board: Board | None = None
        while self._going.wait() and not self._ended.is_set():
            began_ns = self._clock()
            board = self._once(number, opener, board)
            spent_s = (self._clock() - began_ns) / NS
            self._ended.wait(max(self._period_s - spent_s, 0.0) if board is not None else AGAIN_S * self._period_s)
        if board is not None:
            with suppress(EcotuiError):
                board.close()

    def _once(self, number: int, opener: Opener, board: Board | None) -> Board | None:
        """One look; gives the board back, or None where it has to be opened anew."""
        try:
            board = board or opener()
            self._looks[number] = self._look(number, board)
            return board
        except EcotuiError as error:
            trouble = str(error)
        except Exception as error:  # a silent thread would look like a board at rest
            trouble = f"The board could not be read: {type(error).__name__}: {error}."
        if board is not None:
            with suppress(EcotuiError):
                board.close()
        self._looks[number] = replace(self._looks[number], reading=None, trouble=trouble)
        return None

    def _look(self, number: int, board: Board) -> Look:
        began_ns = self._clock()
        sparing = self._spared(board.info.uuid)
        reading = None if sparing else board.read()
        details = board.details(sparing=sparing) if isinstance(board, Detailed) else None
        now_ns = self._clock()
        return Look(number, board.info, reading, details, now_ns, (now_ns - began_ns) / 1e6)
