"""Three accountings of one comparison: gross, net of context idle, net of bare idle, and where the sign turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecotui.analysis.baselines import BARE, CONTEXT, error_w
from ecotui.analysis.figures import break_even_idle_w
from ecotui.analysis.paired import Ratio
from ecotui.analysis.population import Population
from ecotui.core.rows import RunRow
from ecotui.core.statistics import deviation, mean
from ecotui.core.units import number, signed

ACCOUNTINGS = (
    ("energy_gross_j_per_1k_tokens", "gross"),
    (CONTEXT, "net of context idle"),
    (BARE, "net of bare idle"),
)
BAND_PCT = 2.0
"""The practical band, declared before anything is measured: a difference inside is none that matters."""

POINTS = "By point estimates alone the sign depends on the accounting"
"""What is said where the gross difference is no more than noise."""


@dataclass(frozen=True, slots=True)
class Accounted:
    """One accounting of a candidate against the baseline."""

    name: str
    """The column."""
    label: str
    values: tuple[float | None, float | None]
    """Joules a thousand tokens of both, means where the population is one of sessions."""
    ratio: Ratio | None
    """None where there are no windows, or net energy is not above 0."""

    @property
    def sign(self) -> int:
        """1 where the candidate takes more, -1 where it takes less, 0 where neither is known."""
        if self.ratio is not None:
            return (self.ratio.value > 1) - (self.ratio.value < 1)
        a, b = self.values
        return 0 if a is None or b is None else (b > a) - (b < a)

    @property
    def shown(self) -> bool:
        """Whether the sign is more than noise: the interval excludes 1. Of figures without windows nobody knows."""
        if self.ratio is None or self.ratio.low is None or self.ratio.high is None:
            return self.sign != 0
        return not self.ratio.low <= 1 <= self.ratio.high

    @property
    def equivalent(self) -> bool:
        """Whether the whole interval lies within the practical band."""
        ends = self.ratio.interval_pct if self.ratio else None
        return ends is not None and ends[0] >= -BAND_PCT and ends[1] <= BAND_PCT


@dataclass(frozen=True, slots=True)
class Accounts:
    """All accountings of a candidate against the baseline."""

    each: tuple[Accounted, ...]
    break_even_w: float | None
    """Idle power at which both take the same: (E_B - E_A) / (τ_B - τ_A)."""
    idle_w: tuple[float, float] | None
    """The band of idle power that was measured, bare to context, both arms, of sessions their means; None where none
    was."""
    idle_error_w: float
    """How far its ends may be off: the spread of their readings, or half of what they moved by, or the spread between
    sessions, whichever is the largest."""

    @property
    def gross(self) -> Accounted:
        """Of the whole board."""
        return self.each[0]

    @property
    def depends(self) -> bool:
        """Whether the sign of the difference is one of accounting.

        Where two accountings point in opposite directions and one of them is more than noise, or where the break-even
        idle power lies within the error of an idle power that was measured. Where all of them are equivalent there is
        no difference to have a sign.
        """
        if all(one.equivalent for one in self.each if one.sign):
            return False
        known = [one for one in self.each if one.sign]
        shown = any(one.shown for one in known)
        return shown and (len({one.sign for one in known}) > 1 or self._at_idle)

    @property
    def _at_idle(self) -> bool:
        even = self.break_even_w
        return (
            even is not None
            and self.idle_w is not None
            and even > 0
            and any(abs(even - power) <= self.idle_error_w for power in self.idle_w)
        )

    def sentence(self, name: str, baseline: str) -> str:
        """What is said in place of a verdict."""
        even = self.break_even_w
        at = (
            "no idle power turns it"
            if even is not None and even <= 0
            else f"it turns at an idle power of {number(even)} W"
        )
        turn = "" if even is None else f" ({at}"
        band = "" if self.idle_w is None else f"; measured: {number(self.idle_w[0])} to {number(self.idle_w[1])} W"
        words = ", ".join(_words(self.each))
        lead = "The sign depends on the accounting" if self.gross.shown else POINTS
        return f"{lead}{turn and f'{turn}{band})'}: {name} {words}, against {baseline}."


def _words(each: Sequence[Accounted]) -> Iterator[str]:
    for one in each:
        if one.sign:
            yield f"{_size(one)} {one.label}"


def _size(one: Accounted) -> str:
    """The difference, signed, with its interval, or [–] where there is none."""
    a, b = one.values
    if one.ratio is not None:
        return f"{signed(one.ratio.pct)} % {one.ratio.interval_text or '[–]'}"
    if a is None or b is None:
        return "–"
    return f"{signed(100 * (b / a - 1))} % [–]" if a > 0 else f"{signed(b - a)} J [–]"


def accounts(of: Population) -> Accounts:
    """The accountings of a population: values, ratios and the break-even idle power are all of the same runs."""
    each = []
    for name, label in ACCOUNTINGS:
        values = of.values(name)
        each.append(Accounted(name, label, values, of.ratio(name) if None not in values else None))
    powers, errors = zip(*(_idle(some, column) for some in of.runs for column in (BARE, CONTEXT)), strict=True)
    known = [power for power in powers if power is not None]
    band = (min(known), max(known)) if known else None
    return Accounts(tuple(each), break_even_idle_w(*of.runs), band, max(errors))


def _idle(runs: Sequence[RunRow], column: str) -> tuple[float | None, float]:
    """Mean idle power (W) that a net column takes off, and how far it may be off."""
    every = [run.idle_bare_w if column == BARE else run.idle_context_w for run in runs]
    known = [power for power in every if power is not None]
    errors = [e for run in runs if (e := error_w(run, column)) is not None]
    return mean(known), max((0.0, *errors, deviation(known) or 0.0))
