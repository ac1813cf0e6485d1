"""Tables of benchmarks, with the machine on top."""

from __future__ import annotations

import math
import os
import statistics
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from scipy import stats

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


def log_ratio(ours: Sequence[Sequence[float]], peer: Sequence[Sequence[float]]) -> tuple[float, float | None]:
    """Mean of the blocks' paired log ratios, and half of its 95 % interval; None with less than two blocks."""
    logs = [math.log(statistics.fmean(a)) - math.log(statistics.fmean(b)) for a, b in zip(ours, peer, strict=True)]
    mean = math.fsum(logs) / len(logs)
    if len(logs) < 2:
        return mean, None
    return mean, float(stats.t.ppf(0.975, len(logs) - 1) * stats.tstd(logs) / math.sqrt(len(logs)))


def paired(ours: Sequence[Sequence[float]], peer: Sequence[Sequence[float]]) -> str:
    """The same as a difference in percent."""
    return percent(*log_ratio(ours, peer))


def percent(mean: float, half: float | None) -> str:
    """A mean logarithm with half of its interval, in percent."""
    told = f"{100 * math.expm1(mean):+.2f} %"
    if half is None:
        return told
    return f"{told} [{100 * math.expm1(mean - half):+.2f}, {100 * math.expm1(mean + half):+.2f}]"


def under_way(*words: str) -> None:
    """Say on stderr which part is being measured, and what came of it: a whole table may take half an hour."""
    print(*words, sep=" · ", file=sys.stderr, flush=True)
