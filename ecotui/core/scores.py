"""What a session's scorings have come to so far, window by window, as the log tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ecotui.core.score_events import Scores, Scoring, Task


@dataclass
class Sums:
    """Of one arm and convention; a list's place is a window's number."""

    head: Scoring
    nll: list[float] = field(default_factory=list)
    """Negative log-likelihood, nats, summed over a window's scored tokens."""
    tokens: list[int] = field(default_factory=list)
    kl: list[float] = field(default_factory=list)
    """Divergence from the reference, nats, summed over a window's compared tokens."""
    agreed: list[int] = field(default_factory=list)
    compared: list[int] = field(default_factory=list)
    last_ns: int = 0

    @property
    def whole(self) -> bool:
        """Whether every planned window is scored."""
        return len(self.nll) >= self.head.windows


@dataclass
class Scorings:
    """Of a whole session; empty where nothing was scored."""

    sums: dict[tuple[int, str], Sums] = field(default_factory=dict)
    """By arm and convention."""
    tasks: dict[int, list[Task]] = field(default_factory=dict)
    """By arm."""

    def add(self, event: Scoring | Scores | Task) -> None:
        """Take one event in; scores without their head, or out of their order, are passed over."""
        match event:
            case Scoring():
                self.sums[event.arm, event.convention] = Sums(event, last_ns=event.at_ns)
            case Task():
                self.tasks.setdefault(event.arm, []).append(event)
            case Scores():
                held = self.sums.get((event.arm, event.convention))
                if held is not None and len(held.nll) == event.first:
                    _extend(held, event)

    def events(self) -> Iterator[Scoring | Scores | Task]:
        """What came to this, in few events."""
        for it in self.sums.values():
            yield it.head
            if it.nll:
                arm, convention = it.head.arm, it.head.convention
                compared = (list(it.kl), list(it.agreed), list(it.compared)) if it.kl else (None, None, None)
                yield Scores(it.last_ns, arm, convention, 0, list(it.nll), list(it.tokens), *compared)
        for told in self.tasks.values():
            yield from told

    def of(self, arm: int, convention: str) -> Sums | None:
        """What an arm came to by a convention; None where it was not begun."""
        return self.sums.get((arm, convention))


def _extend(held: Sums, event: Scores) -> None:
    held.nll += event.nll
    held.tokens += event.tokens
    held.kl += event.kl or []
    held.agreed += event.agreed or []
    held.compared += event.compared or []
    held.last_ns = event.at_ns
