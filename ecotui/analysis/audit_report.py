"""An audit as part of a report: its sentences, and tables of rows, pairs and boards."""

from __future__ import annotations

from collections.abc import Iterator

from ecotui.analysis.audit_values import NO_INTERVALS, Audit
from ecotui.core.document import Cell, Document, Section, Sheet
from ecotui.core.units import clean

METHOD = (
    "A row is gross where its energy is power over throughput to within half a percent, and gross with an edge error "
    "within 5 %, where it may as well be net of an idle power that small. It is net where the power that its energy "
    "leaves out, P − E·T/1000, agrees with that of other rows of its board to within 3 W or 10 %. The sign of a "
    "difference depends on the accounting where gross and net point in opposite directions; it turns at the idle power "
    "(E_B − E_A) / (τ_B − τ_A), with E the gross energy and τ the time of a token."
)
MEANS = (
    "Rows that agree in board, model, configuration, batch size, length and source are repetitions: each is judged by "
    "itself, and a pair is of the means of their throughput, power and energy. How far they scatter is not judged."
)
ROW_COLUMNS = (
    ("row", "row"),
    ("gpu", "board"),
    ("model", "model"),
    ("config", "configuration"),
    ("batch_size", "batch"),
    ("throughput_tok_s", "tok/s"),
    ("power_w", "power (W)"),
    ("energy_j_per_1k_tokens", "as published (J/1k)"),
    ("gross_j_per_1k_tokens", "gross (J/1k)"),
    ("net_j_per_1k_tokens", "net (J/1k)"),
    ("idle_w", "net of (W)"),
    ("accounting", "follows"),
    ("implied_idle_w", "leaves out (W)"),
    ("doubts", "units"),
)
PAIR_COLUMNS = (
    ("gpu", "board"),
    ("model", "model"),
    ("baseline", "baseline"),
    ("candidate", "candidate"),
    ("batch_size", "batch"),
    ("candidate_repetitions", "rows of the configuration"),
    ("baseline_repetitions", "rows of the baseline"),
    ("published_pct", "as published (%)"),
    ("published_unit_doubted", "its unit in doubt"),
    ("gross_pct", "gross (%)"),
    ("net_pct", "net (%)"),
    ("idle_w", "net of (W)"),
    ("break_even_idle_w", "sign turns at (W)"),
    ("depends_on_accounting", "sign depends on accounting"),
)


def audit_document(it: Audit, title: str, sources: tuple[str, ...] = ()) -> Document:
    """The audit as a report of its own; `sources` are named among its facts, those of the rows where none are given."""
    named = sources or tuple(dict.fromkeys(one.row.source for one in it.rows))
    facts = tuple(("source", clean(source)) for source in named[:20])
    return Document(clean(title), summary(it), (audit_section(it),), facts)


def audit_section(it: Audit, heading: str = "Audit of the published figures") -> Section:
    """The audit as a section of any report; a table without pairs has no sheet of them."""
    sheets = (pairs_sheet(it), rows_sheet(it)) if it.pairs else (rows_sheet(it),)
    return Section(
        heading,
        (
            summary(it),
            *(board.sentence for board in it.boards),
            *it.remarks,
            METHOD,
            *([MEANS] if it.repeated else []),
            NO_INTERVALS,
        ),
        sheets,
    )


def summary(it: Audit) -> str:
    """What the figures support, in a sentence or two."""
    total, pairs = len(it.rows), len(it.pairs)
    text = f"{it.classified:,} of {total:,} rows follow an accounting that can be told."
    if it.doubted:
        text += f" {len(it.doubted):,} hold a figure whose unit cannot be right."
    if pairs:
        text += (
            f" Of {pairs:,} pairs against {clean(it.baseline, 40)}, {len(it.depending):,} change their sign with it."
        )
    if it.repeated:
        text += f" {it.repeated:,} of them {'is' if it.repeated == 1 else 'are'} of means over repetitions."
    return text


def rows_sheet(it: Audit) -> Sheet:
    """Every row, as published and in both accountings."""
    return _sheet("audit-rows", ROW_COLUMNS, tuple(_rows(it)), "As published, and in both accountings.")


def pairs_sheet(it: Audit) -> Sheet:
    """Every pair against the baseline; a positive difference is more energy."""
    caption = f"Energy a token against {clean(it.baseline, 40)}, in percent. {NO_INTERVALS}"
    return _sheet("audit-pairs", PAIR_COLUMNS, tuple(_pairs(it)), caption)


def _sheet(name: str, columns: tuple[tuple[str, str], ...], rows: tuple[tuple[Cell, ...], ...], caption: str) -> Sheet:
    return Sheet(name, tuple(c for c, _ in columns), tuple(t for _, t in columns), rows, caption)


def _rows(it: Audit) -> Iterator[tuple[Cell, ...]]:
    for one in it.rows:
        row = one.row
        yield (
            one.number,
            clean(row.gpu),
            clean(row.model),
            clean(row.config),
            row.batch_size,
            row.throughput_tok_s,
            row.power_w,
            row.energy_j_per_1k_tokens,
            one.gross_j_per_1k_tokens,
            one.net_j_per_1k_tokens,
            one.idle_w,
            one.words,
            one.implied_idle_w,
            "; ".join((*(doubt.text for doubt in one.doubts), *one.notes)) or None,
        )


def _pairs(it: Audit) -> Iterator[tuple[Cell, ...]]:
    for pair in it.pairs:
        row = pair.candidate.row
        yield (
            clean(row.gpu),
            clean(row.model),
            clean(pair.baseline.row.config),
            clean(row.config),
            row.batch_size,
            *pair.counts,
            pair.published_pct,
            pair.doubted,
            pair.gross_pct,
            pair.net_pct,
            pair.candidate.idle_w,
            pair.break_even_w,
            pair.depends,
        )
