"""An audit for people: boards, rows, pairs, and what is wrong; narrow enough for 80 columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ecotui.analysis.audit_rows import board_key
from ecotui.analysis.audit_values import NO_INTERVALS, Audit, AuditedPair, AuditedRow
from ecotui.cli.tables import cell, console
from ecotui.core.units import ABSENT, clean, difference, number, significant

MOST = 200
"""Rows of a table that are shown; --json has all."""
LONG = 1000
T = TypeVar("T")
K = TypeVar("K")


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
    """Rows of one board together, as many as are shown; the table is named where there are several."""
    several = len({one.row.row_id.rpartition(":")[0] for one in rows}) > 1
    for (table, _), some in _together(rows, _place).items():
        gpu = some[0].row.gpu
        yield f"{gpu}, table {table}" if several else gpu, some
    if len(rows) > MOST:
        yield f"… and {len(rows) - MOST:,} more rows, which --json has", []


def _place(one: AuditedRow) -> tuple[str, str]:
    """Table and board of a row."""
    return one.row.row_id.rpartition(":")[0].rpartition(":")[2], board_key(one.row.gpu)


def _together(some: Sequence[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Of values that are alike in `key`, as many as are shown: each under its first one's place, in their order."""
    found: dict[K, list[T]] = defaultdict(list)
    for one in some:
        found[key(one)].append(one)
    left = MOST
    for same, values in list(found.items()):
        found[same] = values[:left]
        left -= len(found[same])
        if not found[same]:
            del found[same]
    return found


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
    for some in _together(it.pairs, _board_of).values():
        out.print()
        out.print(_pairs_table(_board_title(some[0]), some))
    if it.pairs:
        out.print()
        text = f"Energy a token against {clean(it.baseline, 40)}; an idle power beyond “turns at” turns the sign."
        out.print(said(text))
    if it.repeated:
        text = "A mean is of repetitions; the rows of the configuration are counted first, then those of the baseline."
        out.print(said(text))
    if doubted := sum(pair.doubted for pair in it.pairs):
        are = "difference is" if doubted == 1 else "differences are"
        out.print(said(f"! {doubted:,} published {are} of an energy whose unit cannot be right.", "bold yellow"))
    if len(it.pairs) > MOST:
        out.print(cell(f"… and {len(it.pairs) - MOST:,} more pairs, which --json has."))


def _board_of(pair: AuditedPair) -> tuple[str, str]:
    """Board of a pair, and which idle power its net figures leave out."""
    idle = sorted(power for power in (pair.baseline.idle_w, pair.candidate.idle_w) if power is not None)
    powers = " and ".join(dict.fromkeys(map(number, idle)))
    return board_key(pair.candidate.row.gpu), f"net of {powers} W" if powers else "idle power not known"


def _board_title(pair: AuditedPair) -> str:
    return f"{pair.candidate.row.gpu}, {_board_of(pair)[1]}"


def _pairs_table(title: str, pairs: Sequence[AuditedPair]) -> Table:
    heads = [("model", False), ("config", False), ("B", True)]
    varied = len({pair.counts for pair in pairs}) > 1
    heads += [("mean of", True)] * varied
    heads += [("published", True), ("gross", True), ("net", True), ("turns at", True), ("sign", False)]
    table = _table(title if varied or not pairs[0].means else f"{title}, {pairs[0].means}", heads)
    for pair in pairs:
        row = pair.candidate.row
        table.add_row(
            cell(row.model),
            cell(row.config),
            f"{row.batch_size}",
            *[f"{pair.counts[0]:,} and {pair.counts[1]:,}"] * varied,
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
