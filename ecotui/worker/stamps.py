"""Token stamps of one generate() call, sent in batches so that stamping costs next to nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from ecotui.core.events import Steps

FLUSH_NS = 100_000_000
"""Least time between two batches of a call, in nanoseconds."""


class Stamps:
    """Takes the stamps of one call; has the interface of transformers' BaseStreamer.

    generate() puts the prompt first, then every step's tokens (one a row) once they are on the host.
    """

    def __init__(self, send: Callable[[Steps], None], arm: int, call: int) -> None:
        self._send = send
        self._arm = arm
        self._call = call
        self._first = 0
        self._stamps: list[int] = []
        self._due = 0

    def put(self, value: Any) -> None:
        """Stamp a step that is over now."""
        self.stamp(time.monotonic_ns())

    def stamp(self, at_ns: int) -> None:
        """Stamp a step that was over at that time; later than the one before."""
        self._stamps.append(at_ns)
        if at_ns >= self._due:
            # The prompt's own stamp waits for company: a batch of one step says little.
            if self._due:
                self.end()
            self._due = at_ns + FLUSH_NS

    def end(self) -> None:
        """Send what has not been sent."""
        if not self._stamps:
            return
        deltas = [b - a for a, b in pairwise(self._stamps)]
        self._send(Steps(self._arm, self._call, self._first, self._stamps[0], deltas))
        self._first += len(self._stamps)
        self._stamps = []
