"""The words of the command line are made of these: a parser that says one sentence, and a command."""

from __future__ import annotations

import argparse
import math
from importlib import import_module
from textwrap import fill
from typing import Any, NoReturn

from ecotui.core.errors import UsageError

EPILOG = """\
exit codes: 0 completed, 2 wrong arguments, 1 failed, 130 stopped
environment: ECOTUI_HOME moves all state (sessions, store, error log), ECOTUI_CONFIG the settings"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of printing its usage."""

    def format_help(self) -> str:
        """Help with its page of the manual, which nothing else needs."""
        from ecotui.cli.manual import WIDTH, page

        if (it := page(self.prog)) is not None:
            self.formatter_class = argparse.RawDescriptionHelpFormatter
            self.description, self.epilog = fill(it.about, WIDTH), it.epilog(self.epilog)
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", f"See `{self.prog} --help`.")


class Namespace(argparse.Namespace):
    """Parsed words; `handler` is "module:function" under ecotui.cli, imported when it is called."""

    handler: str
    json: bool

    def command(self, chosen: Namespace) -> int:
        """Carry the command out; returns its exit code."""
        module, _, function = self.handler.partition(":")
        try:
            code: int = getattr(import_module(f"ecotui.cli.{module}"), function)(chosen)
        except UsageError as error:
            from ecotui.cli.settings import blamed

            raise blamed(error, chosen) from error
        return code


def command(commands: Any, name: str, handler: str, text: str) -> Parser:
    made: Parser = commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.", epilog=EPILOG)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else there")
    made.set_defaults(handler=handler)
    return made


def percentage(text: str) -> float:
    """ "1%", "0.5 %" or "2" as a number of percent.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage; write it like 1%") from None


def increase(text: str) -> float:
    """What may be allowed, in percent: 0 or more.

    Raises:
        ArgumentTypeError: it is no percentage, negative, or not finite.
    """
    allowed = percentage(text)
    if not 0 <= allowed < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is nothing that can be allowed; write 0% or more, like 2%")
    return allowed
