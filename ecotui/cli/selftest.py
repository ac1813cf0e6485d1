"""`ecotui selftest`: runs the test on a board, prints its table, and stores it where no fuller one of the board is."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ecotui.core.errors import UsageError
from ecotui.core.units import duration
from ecotui.store.home import Home

LEAST_S, MOST_S = 1.0, 3600.0
STYLES = {"pass": "green", "warn": "bold yellow", "fail": "bold red", "absent": "yellow"}


def selftest(chosen: argparse.Namespace) -> int:
    """Test a board; 1 where a bar is missed that energy rests on."""
    from ecotui.core.selftest import FAIL, examine
    from ecotui.recorder.selftest import take
    from ecotui.recorder.selftest_files import fuller, keep

    if not (math.isfinite(chosen.seconds) and LEAST_S <= chosen.seconds <= MOST_S):
        raise UsageError(f"--seconds must be {LEAST_S:.0f} to {MOST_S:.0f}, not {chosen.seconds:g}.")
    home = Home.open()
    try:
        samples, events = take(chosen.sensor, chosen.gpu, chosen.seconds, _say)
        report = examine(samples)
    except KeyboardInterrupt:
        sys.stderr.write("ecotui: The selftest was stopped: nothing of it was stored.\n")
        raise
    older = fuller(home, samples.about)
    path, table = keep(home, samples, events, report) if older is None else (older[0], report.to_dict())
    kept = None if older is None else _kept(older[1], chosen.seconds)
    if chosen.json:
        told = {"table": str(path), "stored": older is None} | ({} if kept is None else {"kept": kept})
        sys.stdout.write(json.dumps(table | told) + "\n")
    else:
        print_table(table, f"stored: {path}" if kept is None else f"{kept} {path}")
    return 1 if report.verdict == FAIL else 0


def _kept(older: Mapping[str, Any], seconds: float) -> str:
    at = datetime.fromtimestamp(older["wall_ns"] / 1e9, UTC)
    return (
        f"Not stored: a test of {seconds:g} s tells less than that of {older['seconds']:g} s, which was made of this "
        f"board on {at:%Y-%m-%d at %H:%M} UTC and is kept."
    )


def _say(part: str, seconds: float) -> None:
    sys.stderr.write(f"{part}{f', {duration(seconds)}' if seconds else ''}\n")
    sys.stderr.flush()


def print_table(table: Mapping[str, Any], last: str) -> None:
    """The table and its verdict; `last`: where it is stored, or why it is not."""
    from rich.table import Table

    from ecotui.cli.tables import cell, console

    out, board = console(), table["board"]
    out.print(cell(f"{board['name']} · {board['uuid']} · driver {board['driver'] or '–'}", "bold"))
    if table["simulated"]:
        out.print(cell("SIMULATED: the watts are a model's, not a board's.", "bold yellow"))
    out.print(cell(f"load: {table['load']}"))
    shown = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("", "", "found", "bar"):
        shown.add_column(head, overflow="fold")
    for check in table["checks"]:
        style = STYLES.get(check["verdict"], "dim")
        shown.add_row(cell(check["name"]), cell(check["verdict"], style), cell(check["value"]), cell(check["bar"]))
    out.print(shown)
    out.print(cell(f"{table['verdict'].upper()}: {table['words']}", STYLES[table["verdict"]]))
    out.print(cell(last, limit=4400))
