"""Runs that took turns in one paired session: which belong together, and in what order they ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import ABSENT, clean

Sessions = Mapping[str, Sequence[RunRow]]
"""Runs of paired sessions, by session id."""
MIRRORED = 4
"""Windows of the shortest block that there can be: two arms, twice each."""


def paired_sessions(rows: Iterable[RunRow]) -> Sessions:
    """The runs of every paired session, in the order given."""
    found: dict[str, list[RunRow]] = {}
    for row in rows:
        if row.blocks:
            found.setdefault(row.session_id, []).append(row)
    return found


def others_of(row: RunRow, sessions: Sessions) -> list[RunRow]:
    """The runs that one took turns with."""
    return [other for other in sessions.get(row.session_id, ()) if other.run_id != row.run_id]


def arm_words(row: RunRow) -> str:
    """What tells an arm from the others of its session: quantization, and the engine where it is not generate()."""
    quantization = clean(row.quantization or ABSENT, 24)
    return quantization if row.engine in (None, "eager") else f"{quantization} {clean(row.engine, 12)}"


def pair_words(row: RunRow, others: Sequence[str], order: str = "") -> str:
    """ "5 blocks, ABBA, with fp16 graph"; empty of a run by itself."""
    if not row.blocks:
        return ""
    blocks = f"{row.blocks} {'block' if row.blocks == 1 else 'blocks'}"
    return ", ".join(part for part in (blocks, order, f"with {' and '.join(others)}" if others else "") if part)


def order_of(windows: Iterable[WindowRow]) -> str:
    """ABBA where every block goes through the arms and back, else by chance; empty where the windows do not tell.

    `windows`: of all runs of the session.
    """
    ran = sorted((w for w in windows if w.block is not None and w.t0_ns is not None), key=lambda w: w.t0_ns or 0)
    blocks = [[w.run_id for w in block] for _, block in groupby(ran, key=lambda w: w.block)]
    whole = [block for block in blocks if len(block) == max(map(len, blocks), default=0)]
    if not whole or len(whole[0]) < MIRRORED:
        return ""
    mirrored = all(block == block[::-1] and block == whole[0] for block in whole)
    return "ABBA" if mirrored else "in random order"
