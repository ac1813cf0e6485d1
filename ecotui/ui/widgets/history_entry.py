"""A line of the History: a run of the store, or a published row or range, with all that the table needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.analysis import quality
from ecotui.core.rows import RunRow
from ecotui.ui.widgets.history_columns import COLUMNS, CURVES, QUALITY

if TYPE_CHECKING:
    from ecotui.analysis.audit_values import AuditedRow
    from ecotui.store.published import Range
    from ecotui.store.store import Store, StoredRun

HERE, IMPORTED, SAMPLE, PUBLISHED = "here", "imported", "sample", "published"
GROUPS = (HERE, IMPORTED, SAMPLE, PUBLISHED)
"""From the top of the table to its end."""
BESIDE = (
    "reason",
    "remarks",
    "cause",
    "stability_drift_pct",
    "windows",
    "windows_planned",
    "windows_invalid",
    "energy_edge_error_pct",
    "energy_cv_pct",
    "blocks",
)
"""What the lines below the table, the filter and the pairs need beside the columns."""
NEEDED = tuple(
    dict.fromkeys([*(name for column in COLUMNS.values() if column.key != QUALITY for name in column.of), *BESIDE])
)
"""All that the History reads of a run, where the quality of none is known."""


def needed(store: Store) -> tuple[str, ...]:
    """All that the History reads of a run: figures of quality too where any run has some."""
    known = store.frame(("quality_path",))["quality_path"].count()
    return tuple(dict.fromkeys((*NEEDED, *quality.COLUMNS))) if known else NEEDED


@dataclass(frozen=True)
class Entry:
    """A run as the table needs it; its texts are made when it first comes into sight."""

    row: RunRow
    """Of a stored run the columns in NEEDED, of a published row or range what a run could say of it."""
    group: str
    """One of GROUPS."""
    haystack: str
    """What a filter's words are looked for in, casefolded."""
    others: tuple[str, ...] = ()
    """The arms that it took turns with, in few words; none of a run by itself."""
    stored: StoredRun | None = None
    audited: AuditedRow | None = None
    """Of a published row, and of nothing else."""
    claim: Range | None = None
    """Of a published range, and of nothing else."""
    head: str = ""
    """Of a published row or range: what stands above its group."""

    @property
    def here(self) -> bool:
        """Whether it was measured on this machine."""
        return self.group == HERE

    @property
    def published(self) -> bool:
        """Whether it is somebody else's figure: no run, and never an arm."""
        return self.group == PUBLISHED

    @property
    def noun(self) -> str:
        """What the head of its group counts."""
        return "range" if self.claim is not None else "row" if self.published else "run"

    @property
    def log(self) -> Path | None:
        """The session's log, if it is there; asks the disk."""
        return self.stored.log if self.stored is not None else None

    @cached_property
    def cells(self) -> Mapping[str, str]:
        """Text of every column."""
        texts = {key: column.text(self.row) for key, column in COLUMNS.items() if key not in CURVES}
        if self.audited is not None:
            told = self.audited.word
            texts |= {
                "state": told if self.audited.doubts else f"as {told}",
                "word": told,
                "mark": "",
                "sensor": "PUBLISHED",
            }
        if self.claim is not None:
            texts |= {"state": "as a range", "word": "range", "mark": "", "sensor": "PUBLISHED"}
        return texts


@dataclass(frozen=True, slots=True)
class Head:
    """The line above a group."""

    text: str
    count: int
    noun: str = "run"
