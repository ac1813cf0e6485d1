"""Whose quality stands beside a run: its own, or that of another stored run of the same arm, which is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ecotui.analysis import quality
from ecotui.core.quality import DECODE
from ecotui.core.rows import RunRow

if TYPE_CHECKING:
    from ecotui.store.store import Store

EARLIEST = datetime.min.replace(tzinfo=UTC)
ARM = ("model", "quantization", "llm_int8_threshold", "outlier_recipe", "weights", "device", "engine")
"""Columns that `Shelf` looks at beside those of quality itself; of the engine only whether it is a watched server."""


@dataclass(frozen=True, slots=True)
class Known:
    """The quality that stands beside a run."""

    run: RunRow
    """Whose figures they are."""
    own: bool = True
    """Whether they were scored in the session of the run itself."""

    @property
    def came(self) -> str:
        """Where they come from, for the end of a line; empty of the run's own."""
        return "" if self.own else f"from run {self.run.run_id}"

    @property
    def line(self) -> str:
        """The whole line, with the run that it came from."""
        return " · ".join(part for part in (quality.line(self.run), self.came) if part)

    @property
    def headline(self) -> str:
        """The ratio, divergence or perplexity with its interval, and the run that it came from."""
        return " · ".join(part for part in (quality.told(self.run), self.came) if part)


def scored(store: Store) -> list[RunRow]:
    """Every stored run whose quality was measured, with all columns; none is read where there is none."""
    import polars as pl

    frame = store.frame(["run_id", "quality_path"])
    ids = frame.filter(pl.col("quality_path").is_not_null())["run_id"].to_list()
    return [run.row for run in store.get(ids).values()] if ids else []


def conditions(row: RunRow) -> tuple[object, ...]:
    """Figures of different ones are never compared: text, how much of it, windows and path; what was broken off is of
    its own session's windows."""
    text = row.quality_text_sha256, row.quality_tokens, row.quality_bos
    part = row.session_id if quality.is_partial(row) else None
    return (*text, row.quality_window, row.quality_stride, row.quality_path, part)


class Shelf:
    """Runs whose quality is known, by what their quality depends on: the weights and the kind of device.

    By the decoding path it also depends on how many rows go together, of which LLM.int8 flags the union of columns.
    """

    def __init__(self, rows: Iterable[RunRow] = ()) -> None:
        self._by_id: dict[str, RunRow] = {}
        self._by_arm: dict[tuple[object, ...], list[RunRow]] = {}
        for row in filter(quality.measured, rows):
            self._by_id[row.run_id] = row
            self._by_arm.setdefault(_arm(row), []).append(row)
        for some in self._by_arm.values():
            some.sort(key=_worth, reverse=True)

    def known(self, run: RunRow) -> Known | None:
        """The run's own quality, else the newest that is stored of the same arm; None where there is none."""
        return next(iter(self.all(run)), None)

    def all(self, run: RunRow) -> list[Known]:
        """The run's own first, then those of the same arm: those scored to their end first, of them those with a ratio,
        and the newest of these."""
        if run.is_watched:
            return []
        mine = run if quality.measured(run) else self._by_id.get(run.run_id)
        others = [row for row in self._by_arm.get(_arm(run), ()) if row.run_id != run.run_id and _rows_fit(run, row)]
        return [*([Known(mine)] if mine else []), *(Known(r, own=r.session_id == run.session_id) for r in others)]

    def together(self, runs: Sequence[RunRow]) -> tuple[Known | None, ...]:
        """Of runs that stand side by side: only figures of one text, window and path, those that most of them have.

        Of as many, what was scored to its end goes first, then what is the runs' own, then the newest.
        """
        every = [_by_conditions(self.all(run)) for run in runs]
        counts: dict[tuple[object, ...], tuple[int, bool, int, datetime]] = {}
        for found in every:
            for key, it in found.items():
                many, _, own, newest = counts.get(key, (0, False, 0, EARLIEST))
                whole = not quality.is_partial(it.run)
                counts[key] = many + 1, whole, own + it.own, max(newest, it.run.started_at or EARLIEST)
        best = max(counts, key=lambda key: counts[key], default=())
        return tuple(found.get(best) for found in every)


def known(run: RunRow, stored: Iterable[RunRow] = ()) -> Known | None:
    """`Shelf.known` of one run."""
    return Shelf(stored).known(run)


def together(runs: Sequence[RunRow], stored: Iterable[RunRow] = ()) -> tuple[Known | None, ...]:
    """`Shelf.together` of some runs."""
    return Shelf(stored).together(runs)


def _arm(row: RunRow) -> tuple[object, ...]:
    return (*(getattr(row, name) for name in ARM if name != "engine"), row.is_watched)


def _worth(row: RunRow) -> tuple[bool, bool, datetime]:
    compared = quality.ratio(row) is not None or quality.divergence(row) is not None
    return not quality.is_partial(row), compared, row.started_at or EARLIEST


def _rows_fit(run: RunRow, other: RunRow) -> bool:
    return other.quality_path != DECODE or run.batch_size == other.batch_size


def _by_conditions(found: Sequence[Known]) -> Mapping[tuple[object, ...], Known]:
    return {conditions(it.run): it for it in reversed(found)}
