"""An audit for people: boards, rows, pairs, and what is wrong; narrow enough for 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ecotui.analysis.audit_values import NO_INTERVALS, Audit, AuditedPair, AuditedRow
from ecotui.cli.tables import cell, console
from ecotui.core.units import ABSENT, clean, difference, number, significant

MOST = 200
"""Rows of a table that are shown; --json has all."""
LONG = 1000


def print_audit(it: Audit, out: Console | None = None) -> None:
    """Boards, rows, pairs, doubts, and what cannot be known."""
    out = out or console()
    out.print(cell(_headline(it), "bold"))
    for board in it.boards[:MOST]:
        out.print(said(board.sentence))
        if board.refuted:
            out.print(said(f"! {board.refuted}", "bold yellow"))
    for title, some in _by_board(it.rows):
        out.print()
        out.print(_rows_table(title, some))
    _print_doubts(out, it)
    _print_pairs(out, it)
    told = {board.refuted for board in it.boards[:MOST]}
    for remark in (one for one in it.remarks if one not in told):
        out.print(said(f"! {remark}"))
    out.print(cell(NO_INTERVALS, "dim"))


def said(text: str, style: str = "") -> Text:
    """A sentence with text from anywhere."""
    return Text(clean(text, LONG), style)


def _headline(it: Audit) -> str:
    total, doubted = len(it.rows), len(it.doubted)
    parts = [f"{it.classified:,} of {total:,} row{'s' * (total != 1)} classified"]
    if doubted:
        parts.append(f"{doubted:,} with a unit that cannot be right")
    pairs = len(it.pairs)
    known = sum(pair.depends is not None for pair in it.pairs)
    parts.append(f"{pairs:,} pair{'s' * (pairs != 1)} against {clean(it.baseline, 40)}")
    if pairs and not known:
        parts.append("net is known of none, so nobody can tell whether a sign depends on the accounting")
    elif pairs:
        of = "" if known == pairs else f" of the {known:,} whose net is known"
        parts.append(f"the sign of {len(it.depending):,}{of} depends on the accounting")
    return "; ".join(parts) + "."


def _by_board(rows: Sequence[AuditedRow]) -> Iterator[tuple[str, list[AuditedRow]]]:
    """Rows that follow each other on one board, as many as are shown; the table is named where there are several."""
    several = len({one.row.row_id.rpartition(":")[0] for one in rows}) > 1
    for (table, gpu), some in groupby(rows[:MOST], key=_place):
        yield f"{gpu}, table {table}" if several else gpu, list(some)
    if len(rows) > MOST:
        yield f"… and {len(rows) - MOST:,} more rows, which --json has", []


def _place(one: AuditedRow) -> tuple[str, str]:
    """Table and board of a row."""
    return one.row.row_id.rpartition(":")[0].rpartition(":")[2], one.row.gpu


def _table(title: str, heads: Sequence[tuple[str, bool]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", title=cell(title, "bold"), title_justify="left")
    for head, right in heads:
        table.add_column(head, justify="right" if right else "left", overflow="fold", no_wrap=right)
    return table


def _rows_table(title: str, rows: Sequence[AuditedRow]) -> Table:
    heads = ("row", True), ("model", False), ("config", False), ("B", True), ("tok/s", True), ("W", True)
    table = _table(title, (*heads, ("J/1k", True), ("follows", False)) if rows else ())
    for one in rows:
        row = one.row
        table.add_row(
            f"{one.number}",
            cell(row.model),
            cell(row.config),
            f"{row.batch_size}",
            significant(row.throughput_tok_s),
            significant(row.power_w),
            significant(row.energy_j_per_1k_tokens),
            cell(f"{one.words}{' !' * bool(one.doubts)}", "" if one.accounting != "neither" else "bold yellow"),
        )
    return table


def _print_doubts(out: Console, it: Audit) -> None:
    told = [(one, text) for one in it.rows for text in (*(d.text for d in one.doubts), *one.notes)]
    if told:
        out.print()
    for one, text in told[:MOST]:
        out.print(said(f"! row {one.number}: {text}.", "bold yellow"))
    if len(told) > MOST:
        out.print(cell(f"… and {len(told) - MOST:,} more, which --json has."))


def _print_pairs(out: Console, it: Audit) -> None:
    for title, some in groupby(it.pairs[:MOST], key=_board_of):
        out.print()
        out.print(_pairs_table(title, list(some)))
    if it.pairs:
        out.print()
        text = f"Energy a token against {clean(it.baseline, 40)}; an idle power beyond “turns at” turns the sign."
        out.print(said(text))
    if doubted := sum(pair.doubted for pair in it.pairs):
        are = "difference is" if doubted == 1 else "differences are"
        out.print(said(f"! {doubted:,} published {are} of an energy whose unit cannot be right.", "bold yellow"))
    if len(it.pairs) > MOST:
        out.print(cell(f"… and {len(it.pairs) - MOST:,} more pairs, which --json has."))


def _board_of(pair: AuditedPair) -> str:
    idle = {pair.baseline.idle_w, pair.candidate.idle_w}
    powers = " and ".join(number(power) for power in sorted(p for p in idle if p is not None))
    return f"{pair.candidate.row.gpu}, {f'net of {powers} W' if powers else 'idle power not known'}"


def _pairs_table(title: str, pairs: Sequence[AuditedPair]) -> Table:
    heads = ("model", False), ("config", False), ("B", True), ("published", True), ("gross", True), ("net", True)
    table = _table(title, (*heads, ("turns at", True), ("sign", False)))
    for pair in pairs:
        row = pair.candidate.row
        table.add_row(
            cell(row.model),
            cell(row.config),
            f"{row.batch_size}",
            cell(_percent(pair.published_pct) + " !" * pair.doubted, "bold yellow" if pair.doubted else ""),
            _percent(pair.gross_pct),
            _percent(pair.net_pct),
            turns_at(pair),
            cell(_sign(pair), "bold yellow" if pair.depends else ""),
        )
    return table


def _percent(value: float | None) -> str:
    return ABSENT if value is None else difference(value)


def turns_at(pair: AuditedPair) -> str:
    """The break-even idle power; the dash where no power above 0 turns the sign."""
    return ABSENT if pair.break_even_w is None else f"{number(pair.break_even_w)} W"


def _sign(pair: AuditedPair) -> str:
    if pair.depends is None:
        return "net not known" if pair.accounts else "units?"
    return "DEPENDS" if pair.depends else "same"
