"""Which accounting a published energy follows: gross, net of an idle power that its board's rows share, or neither."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from ecotui.analysis.audit_units import energy_doubt, per_row, power_doubt, request_doubt, share_of_gross
from ecotui.analysis.audit_values import GROSS, NEITHER, NET, AuditedRow, Doubt
from ecotui.core.accountings import AGREE_W
from ecotui.core.published import PublishedRow
from ecotui.core.units import number, signed

EXACT = 0.005
"""What rounding leaves: energy over power times time is 1 to within half a percent."""
EDGE = 0.05
"""Within 5 % the energy counts as gross with an error at its edges."""
ROUNDING = 1e-12
LEAST_IDLE_W = 2.0
AGREE = 0.1
"""Implied idle powers of a board agree within 10 % of their median, or 3 W."""
ANY = ""
"""In a mapping of idle powers: every board that is not named."""


def board_key(gpu: str) -> str:
    """A board's name, however it is spelled."""
    return " ".join(gpu.casefold().split())


def implied_idle_w(row: PublishedRow) -> float:
    """P − E·T/1000, the power that the published energy leaves out (W); 0 where only the reckoning's rounding does."""
    left = row.power_w - row.energy_j_per_1k_tokens * row.throughput_tok_s / 1000
    return left if abs(left) > ROUNDING * row.power_w else 0.0


def audited_rows(rows: Sequence[PublishedRow], idle: Mapping[str, float]) -> list[AuditedRow]:
    """Every row with its accounting, in order; `idle` by `board_key`."""
    boards: dict[str, list[PublishedRow]] = defaultdict(list)
    for row in rows:
        boards[board_key(row.gpu)].append(row)
    shared = {key: _shared_idle(some, _known(key, some, idle)) for key, some in boards.items()}
    given = {key: idle.get(key, idle.get(ANY)) for key in boards}
    numbers = _Numbers()
    return [
        _audited(row, numbers.of(row), given[key], shared[key])
        for row, key in ((row, board_key(row.gpu)) for row in rows)
    ]


def believable(rows: Sequence[PublishedRow]) -> list[PublishedRow]:
    """The rows whose power and throughput can be right, from which their gross energy follows."""
    return [one.row for one in audited_rows(rows, {}) if one.footing]


class _Numbers:
    """The number of a row in its table: what its id ends in, or its place among those of the same table."""

    def __init__(self) -> None:
        self._count = 0

    def of(self, row: PublishedRow) -> int:
        self._count += 1
        end = row.row_id.rpartition(":")[2]
        return int(end) if end.isdecimal() else self._count


def _known(key: str, rows: Iterable[PublishedRow], idle: Mapping[str, float]) -> list[float]:
    """Idle powers that somebody states for a board."""
    given = idle.get(key, idle.get(ANY))
    return [given] if given is not None else sorted({r.idle_power_w for r in rows if r.idle_power_w is not None})


def _shared_idle(rows: Sequence[PublishedRow], known: Sequence[float]) -> tuple[float, float] | None:
    """Lowest and highest of the implied idle powers on which the rows of a board agree; None where they do not.

    Two rows must agree, and half of those that could be net; a row alone must agree with an idle power that is known.
    """
    least = min(row.power_w for row in rows)
    powers = sorted(w for row in rows if _may_be_net(row) and LEAST_IDLE_W <= (w := implied_idle_w(row)) < least)
    group = _largest_group(powers)
    if not group or 2 * len(group) < len(powers):
        return None
    middle = median(group)
    if len(group) >= 2 or any(abs(middle - one) <= _tolerance_w(one) for one in known):
        return group[0], group[-1]
    return None


def _may_be_net(row: PublishedRow) -> bool:
    return EDGE <= share_of_gross(row) < 1 - EDGE and not per_row(row)


def _largest_group(powers: Sequence[float]) -> Sequence[float]:
    """The most neighbours, of sorted powers, that lie within twice the tolerance of the lowest."""
    best: Sequence[float] = ()
    start = 0
    for end, power in enumerate(powers):
        while power - powers[start] > 2 * _tolerance_w(powers[start]):
            start += 1
        if end + 1 - start > len(best):
            best = powers[start : end + 1]
    return best


def _tolerance_w(power: float) -> float:
    return max(AGREE_W, AGREE * power)


def _audited(row: PublishedRow, number_: int, given: float | None, shared: tuple[float, float] | None) -> AuditedRow:
    share, implied = share_of_gross(row), implied_idle_w(row)
    known = given if given is not None else row.idle_power_w
    idle = known if known is not None else sum(shared) / 2 if shared else None
    accounting, words = _accounting(row, share, implied, shared)
    edge = accounting == GROSS and abs(share - 1) > EXACT
    as_well = _as_well_net(row, given, shared) if edge else ""
    return AuditedRow(
        row,
        number_,
        accounting,
        implied,
        100 * (share - 1),
        edge,
        words,
        idle,
        tuple(_doubts(row, accounting, idle)),
        tuple(note for note in (as_well, _contradicted(row, accounting, given), _too_much(row, idle)) if note),
        bool(as_well),
    )


def _doubts(row: PublishedRow, accounting: str, idle: float | None) -> Iterator[Doubt]:
    """What is wrong with its units; that a power is no board's is said once."""
    power = power_doubt(row)
    energy = energy_doubt(row, idle) if accounting == NEITHER else None
    same = power is not None and energy is not None and energy.columns == power.columns
    yield from (one for one in (power, request_doubt(row), None if same else energy) if one)


def _accounting(row: PublishedRow, share: float, implied: float, shared: tuple[float, float] | None) -> tuple[str, str]:
    if abs(share - 1) <= EXACT:
        return GROSS, "gross"
    if abs(share - 1) <= EDGE:
        return GROSS, f"gross, edge error {signed(100 * (share - 1))} %"
    if shared and _may_be_net(row) and shared[0] <= implied <= shared[1]:
        return NET, f"net of {number(implied)} W"
    return NEITHER, f"neither, {number(implied)} W" if _may_be_net(row) else "neither"


def _as_well_net(row: PublishedRow, given: float | None, shared: tuple[float, float] | None) -> str:
    """That a gross row with an edge error could be net: of the idle power given or stated, or of its board's others."""
    implied = implied_idle_w(row)
    lead = f"it would as well be net of {number(implied)} W"
    known = given if given is not None else row.idle_power_w
    if known is not None and implied >= LEAST_IDLE_W and agrees(implied, known):
        return f"{lead}, the idle power {'given' if given is not None else 'that it states'}"
    if shared and shared[0] - AGREE_W <= implied <= shared[1] + AGREE_W:
        return f"{lead}, as other rows of its board are"
    return ""


def leaves_out(row: PublishedRow, accounting: str) -> bool:
    """Whether its energy leaves out an idle power that tells of its board's."""
    return accounting == NET or (accounting == NEITHER and _may_be_net(row) and implied_idle_w(row) >= LEAST_IDLE_W)


def agrees(implied: float, known: float) -> bool:
    """Whether an idle power that a row leaves out is one that somebody names, to within 3 W or 10 %."""
    return abs(implied - known) <= _tolerance_w(known)


def _contradicted(row: PublishedRow, accounting: str, given: float | None) -> str:
    """That a row states one idle power and leaves out another; where one was given, its board tells that."""
    stated = row.idle_power_w
    if given is not None or stated is None or not leaves_out(row, accounting) or agrees(implied_idle_w(row), stated):
        return ""
    return f"it states an idle power of {number(stated)} W, but its energy leaves out {number(implied_idle_w(row))} W"


def _too_much(row: PublishedRow, idle: float | None) -> str:
    if idle is None or idle < row.power_w:
        return ""
    return f"its power of {number(row.power_w)} W is not above the idle power of {number(idle)} W"
