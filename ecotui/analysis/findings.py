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
from ecotui.analysis.waiting import waiting
from ecotui.core.errors import UsageError
from ecotui.core.sample_models import is_sample

__all__ = ["ACCOUNTINGS", "KEYS", "Finding", "Settings", "Workload", "finding_dict", "findings", "left_out_words"]


UNREAD = (
    f"Windows of {MOST_READ} runs were read for intervals, and no more: where a ratio lacks one, ask for fewer "
    "boards or for one finding."
)


TOY = "a sample model leaves the board idle: it stands for quality alone"


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
    """Findings of the points: measured ones first, then simulated, then published; a law's boards one after another.

    windows: of a run by its id, read for the intervals of ratios, of no more than `taxes_pairs.MOST_READ` runs; without
    it ratios stand without intervals, and say so. left_out: what `points.gathered` left out. context: points whose
    published sweeps are drawn beside measured ones; those of `points` unless told.

    Raises:
        UsageError: a setting cannot be meant, or there is no finding of that name.
    """
    it, wanted, reads = (settings or Settings()).checked(), list(keys), Intervals(windows)
    if odd := next((key for key in wanted if key not in KEYS), None):
        raise UsageError(f"There is no finding {odd!r}.", f"Choose one of: {', '.join(KEYS)}.")
    large, away = _loading(points, left_out)
    made = {
        "batch-law": lambda: batch_laws(large, it.accounting, away, context or points),
        "crossover": lambda: crossovers(large, it.accounting, reads, away),
        "decomposition": lambda: decomposition(large, it.accounting, reads, away),
        "dequantization": lambda: dequantization(large, reads, away),
        "quality": lambda: quality_fronts(points, it.accounting, left_out),
        "pareto": lambda: fronts(large, it.accounting, it.workload, away),
        "waiting": lambda: waiting(large, it.accounting, reads, away),
    }
    found = [f for key in KEYS if key in wanted for f in _by_board(made[key]())]
    return _apart([_unread(f) for f in found] if reads.spent else found)


def _by_board(found: Sequence[Finding]) -> list[Finding]:
    """Measured, simulated, published; a board's together, where its first one stood."""
    order = ("measured", "simulated", "published")
    boards = list(dict.fromkeys(it.subject.split(" · ")[0] for it in found))
    return sorted(found, key=lambda it: (order.index(it.kind), boards.index(it.subject.split(" · ")[0])))


def _loading(points: Sequence[Point], left_out: Sequence[LeftOut]) -> tuple[list[Point], list[LeftOut]]:
    """The points of models that load a board, and what is left out with the runs of those that do not."""
    toys = {p.point_id for p in points if p.kind == "measured" and is_sample(p.model)}
    away = [LeftOut(p.point_id, p.gpu, p.model, TOY, p.quantization, p.engine) for p in points if p.point_id in toys]
    return [p for p in points if p.point_id not in toys], [*left_out, *away]


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
    ratios = it.key in ("crossover", "decomposition", "dequantization", "waiting") and it.kind != PUBLISHED
    return replace(it, caveats=(*it.caveats, UNREAD)) if ratios else it
