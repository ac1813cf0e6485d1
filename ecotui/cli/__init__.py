"""The command `ecotui`: arguments to parts, and errors to one sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ecotui.cli.failing import report
from ecotui.core.errors import EcotuiError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code.

    0 completed, 2 wrong arguments, 1 failed, 130 stopped.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    from ecotui.cli.arguments import parse

    try:
        chosen = parse(words)
        return chosen.command(chosen)
    except EcotuiError as error:
        return report(error, as_json="--json" in words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        return report(error, as_json="--json" in words)
