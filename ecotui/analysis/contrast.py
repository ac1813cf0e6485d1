"""One candidate against the baseline: ratios from the best evidence there is, the red list, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecotui.analysis.accounting import BAND_PCT, Accounts, accounts
from ecotui.analysis.baselines import of_runs
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
from ecotui.analysis.paired import PAIRED, SESSIONS, UNPAIRED, Ratio, level_of, paired_ratio
from ecotui.analysis.quality_pairs import sentence as quality_sentence
from ecotui.analysis.quality_runs import Known, Shelf
from ecotui.analysis.sessions import ENOUGH, Sessions, sessions_of
from ecotui.analysis.settling import to_settle
from ecotui.analysis.unpaired import Fieller, fieller, welch
from ecotui.analysis.verdict import Verdict, times, verdict
from ecotui.core.pairs import JOULES, block_logs
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import number

TOKENS, POWER = "throughput_tok_s", "power_mean_w"


@dataclass(frozen=True, slots=True)
class Detail:
    """What a reader may ask beside the verdict."""

    hedges_g: float | None
    """Of the windows' gross energy, B minus A."""
    fieller: Fieller | None
    """The cross-check of the gross ratio, over windows as if the runs had not taken turns."""
    detectable_before_pct: float | None
    """Smallest difference that so many windows find at the larger CV of both runs."""
    detectable_pct: float | None
    """Smallest difference that these blocks, sessions or windows could find, from what they spread."""
    blocks_needed: int | None
    """Blocks in all until half of the gross interval is inside the practical band."""
    effective_n: tuple[float | None, float | None]
    """How many independent windows those of both runs are worth."""
    sessions: tuple[Sessions, Sessions]
    """The stored sessions of both configurations."""


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
    quality: tuple[Known | None, Known | None] = (None, None)
    """Of the baseline and the candidate, on one text, window and path."""
    blocks: tuple[tuple[int, float], ...] = ()
    """Number and gross ratio of every block that they have in common; none of runs that did not take turns."""

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
        """What the intervals are made of: "paired", "sessions" or "unpaired"."""
        return self.energy.evidence if self.energy else UNPAIRED

    @property
    def sentence(self) -> str:
        """The contrast in a line: throughput, energy, and whether LLM.int8 had anything to decompose."""
        a, b = self.baseline, self.candidate
        names = f"{b.quantization_label or b.run_id} against {a.quantization_label or a.run_id}"
        ratios = f"throughput {times(self.throughput)}, energy {times(self.energy)}, gross"
        weaker = " (weaker evidence: they did not take turns)" if self.evidence == UNPAIRED else ""
        return f"{names}: {ratios}{weaker}{_decomposed((a, b))}"


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
        self.windows = tuple([w for w in windows.get(run.run_id, ()) if not w.split] for run in (a, b))
        self.sessions = sessions_of(a, stored), sessions_of(b, stored)
        self.red = self._known(red_list(a, b, factor, logged))
        self.accounts = accounts(a, b, self.ratio)

    @property
    def p(self) -> float | None:
        """Of the gross ratio."""
        ratio = self.accounts.gross.ratio
        return ratio.p if ratio else None

    @property
    def _apart(self) -> bool:
        """Whether both configurations have sessions enough to be held together by their means."""
        other = self.a.session_id != self.b.session_id
        return other and all(len(known.joules) >= ENOUGH for known in self.sessions)

    def _known(self, red: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The red list, in which separate sessions forbid nothing where the spread between them is known."""
        if not self._apart:
            return red
        counts = " and ".join(str(len(known.joules)) for known in self.sessions)
        text = f"The ratio is one of the means of {counts} sessions."
        return tuple(replace(it, effect=WARNS, text=text) if it.name == "session_id" else it for it in red)

    def ratio(self, column: str) -> Ratio | None:
        """By blocks of one session; else by sessions' means; else by the windows of both, as Welch has it.

        The interval of a net one holds what its idle baselines may put it off, too.
        """
        first, second = self.windows
        if self.a.session_id == self.b.session_id:
            level = level_of((self.a, self.b))
            found = paired_ratio(first, second, column, level)
            if found is not None:
                return of_runs(found, self.a, self.b, column, level)
        if self._apart and column == JOULES:
            return welch(self.sessions[0].joules, self.sessions[1].joules, SESSIONS)
        x, y = ([v for w in some if (v := getattr(w, column)) is not None] for some in self.windows)
        return of_runs(welch(x, y), self.a, self.b, column)

    def contrast(self, primary: bool, p_holm: float | None) -> Contrast:
        """All of it."""
        detail = self._detail()
        names = self.b.run_id, self.a.run_id
        costs = quality_sentence(self.a, self.b, self.quality)
        found = verdict(
            self.accounts, self.red, names, p_holm, self._more(), quality=costs, drift=drift_words((self.a, self.b))
        )
        speed, power = self.ratio(TOKENS), self.ratio(POWER)
        it = self.accounts
        p = None if primary else p_holm
        return Contrast(
            self.a,
            self.b,
            primary,
            self.factor,
            it,
            speed,
            power,
            self.red,
            found,
            p,
            detail,
            self.quality,
            self._blocks,
        )

    @property
    def _blocks(self) -> tuple[tuple[int, float], ...]:
        if self.a.session_id != self.b.session_id:
            return ()
        first, second = self.windows
        logs = block_logs(first, second, JOULES)
        return tuple((block, math.exp(log)) for block, log in logs.items())

    def _detail(self) -> Detail:
        x, y = ([v for w in some if (v := getattr(w, JOULES)) is not None] for some in self.windows)
        ratio = self.accounts.gross.ratio
        spread = ratio.spread if ratio is not None else None
        cvs = [run.energy_cv_pct for run in (self.a, self.b) if run.energy_cv_pct is not None]
        return Detail(
            hedges_g(x, y),
            fieller(x, y),
            detectable_pct(max(cvs), min(len(x), len(y))) if cvs and x and y else None,
            _detectable(ratio),
            blocks_needed(spread, BAND_PCT) if spread is not None else None,
            (effective_n(x), effective_n(y)),
            self.sessions,
        )

    def _more(self) -> str:
        ratio = self.accounts.gross.ratio
        if ratio is None or ratio.evidence != PAIRED:
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
