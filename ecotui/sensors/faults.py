"""What can go wrong with a board, on order: the simulated board's poor days."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ecotui.core.errors import UsageError

VARIABLE = "ECOTUI_SIMULATED_FAULTS"
"""Names the environment variable with a JSON object of `Faults`' fields, for instance
`{"foreign_s": 3, "lacking": ["energy"]}`."""

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
"""What `lacking` and `silent` call a sensor, and its field of a reading."""
PARTS = (*SENSORS, "ring", "throttle")
"""All that a board can be without: its sensors, the ring of power samples, and the throttle counters."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, in seconds since the board was opened; None never does, an `until` of None never ends."""

    counter_back_s: float | None = None
    """The energy counter starts anew, as after a reload of the driver."""
    zero_power_s: float | None = None
    """The power sensor answers 0 W from then on, in readings and in the ring."""
    zero_power_until_s: float | None = None
    silent: Mapping[str, float] = field(default_factory=dict)
    """Parts (`PARTS`) that stop answering, and when."""
    lacking: tuple[str, ...] = ()
    """Parts that the board does not have: ("power",) is a driver without field 186, whose average stays."""
    lost_s: float | None = None
    """The board is gone: every call raises BoardError."""
    event_s: float | None = None
    """Clock event bits `event_bits` show; those of a slowdown or of the power limit count their time as well."""
    event_until_s: float | None = None
    event_bits: int = 0x40
    throttle_s: float | None = None
    """Throttle time is counted though no bit is seen, as when a slowdown falls between two readings."""
    throttle_until_s: float | None = None
    foreign_s: float | None = None
    """Another process, `foreign_pid` and `foreign_name`, is on the board."""
    foreign_until_s: float | None = None
    foreign_pid: int = 4711
    foreign_name: str = "python"
    hang_s: float | None = None
    """Every call that comes then is held up until `hang_for_s` later."""
    hang_for_s: float = 0.5
    mig: bool = False
    """The board is partitioned."""

    def __post_init__(self) -> None:
        if unknown := {*self.lacking, *self.silent} - set(PARTS):
            raise ValueError(f"no such sensors: {', '.join(sorted(unknown))}")


def faults_of(text: str) -> Faults:
    """The faults in a JSON text; an empty text is the sound board.

    Raises:
        UsageError: it is no JSON object of `Faults`' fields.
    """
    try:
        raw = json.loads(text or "{}")
        return Faults(**_checked(raw))
    except (ValueError, TypeError) as error:
        names = ", ".join(f.name for f in fields(Faults))
        raise UsageError(f"{VARIABLE} cannot be read: {error}.", f"It holds a JSON object of: {names}.") from error


def faults_from_environment() -> Faults:
    """The faults that `VARIABLE` asks for.

    Raises:
        UsageError: it holds something else.
    """
    return faults_of(os.environ.get(VARIABLE, ""))


def _checked(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise ValueError("it is no object")
    kinds = {f.name: _KINDS[str(f.type)] for f in fields(Faults)}
    for name, value in raw.items():
        if name not in kinds:
            raise ValueError(f"there is no fault {name!r}")
        if not isinstance(value, kinds[name]) or (isinstance(value, bool) and name != "mig"):
            raise ValueError(f"{name} cannot be {value!r}")
    if not all(isinstance(at_s, int | float) for at_s in raw.get("silent", {}).values()):
        raise ValueError(f"silent cannot be {raw['silent']!r}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}


_KINDS: dict[str, tuple[type, ...]] = {
    "float | None": (int, float, type(None)),
    "float": (int, float),
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
    "tuple[str, ...]": (list,),
    "Mapping[str, float]": (dict,),
}
"""JSON types by the annotation of a field."""
