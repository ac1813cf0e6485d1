"""The command line's words for the terminal: bytes a second, letters, colours."""

from __future__ import annotations

import argparse
import os
import re
from typing import Any

from ecotui.core.locales import at_start, in_ascii
from ecotui.ui.link.terminal import THEMES, Terminal

UNITS = {"b/s": 1, "kb/s": 1000, "mb/s": 1_000_000}
LEAST_BPS, MOST_BPS = 1000, 1_000_000_000
"""Below the first a screen would take a minute."""


def terminal_options(to: argparse.ArgumentParser, *, below: bool = False) -> None:
    """Options of every command that opens the application; `below` another parser that has them already."""
    default: Any = argparse.SUPPRESS if below else None
    group = to.add_argument_group("the terminal")
    group.add_argument(
        "--budget",
        type=rate,
        default=default,
        metavar="RATE",
        help="most bytes a second that are sent to it, as 16kB/s (default what the link takes)",
    )
    group.add_argument(
        "--ascii",
        action=argparse.BooleanOptionalAction,
        default=default,
        help="no letter beyond ASCII (default where the locale is not UTF-8)",
    )
    group.add_argument(
        "--theme",
        choices=THEMES,
        default=default,
        help="colours for a dark or a light ground (default auto: as COLORFGBG says, else dark)",
    )


def terminal_of(chosen: argparse.Namespace) -> Terminal:
    """What was chosen, by hand or by the locale of the start."""
    plain = chosen.ascii if chosen.ascii is not None else in_ascii(at_start(os.environ))
    return Terminal(chosen.budget, plain, chosen.theme or "auto")


def rate(text: str) -> int:
    """ "16kB/s", "800 B/s" or "1.5 MB/s" as bytes a second.

    Raises:
        ArgumentTypeError: it is none, or nothing that a screen can be drawn with.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([kKmM]?[bB]/s)", text.strip(), re.ASCII)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no rate; write it like 16kB/s, with B/s, kB/s or MB/s")
    value = float(found[1]) * UNITS[found[2].lower()]
    if not LEAST_BPS <= value <= MOST_BPS:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1 kB/s and 1000 MB/s")
    return round(value)
