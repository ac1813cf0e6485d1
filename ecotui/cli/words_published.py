"""Words of `ecotui audit`."""

from __future__ import annotations

import argparse
import math
from typing import Any

from ecotui.cli.words import command

TABLE = """\
columns of FILE: model, config, batch_size, throughput_tok_s, power_w,
  energy_j_per_1k_tokens; and, where there are such: gpu, idle_power_w,
  energy_j_per_request, new_tokens, n_runs, source

examples:
  ecotui audit --published
  ecotui audit results.csv --columns power_w=Watts,model=Network --idle A800=65"""


def published_words(commands: Any) -> None:
    """Add them to the command line."""
    text = "which accounting published figures follow, and which differences depend on it"
    audit = command(commands, "audit", "auditing:audit", text)
    audit.epilog = f"{TABLE}\n\n{audit.epilog}"
    audit.add_argument("file", nargs="?", metavar="FILE", help="a CSV table of published results")
    audit.add_argument("--published", action="store_true", help="the published tables that come with ecotui")
    column_words(audit)
    audit.add_argument(
        "--idle",
        action="append",
        default=[],
        type=idle_powers,
        metavar="GPU=W,…",
        help="idle power of a board in watts; W alone is every other board's; again for each board",
    )
    audit.add_argument(
        "--baseline", default=None, metavar="CONFIG", help="what the others are held against (FP16, in any spelling)"
    )


def column_words(parser: argparse.ArgumentParser) -> None:
    """The option that names somebody else's columns."""
    parser.add_argument(
        "--columns",
        action="append",
        default=[],
        type=renamed,
        metavar="NAME=THEIRS,…",
        help="what the file calls a column: power_w=Watts,model=Network",
    )


def renamed(text: str) -> dict[str, str]:
    """ "power_w=Watts,model=Network" as ours to theirs.

    Raises:
        ArgumentTypeError: it is no such list.
    """
    found = {}
    for part in text.split(","):
        ours, mark, theirs = part.partition("=")
        if not (mark and ours.strip() and theirs.strip()):
            raise argparse.ArgumentTypeError(f"{part!r} names no column; write it like power_w=Watts")
        found[ours.strip()] = theirs.strip()
    return found


def idle_powers(text: str) -> list[tuple[str, float]]:
    """ "A800=65,T4=9" as boards and watts; "65" is for every board that is not named.

    Raises:
        ArgumentTypeError: it is no such list.
    """
    return [_idle_power(part) for part in text.split(",")]


def _idle_power(text: str) -> tuple[str, float]:
    """One of them.

    Raises:
        ArgumentTypeError: it is no such thing.
    """
    gpu, _, power = text.rpartition("=")
    try:
        watts = float(power.strip().removesuffix("W").strip())
    except ValueError:
        watts = math.nan
    if not 0 < watts < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no idle power; write it like A800=65, in watts above 0")
    return gpu.strip(), watts
