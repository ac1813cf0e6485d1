"""Whether a board has settled under a load: does its power still drift, and for how long?

Power drifts as the board warms: C·dT/dt = P - (T - T_ambient)/R, so that T(t) = T_end - (T_end - T_0)·e^(-t/τ), and
leakage follows temperature. The gate is on the drift that is still to come, |dP/dt|·τ; temperature, whole degrees,
only tells τ (docs/measuring.md). A host whose pace wanders moves power as well: where the steps are known and the
clocks stand still, the drift is that at constant pace.

Beside the looks at the last minutes there is one at the whole load: a line beside the warming's own e^(-t/τ). Where the
temperature tells a quick τ it may pass before the warming is out of the others' sight, and where it proves a drift, no
shorter look in which noise happens to hide that passes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecotui.core.drift import COVERED, beside_warming, blocks, held, load_of, slope_with_error, warming
from ecotui.core.energy import Values
from ecotui.core.gate_words import BESIDE_QUICK, CLOCK_RANGE_PCT, NOISY, QUICK_TOLD, TEMPERATURE_RANGE_C
from ecotui.core.reading import INVALIDATING, reason_words
from ecotui.core.trend import halves_pct, mann_kendall_p

__all__ = ["GATE_PCT", "Look", "halves_pct", "look", "mann_kendall_p"]

GATE_PCT = 0.5
"""Power drift that may still be to come."""
SPANS = (1.0, 1.5, 2.0, 3.0, 4.0)
"""How far back a look goes, in units of gate_s: the farther, the less noise is in the slope."""
QUICK = 0.6
"""A warming whose τ is at most so many gate_s is a quick one."""
ONSET = 1 / 6
"""How many gate_s after its begin a load may still be finding its pace: no drift is proven by that."""
BLOCKS = 60
"""Blocks a gate_s: means over them lose the noise of single readings."""
CLOCK_SHARE = 1 / 12
"""Of a gate_s, about a window long, are the means over which the clock may range: where every call's prefill runs into
the power cap for a tenth of a second, a mean of one second has none of those dips or two."""
ANSWERED = 0.8
"""Share of a span over which power readings must lie."""
NOTHING: tuple[Values, Values] = (np.empty(0), np.empty(0))
CLOCK_STILL_PCT = 0.1
"""Beyond it the pace may follow the card instead of the host, and explains nothing away."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the gate saw. A figure is None where its sensor is missing or the load is too young."""

    state_ok: bool
    span_s: float
    """How far back it looked."""
    drift_pct: float | None = None
    """Power drift still to come, two standard errors included: 100·(|b| + 2·SE)·τ / mean power."""
    slope_pct_per_min: float | None = None
    slope_error_pct_per_min: float | None = None
    """Two standard errors of the slope."""
    tau_s: float | None = None
    temperature_range_c: float | None = None
    clock_range_pct: float | None = None
    eta_s: float | None = None
    """Seconds until it should pass; None where that cannot be told, as of a clock or a slowdown."""
    waiting_for: str = ""


@dataclass(frozen=True, slots=True)
class _Course:
    """(n,) columns of readings."""

    at_s: Values
    power_w: Values
    temperature_c: Values
    clock_mhz: Values
    reasons: Values
    fine: tuple[Values, Values]
    """(m,) seconds and watts, finer than the readings where a board has them."""
    pace: tuple[Values, Values]
    """(k,) seconds, and how many steps were done by then."""

    def last(self, span_s: float) -> _Course:
        since_s = self.at_s[-1] - span_s
        back, finely = self.at_s >= since_s, self.fine[0] >= since_s
        return _Course(
            self.at_s[back],
            self.power_w[back],
            self.temperature_c[back],
            self.clock_mhz[back],
            self.reasons[back],
            (self.fine[0][finely], self.fine[1][finely]),
            self.pace,
        )

    def power(self, width_s: float, span_s: float) -> tuple[Values, Values]:
        """Blocks of power: of the finer samples where they cover the span, else of the readings."""
        times, power = blocks(*self.fine, width_s)
        if len(power) > 4 and times[-1] - times[0] >= ANSWERED * span_s:
            return times[:-1], power[:-1]  # the last is not over yet
        return blocks(self.at_s, self.power_w, width_s)


def look(  # noqa: PLR0917 - columns of one table and their scale
    at_s: Values,
    power_w: Values,
    temperature_c: Values,
    clock_mhz: Values,
    reasons: NDArray[np.integer] | Values,
    gate_s: float,
    fine: tuple[Values, Values] = NOTHING,
    pace: tuple[Values, Values] = NOTHING,
) -> Look:
    """The gate's decision at the newest reading.

    at_s, power_w (instant), temperature_c, clock_mhz, reasons: (n,) since the load began, ascending, NaN where absent;
    temperature and clock may be all NaN, and 0 W is a sensor that did not answer. fine: (m,) seconds and watts of the
    driver's ring; pace: (k,) seconds and how many steps were done by then; on the same clock, either may be empty.
    It passes if over the last gate_s, 1.5, 2, 3 or 4 gate_s the drift still to come is at most 0.5 %, temperature
    stayed within 2 °C, clocks within 1 %, and no slowdown bit was set; or, where the warming is quick, over the whole
    load. Else it tells of the span with the least drift. It does not pass where the whole load proves a drift of more.
    """
    lasted = float(at_s[-1] - at_s[0]) if len(at_s) else 0.0
    if lasted < COVERED * gate_s:
        return Look(False, lasted, eta_s=gate_s - lasted, waiting_for=f"{gate_s:.0f} s under load")
    power = np.where(power_w > 0, power_w, np.nan)
    course = _Course(at_s, power, temperature_c, clock_mhz, np.asarray(reasons, dtype=np.float64), fine, pace)
    warming_s = warming(at_s, temperature_c, gate_s)
    quick_s = warming_s if _is_quick(warming_s, course, gate_s) else None
    spans = [s * gate_s for s in SPANS if lasted >= COVERED * s * gate_s]
    looks = [_over(course.last(span_s), span_s, gate_s, held(warming_s, gate_s)) for span_s in spans]
    if quick_s is not None:
        looks.append(_beside_quick(course.last(min(SPANS[-1] * gate_s, lasted)), gate_s, quick_s))
    passed = next((it for it in looks if it.state_ok), None)
    if passed is None:
        return min(looks, key=_drift)
    settled = course.last(min(SPANS[-1] * gate_s, lasted - ONSET * gate_s))
    long = _whole(settled, gate_s, warming_s) if quick_s is None else _beside_quick(settled, gate_s, quick_s)
    return long if _proves_drift(long) else passed


def _is_quick(warming_s: float | None, course: _Course, gate_s: float) -> bool:
    """Whether the warming has a quick τ and no other: beside it the temperature rises by no more than 2 °C a gate_s."""
    if warming_s is None or warming_s > QUICK * gate_s:
        return False
    beside = beside_warming(course.at_s, course.temperature_c, gate_s)
    return abs(beside) * gate_s <= TEMPERATURE_RANGE_C


def _drift(it: Look) -> float:
    return math.inf if it.drift_pct is None else it.drift_pct


def _proves_drift(it: Look) -> bool:
    """Whether it may not pass for its drift, and the slope is beyond two standard errors."""
    beyond = abs(it.slope_pct_per_min or 0.0) > (it.slope_error_pct_per_min or 0.0)
    return beyond and it.drift_pct is not None and it.drift_pct > GATE_PCT


def _over(course: _Course, span_s: float, gate_s: float, tau_s: float) -> Look:
    """The decision over one span."""
    width_s = gate_s / BLOCKS
    fit = _fit(course, span_s, width_s)
    return _decided(course, fit, span_s, tau_s, _temperature_range(course, width_s))


def _whole(course: _Course, gate_s: float, warming_s: float | None) -> Look:
    """The decision over the whole load, its temperature that of the last gate_s.

    warming_s: τ as the temperature told it. What a slow warming has left cannot be told from a slope.
    """
    width_s, span_s = gate_s / BLOCKS, float(course.at_s[-1] - course.at_s[0])
    fit, range_c = _fit(course, span_s, width_s, warming_s), _temperature_range(course.last(gate_s), width_s)
    alone = None if fit is None else replace(fit, left_w=0.0)
    return _decided(course, alone, span_s, held(warming_s, gate_s), range_c)


def _beside_quick(course: _Course, gate_s: float, warming_s: float) -> Look:
    """The decision over the whole load beside a quick warming.

    warming_s: τ as the temperature told it. What the warming has left, |c|·e^(-t/τ), adds to the drift.
    """
    width_s, span_s, counted_s = gate_s / BLOCKS, float(course.at_s[-1] - course.at_s[0]), BESIDE_QUICK * gate_s
    range_c = _temperature_range(course.last(counted_s), width_s)
    it = _decided(course, _fit(course, span_s, width_s, warming_s), span_s, counted_s, range_c)
    told_pct = abs(it.slope_pct_per_min or 0.0) * gate_s / 60
    if it.state_ok and told_pct > QUICK_TOLD * GATE_PCT:
        return replace(it, state_ok=False, waiting_for="drift", eta_s=None)
    return it


@dataclass(frozen=True, slots=True)
class _Fit:
    """A line through power, beside what else moves it."""

    slope: float
    """Watts a second."""
    error: float
    """Two standard errors of it."""
    left_w: float
    """What an exponential beside it has still to go."""
    mean_w: float
    clock_range_pct: float | None
    """Of the course that it was fitted to."""


def _fit(course: _Course, span_s: float, width_s: float, warming_s: float | None = None) -> _Fit | None:
    """A line through the power of a course; None without readings.

    At constant load where that is known for nearly every block and the clock stands still; warming_s: τ of an
    exponential beside the line.
    """
    times, power = course.power(width_s, span_s)
    if len(power) < 4 or times[-1] - times[0] < ANSWERED * span_s:
        return None
    clock_range, mean, beside = _clock_range_pct(course, width_s * BLOCKS * CLOCK_SHARE), float(power.mean()), []
    finely = _clock_range_pct(course, width_s)
    if finely is not None and finely <= CLOCK_STILL_PCT:
        load = load_of(times, width_s, *course.pace)
        known = np.isfinite(load)
        if known.sum() >= max(4, ANSWERED * len(times)):
            times, power, beside = times[known], power[known], [load[known]]
    if warming_s is None:
        return _Fit(*slope_with_error(times, power, *beside)[:2], 0.0, mean, clock_range)
    decay = np.exp(-(times - times[0]) / warming_s)
    slope, error, weights = slope_with_error(times, power, decay, *beside)
    return _Fit(slope, error, abs(float(weights[0] * decay[-1])), mean, clock_range)


def _decided(course: _Course, fit: _Fit | None, span_s: float, tau_s: float, temperature_range: float | None) -> Look:
    """The decision by a fit to a course."""
    if fit is None:
        return Look(False, span_s, tau_s=tau_s, waiting_for="power readings")
    others = _others(course, temperature_range, fit.clock_range_pct)
    told_pct = 100 * (abs(fit.slope) * tau_s + fit.left_w) / fit.mean_w
    drift_pct = told_pct + 100 * fit.error * tau_s / fit.mean_w
    drifting = NOISY if told_pct < GATE_PCT else "drift"
    waiting = [drifting, *others] if drift_pct > GATE_PCT else others
    return Look(
        state_ok=not waiting,
        span_s=span_s,
        drift_pct=drift_pct,
        slope_pct_per_min=6000 * fit.slope / fit.mean_w,
        slope_error_pct_per_min=6000 * fit.error / fit.mean_w,
        tau_s=tau_s,
        temperature_range_c=temperature_range,
        clock_range_pct=fit.clock_range_pct,
        eta_s=None if others and drift_pct <= GATE_PCT else _eta_s(drift_pct, told_pct, tau_s, span_s),
        waiting_for=", ".join(waiting),
    )


def _others(course: _Course, temperature_range: float | None, clock_range: float | None) -> list[str]:
    """What keeps the gate shut beside the drift, in words."""
    bits = course.reasons[np.isfinite(course.reasons)].astype(np.int64)
    warming = temperature_range is not None and temperature_range > TEMPERATURE_RANGE_C
    unsteady = clock_range is not None and clock_range > CLOCK_RANGE_PCT
    words = ["temperature"] * warming + ["clock"] * unsteady
    return [*words, *reason_words(int(np.bitwise_or.reduce(bits)) & INVALIDATING)]


def _temperature_range(course: _Course, width_s: float) -> float | None:
    """Range of the blocks' means in whole degrees, as the sensor has them."""
    means = blocks(course.at_s, course.temperature_c, width_s)[1]
    return float(np.ptp(np.round(means))) if len(means) else None


def _clock_range_pct(course: _Course, width_s: float) -> float | None:
    """Range of the clock's means over every `width_s` of the course, wherever they begin."""
    there = np.isfinite(course.clock_mhz)
    at_s, total = course.at_s[there], np.concatenate(([0.0], np.cumsum(course.clock_mhz[there])))
    first = np.searchsorted(at_s, at_s - width_s, side="right")
    means = (total[1:] - total[first]) / (np.arange(1, len(total)) - first)
    whole = means[at_s >= course.at_s[0] + width_s]
    return 100 * float(np.ptp(whole) / whole.mean()) if len(whole) and whole.mean() > 0 else None


def _eta_s(drift_pct: float, told_pct: float, tau_s: float, span_s: float) -> float:
    """When the drift should have died down. told_pct: what of it the slope says, the rest is its error.

    A drift dies with τ; an error falls with the span to the power of 3/2, as that of any slope does.
    """
    if drift_pct <= GATE_PCT:
        return 0.0
    if told_pct < GATE_PCT:
        return span_s * (math.pow((drift_pct - told_pct) / (GATE_PCT - told_pct), 2 / 3) - 1)
    return tau_s * math.log(drift_pct / GATE_PCT)
