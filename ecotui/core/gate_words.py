"""What the stability gate did not pass, in words: each figure beside its bar; without numpy, for screens."""

from __future__ import annotations

from collections.abc import Iterator

from ecotui.core.events import Gate
from ecotui.core.reading import REASONS

UNSTABLE = "UNSTABLE"
"""What a run is called whose board had not settled before its windows."""
TEMPERATURE_RANGE_C = 2.0
CLOCK_RANGE_PCT = 1.0
BESIDE_QUICK = 2 / 3
"""How many gate_s any other drift beside a quick warming counts over, and how far back the temperature's range is
looked at: the drift is no longer the warming's, and no ramp may pass for steady."""
QUICK_TOLD = 0.5
"""Share of the gate that such a drift, over a gate_s and without its error, may take up."""
NOISY = "a longer look, power is noisy"
WHILE = ", while "
"""Stands between what was not passed and a drift that was."""
FIGURED = ("", "drift", "temperature", "clock", *NOISY.split(", "))
"""What a look waits for whose figures it has."""


def drift_words(gate: Gate) -> str:
    """The bound on the drift, and its bar."""
    return f"up to {gate.drift_pct:.2f} % of power drift may still come (gate {gate.gate_pct:g} %)"


def unpassed(gate: Gate) -> tuple[str, ...]:
    """Everything that kept the gate shut, the drift first."""
    return tuple(_unpassed(gate))


def unpassed_words(gate: Gate) -> str:
    """What kept the gate shut, and behind it the drift where that was not it."""
    missed = ", ".join(unpassed(gate))
    if gate.drift_pct is None or gate.drift_pct > gate.gate_pct:
        return missed
    return f"{missed}{WHILE}{drift_words(gate)}" if missed else drift_words(gate)


def _unpassed(gate: Gate) -> Iterator[str]:
    waits = gate.waiting_for.split(", ")
    if gate.drift_pct is not None and gate.drift_pct > gate.gate_pct:
        yield drift_words(gate) + (": power is noisy" if NOISY in gate.waiting_for else "")
    elif "drift" in waits and gate.slope_pct_per_min is not None and gate.tau_s is not None:
        span_s = gate.tau_s / BESIDE_QUICK
        told_pct = abs(gate.slope_pct_per_min) * span_s / 60
        bar = f"(gate {QUICK_TOLD * gate.gate_pct:g} %)"
        yield f"beside its warming power drifted by {told_pct:.2f} % in {span_s:.0f} s {bar}"
    if gate.temperature_range_c is not None and gate.temperature_range_c > TEMPERATURE_RANGE_C:
        yield f"the temperature ranged over {gate.temperature_range_c:.0f} °C (gate {TEMPERATURE_RANGE_C:g} °C)"
    if gate.clock_range_pct is not None and gate.clock_range_pct > CLOCK_RANGE_PCT:
        yield f"the SM clock ranged over {gate.clock_range_pct:.2f} % (gate {CLOCK_RANGE_PCT:g} %)"
    reasons = [word for _, word in REASONS]
    for word in waits:
        if word not in FIGURED:
            yield f"{word} was seen" if word in reasons else f"waiting for {word}"
