"""Published figures beside stored runs, gross and net side by side: context, and never an arm of a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ecotui.analysis import ranges as told
from ecotui.analysis.audit import audit
from ecotui.analysis.audit_values import AuditedRow
from ecotui.analysis.sweep_report_published import same_family
from ecotui.core.published import PublishedRow
from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, clean, number, significant
from ecotui.store.published import Range, ranges

MARKED, BATCH, FAMILY = "marked", "batch", "family"
"""Which figures: those that were chosen, those of the runs' model family and batch sizes, or of all batch sizes."""
FOREIGN = ("published:", "imported:")
"""How the id of a published row begins."""
NO_ARM = (
    "Published figures are context and no arm of any verdict: other boards, hosts and software, without windows "
    "of which an interval could be made."
)
WHICH = {
    MARKED: "what was marked",
    BATCH: "this model family at this batch size",
    FAMILY: "this model family at every batch size",
}
HEADS = ("", "tok/s", "W", "as published", "gross J/1k", "net J/1k")
NOTHING = {
    MARKED: "None of the published figures that were marked is there any more.",
    BATCH: "No published row is of this model family and batch size.",
    FAMILY: "No published row is of this model family; the History has all of them under “published”.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A run or a published row, its figures as text, in the order of `HEADS`."""

    cells: tuple[str, ...]
    arm: int | None = None
    """Place of a run; None of a published row."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one board and source, or the runs themselves."""

    head: str
    """Whose they are, and which idle power their net figures leave out."""
    lines: tuple[Line, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What is published beside some runs."""

    which: str
    groups: tuple[Group, ...]
    """The runs first, then the published rows by board and source."""
    rows: tuple[AuditedRow, ...]
    claims: tuple[Range, ...] = ()
    """What is told as a range only, without rows."""

    @property
    def title(self) -> str:
        """What is shown, in a line."""
        return f"published, for context: {WHICH[self.which]}"

    @property
    def nothing(self) -> str:
        """Why there is no row; empty where there is one, or where ranges alone were marked."""
        return "" if self.rows or (self.claims and self.which == MARKED) else NOTHING[self.which]

    @property
    def sentences(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each source of ranges, with a sentence a range."""
        sources: dict[str, list[str]] = {}
        for one in self.claims:
            sources.setdefault(clean(one.source, 300), []).append(told.whole(one, ranges()))
        return tuple((source, tuple(said)) for source, said in sources.items())


def is_foreign(run_id: str) -> bool:
    """Whether an id is a published row's, not a run's."""
    return run_id.startswith(FOREIGN)


def context(
    published: Sequence[PublishedRow], runs: Sequence[RunRow], which: str, chosen: Sequence[str] = ()
) -> Context:
    """Published rows beside runs, each with its accounting, which all rows of its board tell together; and the
    ranges that were marked, or that tell of the runs' quantizations.
    """
    audited = audit(published, {}).rows
    found = tuple(one for one in audited if _fits(one.row, runs, which, chosen))
    mixed = len({run.simulated for run in runs}) > 1
    groups = (
        Group(_runs_head(runs), tuple(_own(place, run, mixed) for place, run in enumerate(runs))),
        *_groups(found),
    )
    return Context(which, groups, found, tuple(one for one in ranges() if _tells(one, runs, which, chosen)))


def to_dict(it: Context) -> dict[str, Any]:
    """The published rows as JSON values, gross and net side by side, and the ranges without either."""
    rows = [
        asdict(one.row)
        | {
            "accounting": one.accounting,
            "accounting_words": one.words,
            "gross_j_per_1k_tokens": one.gross_j_per_1k_tokens,
            "net_j_per_1k_tokens": one.net_j_per_1k_tokens,
            "idle_w": one.idle_w,
        }
        for one in it.rows
    ]
    claims = [told.to_dict(one, ranges()) for one in it.claims]
    return {"which": it.which, "note": NO_ARM, "rows": rows, "ranges": claims, "ranges_note": told.NO_VERDICT}


def _fits(row: PublishedRow, runs: Sequence[RunRow], which: str, chosen: Sequence[str]) -> bool:
    if which == MARKED:
        return row.row_id in chosen
    family = [run for run in runs if same_family(run.model or "", row.model)]
    return any(which == FAMILY or run.batch_size == row.batch_size for run in family)


def _tells(it: Range, runs: Sequence[RunRow], which: str, chosen: Sequence[str]) -> bool:
    return it.row_id in chosen if which == MARKED else told.label(it) in {run.quantization for run in runs}


def _groups(rows: Sequence[AuditedRow]) -> Iterator[Group]:
    groups: dict[tuple[str, str, float | None], list[AuditedRow]] = {}
    for one in rows:
        groups.setdefault((one.row.gpu, one.row.source, one.idle_w), []).append(one)
    for (gpu, source, idle_w), some in groups.items():
        net = "no idle power known" if idle_w is None else f"net of {_watts(idle_w)} W idle"
        yield Group(f"{clean(gpu, 40)}, published · {net}", tuple(map(_line, some)), clean(source, 300))


def _line(one: AuditedRow) -> Line:
    row = one.row
    as_published = f"{significant(row.energy_j_per_1k_tokens)} {one.accounting}"
    figures = significant(row.throughput_tok_s), significant(row.power_w), as_published
    return Line((_name(row), *figures, significant(one.gross_j_per_1k_tokens), significant(one.net_j_per_1k_tokens)))


def _name(row: PublishedRow) -> str:
    return f"{clean(row.model, 40)} {clean(row.quantization or row.config, 24)} b{row.batch_size}"


def _runs_head(runs: Sequence[RunRow]) -> str:
    idle = {_watts(run.idle_bare_w) for run in runs if run.idle_bare_w is not None}
    who = "the run" if len(runs) == 1 else "the runs"
    simulated = ", SIMULATED" if all(run.simulated for run in runs) else ""
    watts = f", {' and '.join(sorted(idle))} W" if idle else ""
    return f"{who}{simulated} · net of bare idle{watts}"


def _own(place: int, run: RunRow, mixed: bool) -> Line:
    figures = (run.throughput_tok_s, run.power_mean_w)
    energies = (run.energy_gross_j_per_1k_tokens, run.energy_net_bare_j_per_1k_tokens)
    name = f"{clean(run.model or ABSENT, 40)} {clean(run.quantization_label, 24)} b{run.batch_size or ABSENT}"
    name += " SIMULATED" if mixed and run.simulated else ""
    return Line((name, *map(significant, figures), ABSENT, *map(significant, energies)), place)


def _watts(value: float | None) -> str:
    return number(value).removesuffix(".0")
