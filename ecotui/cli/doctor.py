"""`ecotui doctor`: what works here, what does not, and the command that mends it."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import ecotui
from ecotui.core.errors import EcotuiError
from ecotui.core.locales import at_start, in_ascii
from ecotui.core.units import clean
from ecotui.doctor.brief import brief, failing_first
from ecotui.doctor.check import BAD, GLYPHS, GOOD, WARN, Check
from ecotui.doctor.examination import summary, topics
from ecotui.doctor.links import Link

if TYPE_CHECKING:
    from rich.table import Table

AROUND = 3
"""Rows of a terminal beside the checks: the summary's, and the next prompt."""
STYLES = {GOOD: "green", WARN: "bold yellow", BAD: "bold red"}


def doctor(chosen: argparse.Namespace) -> int:
    """Check everything; 1 where something is broken. In a terminal it is one screen, else a check as it is made."""
    found: list[Check] = []
    seen = sys.stdout.isatty() and not chosen.json
    for topic in topics(link_of=_link):
        with _waiting(topic.waiting) if seen else contextlib.nullcontext():
            made = topic.checks()
        found += made
        if not seen and not chosen.json:
            _print(made)
    if chosen.json:
        checks = [{k: v for k, v in asdict(c).items() if k != "short"} for c in found]
        sys.stdout.write(json.dumps({"ecotui": ecotui.__version__, "checks": checks}) + "\n")
    else:
        from ecotui.cli.tables import cell, console

        if seen:
            _print(_fitting(found))
        console().print(cell(_letters(summary(found)), "bold"))
    return 1 if any(c.state == BAD for c in found) else 0


def _letters(text: str) -> str:
    """The text as the application would draw it: in ASCII where it draws that."""
    from ecotui.ui.link.letters import ascii_text

    return ascii_text(text) if _in_ascii() else text


def _in_ascii() -> bool:
    """What the settings say of letters, else the locale."""
    from ecotui.store.settings import is_set, read_settings

    if is_set():
        with contextlib.suppress(EcotuiError):
            if isinstance(said := read_settings().ui.get("ascii"), bool):
                return said
    return in_ascii(at_start(os.environ))


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


@contextlib.contextmanager
def _waiting(what: str) -> Iterator[None]:
    """Says what is looked at, on a line that goes again."""
    from ecotui.cli.tables import console

    with console().status(_letters(f"{what}…"), spinner="line"):
        yield


def _fitting(found: Sequence[Check]) -> list[Check]:
    """What fails first; in few words where all words take more rows than the terminal has."""
    from ecotui.cli.tables import console

    out = console()
    whole = failing_first(found)
    return whole if len(out.render_lines(_rows(whole))) + AROUND <= out.height else brief(found)


def _rows(some: Iterable[Check]) -> Table:
    """Checks below each other; long words go on beneath themselves."""
    from rich.table import Table

    from ecotui.cli.tables import cell

    rows = Table.grid(padding=(0, 1))
    for width in (1, 12, 7):
        rows.add_column(width=width, no_wrap=True)
    rows.add_column(overflow="fold")
    for it in some:
        style = STYLES.get(it.state, "dim")
        rows.add_row(
            cell(_letters(GLYPHS[it.state]), style),
            cell(it.name),
            cell(it.state, style),
            cell(_letters(clean(it.text))),
        )
        if it.advice:
            rows.add_row("", "", "", cell(_letters(f"→ {clean(it.advice)}"), "bold"))
    return rows


def _print(some: Iterable[Check]) -> None:
    from ecotui.cli.tables import console

    console().print(_rows(some))
