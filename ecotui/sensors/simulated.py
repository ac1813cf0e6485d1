"""A board for machines without one: a physical model on the real clock, driven by the worker's real token stamps.

Its watts are made up; the instrument around it is not. `Faults` make it a poor board, for tests.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from threading import Lock

from ecotui.core.clock import NS
from ecotui.core.errors import BoardError, UsageError
from ecotui.core.events import Resident, Steps
from ecotui.core.messages import Began, Failed, Measured, WarmedUp
from ecotui.core.reading import INVALIDATING, BoardInfo, Reading, Ring, Slow
from ecotui.sensors.board import no_such_board, watts
from ecotui.sensors.details import Details, User
from ecotui.sensors.faults import SENSORS, Faults
from ecotui.sensors.physics import Physics, Published

__all__ = ["SENSORS", "Faults", "SimulatedBoard", "load_w", "simulated_info"]

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


BOARDS, MOST_BOARDS = "ECOTUI_SIMULATED_BOARDS", 16
"""Names the environment variable that says how many simulated boards a host has; 1 where it says nothing."""


def simulated_count() -> int:
    """How many simulated boards this host has."""
    told = os.environ.get(BOARDS, "1").strip()
    if not told.isdecimal() or not 1 <= int(told) <= MOST_BOARDS:
        raise UsageError(f"{BOARDS} must be a number of boards from 1 to {MOST_BOARDS}, not {told!r}.")
    return int(told)


def simulated_info(gpu: int = 0, limit_w: float = LIMIT_W) -> BoardInfo:
    """A simulated board by its number."""
    return BoardInfo(NAME, f"SIM-{gpu}", gpu, "simulated", limit_w, MEMORY_TOTAL_B)


def load_w(steps_per_s: float) -> float:
    """Power under load, in watts at 37 °C, of a worker that takes so many steps a second."""
    return LOAD_LEAST_W + LOAD_SPAN_W * steps_per_s / (steps_per_s + HALF_RATE)


class SimulatedBoard:
    """A simulated board; a host has as many as `simulated_count` says, number 0 alone unless told.

    clock: nanoseconds, time.monotonic_ns unless a test turns the hands; sleep: seconds, of the same clock. noise:
    share of the instant power. lacking: parts that this board does not have, beside those that `faults` name.

    Raises:
        NoSuchBoardError: the host has no simulated board `gpu`.
        ValueError: there is no part of such a name.
    """

    def __init__(
        self,
        gpu: int = 0,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
        seed: int = 0,
        noise: float = 0.004,
        limit_w: float = LIMIT_W,
        lacking: Collection[str] = (),
        faults: Faults | None = None,
    ) -> None:
        if not 0 <= gpu < (count := simulated_count()):
            raise no_such_board(gpu, [NAME] * count)
        known = faults or Faults()
        self._faults = replace(known, lacking=(*known.lacking, *lacking))
        self.info = replace(simulated_info(gpu, limit_w), mig=known.mig)
        self._clock, self._sleep, self._lock = clock, sleep, Lock()
        self._born_ns = clock()
        self._physics = Physics(self._born_ns, BARE_W, limit_w, noise, seed)
        self._drained_ns = self._born_ns
        self._rewound_j: float | None = None
        self._idle_w, self._busy = BARE_W, False
        self._memory_b = MEMORY_BARE_B
        self._rate: float | None = None
        self._last_stamp_ns = 0

    def read(self) -> Reading:
        self._hang()
        with self._lock:
            now_ns = self._advance()
            shown = self._sensors(self._physics.published)
            if self._zero(now_ns):
                shown["power"] = shown["average"] = watts(0.0)
            if self._event(now_ns):
                shown["reasons"] = int(shown["reasons"] or 0) | self._faults.event_bits
            values = {SENSORS[name]: value for name, value in shown.items() if self._answers(name, now_ns)}
            return Reading(self._clock(), **values)  # type: ignore[arg-type]

    def energy_j(self) -> float | None:
        self._hang()
        with self._lock:
            now_ns = self._advance()
            if not self._answers("energy", now_ns):
                return None
            counted_j = COUNTER_START_J + self._physics.published.energy_j
            if self._during(self._faults.counter_back_s, None, now_ns):
                if self._rewound_j is None:
                    self._rewound_j = counted_j - 1.0
                counted_j -= self._rewound_j
            return round(counted_j, 3)

    def ring(self) -> Ring | None:
        self._hang()
        with self._lock:
            now_ns = self._advance()
            new = [(at_ns, w) for at_ns, w in self._physics.ring if at_ns > self._drained_ns]
            if not new or not self._answers("ring", now_ns):
                return None
            self._drained_ns = new[-1][0]
            milliwatts = tuple(0 if self._zero(at_ns) else round(1000 * w) for at_ns, w in new)
            return Ring(self._clock(), tuple(at_ns for at_ns, _ in new), milliwatts)

    def slow(self) -> Slow:
        self._hang()
        with self._lock:
            now_ns = self._advance()
            other = (self._faults.foreign_pid, self._faults.foreign_name)
            counts = self._answers("throttle", now_ns)
            return Slow(
                self._clock(),
                throttle_ns=self._throttle_ns(now_ns) if counts else None,
                power_cap_ns=self._power_cap_ns(now_ns) if counts else None,
                processes=(other,) if self._foreign(now_ns) else (),
            )

    def details(self, *, sparing: bool = False) -> Details:
        with self._lock:
            other = User(self._faults.foreign_pid, self._faults.foreign_name)
            return Details(self.info.power_limit_w, users=(other,) if self._foreign(self._advance()) else ())

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
        if self._during(self._faults.lost_s, None, now_ns):
            raise BoardError("GPU 0 (Simulated board) is lost: it no longer answers.", "Start the session again.")
        self._physics.advance(now_ns)
        return now_ns

    def _hang(self) -> None:
        """Holds the caller up, without the lock: what the worker reports is still taken in."""
        begin_s, now_ns = self._faults.hang_s, self._clock()
        if begin_s is not None and self._during(begin_s, begin_s + self._faults.hang_for_s, now_ns):
            end_ns = self._born_ns + (begin_s + self._faults.hang_for_s) * NS
            self._sleep((end_ns - now_ns) / NS)

    def _answers(self, part: str, now_ns: int) -> bool:
        silent_s = self._faults.silent.get(part)
        return part not in self._faults.lacking and not self._during(silent_s, None, now_ns)

    def _throttle_ns(self, now_ns: int) -> int:
        faults = self._faults
        unseen_ns = self._spent_ns(faults.throttle_s, faults.throttle_until_s, now_ns)
        seen_ns = self._spent_ns(faults.event_s, faults.event_until_s, now_ns)
        return unseen_ns + (seen_ns if faults.event_bits & INVALIDATING else 0)

    def _power_cap_ns(self, now_ns: int) -> int:
        faults = self._faults
        seen_ns = self._spent_ns(faults.event_s, faults.event_until_s, now_ns)
        capped_ns = round(self._physics.published.capped_s * NS)
        return capped_ns + (seen_ns if faults.event_bits & POWER_CAP_BIT else 0)

    def _zero(self, at_ns: int) -> bool:
        return self._during(self._faults.zero_power_s, self._faults.zero_power_until_s, at_ns)

    def _event(self, at_ns: int) -> bool:
        return self._during(self._faults.event_s, self._faults.event_until_s, at_ns)

    def _foreign(self, at_ns: int) -> bool:
        return self._during(self._faults.foreign_s, self._faults.foreign_until_s, at_ns)

    def _during(self, begin_s: float | None, until_s: float | None, at_ns: int) -> bool:
        at_s = (at_ns - self._born_ns) / NS
        return begin_s is not None and begin_s <= at_s and (until_s is None or at_s < until_s)

    def _spent_ns(self, begin_s: float | None, until_s: float | None, now_ns: int) -> int:
        """How much of a fault's time has passed."""
        if begin_s is None:
            return 0
        now_s = (now_ns - self._born_ns) / NS
        return round(max(0.0, min(now_s, math.inf if until_s is None else until_s) - begin_s) * NS)
