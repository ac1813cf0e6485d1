"""Every finding that some points support, in the order of `finding.KEYS`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ecotui.analysis.carbon import Workload
from ecotui.analysis.crossover import crossovers
from ecotui.analysis.finding import KEYS, Finding, Windows, finding_dict, left_out_words
from ecotui.analysis.laws import batch_laws
from ecotui.analysis.pareto import fronts
from ecotui.analysis.pareto_quality import quality_fronts
from ecotui.analysis.points import ACCOUNTINGS, PUBLISHED, LeftOut, Point
from ecotui.analysis.taxes import decomposition, dequantization
from ecotui.analysis.taxes_pairs import MOST_READ, Intervals
from ecotui.core.errors import UsageError

__all__ = ["ACCOUNTINGS", "KEYS", "Finding", "Settings", "Workload", "finding_dict", "findings", "left_out_words"]


UNREAD = (
    f"Windows of {MOST_READ} runs were read for intervals, and no more: where a ratio lacks one, ask for fewer "
    "boards or for one finding."
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may ask otherwise."""

    accounting: str = "gross"
    """A word of ACCOUNTINGS; de-quantization is gross whatever is asked, and bills are."""
    workload: Workload = field(default_factory=Workload)

    def checked(self) -> Settings:
        """The same, or a UsageError that says which of it cannot be meant."""
        if self.accounting not in ACCOUNTINGS:
            raise UsageError(
                f"There is no accounting {self.accounting!r}.", f"Choose one of: {', '.join(ACCOUNTINGS)}."
            )
        self.workload.checked()
        return self


def findings(
    points: Sequence[Point],
    keys: Iterable[str] = tuple(KEYS),
    *,
    settings: Settings | None = None,
    windows: Windows | None = None,
    left_out: Sequence[LeftOut] = (),
    context: Sequence[Point] = (),
) -> list[Finding]:
    """Findings of the points: measured ones first, then simulated, then published; newest first within a law.

    windows: of a run by its id, read for the intervals of ratios, of no more than `taxes_pairs.MOST_READ` runs; without
    it ratios stand without intervals, and say so. left_out: what `points.gathered` left out. context: points whose
    published sweeps are drawn beside measured ones; those of `points` unless told.

    Raises:
        UsageError: a setting cannot be meant, or there is no finding of that name.
    """
    it, wanted, reads = (settings or Settings()).checked(), list(keys), Intervals(windows)
    if odd := next((key for key in wanted if key not in KEYS), None):
        raise UsageError(f"There is no finding {odd!r}.", f"Choose one of: {', '.join(KEYS)}.")
    made = {
        "batch-law": lambda: batch_laws(points, it.accounting, left_out, context or points),
        "crossover": lambda: crossovers(points, it.accounting, reads, left_out),
        "decomposition": lambda: decomposition(points, it.accounting, reads, left_out),
        "dequantization": lambda: dequantization(points, reads, left_out),
        "quality": lambda: quality_fronts(points, it.accounting, left_out),
        "pareto": lambda: fronts(points, it.accounting, it.workload, left_out),
    }
    order = ("measured", "simulated", "published")
    found = [f for key in KEYS if key in wanted for f in sorted(made[key](), key=lambda f: order.index(f.kind))]
    return _apart([_unread(f) for f in found] if reads.spent else found)


def _apart(found: Sequence[Finding]) -> list[Finding]:
    """The findings with a number behind a subject that another one has too: tables of several sources may."""
    seen: dict[tuple[str, str], int] = {}
    out = []
    for it in found:
        count = seen[it.key, it.subject] = seen.get((it.key, it.subject), 0) + 1
        out.append(it if count == 1 else replace(it, subject=f"{it.subject} · {count}"))
    return out


def _unread(it: Finding) -> Finding:
    """A finding of ratios, with the words that not every interval was read."""
    ratios = it.key in ("crossover", "decomposition", "dequantization") and it.kind != PUBLISHED
    return replace(it, caveats=(*it.caveats, UNREAD)) if ratios else it
