"""What an audit of published figures finds, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from ecotui.analysis.accounting import Accounts
from ecotui.core.published import PublishedRow
from ecotui.core.units import counted

GROSS, NET, NEITHER = "gross", "net", "neither"
UNIT = "unit?"
"""The mark of what has a unit that cannot be right."""
NO_INTERVALS = (
    "Published rows carry no windows, so nothing here has an interval: a sign is arithmetic on printed figures, "
    "no verdict."
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Figures whose unit cannot be the column's."""

    columns: tuple[str, ...]
    """One of which it is."""
    seems: tuple[str, ...]
    """Readings that fit, the closest first; empty where none does."""
    text: str


@dataclass(frozen=True, slots=True)
class AuditedRow:
    """One published row, and which accounting its energy follows."""

    row: PublishedRow
    number: int
    """Of the row in its table, from 1."""
    accounting: str
    """gross, net or neither."""
    implied_idle_w: float
    """P − E·T/1000: the idle power that its energy leaves out, about 0 where it is gross."""
    off_gross_pct: float
    """100 · (E·T / (1000·P) − 1)."""
    edge_error: bool
    """Whether it is gross only within 5 %, not within half a percent."""
    words: str
    """The accounting in words."""
    idle_w: float | None
    """What net figures subtract from its power."""
    doubts: tuple[Doubt, ...] = ()
    notes: tuple[str, ...] = ()
    ambiguous: bool = False
    """Whether it is gross only within 5 %, and as well net of an idle power that is known or shared."""

    @property
    def footing(self) -> bool:
        """Whether its power and throughput can be trusted, from which gross and net follow."""
        return not any({"power_w", "throughput_tok_s"} & set(doubt.columns) for doubt in self.doubts)

    @property
    def gross_j_per_1k_tokens(self) -> float | None:
        """Its power over its throughput; None where one of them is in doubt."""
        return self.row.gross_j_per_1k_tokens if self.footing else None

    @property
    def net_j_per_1k_tokens(self) -> float | None:
        """Net of the board's idle power; None where none is known, or power or throughput is in doubt."""
        return None if self.idle_w is None or not self.footing else self.row.net_j_per_1k_tokens(self.idle_w)

    @property
    def energy_doubted(self) -> bool:
        """Whether its published energy may be in another unit than joules a thousand tokens."""
        return any("energy_j_per_1k_tokens" in doubt.columns for doubt in self.doubts)

    @property
    def word(self) -> str:
        """What its energy follows, or the mark of a unit that cannot be right."""
        return UNIT if self.doubts else self.accounting

    @property
    def marked(self) -> str:
        """The accounting in words, with a mark where a unit cannot be right."""
        return f"{self.words}, {UNIT}" if self.doubts else self.words


@dataclass(frozen=True, slots=True)
class Repeated:
    """Rows that agree in what they are, repetitions of one configuration, held together by their means."""

    rows: tuple[AuditedRow, ...]
    """One or more."""
    row: PublishedRow
    """The only row, or the means of throughput, power and energies; its names and its id are the first one's."""

    @property
    def footing(self) -> bool:
        """Whether power and throughput of every row can be trusted."""
        return all(one.footing for one in self.rows)

    @property
    def idle_w(self) -> float | None:
        """What net figures subtract, the mean where rows state several; None where one of them has none."""
        idle = [one.idle_w for one in self.rows if one.idle_w is not None]
        if len(idle) < len(self.rows):
            return None
        return idle[0] if len(set(idle)) == 1 else fmean(idle)

    @property
    def energy_doubted(self) -> bool:
        """Whether one of the published energies may be in another unit."""
        return any(one.energy_doubted for one in self.rows)

    @property
    def ambiguous(self) -> bool:
        """Whether one of the rows could be gross or net."""
        return any(one.ambiguous for one in self.rows)


@dataclass(frozen=True, slots=True)
class AuditedPair:
    """A published configuration against the baseline of its board, model and batch size."""

    baseline: Repeated
    candidate: Repeated
    published_pct: float | None
    """Difference of the energies as published."""
    gross_pct: float | None
    net_pct: float | None
    """None where no idle power is known, or nothing is left of the baseline's energy."""
    accounts: Accounts | None
    """None where the units of power or throughput are in doubt."""

    @property
    def counts(self) -> tuple[int, int]:
        """Rows of the candidate, and of the baseline."""
        return len(self.candidate.rows), len(self.baseline.rows)

    @property
    def means(self) -> str:
        """ "mean of 2 rows and of 3", the candidate's first; empty where both sides are one row."""
        return "" if self.counts == (1, 1) else f"mean of {counted(self.counts[0], 'row')} and of {self.counts[1]:,}"

    @property
    def break_even_w(self) -> float | None:
        """Idle power at which the sign turns; None where no power above 0 turns it."""
        even = self.accounts.break_even_w if self.accounts else None
        return even if even is not None and even > 0 else None

    @property
    def depends(self) -> bool | None:
        """Whether gross and net point in opposite directions; None where one of them is not known."""
        if self.gross_pct is None or self.net_pct is None or self.accounts is None:
            return None
        return self.accounts.depends

    @property
    def doubted(self) -> bool:
        """Whether the published difference is of an energy whose unit cannot be right."""
        return self.baseline.energy_doubted or self.candidate.energy_doubted

    @property
    def mixed(self) -> bool:
        """Whether the published difference sets one accounting against another for certain."""
        return self._apart and not self._ambiguous

    @property
    def may_be_mixed(self) -> bool:
        """Whether it does so in one reading of a row that could be gross or net, and not in the other."""
        return self._ambiguous and NEITHER not in self._followed

    @property
    def _apart(self) -> bool:
        return {GROSS, NET} <= self._followed

    @property
    def _followed(self) -> set[str]:
        return {one.accounting for one in (*self.baseline.rows, *self.candidate.rows)}

    @property
    def _ambiguous(self) -> bool:
        return self.baseline.ambiguous or self.candidate.ambiguous


@dataclass(frozen=True, slots=True)
class Board:
    """The rows of one board."""

    gpu: str
    rows: int
    counts: tuple[int, int, int]
    """Rows that are gross, net, neither."""
    idle_w: tuple[float, float] | None
    """Lowest and highest idle power that its net figures subtract; None where none is known."""
    idle_from: str
    """Where it comes from, in words."""
    implied_w: tuple[float, float] | None
    """Lowest and highest idle power that its net rows left out."""
    sentence: str
    refuted: str = ""
    """That its rows leave out another idle power than the one given or stated; empty where they do not."""


@dataclass(frozen=True, slots=True)
class Audit:
    """All of it."""

    rows: tuple[AuditedRow, ...]
    boards: tuple[Board, ...]
    pairs: tuple[AuditedPair, ...]
    baseline: str
    remarks: Sequence[str] = field(default=())

    @property
    def classified(self) -> int:
        """Rows whose accounting can be told."""
        return sum(one.accounting != NEITHER for one in self.rows)

    @property
    def repeated(self) -> int:
        """Pairs of which a side is a mean of repetitions."""
        return sum(pair.counts != (1, 1) for pair in self.pairs)

    @property
    def depending(self) -> tuple[AuditedPair, ...]:
        """Pairs whose sign depends on the accounting."""
        return tuple(pair for pair in self.pairs if pair.depends)

    @property
    def doubted(self) -> tuple[AuditedRow, ...]:
        """Rows with a unit that cannot be right."""
        return tuple(one for one in self.rows if one.doubts)
