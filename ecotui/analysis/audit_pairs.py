"""Published configurations against the baseline of the same table, board, model and batch size, by their means."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from ecotui.analysis.accounting import accounts
from ecotui.analysis.audit_rows import board_key
from ecotui.analysis.audit_values import AuditedPair, AuditedRow, Repeated
from ecotui.analysis.figures import difference_pct
from ecotui.analysis.paired import UNPAIRED
from ecotui.analysis.population import Population
from ecotui.core.published import PublishedRow, quantization_of
from ecotui.core.rows import RunRow
from ecotui.core.units import clean

MOST_REMARKS = 5
SIXTEEN_BIT = ("fp16", "bf16")
PLACE = "table, board, model and batch size"
LENGTH = "table, board, model, batch size and length (new_tokens)"
OWN_SOURCE = "table, board, model, batch size and source"
_Cell = tuple[object, ...]
"""Table, board, model, batch size and length."""


def is_baseline(config: str, baseline: str) -> bool:
    """Whether a published configuration is the baseline, in any spelling."""
    wanted = quantization_of(baseline)
    if wanted is not None:
        return quantization_of(config) == wanted
    return _letters(config) == _letters(baseline)


def _letters(text: str) -> str:
    return re.sub(r"\W|_", "", text.casefold())


def _spelled(config: str) -> str:
    """The same for spellings of one configuration: 16 bits under any name; of others their own name, in any case."""
    label = quantization_of(config)
    return label if label in SIXTEEN_BIT else re.sub(r"[\s_-]+", "", config.casefold())


def audited_pairs(rows: Sequence[AuditedRow], baseline: str) -> tuple[list[AuditedPair], list[str]]:
    """Every pair, once for each candidate configuration, and what could not be paired, in words.

    Rows that agree in table, board, model, batch size, length, source and configuration are repetitions.
    """
    cells: dict[_Cell, list[AuditedRow]] = defaultdict(list)
    for one in rows:
        cells[_cell(one.row)].append(one)
    meant = {config: is_baseline(config, baseline) for config in {one.row.config for one in rows}}
    other_length = {_any_length(cell) for cell, some in cells.items() if any(meant[one.row.config] for one in some)}
    pairs, unclear, alone = list[AuditedPair](), list[str](), Counter[str]()
    for cell, some in cells.items():
        for bases, others in _by_source(some, meant):
            if bases and others and len({_spelled(one.row.config) for one in bases}) > 1:
                unclear.append(_unclear(bases, baseline))
            elif bases:
                pairs += _against(bases, others)
            else:
                own = any(meant[one.row.config] for one in some)
                alone[OWN_SOURCE if own else LENGTH if _any_length(cell) in other_length else PLACE] += len(others)
    told = [*unclear, *_alone(alone, baseline)]
    if not pairs and not told:
        told = [f"Every row is {clean(baseline, 40)}: there is no other configuration to hold against it."]
    return pairs, _cut(told)


def _cell(row: PublishedRow) -> _Cell:
    return row.row_id.rpartition(":")[0], board_key(row.gpu), row.model, row.batch_size, row.new_tokens


def _any_length(cell: _Cell) -> _Cell:
    return (*cell[:-1], None)


def _by_source(
    rows: Sequence[AuditedRow], meant: Mapping[str, bool]
) -> Iterator[tuple[list[AuditedRow], list[AuditedRow]]]:
    """Baselines and others; each source's own where several sources have a baseline."""
    several = len({one.row.source for one in rows if meant[one.row.config]}) > 1
    found: dict[str, tuple[list[AuditedRow], list[AuditedRow]]] = {}
    for one in rows:
        bases, others = found.setdefault(one.row.source if several else "", ([], []))
        (bases if meant[one.row.config] else others).append(one)
    yield from found.values()


def _against(bases: Sequence[AuditedRow], others: Sequence[AuditedRow]) -> Iterator[AuditedPair]:
    """Each candidate configuration against the baseline, in the order of their first rows."""
    base = repeated(bases)
    configs: dict[tuple[str, str], list[AuditedRow]] = defaultdict(list)
    for one in others:
        configs[_spelled(one.row.config), one.row.source].append(one)
    return (_pair(base, repeated(some)) for some in configs.values())


def repeated(rows: Sequence[AuditedRow]) -> Repeated:
    """Repetitions of one configuration with the means of their figures; a single row is itself."""
    first = rows[0].row
    if len(rows) == 1:
        return Repeated((rows[0],), first)
    means = replace(
        first,
        throughput_tok_s=fmean([one.row.throughput_tok_s for one in rows]),
        power_w=fmean([one.row.power_w for one in rows]),
        energy_j_per_1k_tokens=fmean([one.row.energy_j_per_1k_tokens for one in rows]),
        energy_j_per_request=_mean_of_all([one.row.energy_j_per_request for one in rows]),
        idle_power_w=_mean_of_all([one.row.idle_power_w for one in rows]),
        n_runs=None,
        throughput_cv_pct=None,
        power_cv_pct=None,
    )
    return Repeated(tuple(rows), means)


def _mean_of_all(values: Sequence[float | None]) -> float | None:
    """None where one of them is missing."""
    known = [value for value in values if value is not None]
    return fmean(known) if len(known) == len(values) else None


def _pair(base: Repeated, other: Repeated) -> AuditedPair:
    published = difference_pct(other.row.energy_j_per_1k_tokens, base.row.energy_j_per_1k_tokens)
    if not (base.footing and other.footing):
        return AuditedPair(base, other, published, None, None, None)
    # A figure without windows has no ratio with an interval; the accountings then go by the values alone.
    found = accounts(Population(UNPAIRED, ((), ()), ((_run(base),), (_run(other),)), {}))
    gross, net = found.gross.values, found.each[2].values
    return AuditedPair(
        base, other, published, difference_pct(gross[1], gross[0]), difference_pct(net[1], net[0]), found
    )


def _run(one: Repeated) -> RunRow:
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
    names = " and ".join(list(dict.fromkeys(clean(one.row.config, 40) for one in bases))[:4])
    return (
        f"{len(bases)} rows are {clean(baseline, 40)} of {clean(row.model, 60)} at batch {row.batch_size} on "
        f"{clean(row.gpu, 60)} (rows {numbers}{', …' * (len(bases) > 4)}), called {names}: nobody can tell which is "
        "the baseline."
    )


def _alone(counts: Mapping[str, int], baseline: str) -> Iterator[str]:
    """Rows without a baseline, by what no baseline shares with them."""
    for same, rows in counts.items():
        have = "rows have" if rows > 1 else "row has"
        yield f"{rows:,} {have} no {clean(baseline, 40)} row of the same {same} to be held against."


def _cut(remarks: list[str]) -> list[str]:
    more = len(remarks) - MOST_REMARKS
    return remarks if more <= 0 else [*remarks[:MOST_REMARKS], f"{more:,} more remarks of this kind."]
