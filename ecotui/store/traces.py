"""The traces of a session as one table: several time axes, one row a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ecotui.core.rows import SCHEMA_VERSION
from ecotui.core.traces import Trace
from ecotui.store.schema import TRACES

if TYPE_CHECKING:
    import polars as pl


FIGURES = ("at_s", "end_s", "power_w", "temperature_c", "tok_s")


def to_frame(traces: Sequence[Trace]) -> pl.DataFrame:
    """The traces as a frame with exactly the columns of `TRACES`; NaN is null."""
    import polars as pl

    lengths: list[int] = []
    names: list[tuple[str, str]] = []
    figures: dict[str, list[NDArray[np.float64]]] = {name: [] for name in FIGURES}
    for trace in traces:
        for part, columns in _parts(trace).items():
            lengths.append(len(columns["at_s"]))
            names.append((trace.run_id, part))
            for name in FIGURES:
                values = columns[name] if name in columns else np.full(lengths[-1], np.nan)
                figures[name].append(np.asarray(values, dtype=np.float64))
    place = pl.Series(np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths))
    table = {
        "run_id": pl.Series([run for run, _ in names], dtype=pl.String).gather(place),
        "part": pl.Series([part for _, part in names], dtype=pl.String).gather(place),
        "schema_version": pl.Series(np.full(len(place), SCHEMA_VERSION)),
    }
    for name, arrays in figures.items():  # as arrays of a frame, each would have polars start threads
        table[name] = pl.Series(np.concatenate([*arrays, np.empty(0)]), nan_to_null=True)
    schema = TRACES.schema
    return pl.DataFrame({name: table[name] for name in schema}, schema=schema)


def _parts(trace: Trace) -> Mapping[str, Mapping[str, Sequence[float] | NDArray[np.float64]]]:
    """Each part's columns; every part has its own times."""
    starts, ends = zip(*trace.windows, strict=True) if trace.windows else ((), ())
    return {
        "run": {"at_s": [np.nan]},  # marks that the trace was stored, though nothing may be in it
        "reading": {"at_s": trace.at_s, "power_w": trace.power_w, "temperature_c": trace.temperature_c},
        "rate": {"at_s": trace.rate_at_s, "tok_s": trace.tok_s},
        "window": {"at_s": starts, "end_s": ends},
    }


def to_trace(frame: pl.DataFrame, run_id: str) -> Trace | None:
    """The trace of a run out of its session's table; None where it holds none."""
    import polars as pl

    mine = frame.filter(pl.col("run_id") == run_id)
    if mine.is_empty():
        return None
    reading, rate, window = (mine.filter(pl.col("part") == part) for part in ("reading", "rate", "window"))
    return Trace(
        run_id,
        _values(reading, "at_s"),
        _values(reading, "power_w"),
        _values(reading, "temperature_c"),
        _values(rate, "at_s"),
        _values(rate, "tok_s"),
        tuple(zip(window["at_s"].to_list(), window["end_s"].to_list(), strict=True)),
    )


def _values(frame: pl.DataFrame, name: str) -> NDArray[np.float64]:
    """(rows,) a copy, NaN for null, that its reader may write to."""
    return np.array(frame[name].to_numpy(), dtype=np.float64)
