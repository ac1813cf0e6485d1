"""The command `ecotui`: arguments to parts, and errors to one sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ecotui.cli.failing import report
from ecotui.cli.output import OutputError, delivered, lossy, undelivered


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code.

    0 completed, 2 wrong arguments, 1 failed, 130 stopped.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:
        return undelivered(OutputError())
    lossy()
    try:
        with delivered():
            return _carry_out(words)
    except OutputError as error:
        return undelivered(error)


def _carry_out(words: Sequence[str]) -> int:
    from ecotui.cli.arguments import parse

    as_json = "--json" in words
    try:
        chosen = parse(words)
        return chosen.command(chosen)
    except KeyboardInterrupt:
        return 130
    except OutputError:
        raise
    except Exception as error:
        return report(error, as_json=as_json)
