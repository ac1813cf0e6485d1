"""One candidate against the baseline: ratios from the best evidence there is, the red list, and the verdict."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecotui.analysis.accounting import BAND_PCT, Accounts, accounts
from ecotui.analysis.effects import (
    blocks_needed,
    detectable_paired_pct,
    detectable_pct,
    detectable_welch_pct,
    effective_n,
    hedges_g,
    holm,
)
from ecotui.analysis.guard import WARNS, Facts, Finding, factor_of, red_list
from ecotui.analysis.not_passed import drift_words
from ecotui.analysis.paired import PAIRED, TURNS, UNPAIRED, Ratio
from ecotui.analysis.population import Population, population, words_of
from ecotui.analysis.quality_pairs import sentence as quality_sentence
from ecotui.analysis.quality_runs import Known, Shelf
from ecotui.analysis.sessions import Sessions, sessions_of
from ecotui.analysis.settling import to_settle
from ecotui.analysis.unpaired import Fieller, fieller
from ecotui.analysis.verdict import Verdict, times, verdict
from ecotui.core.labels import short_labels
from ecotui.core.pairs import JOULES
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import number

TOKENS, POWER = "throughput_tok_s", "power_mean_w"


@dataclass(frozen=True, slots=True)
class Detail:
    """What a reader may ask beside the verdict."""

    hedges_g: float | None
    """Of the windows' gross energy, or of sessions their means', B minus A."""
    fieller: Fieller | None
    """The cross-check of the gross ratio, over the same windows or sessions as if they had not taken turns."""
    detectable_before_pct: float | None
    """Smallest difference that so many windows find at the larger CV of both runs; None of sessions."""
    detectable_pct: float | None
    """Smallest difference that these blocks, sessions or windows could find, from what they spread."""
    blocks_needed: int | None
    """Blocks in all until half of the gross interval is inside the practical band; None of what is no blocks."""
    sessions_needed: int | None
    """The same of sessions in which both took turns."""
    effective_n: tuple[float | None, float | None]
    """How many independent windows those of both runs are worth; None of sessions."""
    sessions: tuple[Sessions, Sessions]
    """The sessions that the ratios are made of; else the stored sessions of both configurations."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A candidate against the baseline."""

    baseline: RunRow
    candidate: RunRow
    primary: bool
    """Whether it was declared before: the first candidate's, in gross joules a token."""
    factor: tuple[str, ...]
    """What they are compared in."""
    accounts: Accounts
    throughput: Ratio | None
    power: Ratio | None
    red: tuple[Finding, ...]
    verdict: Verdict
    p_holm: float | None
    """Of a secondary contrast: adjusted over all secondary ones."""
    detail: Detail
    population: Population
    """What every ratio, mean and error of it is made of."""
    quality: tuple[Known | None, Known | None] = (None, None)
    """Of the baseline and the candidate, on one text, window and path."""

    @property
    def blocks(self) -> tuple[tuple[Hashable, float], ...]:
        """Number and gross ratio of every block that they have in common; none of runs that did not take turns."""
        return self.population.ratios() if self.population.evidence == PAIRED else ()

    @property
    def sessions(self) -> tuple[tuple[Hashable, float], ...]:
        """Id and gross ratio of every session in which both took turns, where the ratios are made of such."""
        return self.population.ratios() if self.population.evidence == TURNS else ()

    @property
    def quality_sentence(self) -> str:
        """What the candidate costs in quality, or that it was not measured."""
        return quality_sentence(self.baseline, self.candidate, self.quality)

    @property
    def energy(self) -> Ratio | None:
        """Gross joules a token."""
        return self.accounts.gross.ratio

    @property
    def evidence(self) -> str:
        """What every interval is made of: one of the words of `ecotui.analysis.paired`."""
        return self.population.evidence

    @property
    def sentence(self) -> str:
        """The contrast in a line: throughput, energy, and whether LLM.int8 had anything to decompose."""
        a, b = self.baseline, self.candidate
        ours, base = short_labels((b, a))
        names = f"{ours or b.run_id} against {base or a.run_id}"
        ratios = f"throughput {times(self.throughput)}, energy {times(self.energy)}, gross"
        weaker = " (weaker evidence: they did not take turns)" if self.evidence == UNPAIRED else ""
        apart = f" ({words_of(self.population)})" if self.population.sessions else ""
        return f"{names}: {ratios}{weaker}{apart}{_decomposed((a, b))}"


def contrasts(
    runs: Sequence[RunRow],
    windows: Mapping[str, Sequence[WindowRow]],
    factor: Sequence[str] = (),
    logged: Mapping[str, Facts] | None = None,
    stored: Sequence[RunRow] = (),
    *,
    scored: Sequence[RunRow] = (),
) -> tuple[Contrast, ...]:
    """Every other run against the first; Holm's adjustment over all but the first of them.

    scored: stored runs whose quality is known, for arms without one of their own.
    """
    baseline, *candidates = runs
    first, *others = Shelf((*runs, *scored)).together(runs)
    given: dict[str, Any] = {"windows": windows, "factor": tuple(factor), "logged": logged or {}, "stored": stored}
    made = [
        _Pair(baseline, run, quality=(first, other), **given) for run, other in zip(candidates, others, strict=True)
    ]
    told = [(place, pair.p) for place, pair in enumerate(made) if place and pair.p is not None]
    adjusted = dict(zip((place for place, _ in told), holm([p for _, p in told]), strict=True))
    return tuple(pair.contrast(place == 0, adjusted.get(place)) for place, pair in enumerate(made))


class _Pair:
    """Two runs and all the evidence about them."""

    def __init__(
        self,
        a: RunRow,
        b: RunRow,
        *,
        windows: Mapping[str, Sequence[WindowRow]],
        factor: tuple[str, ...],
        logged: Mapping[str, Facts],
        stored: Sequence[RunRow],
        quality: tuple[Known | None, Known | None] = (None, None),
    ) -> None:
        self.a, self.b, self.factor, self.quality = a, b, factor or factor_of(a, b), quality
        known = sessions_of(a, stored), sessions_of(b, stored)
        self.of = population(a, b, windows, known)
        self.sessions = self.of.sessions or known
        self.red = self._known(red_list(a, b, factor, logged))
        self.accounts = accounts(self.of)

    @property
    def p(self) -> float | None:
        """Of the gross ratio."""
        ratio = self.accounts.gross.ratio
        return ratio.p if ratio else None

    def _known(self, red: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The red list, in which separate sessions forbid nothing where the spread between them is known."""
        if self.of.sessions is None:
            return red
        text = f"Every ratio is {words_of(self.of)}; the figures beside it are those of the two runs."
        return tuple(replace(it, effect=WARNS, text=text) if it.name == "session_id" else it for it in red)

    def contrast(self, primary: bool, p_holm: float | None) -> Contrast:
        """All of it."""
        names = self.b.run_id, self.a.run_id
        costs = quality_sentence(self.a, self.b, self.quality)
        found = verdict(
            self.accounts, self.red, names, p_holm, self._more(), quality=costs, drift=drift_words((self.a, self.b))
        )
        return Contrast(
            self.a,
            self.b,
            primary,
            self.factor,
            self.accounts,
            self.of.ratio(TOKENS),
            self.of.ratio(POWER),
            self.red,
            found,
            None if primary else p_holm,
            self._detail(),
            self.of,
            self.quality,
        )

    def _detail(self) -> Detail:
        x, y = ([v for row in some if (v := getattr(row, JOULES)) is not None] for some in self.of.rows)
        ratio = self.accounts.gross.ratio
        spread = ratio.spread if ratio is not None else None
        needed = blocks_needed(spread, BAND_PCT) if spread is not None else None
        apart = self.of.sessions is not None
        cvs = [run.energy_cv_pct for run in (self.a, self.b) if run.energy_cv_pct is not None and not apart]
        return Detail(
            hedges_g(x, y),
            fieller(x, y),
            detectable_pct(max(cvs), min(len(x), len(y))) if cvs and x and y else None,
            _detectable(ratio),
            None if apart else needed,
            needed if apart else None,
            (None, None) if apart else (effective_n(x), effective_n(y)),
            self.sessions,
        )

    def _more(self) -> str:
        ratio = self.accounts.gross.ratio
        if ratio is None or ratio.evidence not in (PAIRED, TURNS):
            return "blocks of one session would settle it (ecotui run --against)"
        return to_settle(ratio)


def _detectable(ratio: Ratio | None) -> float | None:
    """The smallest difference that the evidence of a gross ratio could find (%)."""
    if ratio is None:
        return None
    if ratio.spread is not None:
        return detectable_paired_pct(ratio.spread, ratio.blocks)
    if ratio.error is None or ratio.df is None:
        return None
    return detectable_welch_pct(ratio.error, ratio.df)


def _decomposed(runs: Sequence[RunRow]) -> str:
    """Of an arm with LLM.int8's threshold: whether there was anything to take out of its product."""
    for run in runs:
        if run.decomposition:
            columns = run.outlier_columns_decode
            counted = "" if columns is None else f", {number(columns)} outlier columns a layer"
            return f"; decomposition {run.decomposition}{counted}"
    return ""
