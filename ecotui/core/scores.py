"""What a session's scorings have come to so far, window by window, as the log tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ecotui.core.clock import NS
from ecotui.core.score_events import Decoded, Scores, Scoring, Task


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
    under_way: float = field(default=0.0, compare=False)
    """Windows that a batch which is not over yet comes to, by its steps."""
    spent_ns: int = field(default=0, compare=False)
    """Time that all of it took."""
    first: int = field(default=0, compare=False)
    """Windows of the first message, and the time that they took: with them a kernel is loaded, or built."""
    first_ns: int = field(default=0, compare=False)

    @property
    def whole(self) -> bool:
        """Whether every planned window is scored."""
        return len(self.nll) >= self.head.windows

    @property
    def done(self) -> float:
        """Windows that are scored, with the share of those under way."""
        return len(self.nll) + self.under_way

    @property
    def pace_s(self) -> float | None:
        """Seconds that a window takes, without the first ones once others are known; None before anything is done."""
        later = self.done - self.first
        if self.first and later > 0:
            return (self.spent_ns - self.first_ns) / NS / later
        return self.spent_ns / NS / self.done if self.done else None


@dataclass
class Scorings:
    """Of a whole session; empty where nothing was scored."""

    sums: dict[tuple[int, str], Sums] = field(default_factory=dict)
    """By arm and convention."""
    tasks: dict[int, list[Task]] = field(default_factory=dict)
    """By arm."""
    merged: bool = field(default=False, compare=False)
    """Whether the events came out of their order, as those of a checkpoint do: then no time is known of one arm."""
    at_ns: int = field(default=0, compare=False)
    """When the newest event was."""

    def add(self, event: Scoring | Scores | Decoded | Task) -> None:
        """Take one event in; scores without their head, or out of their order, are passed over."""
        took_ns, self.at_ns = event.at_ns - self.at_ns, event.at_ns
        self.merged = self.merged or took_ns < 0
        match event:
            case Scoring():
                self.sums[event.arm, event.convention] = Sums(event, last_ns=event.at_ns)
            case Task():
                self.tasks.setdefault(event.arm, []).append(event)
            case Scores() | Decoded():
                held = self.sums.get((event.arm, event.convention))
                if held is not None and len(held.nll) == event.first:
                    held.spent_ns += max(took_ns, 0)
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


def _extend(held: Sums, event: Scores | Decoded) -> None:
    held.last_ns = event.at_ns
    if isinstance(event, Decoded):
        held.under_way = event.windows * event.step / event.steps if event.steps else 0.0
        return
    held.under_way = 0.0
    if not held.nll:
        held.first, held.first_ns = len(event.nll), held.spent_ns
    held.nll += event.nll
    held.tokens += event.tokens
    held.kl += event.kl or []
    held.agreed += event.agreed or []
    held.compared += event.compared or []
