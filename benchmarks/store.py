"""History, filter, fit and append on 100,000 windows in 10,000 sessions, against plain Polars on the same files.

python -m benchmarks.store [TIMES] [SESSIONS]

The store that it makes in a temporary folder is as a year leaves it: most sessions compacted, the last sixty a
file each. "Plain Polars" reads the same files with nothing around it: the least that an answer can cost.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from benchmarks.table import paired, show, spread
from benchmarks.usage import usage
from ecotui.core.rows import SCHEMA_VERSION
from ecotui.core.summary import summarize
from ecotui.core.traces import trace
from ecotui.log.reader import read_timeline
from ecotui.store.compact import MANY
from ecotui.store.files import write_whole
from ecotui.store.home import Home, default_samples
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, TABLES, WINDOWS, Table
from ecotui.store.store import Store

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

WINDOWS_EACH, LOOSE = 10, 60
QUANTIZATIONS = ("fp16", "nf4", "int8", "int8-pure")
MODELS = ("synthetic:tinyllama-1.1b", "synthetic:mistral-7b", "meta-llama/Llama-2-13b-hf", "Qwen/Qwen2.5-7B")
Times = list[list[float]]


def filled(home: Home, sessions: int) -> None:
    """A store of so many sessions: compacted but for the last LOOSE."""
    runs, windows = frames(sessions)
    assert LOOSE <= MANY, "so many files of one session each would be compacted"
    old = sessions - LOOSE
    for table, frame, each in ((RUNS, runs, 1), (WINDOWS, windows, WINDOWS_EACH)):
        folder = home.store / table.name
        write_whole(folder / "compact.0000000000000000.parquet", to_bytes(frame.head(old * each)))
        for number in range(old, sessions):
            one = frame.slice(number * each, each)
            (folder / f"{one['session_id'][0]}.parquet").write_bytes(to_bytes(one))


def frames(sessions: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Runs, one a session, and their windows, with every column filled."""
    rng = np.random.default_rng(0)
    numbers = np.arange(sessions)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    names = [f"{begin + timedelta(minutes=30 * int(n)):%Y%m%d-%H%M%S}-{int(n):04x}" for n in numbers]
    power = rng.uniform(100, 600, sessions)
    rate = rng.uniform(20, 4000, sessions)
    facts: dict[str, Any] = {
        "run_id": [f"{name}.0" for name in names],
        "session_id": names,
        "simulated": False,
        "schema_version": SCHEMA_VERSION,
        "started_at": [begin + timedelta(minutes=30 * int(n)) for n in numbers],
        "outcome": "completed",
        "valid": True,
        "stability": "stable",
        "model": [MODELS[n % 4] for n in numbers],
        "quantization": [QUANTIZATIONS[n // 4 % 4] for n in numbers],
        "engine": "eager",
        "batch_size": [int(2 ** (n // 16 % 7)) for n in numbers],
        "parameters": [(1_100_000_000, 7_200_000_000, 13_000_000_000, 7_600_000_000)[n % 4] for n in numbers],
        "sensor": "nvml",
        "gpu_name": "NVIDIA H100 80GB HBM3",
        "gpu_uuid": "GPU-0",
        "host": [f"lab-{n % 5}" for n in numbers],
        "label": [f"night {n // 50}" for n in numbers],
        "windows": WINDOWS_EACH,
        "throughput_tok_s": rate,
        "power_mean_w": power,
        "energy_gross_j_per_1k_tokens": 1000 * power / rate,
        "energy_net_context_j_per_1k_tokens": 1000 * (power - 80) / rate,
        "energy_net_bare_j_per_1k_tokens": 1000 * (power - 60) / rate,
    }
    return _whole(facts, RUNS, rng), _whole(_windows(names, power, rng), WINDOWS, rng)


def _windows(names: list[str], power: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Columns of the windows of runs of these sessions and mean powers, (sessions,)."""
    of = np.repeat(np.arange(len(names)), WINDOWS_EACH)
    return {
        "run_id": [f"{names[n]}.0" for n in of],
        "session_id": [names[n] for n in of],
        "window": np.tile(np.arange(1, WINDOWS_EACH + 1), len(names)),
        "simulated": False,
        "schema_version": SCHEMA_VERSION,
        "split": False,
        "t0_ns": np.arange(len(of)) * 10**10,
        "valid": True,
        "power_mean_w": np.repeat(power, WINDOWS_EACH) * rng.normal(1, 0.01, len(of)),
    }


def _whole(values: dict[str, Any], table: Table, rng: np.random.Generator) -> pl.DataFrame:
    """The frame with every other column of numbers filled, too: nulls would cost nothing to read."""
    height = len(values["run_id"])
    spare = {n: rng.uniform(0, 100, height) for n, k in table.columns.items() if k is float and n not in values}
    given = {n: v if isinstance(v, (list, np.ndarray)) else [v] * height for n, v in (values | spare).items()}
    frame = pl.DataFrame(given, schema={n: k for n, k in table.schema.items() if n in given})
    absent = [pl.lit(None, dtype=kind).alias(n) for n, kind in table.schema.items() if n not in given]
    return frame.with_columns(absent).select(list(table.columns))


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Milliseconds of what is done inside."""
    begin = time.perf_counter()
    yield
    into.append(1000 * (time.perf_counter() - begin))


def polars_page(home: Home) -> None:
    """The columns of a list, newest first, by Polars alone."""
    files = sorted((home.store / "runs").glob("*.parquet"))
    named = ["run_id", "model", "quantization", "started_at", "power_mean_w", "energy_gross_j_per_1k_tokens"]
    pl.scan_parquet(files).select(named).sort("started_at", descending=True).head(80).collect().rows()


def measured(times: int, ours: Callable[[], object], floor: Callable[[], object]) -> tuple[Times, Times]:
    """Both in turn, so often; whose turn is first changes."""
    mine: Times = []
    peer: Times = []
    for number in range(times + 1):
        for what, into in ((ours, mine), (floor, peer))[:: 1 if number % 2 else -1]:
            one: list[float] = []
            with timed(one):
                what()
            into.append(one)
    return mine[1:], peer[1:]  # the first brings the files into memory


def main(times: int, sessions: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        filled(home, sessions)
        rows = [row for part in (_lists, _fits, _appends) for row in part(home, times)]
    heads = ("what", "ms", "plain Polars, ms", "paired difference", "bar")
    show(f"{sessions:,} sessions, {sessions * WINDOWS_EACH:,} windows, {times} times", heads, rows)


def _row(what: str, both: tuple[Times, Times], bar: str) -> tuple[str, ...]:
    mine, peer = both
    flat = [spread([ms for one in times for ms in one], 1) for times in (mine, peer)]
    return (what, *flat, paired(mine, peer), bar)


def _lists(home: Home, times: int) -> Iterator[tuple[str, ...]]:
    """The History: its first page, all of it, and its filter."""
    from ecotui.ui.widgets.history_look import first_look, look
    from ecotui.ui.widgets.history_rows import Order, listed

    def app() -> EcotuiApp:
        return SimpleNamespace(store=Store(home), parts=SimpleNamespace(home=home))  # type: ignore[return-value]

    def page() -> None:
        listed(first_look(app()), "", Order())

    yield _row("History's first page, a store just opened", measured(times, page, lambda: polars_page(home)), "≤ 150")
    everything = measured(times, lambda: look(app()), lambda: polars_page(home))
    yield _row("all its rows, in a thread", everything, "")
    loaded = look(app())
    frame = Store(home).frame()
    held = pl.col("quantization").eq("nf4") & pl.col("label").str.contains("night 1", literal=True)
    filtered = measured(
        times,
        lambda: listed(loaded, "nf4 night 1", Order("power")),
        lambda: frame.filter(held).sort("power_mean_w").rows(),
    )
    yield _row("a filter of three words, sorted by power", filtered, "≤ 50")


def _fits(home: Home, times: int) -> Iterator[tuple[str, ...]]:
    """Every finding of the whole store, and the points that they are made of."""
    from ecotui.analysis.findings import findings
    from ecotui.analysis.points import points

    store = Store(home)
    whole = store.frame()
    size, joules = pl.col("batch_size").log(2), pl.col("energy_gross_j_per_request").log(2)

    def plain() -> None:
        whole.group_by("model", "quantization", "gpu_name").agg(pl.corr(size, joules), pl.len()).rows()

    yield _row("points of all runs", measured(times, lambda: points(store, []), whole.rows), "")
    made = points(store, [])
    yield _row("all findings of these points", measured(times, lambda: findings(made), plain), "≤ 300")
    both = measured(times, lambda: findings(points(store, [])), lambda: (whole.rows(), plain()))
    yield _row("both, one after the other: what Findings waits for", both, "")


def _appends(home: Home, times: int) -> Iterator[tuple[str, ...]]:
    """A session stored, with and without summing up its log."""
    samples = default_samples()
    assert samples is not None, "the sample runs belong to a checkout"
    line = read_timeline(min((samples / "sessions").glob("*/log.jsonl*")))
    assert line.header is not None and line.plan is not None
    session, store = line.header.session, Store(home)
    runs, windows = summarize(line)
    curves = [trace(line, arm) for arm in range(len(line.plan.arms))]
    store.append(line)
    paths = [home.store / table.name / f"{session}.parquet" for table in TABLES]
    held = {path: pl.read_parquet(path) for path in paths}

    def plain() -> None:
        for path, frame in held.items():
            write_whole(path, to_bytes(frame))

    kept = measured(times, lambda: store.keep(session, runs, windows, curves), plain)
    yield _row("append of a session's rows, synced", kept, "≤ 10")
    yield _row(
        f"the same from its {len(windows)} windows' events", measured(times, lambda: store.append(line), plain), ""
    )


def typed(words: Sequence[str]) -> tuple[int, int]:
    """Times and sessions."""
    return int(words[0]) if words else 15, int(words[1]) if len(words) > 1 else 10_000


if __name__ == "__main__":
    usage(__doc__)
    main(*typed(sys.argv[1:]))
