"""Whether rows that came without their log fit together: what somebody changed by hand seldom does.

It finds slips and crude forgeries, no more: rows that were changed throughout pass, and stay marked as unchecked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import clean, joules_per_1k, number, watts

TOLERANCE = 0.01
"""How far two ways to one figure may be apart; those of ecotui's own rows agree to rounding."""
BOARD = "Simulated board"
"""How a simulated board's name begins."""
Row = RunRow | WindowRow


def contradictions(rows: Sequence[Row]) -> Iterator[str]:
    """A sentence for each thing that cannot be true of a row."""
    for row in rows:
        who = f"window {row.window} of {row.run_id}" if isinstance(row, WindowRow) else row.run_id
        for said in (*_board(row), *_products(row), *_nets(row)):
            yield f"{clean(who, 200)}: {said}"


def _board(row: Row) -> Iterator[str]:
    if isinstance(row, WindowRow):
        return
    if not row.simulated and row.sensor == "simulated":
        yield "its sensor is simulated, and the row says that it is not."
    if not row.simulated and (row.gpu_name or "").startswith(BOARD):
        yield f"its board is {clean(row.gpu_name, 60)!r}, and the row says that it is not simulated."
    if row.simulated and row.sensor == "nvml":
        yield "its sensor is NVML, and the row says that it is simulated."


def _nets(row: Row) -> Iterator[str]:
    gross = row.energy_gross_j_per_1k_tokens
    nets = (("context", row.energy_net_context_j_per_1k_tokens), ("bare", row.energy_net_bare_j_per_1k_tokens))
    for name, net in nets:
        if gross is not None and net is not None and net > gross * (1 + 1e-6):
            yield f"net of {name} idle ({joules_per_1k(net)}) is above gross ({joules_per_1k(gross)})."


def _products(row: Row) -> Iterator[str]:
    """Figures that are made of others: energy of power and time, energy a token and throughput of totals."""
    seconds, joules, power, tokens = _seconds(row), row.energy_gross_j, row.power_mean_w, row.tokens
    if seconds and joules is not None and power is not None and _unlike(power * seconds, joules):
        yield f"{watts(power)} over {number(seconds)} s make {number(power * seconds)} J, and not {number(joules)} J."
    if not tokens:
        return
    each, speed = row.energy_gross_j_per_1k_tokens, row.throughput_tok_s
    if joules is not None and each is not None and _unlike(1000 * joules / tokens, each):
        whole = f"{number(joules)} J over {tokens:,} tokens make {joules_per_1k(1000 * joules / tokens)}"
        yield f"{whole}, and not {joules_per_1k(each)}."
    if seconds and speed is not None and _unlike(tokens / seconds, speed):
        whole = f"{tokens:,} tokens in {number(seconds)} s are {number(tokens / seconds)} tok/s"
        yield f"{whole}, and not {number(speed)} tok/s."


def _seconds(row: Row) -> float | None:
    """Of a run all its windows' time."""
    if isinstance(row, WindowRow) or row.window_s is None:
        return row.window_s
    return row.window_s * (row.windows or 0)


def apart(runs: Sequence[RunRow], windows: Sequence[WindowRow]) -> Iterator[str]:
    """A sentence for each run whose windows tell something else than it does."""
    for run in runs:
        mine = [w for w in windows if w.run_id == run.run_id]
        main = [w for w in mine if not w.split]
        if any(w.simulated != run.simulated for w in mine):
            yield f"{clean(run.run_id, 200)} and its windows do not agree on whether they are simulated."
        if len(main) != (run.windows or 0):
            yield f"{clean(run.run_id, 200)} tells of {run.windows or 0} windows, and has {len(main)}."
        known = [w.energy_gross_j for w in main if w.energy_gross_j is not None]
        total = math.fsum(known)
        if run.energy_gross_j is not None and len(known) == len(main) and _unlike(total, run.energy_gross_j):
            name = clean(run.run_id, 200)
            yield f"{name} took {number(run.energy_gross_j)} J, and its windows {number(total)} J."


def _unlike(a: float, b: float) -> bool:
    """Whether two figures are apart; what is no number is like none."""
    return not math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1e-9)
