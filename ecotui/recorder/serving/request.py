"""What is to be watched, for how long, and how often."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ecotui.core.arm import whole
from ecotui.core.errors import UsageError
from ecotui.core.plan import FLOOR_S, SENSORS
from ecotui.recorder.serving.fetch import Address, address_of

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A server and a board. `metrics` may hold a password: it goes over a pipe, never into a log or a sentence."""

    metrics: str
    gpu: int = 0
    sensor: str = "nvml"
    seconds: float | None = None
    """None until it is stopped, a day at most."""
    every_s: float = 1.0
    window_s: float = 10.0
    label: str = ""

    @property
    def address(self) -> Address:
        """Where the metrics are."""
        return address_of(self.metrics)

    @property
    def limit_s(self) -> float:
        """How long it lasts at most."""
        return self.seconds if self.seconds is not None else DAY_S

    def checked(self) -> Request:
        """The same request, or a UsageError that says which part cannot be meant."""
        address_of(self.metrics)
        whole(self.gpu, "--gpu", 0)
        if self.sensor not in SENSORS:
            raise UsageError(f"There is no sensor {self.sensor!r}.", f"Choose one of: {', '.join(SENSORS)}.")
        _within(self.window_s, "--window-seconds", FLOOR_S[self.sensor], 600)
        _within(self.every_s, "--every", 0.1, self.window_s / 2)
        if self.seconds is not None:
            _within(self.seconds, "--seconds", self.window_s, DAY_S)
        if len(self.label) > 200 or any(ord(c) < 32 for c in self.label):
            raise UsageError("The label is over 200 characters or holds control characters.", "Shorten --label.")
        return self

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the whole address among them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Request:
        """A request from JSON."""
        return cls(**{f.name: values[f.name] for f in fields(cls) if f.name in values})


def _within(value: float, name: str, least: float, most: float) -> None:
    if not math.isfinite(value) or not least <= value <= most:
        raise UsageError(f"{name} must be {least:g} to {most:g} seconds, not {value:g}.")
