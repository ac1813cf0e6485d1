"""What can be undone: what was taken away, the last first."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

MOST = 50
REMOVAL, MARKS, FILTER = "removal", "marks", "filter"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was taken away."""

    kind: str
    """REMOVAL, MARKS or FILTER."""
    before: str | tuple[str, ...]
    """Of a removal its key in the trash, of marks the run ids that were marked, of a filter its words."""
    marks: tuple[str, ...] = ()
    """Of a removal: the run ids that were marked."""


class Steps:
    """The newest of them."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=MOST)

    def add(self, step: Step) -> None:
        """One more that can be undone."""
        self._steps.append(step)

    def marks(self, before: Sequence[str]) -> None:
        """Marks were taken away; `before` is what was marked."""
        self.add(Step(MARKS, tuple(before)))

    def last(self, kinds: Collection[str]) -> Step | None:
        """The newest of these kinds, which stays."""
        return next((step for step in reversed(self._steps) if step.kind in kinds), None)

    def take(self, kinds: Collection[str]) -> Step | None:
        """The newest of these kinds, which is then none any more."""
        if (step := self.last(kinds)) is not None:
            del self._steps[max(i for i, it in enumerate(self._steps) if it is step)]
        return step
