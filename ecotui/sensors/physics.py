"""What a board does with work: draws power, warms up, and publishes sensors that are slower than it is.

Modelled on an H100: counter, power and temperature are published every 100 ms; instant power is the mean of the
last 25 ms, average power of the last second. Electrical power follows the work at once, temperature follows power
with one time constant, T' = (T_ambient + R·P - T) / τ, and leakage follows temperature.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass

from ecotui.core.clock import NS

STEP_NS = 5_000_000
REFRESH_STEPS, INSTANT_STEPS, AVERAGE_STEPS = 20, 5, 200

AMBIENT_C = 32.0
RESISTANCE_C_PER_W = 0.065
TAU_S = 25.0
LEAKAGE_PER_C = 0.0015
"""Share of power gained with each degree above `COOL_C`."""
COOL_C = 37.0
"""Where an idle card settles; powers are given for this temperature."""

LEAP_AFTER_NS = 20 * NS
"""A model that nobody asked for longer than this catches up in coarse steps, `LEAP_STEPS` at most."""
LEAP_STEPS = 4_000


@dataclass(frozen=True, slots=True)
class Published:
    """What the sensors show until the next refresh."""

    power_w: float
    power_average_w: float
    energy_j: float
    temperature_c: float
    busy: float
    """Share of the last 100 ms in which there was work, 0 to 1."""
    capped: bool
    """Whether the power limit held the work back."""


class Physics:
    """The board's state, integrated on demand; the same calls give the same values, however often it is asked."""

    def __init__(self, at_ns: int, power_w: float, limit_w: float, noise: float, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._noise = noise * math.sqrt(INSTANT_STEPS)  # a share of the instant power, which is a mean of that many
        self._factor = 1.0
        self._limit_w = limit_w
        self._demand_w, self._busy = power_w, False
        self._at_ns = self._origin_ns = at_ns
        self._step = 0
        self._energy_j, self._busy_s = 0.0, 0.0
        self._temperature_c = AMBIENT_C + RESISTANCE_C_PER_W * power_w
        per_step = power_w * STEP_NS / NS
        past = range(-AVERAGE_STEPS, 1)
        self._history = deque(((k * per_step, 0.0) for k in past), maxlen=AVERAGE_STEPS + 1)
        self.published = self._publish()

    @property
    def temperature_c(self) -> float:
        """The die's temperature at the last step, finer than the sensor shows it."""
        return self._temperature_c

    @property
    def energy_j(self) -> float:
        """The true integral of power since the start, up to the last step."""
        return self._energy_j

    def advance(self, to_ns: int) -> None:
        """Integrate up to the last whole step before `to_ns`; a time already passed changes nothing."""
        if to_ns - self._at_ns > LEAP_AFTER_NS:
            self._leap(to_ns - 2 * NS)
        while (boundary := self._origin_ns + (self._step + 1) * STEP_NS) <= to_ns:
            self._move(boundary)
            self._step += 1
            self._factor = 1.0 + self._random.gauss(0.0, self._noise) if self._noise else 1.0
            self._history.append((self._energy_j, self._busy_s))
            if self._step % REFRESH_STEPS == 0:
                self.published = self._publish()

    def switch(self, at_ns: int, demand_w: float, busy: bool) -> None:
        """From `at_ns` on the work asks for `demand_w`; a time already integrated counts as now."""
        self.advance(at_ns)
        self._move(max(at_ns, self._at_ns))
        self._demand_w, self._busy = demand_w, busy

    def _wanted_w(self) -> float:
        return self._demand_w * (1.0 + LEAKAGE_PER_C * (self._temperature_c - COOL_C))

    def _move(self, to_ns: int) -> None:
        span_s = (to_ns - self._at_ns) / NS
        power_w = min(self._wanted_w() * self._factor, self._limit_w)
        settled_c = AMBIENT_C + RESISTANCE_C_PER_W * power_w
        self._temperature_c = settled_c + (self._temperature_c - settled_c) * math.exp(-span_s / TAU_S)
        self._energy_j += power_w * span_s
        self._busy_s += span_s if self._busy else 0.0
        self._at_ns = to_ns

    def _leap(self, to_ns: int) -> None:
        steps = (to_ns - self._origin_ns) // STEP_NS
        target_ns = self._origin_ns + steps * STEP_NS
        stride_ns = max(REFRESH_STEPS * STEP_NS, -(-(target_ns - self._at_ns) // LEAP_STEPS))
        while self._at_ns < target_ns:
            self._move(min(self._at_ns + stride_ns, target_ns))
        self._step = steps

    def _publish(self) -> Published:
        def mean(column: int, steps: int) -> float:
            return (self._history[-1][column] - self._history[-1 - steps][column]) * NS / (steps * STEP_NS)

        return Published(
            power_w=mean(0, INSTANT_STEPS),
            power_average_w=mean(0, AVERAGE_STEPS),
            energy_j=self._energy_j,
            temperature_c=self._temperature_c,
            busy=mean(1, REFRESH_STEPS),
            capped=self._wanted_w() > 0.97 * self._limit_w,
        )
