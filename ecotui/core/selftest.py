"""What a board's sensors are worth, told from samples of known loads: lines of a table, each with its bar.

Where the bars come from is in docs/measuring.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ecotui.core.reading import BoardInfo
from ecotui.core.timeline import Timeline
from ecotui.core.units import ABSENT

PASS, WARN, FAIL, INFO, ABSENT_WORD = "pass", "warn", "fail", "info", "absent"
RANK = (FAIL, WARN, PASS)
"""The worst line decides."""
FULL_S = 120.0
"""Length of a full test."""
POLLED = {"power": "instant power", "average": "one-second average", "counter": "energy counter"}


@dataclass(frozen=True, slots=True)
class About:
    """What was tested, when, and with what."""

    at_ns: int
    wall_ns: int
    board: BoardInfo
    seconds: float
    """How long it was meant to take; 120 is the full test."""
    load: str
    """What did the work."""
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the test: what the board did from t0 to t1."""

    name: str
    """ "bare", "context", "steady", "bursts" or "alias"."""
    t0_ns: int
    t1_ns: int
    phase_s: float = 0.0
    """Of an alias stretch."""
    on_ns: list[int] = field(default_factory=list)
    """When each burst of work began."""
    off_ns: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Polled:
    """One sensor, asked as fast as it answers: when it took a new value."""

    sensor: str
    """A key of `POLLED`."""
    looks: int
    """Those that were answered."""
    changed_ns: list[int]
    unanswered: int = 0
    back: int = 0
    """How often a value was less than the one before; of a counter, never."""
    first: float | None = None
    """The first value, in the sensor's unit."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How long a call took, each time."""

    call: str
    took_ns: list[int]


@dataclass
class Samples:
    """Everything that was sampled."""

    about: About
    line: Timeline = field(default_factory=Timeline)
    """Readings, ticks, the driver's ring, and vitals."""
    stretches: list[Stretch] = field(default_factory=list)
    polled: list[Polled] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)

    def named(self, name: str) -> list[Stretch]:
        """The stretches of that name, in order."""
        return [s for s in self.stretches if s.name == name]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table."""

    name: str
    verdict: str
    """ "pass", "warn", "fail", "info" (no bar), or "absent": it could not be checked, and no bar was kept."""
    value: str = ABSENT
    bar: str = ""
    """What it has to keep to pass."""
    figures: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """The table and what it comes to."""

    about: About
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> str:
        """The worst of the lines; "warn" at best where an essential one is absent."""
        from ecotui.core.selftest_verdict import verdict_of

        return verdict_of(self.checks)

    @property
    def words(self) -> str:
        """The verdict in sentences."""
        from ecotui.core.selftest_verdict import words_of

        return words_of(self.checks, self.about.seconds)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        about = asdict(self.about)
        return {
            "selftest": 1,
            "verdict": self.verdict,
            "words": self.words,
            "simulated": self.about.board.sensor == "simulated",
            **about,
            "checks": [asdict(c) for c in self.checks],
        }


def examine(samples: Samples) -> Report:
    """The table of a whole test; the same samples always give the same one."""
    from ecotui.core import selftest_energy as energy
    from ecotui.core import selftest_timing as timing
    from ecotui.core.selftest_essentials import essentials

    compared = list(energy.sources(samples))
    checks: Sequence[Check] = [
        *essentials(samples, compared),
        *timing.company(samples),
        *timing.periods(samples),
        *timing.costs(samples),
        *timing.stamps(samples),
        *timing.gaps(samples),
        *timing.ring(samples),
        *compared,
        *energy.bursts(samples),
        *energy.alias(samples),
        *energy.lags(samples),
    ]
    return Report(samples.about, tuple(checks))
