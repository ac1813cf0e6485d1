"""A window's energy by the board's counter and by the integral of its power, side by side.

The board's own one-second average is in neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecotui.core.timeline import Timeline
from ecotui.core.units import signed
from ecotui.core.window import Energy, counter_energy, doubt, integral_energy, ring_energy, sources_bar_pct


@dataclass(frozen=True, slots=True)
class Energies:
    """Both sources of a bracket; None where a source has nothing that can be believed."""

    counter: Energy | None = None
    integral: Energy | None = None
    """Of the driver's ring where it covers the bracket, else of the readings."""
    doubt: str | None = None
    """Why the counter is not believed, of a board that has one; to follow "the counter"."""

    @property
    def chosen(self) -> Energy | None:
        """The one that counts: the counter, else the integral."""
        return self.counter or self.integral

    @property
    def source(self) -> str | None:
        """Of the one that counts: "counter" or "integral"."""
        if self.counter:
            return "counter"
        return "integral" if self.integral else None

    @property
    def diff_pct(self) -> float | None:
        """Counter against integral, 100·(counter/integral - 1)."""
        return sources_diff_pct(self.counter.joules, self.integral.joules) if self.counter and self.integral else None

    @property
    def bar_pct(self) -> float | None:
        """How far they may differ."""
        return sources_bar_pct(self.counter, self.integral) if self.counter and self.integral else None

    @property
    def apart(self) -> str | None:
        """In words that they differ by more than the bar; None where they do not."""
        diff, bar = self.diff_pct, self.bar_pct
        if diff is None or bar is None or abs(diff) <= bar:
            return None
        return f"counter and integral of power differ by {signed(diff)} %, more than {bar:.1f} %"


def sources_diff_pct(counter_j: float, integral_j: float) -> float | None:
    """100·(counter/integral - 1); None where the integral is 0."""
    return 100 * (counter_j / integral_j - 1) if integral_j > 0 else None


def by_counter(line: Timeline, t0_ns: int, t1_ns: int, limit_w: float | None) -> Energy | None:
    """Energy of a bracket from the counter's ticks, its stubs from the driver's ring; None where it is not believed."""
    ticks = line.ticks
    return counter_energy(
        ticks.at_ns,
        ticks.column("energy_j"),
        ticks.column("half_width_ns").astype(np.int64),
        t0_ns,
        t1_ns,
        sample_ns=line.samples.at_ns,
        watts=line.samples.column("power_w"),
        limit_w=limit_w,
    )


def energies(line: Timeline, t0_ns: int, t1_ns: int) -> Energies:
    """Both energies of a bracket; with MIG on neither, as the sensors weigh the whole card."""
    if line.board and line.board.mig:
        return Energies()
    counter = by_counter(line, t0_ns, t1_ns, line.board.power_limit_w if line.board else None)
    sample_ns, watts = line.samples.at_ns, line.samples.column("power_w")
    integral = ring_energy(sample_ns, watts, t0_ns, t1_ns)
    if integral is None:
        integral = integral_energy(line.readings.at_ns, line.readings.column("power_w"), t0_ns, t1_ns)
    return Energies(counter, integral, _doubt(line, t0_ns, t1_ns) if counter is None and len(line.ticks) else None)


def _doubt(line: Timeline, t0_ns: int, t1_ns: int) -> str | None:
    ticks, limit_w = line.ticks, line.board.power_limit_w if line.board else None
    widths = ticks.column("half_width_ns").astype(np.int64)
    return doubt(ticks.at_ns, ticks.column("energy_j"), widths, t0_ns, t1_ns, limit_w=limit_w)
