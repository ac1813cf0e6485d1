"""The traces of a session as one table: several time axes, one row a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ecotui.core.rows import SCHEMA_VERSION
from ecotui.core.traces import Trace
from ecotui.store.schema import TRACES

if TYPE_CHECKING:
    import polars as pl


def to_frame(traces: Sequence[Trace]) -> pl.DataFrame:
    """The traces as a frame with exactly the columns of `TRACES`; NaN is null."""
    import polars as pl
    from polars import selectors

    frames = [pl.DataFrame(schema=TRACES.schema)]
    for trace in traces:
        starts, ends = zip(*trace.windows, strict=True) if trace.windows else ((), ())
        parts: dict[str, dict[str, object]] = {
            "run": {"at_s": [None]},  # marks that the trace was stored, though nothing may be in it
            "reading": {"at_s": trace.at_s, "power_w": trace.power_w, "temperature_c": trace.temperature_c},
            "rate": {"at_s": trace.rate_at_s, "tok_s": trace.tok_s},
            "window": {"at_s": list(starts), "end_s": list(ends)},
        }
        for part, columns in parts.items():
            points = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64))
            facts = {"run_id": trace.run_id, "part": part, "schema_version": SCHEMA_VERSION}
            frames.append(points.with_columns(pl.lit(value).alias(name) for name, value in facts.items()))
    whole = pl.concat(frames, how="diagonal_relaxed").select(list(TRACES.columns))
    return whole.cast(pl.Schema(TRACES.schema)).with_columns(selectors.float().fill_nan(None))


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
