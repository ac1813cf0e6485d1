"""`ecotui doctor`: what works here, what does not, and the command that mends it."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from dataclasses import asdict

import ecotui
from ecotui.core.errors import EcotuiError
from ecotui.core.units import clean
from ecotui.doctor.check import BAD, GLYPHS, GOOD, WARN, Check
from ecotui.doctor.examination import checks, summary, topics
from ecotui.doctor.links import Link

STYLES = {GOOD: "green", WARN: "bold yellow", BAD: "bold red"}


def doctor(chosen: argparse.Namespace) -> int:
    """Check everything; 1 where something is broken."""
    found: list[Check] = []
    for check in checks(topics(link_of=_link)):
        found.append(check)
        if not chosen.json:
            _print(check)
    if chosen.json:
        told = {"ecotui": ecotui.__version__, "checks": [asdict(c) for c in found]}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        from ecotui.cli.tables import cell, console

        console().print(cell(summary(found), "bold"))
    return 1 if any(c.state == BAD for c in found) else 0


def _link() -> Link:
    """What the settings say; without an application nobody asks the terminal."""
    from ecotui.cli.words_terminal import rate
    from ecotui.store.settings import is_set, read_settings

    if not is_set():
        return Link()
    with contextlib.suppress(EcotuiError, argparse.ArgumentTypeError):
        if isinstance(said := read_settings().ui.get("budget"), str):
            return Link(rate(said))
    return Link()


def _print(check: Check) -> None:
    """A check as soon as it is made; long words go on beneath themselves."""
    from rich.table import Table

    from ecotui.cli.tables import cell, console

    row = Table.grid(padding=(0, 1))
    for width in (1, 12, 7):
        row.add_column(width=width, no_wrap=True)
    row.add_column(overflow="fold")
    style = STYLES.get(check.state, "dim")
    row.add_row(cell(GLYPHS[check.state], style), cell(check.name), cell(check.state, style), cell(clean(check.text)))
    if check.advice:
        row.add_row("", "", "", cell(f"→ {clean(check.advice)}", "bold"))
    console().print(row)
