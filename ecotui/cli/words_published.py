"""Words of `ecotui audit`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ecotui.cli.words import command
from ecotui.core.errors import UsageError
from ecotui.core.units import clean

TABLE = """\
columns of FILE: model, config, batch_size, throughput_tok_s, power_w,
  energy_j_per_1k_tokens; and, where there are such: gpu, idle_power_w,
  energy_j_per_request, new_tokens, n_runs, source

examples:
  ecotui audit --published
  ecotui audit results.csv --columns power_w=Watts,model=Network --idle A800=65
  ecotui audit sweep.csv --set model=Mistral-7B,config=INT8_pure,gpu=A800"""


def published_words(commands: Any) -> None:
    """Add them to the command line."""
    text = "which accounting published figures follow, and which differences depend on it"
    audit = command(commands, "audit", "auditing:audit", text)
    audit.epilog = f"{TABLE}\n\n{audit.epilog}"
    audit.add_argument("file", nargs="?", metavar="FILE", help="a CSV table of published results")
    audit.add_argument("--published", action="store_true", help="the published tables that come with ecotui")
    audit_words(audit)


def audit_words(parser: Any) -> None:
    """The options that say what a table of published results leaves out, and how it is looked through."""
    column_words(parser)
    parser.add_argument(
        "--idle",
        action="append",
        default=[],
        type=idle_powers,
        metavar="GPU=W,…",
        help="idle power of a board in watts, such as A800=6.5; W alone is every other board's; again for each board",
    )
    parser.add_argument(
        "--baseline", default=None, metavar="CONFIG", help="what the others are held against (FP16, in any spelling)"
    )


def column_words(parser: Any) -> None:
    """The option that names somebody else's columns."""
    parser.add_argument(
        "--columns",
        action="append",
        default=[],
        type=renamed,
        metavar="NAME=THEIRS,…",
        help="what the file calls a column: power_w=Watts,model=Network",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=constant,
        dest="told",
        metavar="NAME=VALUE,…",
        help="what the file does not say and holds for every row: model=Mistral-7B,config=INT8_pure,gpu=A800",
    )


def renamed(text: str) -> dict[str, str]:
    """ "power_w=Watts,model=Network" as ours to theirs.

    Raises:
        ArgumentTypeError: it is no such list.
    """
    return _pairs(text, "names no column; write it like power_w=Watts")


def constant(text: str) -> dict[str, str]:
    """ "model=Mistral-7B,gpu=A800" as our columns to what every row has in them.

    Raises:
        ArgumentTypeError: it is no such list.
    """
    return _pairs(text, "says no value; write it like gpu=A800, and a value with a comma in the file itself")


def _pairs(text: str, wrong: str) -> dict[str, str]:
    """Names to words, of a list; `wrong` is said of a part that is none."""
    found: dict[str, str] = {}
    for part in text.split(","):
        ours, mark, theirs = (one.strip() for one in part.partition("="))
        if not (mark and ours and theirs):
            raise argparse.ArgumentTypeError(f"{part!r} {wrong}")
        if ours in found:
            raise argparse.ArgumentTypeError(f"{ours!r} is given twice, as {found[ours]!r} and {theirs!r}; keep one")
        found[ours] = theirs
    return found


def merged(given: Sequence[Mapping[str, str]], option: str = "--columns") -> dict[str, str]:
    """All that --columns or --set was given, by our columns.

    Raises:
        UsageError: a column of ours is named twice.
    """
    found: dict[str, str] = {}
    for some in given:
        twice = next((ours for ours in some if ours in found), None)
        if twice is not None:
            both = f"{clean(found[twice], 60)} and {clean(some[twice], 60)}"
            raise UsageError(f"{option} names {clean(twice, 60)} twice, as {both}.", "Keep one of them.")
        found |= some
    return found


def idle_powers(text: str) -> list[tuple[str, float]]:
    """ "A800=65,T4=9" as boards and watts; "65" alone is for every board that is not named.

    Raises:
        ArgumentTypeError: it is no such list.
    """
    if "=" not in text and "," not in text:
        return [("", _watts(text, text))]
    return [_idle_power(part, text) for part in text.split(",")]


def _idle_power(part: str, text: str) -> tuple[str, float]:
    """One of several.

    Raises:
        ArgumentTypeError: it is no such thing.
    """
    gpu, mark, power = part.rpartition("=")
    if not mark:
        told = f"{part!r} in {text!r} names no board"
        raise argparse.ArgumentTypeError(f"{told}; write watts with a decimal point, A800=6.5, and a board before each")
    if not gpu.strip():
        raise argparse.ArgumentTypeError(f"{part!r} names no board; write A800=65, or 65 alone for every board")
    return gpu.strip(), _watts(power, part)


def _watts(power: str, part: str) -> float:
    known = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*W?\s*", power, re.ASCII)
    watts = float(known[1]) if known else 0.0
    if not 0 < watts < 1e6:
        raise argparse.ArgumentTypeError(f"{part!r} is no idle power; write it like A800=65, in watts above 0")
    return watts
