"""The driver, and what each board's sensors answer and how fast."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator

from ecotui.core.clock import now_ns
from ecotui.core.errors import BoardError
from ecotui.core.reading import BoardInfo, Reading, reason_words
from ecotui.core.units import watts
from ecotui.doctor.check import ABSENT, BAD, GOOD, WARN, Check, OutOfTimeError, within
from ecotui.sensors.board import Board, list_boards, open_board
from ecotui.sensors.costs import Costs, Meter

LOOKS = 5
"""Times that each sensor is asked."""
DRIVER_S = 20.0
"""A driver that has not answered by then hangs."""
SLOW_MS = 20.0
"""A look that takes longer than a fifth of the 100 ms between two makes a sampler late."""
INSTANT_SINCE = 530
"""Branch of the driver from which on instant power (field 186) is told."""
HANGS = "See what it waits for: `sudo dmesg | grep -i -e xid -e nvrm`; then restart the machine."

Lister = Callable[[str], list[BoardInfo]]
Opener = Callable[[str, int], Board]


def boards(lister: Lister = list_boards, opener: Opener = open_board) -> Iterator[Check]:
    """The driver, then every board that it names."""
    try:
        found = within(DRIVER_S, lambda: lister("nvml"))
    except OutOfTimeError:
        yield Check("driver", BAD, f"NVIDIA's driver has not answered in {DRIVER_S:.0f} s", HANGS)
        return
    except BoardError as error:
        absent = shutil.which("nvidia-smi") is None and "pip" not in error.advice
        yield Check("driver", ABSENT if absent else BAD, error.what, error.advice)
        return
    yield driver(found)
    for info in found:
        yield _board(info, opener)


def driver(found: list[BoardInfo]) -> Check:
    """The version of the driver, and whether it is old enough to lack a sensor."""
    if not found:
        return Check("driver", ABSENT, "NVIDIA's driver is there, and no board", "List what the bus has: `lspci -nn`.")
    text = f"{found[0].driver or '–'} · for CUDA up to {found[0].cuda or '–'} · {len(found)} GPU"
    branch = re.match(r"\d+", found[0].driver or "")
    if branch and int(branch[0]) < INSTANT_SINCE:
        return Check(
            "driver",
            WARN,
            f"{text} · too old for instant power: windows rest on the energy counter alone",
            f"Update it to branch {INSTANT_SINCE} or later: `sudo apt install nvidia-driver-580`.",
        )
    return Check("driver", GOOD, text)


def _board(info: BoardInfo, opener: Opener) -> Check:
    name = f"gpu {info.index}"
    try:
        reading, energy, costs = within(DRIVER_S, lambda: _ask(info, opener))
    except OutOfTimeError:
        return Check(name, BAD, f"{info.name} has not answered in {DRIVER_S:.0f} s", HANGS)
    except BoardError as error:
        return Check(name, BAD, error.what, error.advice)
    return sensors(name, info.name, reading, energy, costs)


def _ask(info: BoardInfo, opener: Opener) -> tuple[Reading, float | None, tuple[Costs, ...]]:
    """The last reading, the counter, and what each kind of look took."""
    board, meter = opener("nvml", info.index), Meter(now_ns)
    energy: float | None = None
    try:
        for _ in range(LOOKS):
            with meter.spent("reading"):
                reading = board.read()
            with meter.spent("counter"):
                energy = board.energy_j()
            with meter.spent("ring"):
                board.ring()
            with meter.spent("vitals"):
                board.slow()
    finally:
        board.close()
    return reading, energy, meter.costs


def sensors(name: str, title: str, reading: Reading, energy: float | None, costs: tuple[Costs, ...]) -> Check:
    """Which sensors answer, and how long a look takes."""
    missing = [f for f in reading.__slots__ if f not in ("at_ns", "energy_j") and getattr(reading, f) is None]
    missing += ["energy_j"] if energy is None else []
    words = ", ".join(reason_words(reading.clock_event_reasons)) or "none"
    took = " · ".join(f"{cost.kind} {cost.mean_ms:.1f}" for cost in costs)
    answers = f"not on this board: {', '.join(missing)}" if missing else "all sensors answer"
    text = f"{title} · {watts(reading.power_w)} · {answers} · ms a look: {took} · clock events: {words}"
    few = f"{title.removeprefix('NVIDIA ')} · {watts(reading.power_w)} · {answers} · ms: {took.replace(' · ', ', ')}"
    few += "" if words == "none" else f" · clock events: {words}"
    if reading.power_w is None and reading.power_average_w is None and energy is None:
        mend = "Update the NVIDIA driver: `sudo apt install nvidia-driver-580`."
        return Check(name, BAD, f"{text} · neither power nor energy answers", mend)
    if any(cost.kind in ("reading", "counter") and cost.mean_ms > SLOW_MS for cost in costs):
        mend = "Keep the driver loaded between looks: `sudo nvidia-smi -pm 1`."
        return Check(name, WARN, f"{text} · slow: ten looks a second may come late", mend)
    return Check(name, GOOD, text, short=few)
