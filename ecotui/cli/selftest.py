"""`ecotui selftest`: runs the test on a board, prints its table, and stores it."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
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
    from ecotui.recorder.selftest_files import keep

    if not (math.isfinite(chosen.seconds) and LEAST_S <= chosen.seconds <= MOST_S):
        raise UsageError(f"--seconds must be {LEAST_S:.0f} to {MOST_S:.0f}, not {chosen.seconds:g}.")
    home = Home.open()
    samples, events = take(chosen.sensor, chosen.gpu, chosen.seconds, _say)
    report = examine(samples)
    path, table = keep(home, samples, events, report)
    if chosen.json:
        sys.stdout.write(json.dumps(table | {"table": str(path)}) + "\n")
    else:
        print_table(table, path)
    return 1 if report.verdict == FAIL else 0


def _say(part: str, seconds: float) -> None:
    sys.stderr.write(f"{part}{f', {duration(seconds)}' if seconds else ''}\n")
    sys.stderr.flush()


def print_table(table: Mapping[str, Any], path: Path) -> None:
    """The table and its verdict."""
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
    out.print(cell(f"stored: {path}"))
