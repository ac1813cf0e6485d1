"""The words of `ecotui watch`: a session under way, or with --metrics a server that runs already."""

from __future__ import annotations

import argparse
from typing import Any

from ecotui.cli.words import command
from ecotui.cli.words_terminal import terminal_options
from ecotui.core.plan import SENSORS

ENDS = "end after so long, a window at least (default: when it is stopped)"


def watch_words(commands: Any) -> None:
    """The command `watch`."""
    what = "a session under way in the Monitor, read-only; with --metrics a server that runs already"
    watch = command(commands, "watch", "application:watch", what)
    watch.add_argument(
        "session",
        nargs="?",
        metavar="SESSION",
        help="id of a session, its beginning, or its last four letters; or a LOG, of anyone who lets you read it; "
        "without: the newest of this home, else one that holds a GPU of this host",
    )
    metrics_options(watch)
    terminal_options(watch, below=True)


def metrics_options(watch: argparse.ArgumentParser) -> None:
    """Options of a session that watches a server."""
    group = watch.add_argument_group("a server that runs already")
    group.add_argument(
        "--metrics", metavar="URL", help="its Prometheus counters, for instance http://localhost:8000/metrics"
    )
    group.add_argument("--gpu", type=int, default=0, metavar="I", help="index of its board (default 0)")
    group.add_argument("--sensor", default="nvml", metavar="S", help=f"one of {', '.join(SENSORS)} (default nvml)")
    group.add_argument("--seconds", type=float, metavar="S", help=ENDS)
    group.add_argument("--every", type=float, default=1.0, metavar="S", help="between two looks (default 1)")
    group.add_argument("--window-seconds", type=float, default=10.0, metavar="S", help="of each window (default 10)")
    group.add_argument("--label", default="", help="your own words, stored with the session")


def recorder_words(made: argparse.ArgumentParser) -> None:
    """The words of the recorder's own process, which an operator never types."""
    made.add_argument("session")
    made.set_defaults(handler="watching_server:record", json=False)
