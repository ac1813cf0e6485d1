"""An audit of published figures: which accounting each row follows, and which differences depend on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ecotui.analysis.audit_pairs import audited_pairs
from ecotui.analysis.audit_rows import ANY, audited_rows, board_key
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
    return Audit(tuple(audited), tuple(_boards(audited, given)), tuple(pairs), baseline, (*remarks, *_mixed(pairs)))


def _mixed(pairs: Sequence[AuditedPair]) -> list[str]:
    mixed = sum(pair.mixed for pair in pairs)
    if not mixed:
        return []
    return [f"{mixed:,} published difference{'s set' if mixed != 1 else ' sets'} one accounting against another."]


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
    source = (
        "given" if given else "stated by its rows" if stated else "implied by its net rows" if idle else "not known"
    )
    gpu = rows[0].row.gpu
    text = f"{clean(gpu, 60)}: {_sentence(rows, counts, idle, source, implied)}"
    return Board(gpu, len(rows), (counts[0], counts[1], counts[2]), idle, source, implied, text)


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
