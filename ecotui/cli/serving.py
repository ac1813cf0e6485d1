"""`ecotui serve`: the application in a browser, for this machine alone; another one comes in through SSH."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import secrets
import shlex
import socket
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from ecotui.cli.words import Parser
from ecotui.core.errors import EcotuiError, UsageError

HOST = "127.0.0.1"
"""Whoever reaches the page can start programs as this user, so it is never bound to anything else."""
SSH = "22"
SERVED = ("application:start", "application:replay", "application:watch")
SERVE = "Serve `demo`, `replay LOG`, `watch`, or nothing more."
WATCH = "`ecotui serve watch` then shows it."
MISSING = "`ecotui serve` needs the package textual-serve, which is not installed."
INSTALL = "Install it: `pip install textual-serve`, or in a checkout `pip install -e '.[serve]'`."


def serve(chosen: argparse.Namespace) -> int:
    """Serve until ctrl+c; every page that is opened is a screen of its own."""
    words, port = apart([word for word in chosen.words if word != "--"], chosen.port)
    check_words(words)
    if find_spec("textual_serve") is None:
        raise UsageError(MISSING, INSTALL)
    from ecotui.cli.serving_web import run

    bound, token = bind(port), secrets.token_urlsafe(12)
    port = int(bound.getsockname()[1])
    tell(address(port, token), tunnel(port, os.environ), as_json=chosen.json)
    run(bound, token, shlex.join([sys.executable, "-m", "ecotui", *words]))
    return 0


def apart(words: Sequence[str], port: int) -> tuple[list[str], int]:
    """Words after `serve` without its own option, which may stand behind them, too; `port` where none does.

    Raises:
        UsageError: --port has no number.
    """
    own = Parser(prog="ecotui serve", add_help=False, allow_abbrev=False)
    own.add_argument("--port", type=int, default=port)
    found, left = own.parse_known_args(list(words))
    return left, int(found.port)


def check_words(words: Sequence[str]) -> None:
    """Words after `serve` are those of the application.

    Raises:
        UsageError: they mean something that has no screen, or nothing.
    """
    from ecotui.cli.arguments import parse, plan_from

    inner = parse(words)
    if inner.handler not in SERVED or inner.json:
        raise UsageError(f"`ecotui {shlex.join(words)}` has no screen to serve.", SERVE)
    if getattr(inner, "metrics", None):
        raise UsageError(
            "Every page would begin to watch the server anew.", "Begin with `ecotui watch --metrics`; " + WATCH
        )
    if inner.handler == SERVED[0]:
        plan_from(inner, demo=inner.demo).checked()


def bind(port: int) -> socket.socket:
    """A socket of this machine alone; port 0 is any that is free.

    Raises:
        UsageError: no such port, or another program has it.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"--port must be 0 to 65535, not {port}.")
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
        bound.listen(16)
    except OSError as error:
        bound.close()
        raise EcotuiError(
            f"Port {port} cannot be taken ({error.strerror}).", "Name another with --port, or 0 for any that is free."
        ) from error
    return bound


def address(port: int, token: str) -> str:
    """What is typed into the browser; its secret part keeps other users of this host out."""
    return f"http://localhost:{port}/{token}/"


def tunnel(port: int, told: Mapping[str, str]) -> str:
    """The line for the machine that has the browser: the name and port by which SSH came here, or the host's own."""
    server = told.get("SSH_CONNECTION", "").split()
    host = server[2] if len(server) > 2 else socket.gethostname()
    other = f"-p {server[3]} " if len(server) > 3 and server[3] != SSH else ""
    return f"ssh {other}-L {port}:localhost:{port} {getpass.getuser()}@{host}"


def tell(url: str, ssh: str, *, as_json: bool) -> None:
    """Where it is, before anything else is done."""
    if as_json:
        sys.stdout.write(json.dumps({"url": url, "ssh": ssh}) + "\n")
    else:
        sys.stdout.write(
            f"{url}\n\nFrom another machine, first type this there, then open the same address:\n  {ssh}\n"
            "(with the host, port and key that you reach this machine by, where they are others)\n\n"
            "Only this machine is answered. ctrl+c ends the pages; a recording goes on.\n"
        )
    sys.stdout.flush()
