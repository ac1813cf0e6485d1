"""What a sweep's finished runs measured, read once each; runs off the drawing thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecotui.analysis import quality
from ecotui.core import units
from ecotui.core.errors import EcotuiError
from ecotui.core.pairs import JOULES
from ecotui.core.rows import RunRow, WindowRow
from ecotui.store.trash import removed_sessions
from ecotui.ui.keys import keyed
from ecotui.ui.widgets.sweep_cells import Times

if TYPE_CHECKING:
    from ecotui.core.sweep_state import SweepState
    from ecotui.store.store import Store

NET = "energy_net_context_j_per_1k_tokens"
GONE = "Its run is no longer in the store."
UNQUANTIZED = ("fp16", "bf16", None)
"""Arms whose ratio says nothing of a quantization."""
REMOVED = "Its run was removed: `ecotui undo`, or {history.undo|u} in the History, restores it."


@dataclass(frozen=True, slots=True)
class Figures:
    """What the grid says of a finished run."""

    gross_j: float | None = None
    """Joules a thousand tokens, whole board."""
    ratio: Times | None = None
    net_ratio: Times | None = None
    mark: tuple[str, str, str] | None = None
    """Glyph, word and role where the run is not simply valid."""
    facts: tuple[str, ...] = ()
    problem: str = ""


class Measured:
    """Figures by run id; each run is read from the store once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.known: dict[str, Figures] = {}

    def look(self, state: SweepState) -> Mapping[str, Figures]:
        """Figures of every done point of a sweep."""
        done = {p.run_id: p.baseline_run_id for g in state.groups for p in g.points if p.state == "done" and p.run_id}
        wanted = {run: base for run, base in done.items() if run not in self.known}
        if wanted:
            self.store.adopt()
            rows = {
                run: stored.row for run, stored in self.store.get({*wanted, *filter(None, wanted.values())}).items()
            }
            for run, base in wanted.items():
                if run in rows:
                    self.known[run] = self._read(rows[run], base, rows.get(base or ""))
            return self.known | self._gone([run for run in wanted if run not in rows])
        return self.known

    def _gone(self, runs: Sequence[str]) -> dict[str, Figures]:
        """Runs that the store has not; they may come back, so nothing of them is kept."""
        removed = removed_sessions(self.store.home) if runs else ()
        return {run: Figures(problem=keyed(REMOVED) if run.rpartition(".")[0] in removed else GONE) for run in runs}

    def _read(self, row: RunRow, base: str | None, first: RunRow | None) -> Figures:
        problem, ratio, net = "", None, None
        try:
            if base is not None:
                ours, theirs = self.store.windows(base), self.store.windows(row.run_id)
                ratio = _times(row, first, ours, theirs, JOULES)
                net = None if first is None else _times(row, first, ours, theirs, NET)
        except EcotuiError as error:
            problem = str(error)
        return Figures(row.energy_gross_j_per_1k_tokens, ratio, net, _mark(row), _facts(row), problem)


def _times(row: RunRow, first: RunRow | None, a: list[WindowRow], b: list[WindowRow], column: str) -> Times | None:
    """`first` is the baseline's run, where it is stored."""
    from ecotui.analysis.baselines import of_runs
    from ecotui.analysis.paired import level_of, paired_ratio

    level = level_of([row])
    found = of_runs(paired_ratio(a, b, column, level), first or row, row, column, level)
    return None if found is None else Times(found.value, found.low, found.high, found.blocks)


def _mark(row: RunRow) -> tuple[str, str, str] | None:
    from ecotui.ui.widgets.history_columns import mark_of

    found = mark_of(row)
    return None if found[1] == "valid" else found


def _facts(row: RunRow) -> tuple[str, ...]:
    net, bare = row.energy_net_context_j_per_1k_tokens, row.energy_net_bare_j_per_1k_tokens
    found = (
        ("SIMULATED", row.simulated or None),
        (f"net of context {units.significant(net)}", net),
        (f"net of bare {units.significant(bare)}", bare),
        (f"{units.significant(row.throughput_tok_s)} tok/s", row.throughput_tok_s),
        (units.watts(row.power_mean_w), row.power_mean_w),
        (units.counted(row.windows or 0, "window"), row.windows),
        (quality.told(row), quality.measured(row) or row.quantization not in UNQUANTIZED or None),
        (str(row.cause or ""), row.cause),
    )
    return tuple(units.clean(text, 160) for text, value in found if value is not None)
