"""Tables of benchmarks, with the machine on top."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ecotui.recorder.environment import environment


def machine() -> str:
    """The machine and the versions, in a line."""
    facts = environment()
    names = ("ecotui", "python", "torch", "transformers")
    versions = ", ".join(f"{name} {facts[name]}" for name in names if name in facts)
    return f"{facts.get('cpu', '?')}, {os.cpu_count()} cores; {versions}"


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left", caption=machine(), caption_justify="left")
    for i, head in enumerate(heads):
        table.add_column(head, justify="left" if i == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=120, highlight=False).print(table)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median with lowest and highest."""
    return f"{statistics.median(values):.{digits}f} [{min(values):.{digits}f}, {max(values):.{digits}f}]"
