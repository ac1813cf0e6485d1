"""The tables of the store. Their columns are those of the rows in `ecotui.core.rows`, named in that one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from ecotui.core.rows import SCHEMA_VERSION, RunRow, WindowRow

if TYPE_CHECKING:
    import polars as pl

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = TypeVar("Row", RunRow, WindowRow)


class UnfitError(Exception):
    """A table that is not one of the store's; the text continues "FILE ..."."""


@dataclass(frozen=True)
class Table:
    """A kind of file: its folder under store/, and its columns."""

    name: str
    columns: Mapping[str, type]
    required: tuple[str, ...]
    """Columns that must be there, with a value in every row."""

    @property
    def schema(self) -> dict[str, Any]:
        """Column names to polars types."""
        import polars as pl

        types: dict[type, Any] = {
            int: pl.Int64,
            float: pl.Float64,
            str: pl.String,
            bool: pl.Boolean,
            datetime: pl.Datetime("us", "UTC"),
        }
        return {name: types[kind] for name, kind in self.columns.items()}


def _of(name: str, row: type) -> Table:
    hints = get_type_hints(row)
    columns = {n: next((a for a in get_args(h) if a is not type(None)), h) for n, h in hints.items()}
    needed = [f.name for f in fields(row) if f.default is MISSING]
    return Table(name, columns, (*needed, "schema_version"))


RUNS = _of("runs", RunRow)
WINDOWS = _of("windows", WindowRow)
TRACES = Table(
    "traces",
    {
        "run_id": str,
        "part": str,  # run (one row, also of an empty trace), reading, rate, or window
        "schema_version": int,
        "at_s": float,  # seconds since the run's first window began; of a window, its start
        "end_s": float,  # of a window, its end
        "power_w": float,
        "temperature_c": float,
        "tok_s": float,
    },
    ("run_id", "part", "schema_version"),
)
TABLES = (WINDOWS, TRACES, RUNS)
"""Runs last, so that a run that can be seen has its windows."""


def to_frame(rows: Sequence[RunRow] | Sequence[WindowRow], table: Table) -> pl.DataFrame:
    """The rows as a frame with exactly the table's columns; None and NaN are null."""
    import polars as pl

    # As dictionaries: of tuples polars asks each column's type once more.
    values = [{name: _known(row, name) for name in table.columns} for row in rows]
    return pl.DataFrame(values, schema=table.schema)


def _known(row: RunRow | WindowRow, name: str) -> Any:
    value = getattr(row, name)
    return None if value != value else value  # noqa: PLR0124  # NaN alone is unlike itself


def to_rows(frame: pl.DataFrame, row: type[Row]) -> list[Row]:
    """The rows of a frame that `upgrade` has passed; a column that the frame lacks has its row's default."""
    import polars as pl

    times = [name for name, kind in frame.schema.items() if kind == pl.Datetime]
    # As numbers: polars asks zoneinfo for UTC, and slim containers have no time zone files.
    plain = frame.with_columns(pl.col(times).dt.epoch("us")) if times else frame
    return [_made(row, _timed(values, times)) for values in plain.iter_rows(named=True)]


def _made(row: type[Row], values: dict[str, Any]) -> Row:
    """The row, past the initializer of a frozen class, which takes ten times as long for a hundred columns."""
    made = object.__new__(row)
    made.__dict__.update(values)
    return made


def _timed(values: dict[str, Any], times: Iterable[str]) -> dict[str, Any]:
    for name in times:
        if values[name] is not None:
            values[name] = EPOCH + timedelta(microseconds=values[name])
    return values


def upgrade(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The frame with today's columns: those it lacks are null, those it has beyond them are dropped.

    Raises:
        UnfitError: a newer version, a required column is missing or has gaps, or a column is of another kind.
    """
    import polars as pl

    found = dict(frame.schema)  # each look at a frame's own makes it anew
    for name in table.required:
        if name not in found:
            raise UnfitError(f"lacks the column {name}")
    newest = frame["schema_version"].max() if frame["schema_version"].dtype.is_integer() else None
    if isinstance(newest, int) and newest > SCHEMA_VERSION:
        raise UnfitError(f"was written by a newer ecotui (columns {newest}; this one reads {SCHEMA_VERSION})")
    columns = []
    for name, kind in table.schema.items():
        if name not in found:
            columns.append(pl.lit(None, dtype=kind).alias(name))
        elif _fits(found[name], kind):
            columns.append(pl.col(name).cast(kind))
        else:
            raise UnfitError(f"holds {found[name]} in the column {name}, where {kind} belongs")
    out = frame.select(columns)
    for name in table.required:
        if out[name].null_count():
            raise UnfitError(f"has rows without {name}")
    return out


def _fits(found: pl.DataType, wanted: Any) -> bool:
    """Whether a cast keeps every value as it is meant."""
    import polars as pl

    if found in (wanted, pl.Null):
        return True
    if isinstance(wanted, pl.Datetime):
        return isinstance(found, pl.Datetime) and found.time_zone == "UTC"
    return (wanted == pl.Int64 and found.is_integer()) or (wanted == pl.Float64 and found.is_numeric())
