"""What a board's energy rests on: a counter that only rises and never falls silent, and power to check it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.energy import HOLE
from ecotui.core.selftest import ABSENT_WORD, FAIL, PASS, Check, Polled, Samples
from ecotui.core.selftest_energy import TITLES
from ecotui.core.selftest_verdict import COUNTER, IDLE, LOAD, POWER, held

SILENT_S = 1.0
"""A counter without a tick for so long, and for three periods, fell silent or stands still."""
COUNTER_BAR = "only rises, never silent"


def essentials(samples: Samples, compared: Sequence[Check]) -> Iterator[Check]:
    """Counter, power, and whether the one was held against the other at idle and under load.

    compared: the lines of `ecotui.core.selftest_energy.sources`.
    """
    yield _counter(samples)
    yield _power(samples)
    yield held(IDLE, compared, (TITLES["bare"], TITLES["context"]))
    yield held(LOAD, compared, (TITLES["steady"],))


def _counter(samples: Samples) -> Check:
    polled = next((p for p in samples.polled if p.sensor == "counter"), None)
    ticks = len(samples.line.ticks)
    answered = np.isfinite(samples.line.readings.column("energy_j"))
    if not ticks and not answered.any() and not (polled and polled.looks):
        return Check(COUNTER, ABSENT_WORD, "this board has none", COUNTER_BAR)
    back, silent_s = _steps_back(samples, polled), _silent_s(samples)
    mute = polled is not None and (not polled.looks or polled.unanswered > polled.looks)
    wrong = [f"went back {back} times"] if back else []
    if silent_s or mute:
        wrong.append(f"no tick for {silent_s:.1f} s" if silent_s else "no answer when asked at the end")
    figures: dict[str, float | None] = {"ticks": ticks, "back": back, "silent_s": silent_s}
    text = ", ".join(wrong) or "rose all through the test"
    return Check(COUNTER, FAIL if wrong else PASS, f"{text} ({ticks} ticks)", COUNTER_BAR, figures)


def _steps_back(samples: Samples, polled: Polled | None) -> int:
    """How often a value was less than the one before it, from tick to tick and asked fast at the end."""
    joules = samples.line.ticks.column("energy_j")
    fast = [polled.first] if polled is not None and polled.first is not None else []
    return int(np.count_nonzero(np.diff(np.append(joules, fast)) < 0)) + (polled.back if polled else 0)


def _silent_s(samples: Samples) -> float:
    """The longest time without a tick while the board was read, seconds; 0 where that is as usual."""
    ticks, readings = samples.line.ticks.at_ns, samples.line.readings.at_ns
    waits = np.diff(np.concatenate((readings[:1], ticks, readings[-1:]))) / NS
    if not len(waits):
        return 0.0
    usual = HOLE * float(np.median(np.diff(ticks))) / NS if len(ticks) > 1 else 0.0
    most = float(waits.max())
    return most if most > max(SILENT_S, usual) else 0.0


def _power(samples: Samples) -> Check:
    columns = {"the driver's ring": samples.line.samples, "readings": samples.line.readings}
    found = [name for name, series in columns.items() if np.count_nonzero(series.column("power_w") > 0) > 1]
    text = f"from {' and '.join(found)}" if found else "neither ring nor readings"
    return Check(POWER, PASS if found else ABSENT_WORD, text, "ring or readings")
