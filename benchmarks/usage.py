"""`--help` of benchmarks whose arguments are a few words in a row: their own docstring, and nothing is measured."""

from __future__ import annotations

import sys


def usage(doc: str | None) -> None:
    """Show how a benchmark is called and end, where that is asked for."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print((doc or "").strip())
        sys.exit(0)
