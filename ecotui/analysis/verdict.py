"""The word for a comparison, by a practical band that was declared before: less, more, equivalent, undecided, or none.

A word goes by the whole 95 % interval of the gross ratio. Where the guard forbids one, where an arm has too few
windows, or where the sign is one of accounting, there is no word but the reason. Where the gross ratio has no sign
that is more than noise, the others' point estimates do not make it one of accounting: it is undecided, and they are
told beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.analysis.accounting import BAND_PCT, Accounts
from ecotui.analysis.guard import FEW, Finding
from ecotui.analysis.paired import PAIRED, SESSIONS, TURNS, UNPAIRED, Ratio
from ecotui.core.units import UNBOUNDED, number

LESS, MORE, EQUIVALENT, UNDECIDED = "less", "more", "equivalent", "undecided"
DEPENDS, NONE = "depends on accounting", "not comparable"
DECIDED = (LESS, MORE, EQUIVALENT)
MOST_DIGITS = 5
"""Behind the point of a ratio."""
WEAKER = {
    TURNS: "by the ratios of sessions in which both took turns",
    SESSIONS: "by the means of separate sessions",
    UNPAIRED: "weaker evidence: the runs did not take turns, and a drift would pass for a difference",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said of a candidate against the baseline."""

    word: str
    """One of the words above."""
    text: str
    """A sentence."""
    reasons: tuple[str, ...] = ()
    """Why there is none: sentences."""
    drift: str = ""
    """Of runs that did not take turns: which of them drifted. `text` ends with it."""
    accountings: bool = False
    """Whether `text` tells the difference in every accounting, because they differ in its sign."""

    @property
    def decided(self) -> bool:
        """Whether a reader may act on it."""
        return self.word in DECIDED


def word_of(ratio: Ratio | None, band_pct: float = BAND_PCT) -> str:
    """The word that an interval earns."""
    ends = ratio.interval_pct if ratio else None
    if ends is None:
        return UNDECIDED
    if ends[1] < -band_pct:
        return LESS
    if ends[0] > band_pct:
        return MORE
    return EQUIVALENT if -band_pct <= ends[0] and ends[1] <= band_pct else UNDECIDED


def verdict(
    it: Accounts,
    red: Sequence[Finding],
    names: tuple[str, str],
    p_holm: float | None,
    more: str,
    *,
    quality: str = "",
    drift: str = "",
) -> Verdict:
    """The verdict of one contrast.

    names: of the candidate and the baseline. p_holm: of a secondary contrast, adjusted; above 0.05 nothing but
    equivalence is said. more: what would settle an undecided one. quality: a sentence on what the candidate costs in
    quality, without which no saving is told. drift: which of both drifted, said where they did not take turns.
    """
    reasons = tuple(finding.text for finding in red if finding.forbids)
    ratio = it.gross.ratio
    drift = drift if ratio is not None and ratio.evidence == UNPAIRED else ""
    beside = f" {drift}" if drift else ""
    if reasons:
        few = all(finding.name == "few_windows" for finding in red if finding.forbids)
        word = UNDECIDED if few else NONE
        lead = f"Undecided below {FEW} windows an arm" if few else "Not comparable"
        return Verdict(word, f"{lead}: {' '.join(reasons)}{beside}", reasons, drift)
    word = word_of(ratio)
    if it.depends:
        told = f"{it.sentence(*names)} {quality}".strip()
        if word == UNDECIDED and not it.gross.shown:
            return Verdict(word, f"{_sentence(word, ratio, more)}{_weaker(ratio)}. {told}{beside}", (), drift, True)
        return Verdict(DEPENDS, f"{told}{beside}", (told,), drift, True)
    if word in (LESS, MORE) and p_holm is not None and p_holm > 0.05:
        word = UNDECIDED
    costs = f" {quality}" if quality and word == LESS else ""
    return Verdict(word, f"{_sentence(word, ratio, more)}{_weaker(ratio)}.{costs}{beside}", (), drift)


def _weaker(ratio: Ratio | None) -> str:
    return "" if ratio is None or ratio.evidence == PAIRED else f" ({WEAKER[ratio.evidence]})"


def _sentence(word: str, ratio: Ratio | None, more: str) -> str:
    told = times(ratio)
    band = f"the band of ±{number(BAND_PCT, 0)} %"
    match word:
        case "less" | "more":
            return f"{word.upper()} energy a token: {told} gross, beyond {band}"
        case "equivalent":
            return f"EQUIVALENT: {told} gross, within {band}"
    return f"UNDECIDED: {told} gross is neither within {band} nor beyond it{more and f'; {more}'}"


def times(ratio: Ratio | None) -> str:
    """A ratio with its interval, "×1.86 [1.84, 1.88]"; with as many digits as a narrow interval needs.

    Nothing reads 1.00 that another digit would tell from 1, so that whether an interval holds 1 is seen.
    """
    if ratio is None:
        return "×–"
    if ratio.low is None or ratio.high is None:
        return f"×{ratio.value:.2f} [–]"
    if ratio.too_few:
        return f"×{ratio.value:.2f} [too few {ratio.unit}s]"
    if not ratio.bounded:
        return f"×{ratio.value:.2f} {UNBOUNDED}"
    digits = 2 if ratio.high - ratio.low >= 0.01 else 3 if ratio.high - ratio.low >= 0.001 else 4
    ends = (_telling(end, digits, MOST_DIGITS) for end in (ratio.low, ratio.high))
    digits = max(_telling(ratio.value, digits, digits + 1), *ends)
    return f"×{ratio.value:.{digits}f} [{ratio.low:.{digits}f}, {ratio.high:.{digits}f}]"


def _telling(value: float, digits: int, most: int) -> int:
    """How many digits, at most `most`, tell a value from 1; `digits` where they do, or none do."""
    enough = (n for n in range(digits, most + 1) if f"{value:.{n}f}" != f"{1:.{n}f}")
    return next(enough, digits)
