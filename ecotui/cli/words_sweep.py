"""Words of `ecotui sweep`."""

from __future__ import annotations

import argparse
from typing import Any

from ecotui.cli.words import Parser, command, percentage
from ecotui.cli.words_quality import quality_options
from ecotui.core.plan import DEVICES, ORDERS, SENSORS


def sweep_words(commands: Any) -> None:
    """Add them to the command line."""
    sweep = command(commands, "sweep", "sweeping:sweep", "a plan over models, quantizations and batch sizes; resumable")
    sweep.add_argument(
        "plan", metavar="PLAN", nargs="?", help="a TOML file, or ecocompute, batch-law, crossover or quick"
    )
    _which(sweep)
    _place(sweep)
    _axes(sweep)
    _protocol(sweep)
    quality_options(sweep, ", in place of the plan's")
    sweep.add_argument("--no-quality", action="store_true", help="score nothing, whatever the plan says")


def _which(to: Parser) -> None:
    which = to.add_mutually_exclusive_group()
    which.add_argument(
        "--new", action="store_true", help="begin afresh, though a sweep of this plan is unfinished or complete"
    )
    which.add_argument("--resume", metavar="ID", help="go on with that sweep, whatever its plan")
    which.add_argument("--dry-run", action="store_true", help="the grid, its memory and its time; starts nothing")
    which.add_argument("--list", action="store_true", help="sweeps of this home and how far they are, and the samples")
    which.add_argument("--report", metavar="ID", help="what a sweep, or a sample, has measured so far")
    which.add_argument(
        "--stop",
        metavar="ID",
        help="ask a sweep to stop; the groups done are kept, the one under way comes again",
    )
    to.add_argument("--retry-failed", action="store_true", help="try again what failed or did not fit")
    to.add_argument("--detach", action="store_true", help="start it and return; it goes on without a terminal anyway")
    to.add_argument("--minutes", type=float, metavar="M", help="begin no session that would not be over in M minutes")
    to.add_argument("--worker", choices=("transformers", "scripted"), default="transformers", help=argparse.SUPPRESS)


def _place(to: Parser) -> None:
    group = to.add_argument_group("where, in place of the plan's")
    group.add_argument("--gpus", type=gpus, metavar="I,I", help="boards to spread the sessions over: 0,1 or all")
    group.add_argument("--sensor", choices=SENSORS, help="default nvml")
    group.add_argument("--device", choices=DEVICES, help="default cuda; simulated cpu")
    group.add_argument("--label", help="your own words, stored with every run")


def _axes(to: Parser) -> None:
    group = to.add_argument_group("what, in place of the plan's; lists with commas")
    group.add_argument("--models", type=listed, metavar="M,M", help="synthetic:NAME, sample:NAME, hub ids, paths")
    group.add_argument("--quants", type=listed, metavar="Q,Q", dest="quantizations", help="quantizations")
    group.add_argument("--engines", type=listed, metavar="E,E", help="eager, graph")
    for name, letter in (("batch-sizes", "B"), ("prompt-tokens", "P"), ("new-tokens", "N")):
        group.add_argument(f"--{name}", type=numbers, metavar=f"{letter},{letter}", help=name.replace("-", " "))


def _protocol(to: Parser) -> None:
    group = to.add_argument_group("the protocol, in place of the plan's")
    group.add_argument("--blocks", type=int, metavar="K", help="blocks of two windows an arm")
    group.add_argument(
        "--until",
        type=percentage,
        metavar="P%",
        help="go on until a ratio is known to ±P %%, the half width of its 95 %% interval; at most K blocks",
    )
    group.add_argument("--order", choices=ORDERS, help="whose turn it is in a block")
    group.add_argument("--warmups", type=int, metavar="K", help="discarded generations before the windows")
    group.add_argument("--window-seconds", type=float, metavar="S", help="shortest window")
    group.add_argument("--idle-seconds", type=float, metavar="S", help="each idle baseline")
    gate = group.add_mutually_exclusive_group()
    gate.add_argument("--gate-seconds", type=float, metavar="S", help="how far back the stability gate looks")
    gate.add_argument("--no-gate", action="store_true", help="measure without waiting until the board has settled")
    group.add_argument("--gate-timeout", type=float, metavar="S", help="then measure all the same, as UNSTABLE")


def listed(text: str) -> tuple[str, ...]:
    """ "a,b" as its words."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def numbers(text: str) -> tuple[int, ...]:
    """ "1,8" as numbers.

    Raises:
        ArgumentTypeError: one is none.
    """
    return _whole(text, "a list of whole numbers; write it like 1,8")


def gpus(text: str) -> tuple[int, ...]:
    """ "0,1" as numbers; none of them is all boards of the host."""
    return () if text.strip() == "all" else _whole(text, "a list of boards; write it like 0,1, or all")


def _whole(text: str, what: str) -> tuple[int, ...]:
    try:
        found = tuple(int(word) for word in listed(text))
    except ValueError:
        found = ()
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return found
