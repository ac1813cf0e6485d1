"""An audit of published figures: which accounting each row follows, and which differences depend on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ecotui.analysis.audit_pairs import audited_pairs
from ecotui.analysis.audit_rows import ANY, agrees, audited_rows, board_key, leaves_out
from ecotui.analysis.audit_values import GROSS, NEITHER, NET, Audit, AuditedPair, AuditedRow, Board
from ecotui.core.published import PublishedRow
from ecotui.core.units import clean, number

BASELINE = "FP16"
GIVEN, STATED = "given", "stated by its rows"


def audit(rows: Sequence[PublishedRow], idle: Mapping[str, float], baseline: str = BASELINE) -> Audit:
    """Look through published rows.

    `idle` is the idle power (W) of a board by name, and under "" of every other board; without it that of the row
    counts, or else what the net rows of the board have in common.
    """
    given = {board_key(gpu) if gpu else ANY: power for gpu, power in idle.items()}
    audited = audited_rows(rows, given)
    pairs, remarks = audited_pairs(audited, baseline)
    boards = tuple(_boards(audited, given))
    refuted = [board.refuted for board in boards if board.refuted]
    return Audit(tuple(audited), boards, tuple(pairs), baseline, (*refuted, *remarks, *_mixed(pairs)))


def _mixed(pairs: Sequence[AuditedPair]) -> list[str]:
    mixed, unclear = sum(pair.mixed for pair in pairs), sum(pair.may_be_mixed for pair in pairs)
    said = []
    if mixed:
        said.append(
            f"{mixed:,} published difference{_s(mixed)} set{'s' * (mixed == 1)} one accounting against another."
        )
    if unclear:
        may = f"{unclear:,} published difference{_s(unclear)} may set one accounting against another"
        said.append(f"{may}: a row of {'theirs' if unclear > 1 else 'it'} could be gross or net.")
    return said


def _s(count: int) -> str:
    return "s" * (count != 1)


def _boards(rows: Sequence[AuditedRow], given: Mapping[str, float]) -> list[Board]:
    boards: dict[str, list[AuditedRow]] = defaultdict(list)
    for one in rows:
        boards[board_key(one.row.gpu)].append(one)
    return [_board(some, key in given or ANY in given) for key, some in boards.items()]


def _board(rows: Sequence[AuditedRow], given: bool) -> Board:
    counts = tuple(sum(one.accounting == word for one in rows) for word in (GROSS, NET, NEITHER))
    idle = _span([one.idle_w for one in rows if one.idle_w is not None])
    implied = _span([one.implied_idle_w for one in rows if one.accounting == NET])
    stated = any(one.row.idle_power_w is not None for one in rows)
    source = GIVEN if given else STATED if stated else "implied by its net rows" if idle else "not known"
    gpu = rows[0].row.gpu
    refuted = _refuted(gpu, rows, source)
    text = f"{clean(gpu, 60)}: {_sentence(rows, counts, idle, source, implied)}"
    return Board(gpu, len(rows), (counts[0], counts[1], counts[2]), idle, source, implied, text, refuted)


def _refuted(gpu: str, rows: Sequence[AuditedRow], source: str) -> str:
    """That no row leaves out the idle power that was given, or the one that it states itself."""
    telling = [one for one in rows if one.idle_w is not None and leaves_out(one.row, one.accounting)]
    telling = [one for one in telling if one.accounting == NET] or telling
    named = _span([one.idle_w for one in telling if one.idle_w is not None])
    implied = _span([one.implied_idle_w for one in telling])
    if source not in (GIVEN, STATED) or named is None or implied is None:
        return ""
    if any(agrees(one.implied_idle_w, one.idle_w or 0.0) for one in telling):
        return ""
    return (
        f"{clean(gpu, 60)}: the idle power {source}, {between(named)}, is not what its rows leave out, "
        f"{between(implied)}; the net figures subtract {between(named)} all the same."
    )


def _span(values: Sequence[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None


def between(span: tuple[float, float]) -> str:
    """ "17.0 to 17.6 W", or "22.0 W" where both ends are the same."""
    low, high = (number(end) for end in span)
    return f"{low} W" if low == high else f"{low} to {high} W"


def _sentence(
    rows: Sequence[AuditedRow],
    counts: Sequence[int],
    idle: tuple[float, float] | None,
    source: str,
    implied: tuple[float, float] | None,
) -> str:
    said = []
    if counts[0]:
        edge = sum(one.edge_error for one in rows)
        said.append(f"{counts[0]:,} gross" + (f" ({edge:,} with an edge error)" if edge else ""))
    if counts[1] and implied:
        said.append(f"{counts[1]:,} net of {between(implied)}")
    if counts[2]:
        said.append(f"{counts[2]:,} neither")
    text = f"{len(rows):,} row{'s' * (len(rows) != 1)}, {', '.join(said)}."
    if idle is None:
        return f"{text} No idle power is known, so nothing net can be computed: name it with --idle."
    text += f" Idle power {source}: {between(idle)}."
    if counts[0] == len(rows) and source == STATED:
        text += " It was not subtracted from the published energy."
    return text
