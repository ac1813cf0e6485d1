"""Published configurations against the baseline of the same table, board, model and batch size."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from ecotui.analysis.accounting import accounts
from ecotui.analysis.audit_rows import board_key
from ecotui.analysis.audit_values import AuditedPair, AuditedRow
from ecotui.analysis.figures import difference_pct
from ecotui.analysis.paired import UNPAIRED
from ecotui.analysis.population import Population
from ecotui.core.published import PublishedRow, quantization_of
from ecotui.core.rows import RunRow
from ecotui.core.units import clean

MOST_REMARKS = 5


def is_baseline(config: str, baseline: str) -> bool:
    """Whether a published configuration is the baseline, in any spelling."""
    wanted = quantization_of(baseline)
    if wanted is not None:
        return quantization_of(config) == wanted
    return _letters(config) == _letters(baseline)


def _letters(text: str) -> str:
    return re.sub(r"\W|_", "", text.casefold())


def audited_pairs(rows: Sequence[AuditedRow], baseline: str) -> tuple[list[AuditedPair], list[str]]:
    """Every pair in the order of the candidates, and what could not be paired, in words."""
    groups: dict[tuple[object, ...], list[AuditedRow]] = defaultdict(list)
    for one in rows:
        row = one.row
        table = row.row_id.rpartition(":")[0]
        groups[table, board_key(row.gpu), row.model, row.batch_size, row.new_tokens].append(one)
    pairs, unclear, alone = [], [], 0
    for group in groups.values():
        bases = [one for one in group if is_baseline(one.row.config, baseline)]
        others = [one for one in group if not is_baseline(one.row.config, baseline)]
        if len(bases) == 1:
            pairs += [_pair(bases[0], other) for other in others]
        elif others and bases:
            unclear.append(_unclear(bases, baseline))
        else:
            alone += len(others)
    if alone:
        unclear.append(
            f"{alone:,} row{'s have' if alone > 1 else ' has'} no {clean(baseline, 40)} row of the same table, board, "
            "model and batch size to be held against."
        )
    return pairs, _cut(unclear)


def _pair(base: AuditedRow, other: AuditedRow) -> AuditedPair:
    published = difference_pct(other.row.energy_j_per_1k_tokens, base.row.energy_j_per_1k_tokens)
    if not (base.footing and other.footing):
        return AuditedPair(base, other, published, None, None, None)
    # A figure without windows has no ratio with an interval; the accountings then go by the values alone.
    found = accounts(Population(UNPAIRED, ((), ()), ((_run(base),), (_run(other),)), {}))
    gross, net = found.gross.values, found.each[2].values
    return AuditedPair(
        base, other, published, difference_pct(gross[1], gross[0]), difference_pct(net[1], net[0]), found
    )


def _run(one: AuditedRow) -> RunRow:
    """A row as the comparison's arithmetic wants it: its idle power stands for a bare board's."""
    row: PublishedRow = one.row
    return RunRow(
        run_id=row.row_id,
        session_id="",
        simulated=False,
        throughput_tok_s=row.throughput_tok_s,
        energy_gross_j_per_1k_tokens=row.gross_j_per_1k_tokens,
        energy_net_bare_j_per_1k_tokens=None if one.idle_w is None else row.net_j_per_1k_tokens(one.idle_w),
        idle_bare_w=one.idle_w,
    )


def _unclear(bases: Sequence[AuditedRow], baseline: str) -> str:
    row = bases[0].row
    numbers = ", ".join(str(one.number) for one in bases[:4])
    return (
        f"{len(bases)} rows are {clean(baseline, 40)} of {clean(row.model, 60)} at batch {row.batch_size} on "
        f"{clean(row.gpu, 60)} (rows {numbers}{', …' * (len(bases) > 4)}): nobody can tell which is the baseline."
    )


def _cut(remarks: list[str]) -> list[str]:
    more = len(remarks) - MOST_REMARKS
    return remarks if more <= 0 else [*remarks[:MOST_REMARKS], f"{more:,} more remarks of this kind."]
