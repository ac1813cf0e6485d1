"""What sampling costs: the instrument measures itself, so that nobody has to believe that it is cheap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

KINDS = ("reading", "counter", "ring", "vitals")
"""What a sampler spends time on: one look at the sensors, one at the energy counter, one drain, one slow look."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Wall time that one kind of look has taken so far."""

    kind: str
    """One of `KINDS`."""
    count: int = 0
    mean_ms: float = 0.0
    max_ms: float = 0.0

    def with_one(self, span_ms: float) -> Costs:
        """The same, one look later."""
        count = self.count + 1
        mean_ms = self.mean_ms + (span_ms - self.mean_ms) / count
        return Costs(self.kind, count, mean_ms, max(self.max_ms, span_ms))


class Meter:
    """Times what runs inside `spent`; `costs` may be read from any thread."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._by_kind = {kind: Costs(kind) for kind in KINDS}

    @property
    def costs(self) -> tuple[Costs, ...]:
        """One for each kind, in the order of `KINDS`; count 0 where it never ran."""
        return tuple(self._by_kind.values())

    @contextmanager
    def spent(self, kind: str) -> Iterator[None]:
        """What runs inside is counted as one look of this kind, also if it fails."""
        began_ns = self._clock()
        try:
            yield
        finally:
            self._by_kind[kind] = self._by_kind[kind].with_one((self._clock() - began_ns) / 1e6)
