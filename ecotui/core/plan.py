"""A plan: the arms, the protocol that each goes through, and the board that is watched."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ecotui.core.arm import Arm, whole
from ecotui.core.errors import UsageError
from ecotui.core.quality import Quality

SENSORS = ("nvml", "simulated")
DEVICES = ("cuda", "cpu")
ORDERS = ("abba", "random")
BLOCKS = 5
"""Blocks of a paired session where none are asked for: ten windows an arm."""
UNTIL_BLOCKS = 20
"""Most blocks of a session that goes on until its ratio is known, where no other maximum is declared."""
MOST_ARMS = 6
"""Of a paired session."""
FLOOR_S = {"nvml": 5.0, "simulated": 0.2}
"""Shortest window a board may be asked for: below it the edges of a 100 ms counter decide the figure."""

GATE_FLOOR_S = {"nvml": 60.0, "simulated": 1.0}
"""Least that the gate may look back: a shorter look takes noise for rest."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What happens to every arm."""

    idle_s: float = 10.0
    """Length of each idle baseline."""
    warmups: int = 3
    """Whole generate() calls before the first window, discarded."""
    windows: int = 10
    window_s: float = 10.0
    """A window repeats generate() until it is at least this long."""
    gate_s: float = 0.0
    """How far back the stability gate looks, at first; 0 goes without a gate."""
    gate_timeout_s: float = 600.0
    """A board that has not settled after so long is measured all the same, and the run is UNSTABLE."""
    split_prefill: bool = False
    """Whether windows of other output lengths tell the energy of the prefill from that of decoding."""
    examine: bool = False
    """Whether a few decoding steps are profiled after the windows."""
    idle_after: bool = False
    """Whether the idle power with the weights resident is watched again after the windows."""
    blocks: int = 0
    """Blocks of a paired session, in each of which every arm has two windows; 0 takes one arm after the other."""
    order: str = "abba"
    """Whose turn it is within a block: a key of ORDERS."""
    until_pct: float | None = None
    """Of a paired session: it ends before `blocks`, its maximum, once half of the primary ratio's 95 % interval is at
    most so wide, in percent."""
    seed: int = 20260
    """Of the order, and of the weights of synthetic models and of the input ids."""

    @classmethod
    def for_sensor(cls, sensor: str) -> Protocol:
        """The defaults: long windows where energy is real, short ones where it is simulated."""
        if sensor == "simulated":
            return cls(2.0, windows=10, window_s=1.0, gate_s=5.0, gate_timeout_s=60.0, examine=True, idle_after=True)
        return cls(gate_s=60.0, examine=True, idle_after=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """One or more arms, what each goes through, and where."""

    arms: tuple[Arm, ...]
    protocol: Protocol
    sensor: str = "nvml"
    gpu: int = 0
    device: str = "cuda"
    label: str = ""
    peak_bandwidth_gb_s: float | None = None
    """The board's peak memory bandwidth where the operator knows better than the table."""
    quality: Quality | None = None
    """How the arms are scored after their energy windows; None leaves it out."""

    @property
    def simulated(self) -> bool:
        """Whether the watts come from a model instead of a board."""
        return self.sensor == "simulated"

    def checked(self) -> Plan:
        """The same plan, or a UsageError that says which part cannot be meant."""
        if not self.arms:
            raise UsageError("The plan holds no arm.", "Name a model with --model.")
        for arm in self.arms:
            arm.checked()
        if self.sensor not in SENSORS:
            raise UsageError(f"There is no sensor {self.sensor!r}.", f"Choose one of: {', '.join(SENSORS)}.")
        if self.device not in DEVICES:
            raise UsageError(f"There is no device {self.device!r}.", f"Choose one of: {', '.join(DEVICES)}.")
        if self.sensor == "nvml" and self.device == "cpu":
            raise UsageError(
                "The board's sensors cannot weigh a model that runs on the CPU.",
                "Use --sensor simulated with --device cpu, or --device cuda.",
            )
        self._pairs()
        if self.quality is not None:
            self.quality.checked()
        whole(self.gpu, "--gpu", 0)
        whole(self.protocol.warmups, "--warmups", 0)
        whole(self.protocol.windows, "--windows", 1)
        _seconds(self.protocol.idle_s, "--idle-seconds", 0.2)
        _seconds(self.protocol.window_s, "--window-seconds", FLOOR_S[self.sensor])
        if self.protocol.gate_s:
            _seconds(self.protocol.gate_s, "--gate-seconds", GATE_FLOOR_S[self.sensor])
        _seconds(self.protocol.gate_timeout_s, "--gate-timeout", self.protocol.gate_s or 1.0)
        if self.peak_bandwidth_gb_s is not None:
            _bandwidth(self.peak_bandwidth_gb_s)
        if len(self.label) > 200 or any(ord(c) < 32 for c in self.label):
            raise UsageError("The label is over 200 characters or holds control characters.", "Shorten --label.")
        return self

    @property
    def windows(self) -> int:
        """Windows of each arm at its own output length."""
        if self.quality is not None and self.quality.alone:
            return 0
        return 2 * self.protocol.blocks or self.protocol.windows

    def _pairs(self) -> None:
        protocol = self.protocol
        whole(protocol.blocks, "--blocks", 0)
        if protocol.until_pct is not None:
            _until(protocol.until_pct, protocol.blocks)
        if not protocol.blocks:
            return
        if not 2 <= len(self.arms) <= MOST_ARMS:
            raise UsageError(
                f"A paired session takes 2 to {MOST_ARMS} arms, not {len(self.arms)}.",
                "Name the others with --against.",
            )
        if protocol.order not in ORDERS:
            raise UsageError(f"There is no order {protocol.order!r}.", f"Choose one of: {', '.join(ORDERS)}.")
        if protocol.split_prefill:
            raise UsageError("--split-prefill goes with a single run, not with --against.", "Leave one of them out.")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"arms": [asdict(arm) for arm in self.arms]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Plan:
        """A plan from JSON; fields that this version does not know are left out."""
        known = {f.name for f in fields(Protocol)}
        protocol = Protocol(**{k: v for k, v in values["protocol"].items() if k in known})
        rest = {f.name: values[f.name] for f in fields(cls) if f.name in values and f.name not in ("arms", "protocol")}
        if rest.get("quality") is not None:
            rest["quality"] = Quality.from_dict(rest["quality"])
        return cls(tuple(Arm.from_dict(a) for a in values["arms"]), protocol, **rest)


def _until(value: float, blocks: int) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.05 <= value <= 50:
        raise UsageError(f"--until must be a half width of 0.05 % to 50 %, not {value!r}.", "For instance --until 1%.")
    if blocks < 3:
        raise UsageError(
            f"--until needs three blocks or more, not {blocks}: two have no spread to speak of.",
            "--blocks is its maximum, and goes with --against.",
        )


def _bandwidth(value: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 1 <= value <= 1e6:
        raise UsageError(f"--peak-bandwidth must be GB/s, 1 to 1,000,000, not {value!r}.")


def _seconds(value: float, name: str, least: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise UsageError(f"{name} must be a number of seconds, not {value!r}.")
    if value < least:
        raise UsageError(f"{name} must be at least {least:g}, not {value:g}.")
    if value > 86_400:
        raise UsageError(f"{name} must be at most a day (86400), not {value:g}.")
