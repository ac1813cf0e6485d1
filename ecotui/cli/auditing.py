"""`audit`: published figures looked through, row by row and pair by pair."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ecotui.cli.words_published import merged
from ecotui.core.boards import same_board
from ecotui.core.errors import UsageError
from ecotui.core.units import clean

if TYPE_CHECKING:
    from ecotui.analysis.audit_values import Audit
    from ecotui.core.published import PublishedRow


def audit(chosen: argparse.Namespace) -> int:
    """Say which accounting a table follows; 0 whatever it finds."""
    found = audited(chosen, _rows(chosen))
    if chosen.json:
        from ecotui.analysis.audit_json import to_dict

        table = None if chosen.published else chosen.file
        sys.stdout.write(json.dumps({"file": table} | to_dict(found), allow_nan=False) + "\n")
    else:
        from ecotui.cli.audit_text import print_audit

        print_audit(found)
    return 0


def _rows(chosen: argparse.Namespace) -> Sequence[PublishedRow]:
    if chosen.published == bool(chosen.file):
        raise UsageError("Name one table: a CSV file, or --published.", "See `ecotui audit --help`.")
    if chosen.published:
        if chosen.columns or chosen.told:
            raise UsageError("--columns and --set are for a CSV file, and --published was named.", "Leave them out.")
        from ecotui.store.published import shipped_rows

        return shipped_rows()
    return rows_of(chosen, chosen.file)


def rows_of(chosen: argparse.Namespace, file: str) -> list[PublishedRow]:
    """The rows of a CSV table, with what --columns and --set say of it.

    Raises:
        UsageError: it cannot be read, or they do not fit it.
    """
    from ecotui.store.published_csv import read_published

    return read_published(file, columns=merged(chosen.columns), told=merged(chosen.told, "--set"))


def audited(chosen: argparse.Namespace, rows: Sequence[PublishedRow]) -> Audit:
    """The rows looked through, with the --idle and against the --baseline that were given.

    Raises:
        UsageError: one of these names what the rows do not have.
    """
    from ecotui.analysis.audit import BASELINE
    from ecotui.analysis.audit import audit as looked_through

    idle = _idle([one for some in chosen.idle for one in some], rows)
    if chosen.baseline is not None:
        _refuse_absent(chosen.baseline, rows)
    return looked_through(rows, idle, chosen.baseline or BASELINE)


def _idle(typed: Sequence[tuple[str, float]], rows: Sequence[PublishedRow]) -> Mapping[str, float]:
    """Idle power by board.

    Raises:
        UsageError: a board is named that the table does not have, or one is named twice.
    """
    from ecotui.analysis.audit_rows import board_key

    boards = {board_key(row.gpu): row.gpu for row in rows}
    idle: dict[str, float] = {}
    for gpu, watts in typed:
        meant = _meant(gpu, boards)
        if gpu and not meant:
            named = ", ".join(list(boards.values())[:20])
            raise UsageError(f"The table has no board {clean(gpu, 60)}.", f"It has {clean(named)}.")
        for key in meant or [""]:
            if key in idle:
                raise UsageError(
                    f"--idle names {clean(boards[key], 60) if key else 'the other boards'} twice.",
                    "Give one idle power a board.",
                )
            idle[key] = watts
    return idle


def _meant(gpu: str, boards: Mapping[str, str]) -> list[str]:
    """The boards of the table that a name means: the one that is spelled so, or all that it may be a name of."""
    from ecotui.analysis.audit_rows import board_key

    key = board_key(gpu)
    return [key] if key in boards else [k for k, name in boards.items() if gpu and same_board(name, gpu)]


def _refuse_absent(baseline: str, rows: Sequence[PublishedRow]) -> None:
    from ecotui.analysis.audit_pairs import is_baseline

    configs = list(dict.fromkeys(row.config for row in rows))
    if not any(is_baseline(config, baseline) for config in configs):
        named = clean(", ".join(configs[:20]))
        raise UsageError(f"No row has the configuration {clean(baseline, 60)}.", f"There are {named}.")
