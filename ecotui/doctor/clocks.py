"""The clock that every stamp is taken from."""

from __future__ import annotations

import time
from pathlib import Path

from ecotui.doctor.check import GOOD, WARN, Check

SOURCE = Path("/sys/devices/system/clocksource/clocksource0")
BATCHES, CALLS = 10, 200
"""The least of the batches counts: in the others somebody else had the processor."""
SLOW_NS = 1000
"""A stamp that costs more is asked of the kernel, and not read by the processor."""
MEND = "Take the processor's counter: `echo tsc | sudo tee {}/current_clocksource`."


def clock(folder: Path = SOURCE) -> Check:
    """Its source, and what one stamp costs."""
    try:
        source = (folder / "current_clocksource").read_text(encoding="ascii").strip()
        offered = (folder / "available_clocksource").read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        source, offered = "not told by this system", []
    cost_ns = min(_batch_ns() for _ in range(BATCHES)) / CALLS
    resolution_ns = 1e9 * time.get_clock_info("monotonic").resolution
    text = f"{source} · a stamp costs {cost_ns:.0f} ns, resolves {resolution_ns:.0f} ns"
    if cost_ns > SLOW_NS and source not in ("tsc", "kvm-clock") and "tsc" in offered:
        return Check("clock", WARN, f"{text}: slow", MEND.format(folder))
    return Check("clock", GOOD, text, short=f"clock {source}, {cost_ns:.0f} ns")


def _batch_ns() -> int:
    began = time.monotonic_ns()
    for _ in range(CALLS):
        time.monotonic_ns()
    return time.monotonic_ns() - began
