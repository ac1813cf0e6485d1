"""Replays a graph ahead of the device and learns from events when each token was there, without waiting for any.

An event is recorded on the device after every step, and asked from time to time whether it has passed. The first one
is recorded while the device is idle, which ties the device's clock to the host's for the length of a call.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

AHEAD = 64
"""Steps that are queued at most beyond the one that runs."""
PAUSE_S = 0.001
"""Between two looks at the events, where nothing can be queued."""


class Replays:
    """The events of a device, used again in every call."""

    def __init__(self) -> None:
        self._base = torch.cuda.Event(enable_timing=True)
        self._ring = [torch.cuda.Event(enable_timing=True) for _ in range(AHEAD)]
        self._base_ns = 0
        self._last_ns = 0

    def begin(self) -> int:
        """The call's first stamp; the device is idle."""
        before = time.monotonic_ns()
        self._base.record()
        self._base_ns = self._last_ns = (before + time.monotonic_ns()) // 2
        return self._base_ns

    def run(self, steps: int, launch: Callable[[int], None], told: Callable[[int], None]) -> None:
        """`launch(i)` for every step in turn, and `told(at_ns)` in the same order as they come to an end."""
        queued = ended = 0
        while ended < steps:
            if can := queued < steps and queued - ended < AHEAD:
                launch(queued)
                self._ring[queued % AHEAD].record()
                queued += 1
            passed = ended
            while passed < queued and self._ring[passed % AHEAD].query():
                told(self._at_ns(self._ring[passed % AHEAD]))
                passed += 1
            if passed == ended and not can:
                time.sleep(PAUSE_S)
            ended = passed

    def _at_ns(self, event: Any) -> int:
        """When it passed, on the host's clock: after the one before it, and not in the future."""
        at_ns = self._base_ns + round(1e6 * self._base.elapsed_time(event))
        self._last_ns = max(self._last_ns + 1, min(at_ns, time.monotonic_ns()))
        return self._last_ns
