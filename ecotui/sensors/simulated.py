"""A board for machines without one: a physical model on the real clock, driven by the worker's real token stamps.

Its watts are made up; the instrument around it is not. `Faults` and `lacking` make it a poor board, for tests.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from threading import Lock

from ecotui.core.clock import NS
from ecotui.core.errors import BoardError
from ecotui.core.events import Resident, Steps
from ecotui.core.messages import Began, Failed, Measured, WarmedUp
from ecotui.core.reading import BoardInfo, Reading
from ecotui.sensors.board import no_such_board, watts
from ecotui.sensors.physics import Physics, Published

NAME = "Simulated board"
BARE_W, CONTEXT_W, LIMIT_W = 74.0, 128.0, 700.0
"""Idle without and with a CUDA context, as an H100 has them, and its limit."""
LOAD_LEAST_W, LOAD_SPAN_W, HALF_RATE = 300.0, 120.0, 60.0
"""Under load: 300 W, and up to 120 W more the faster steps come; half of that at 60 steps/s."""
RATE_TAU_S = 1.0
"""The step rate is smoothed over about this long."""
MEMORY_TOTAL_B, MEMORY_BARE_B, MEMORY_CONTEXT_B = 80_000_000_000, 0, 600_000_000
COUNTER_START_J = 5_000.0
CLOCK_BUSY_MHZ, CLOCK_IDLE_MHZ = 1980.0, 345.0
IDLE_BIT, POWER_CAP_BIT = 0x1, 0x4

SENSORS: Mapping[str, str] = {
    "power": "power_w",
    "average": "power_average_w",
    "energy": "energy_j",
    "temperature": "temperature_c",
    "clock": "sm_clock_mhz",
    "utilization": "utilization_pct",
    "memory": "memory_used_b",
    "reasons": "clock_event_reasons",
}
"""What `lacking` and `Faults.silent` call a sensor, and its field of a reading."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, in seconds since the board was opened; None never does."""

    counter_back_s: float | None = None
    """The energy counter starts anew, as after a reload of the driver."""
    zero_power_s: float | None = None
    """The power sensor answers 0 W from then on."""
    silent: Mapping[str, float] = field(default_factory=dict)
    """Sensors that stop answering, and when."""
    lost_s: float | None = None
    """The board is gone: every call raises BoardError."""


def simulated_info(limit_w: float = LIMIT_W) -> BoardInfo:
    """The one simulated board of every host."""
    return BoardInfo(NAME, "SIM-0", 0, "simulated", limit_w, MEMORY_TOTAL_B)


def load_w(steps_per_s: float) -> float:
    """Power under load, in watts at 37 °C, of a worker that takes so many steps a second."""
    return LOAD_LEAST_W + LOAD_SPAN_W * steps_per_s / (steps_per_s + HALF_RATE)


class SimulatedBoard:
    """The simulated board; `gpu` other than 0 is not there.

    clock: nanoseconds, time.monotonic_ns unless a test turns the hands. noise: share of the instant power.
    lacking: names of `SENSORS` that this board does not have.

    Raises:
        NoSuchBoardError: `gpu` is not 0.
    """

    def __init__(
        self,
        gpu: int = 0,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        seed: int = 0,
        noise: float = 0.01,
        limit_w: float = LIMIT_W,
        lacking: Collection[str] = (),
        faults: Faults | None = None,
    ) -> None:
        if gpu != 0:
            raise no_such_board(gpu, [NAME])
        if unknown := {*lacking, *(faults.silent if faults else ())} - SENSORS.keys():
            raise ValueError(f"no such sensors: {', '.join(sorted(unknown))}")
        self.info = simulated_info(limit_w)
        self._clock, self._lock = clock, Lock()
        self._born_ns = clock()
        self._physics = Physics(self._born_ns, BARE_W, limit_w, noise, seed)
        self._lacking, self._faults = frozenset(lacking), faults or Faults()
        self._rewound_j: float | None = None
        self._idle_w, self._busy = BARE_W, False
        self._memory_b = MEMORY_BARE_B
        self._rate: float | None = None
        self._last_stamp_ns = 0

    def read(self) -> Reading:
        with self._lock:
            now_ns = self._advance()
            shown = self._sensors(self._physics.published)
            if self._since(self._faults.zero_power_s, now_ns):
                shown["power"] = shown["average"] = watts(0.0)
            values = {SENSORS[name]: value for name, value in shown.items() if self._answers(name, now_ns)}
            return Reading(self._clock(), **values)  # type: ignore[arg-type]

    def energy_j(self) -> float | None:
        with self._lock:
            now_ns = self._advance()
            if not self._answers("energy", now_ns):
                return None
            counted_j = COUNTER_START_J + self._physics.published.energy_j
            if self._since(self._faults.counter_back_s, now_ns):
                if self._rewound_j is None:
                    self._rewound_j = counted_j - 1.0
                counted_j -= self._rewound_j
            return round(counted_j, 3)

    def observe(self, message: object) -> None:
        with self._lock:
            match message:
                case Resident():
                    self._idle_w, self._rate = CONTEXT_W, None
                    self._memory_b = MEMORY_CONTEXT_B + message.weights_b
                    self._work(message.at_ns, False)
                case Began():
                    self._work(message.at_ns, True)
                case Steps():
                    self._learn_rate(message)
                    if self._busy:
                        self._work(self._clock(), True)
                case WarmedUp():
                    self._work(message.at_ns, False)
                case Measured():
                    self._work(message.t1_ns, False)
                case Failed() | None:
                    self._idle_w, self._memory_b, self._rate = BARE_W, MEMORY_BARE_B, None
                    self._work(self._clock(), False)

    def close(self) -> None:
        """Nothing is held."""

    def _work(self, at_ns: int, busy: bool) -> None:
        """Work begins or ends; a stamp from the future, as of another clock, counts as now."""
        self._busy = busy
        demand_w = load_w(HALF_RATE if self._rate is None else self._rate) if busy else self._idle_w
        self._physics.switch(min(at_ns, self._clock()), demand_w, busy)

    def _learn_rate(self, steps: Steps) -> None:
        end_ns = steps.base_ns + sum(steps.delta_ns)
        continues = steps.first > 0 and self._last_stamp_ns > 0
        span_s = (end_ns - (self._last_stamp_ns if continues else steps.base_ns)) / NS
        count = len(steps.delta_ns) + continues
        self._last_stamp_ns = end_ns
        if span_s <= 0 or count == 0:
            return
        kept = 0.0 if self._rate is None else math.exp(-span_s / RATE_TAU_S)
        self._rate = kept * (self._rate or 0.0) + (1 - kept) * count / span_s

    def _sensors(self, now: Published) -> dict[str, float | int | None]:
        warm_c = max(0.0, now.temperature_c - 45.0)
        busy_mhz = CLOCK_BUSY_MHZ - 15.0 * round(warm_c / 6.0)  # clocks come in steps of 15 MHz
        reasons = 0 if self._busy else IDLE_BIT
        return {
            "power": watts(round(now.power_w, 3)),
            "average": watts(round(now.power_average_w, 3)),
            "temperature": float(round(now.temperature_c)),
            "clock": busy_mhz if self._busy else CLOCK_IDLE_MHZ,
            "utilization": float(round(97 * now.busy)),
            "memory": self._memory_b,
            "reasons": POWER_CAP_BIT if self._busy and now.capped else reasons,
        }

    def _advance(self) -> int:
        now_ns = self._clock()
        if self._since(self._faults.lost_s, now_ns):
            raise BoardError("GPU 0 (Simulated board) is lost: it no longer answers.", "Start the session again.")
        self._physics.advance(now_ns)
        return now_ns

    def _answers(self, sensor: str, now_ns: int) -> bool:
        return sensor not in self._lacking and not self._since(self._faults.silent.get(sensor), now_ns)

    def _since(self, begin_s: float | None, now_ns: int) -> bool:
        return begin_s is not None and now_ns - self._born_ns >= begin_s * NS
