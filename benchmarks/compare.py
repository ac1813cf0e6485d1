"""Opening Compare, and recomputing the statistics of a paired session at each block.

python -m benchmarks.compare [TIMES [OPENINGS]]

The peer is scipy.stats over the same numbers: a one-sample and a two-sample test with their intervals.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from benchmarks.compare_open import rows as opening
from benchmarks.table import show, spread
from benchmarks.usage import usage
from ecotui.analysis.comparison import compare
from ecotui.analysis.running import running
from ecotui.core.pairs import JOULES
from ecotui.core.rows import RunRow, WindowRow

ARMS, BLOCKS = 6, 20


def session(rng: np.random.Generator) -> tuple[list[RunRow], dict[str, list[WindowRow]]]:
    """The largest session that a plan allows: six arms, twenty blocks."""
    labels = ("fp16", "bf16", "nf4", "nf4-dq", "int8", "int8-pure")
    runs = [
        RunRow(
            run_id=f"s.{arm}",
            session_id="s",
            simulated=False,
            quantization=label,
            windows=2 * BLOCKS,
            throughput_tok_s=100.0,
            energy_gross_j_per_1k_tokens=2000.0 + 100 * arm,
        )
        for arm, label in enumerate(labels[:ARMS])
    ]
    return runs, {run.run_id: windows(run, rng) for run in runs}


def windows(run: RunRow, rng: np.random.Generator) -> list[WindowRow]:
    """Two windows a block."""
    joules = (run.energy_gross_j_per_1k_tokens or 0.0) * rng.normal(1, 0.01, 2 * BLOCKS)
    return [
        WindowRow(
            run_id=run.run_id,
            session_id="s",
            window=i + 1,
            simulated=False,
            block=1 + i // 2,
            valid=True,
            throughput_tok_s=100.0,
            power_mean_w=joule / 10,
            energy_gross_j_per_1k_tokens=float(joule),
        )
        for i, joule in enumerate(joules)
    ]


def timed(what: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each time."""
    out = []
    for _ in range(times):
        begin = time.perf_counter()
        what()
        out.append(1000 * (time.perf_counter() - begin))
    return out


def peer(held: dict[str, list[WindowRow]]) -> None:
    """The same tests by scipy.stats, for every arm against the first."""
    first, *others = (np.array([getattr(w, JOULES) for w in some]) for some in held.values())
    for other in others:
        logs = np.log(other.reshape(-1, 2).mean(1) / first.reshape(-1, 2).mean(1))
        stats.ttest_1samp(logs, 0).confidence_interval(0.95)
        stats.ttest_ind(np.log(other), np.log(first), equal_var=False).confidence_interval(0.95)


def main(times: int, openings: int) -> None:
    """Measure and print the table."""
    runs, held = session(np.random.default_rng(0))
    first, *others = held.values()

    def block() -> Sequence[object]:
        return [running(first, other, until_pct=1.0) for other in others]

    rows = [
        (f"{ARMS} arms after block {BLOCKS}, every block's interval", spread(timed(block, times)), "≤ 5 ms"),
        ("two runs, the whole comparison", spread(timed(lambda: compare(runs[:2], held), times)), ""),
        ("scipy.stats, the intervals after the last block alone", spread(timed(lambda: peer(held), times)), ""),
    ]
    opened = list(opening(openings))
    show(
        f"Compare on two stored runs of ten 30 s windows, {openings} processes: median [lowest, highest]",
        ("what", "ms", "bar"),
        opened,
    )
    show(f"Statistics of a comparison, {times} times: median [lowest, highest]", ("what", "ms", "bar"), rows)


if __name__ == "__main__":
    usage(__doc__)
    given = [int(it) for it in sys.argv[1:3]]
    main(*given, *(200, 5)[len(given) :])
