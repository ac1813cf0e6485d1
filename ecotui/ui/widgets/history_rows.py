"""Which runs the History lists, and in what order: pure functions over what was loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from ecotui.analysis.quality import measured
from ecotui.core import units
from ecotui.core.rows import RunRow
from ecotui.ui.widgets.history_columns import COLUMNS, CURVES, STATES
from ecotui.ui.widgets.history_entry import GROUPS, HERE, IMPORTED, PUBLISHED, SAMPLE, Entry, Head
from ecotui.ui.widgets.history_filter import test_of
from ecotui.ui.widgets.history_pairs import Sessions, arm_words, others_of, paired_sessions

if TYPE_CHECKING:
    from ecotui.store.store import StoredRun

__all__ = ["Entry", "Head", "Loaded", "Order", "arranged", "listed", "load"]
SORTS = (
    *("when", "model", "quantization", "batch", "throughput", "power", "gross", "net", "quality"),
    *("state", "sensor", "label"),
)
"""Columns that the sort key cycles through, where they are shown."""
ALIASES = {
    "hour": "when",
    "moment": "when",
    "quant": "quantization",
    "rows": "batch",
    **dict.fromkeys(STATES[1:], STATES[0]),
}
"""Shorter forms of a column sort as the column."""
TITLES = {HERE: "this machine", IMPORTED: "imported"}


@dataclass(frozen=True)
class Loaded:
    """All that one look at the store brought."""

    entries: tuple[Entry, ...] = ()
    longest: Mapping[str, int] = field(default_factory=dict)
    """The longest text of each column."""
    problems: tuple[str, ...] = ()
    total: Mapping[str, int] = field(default_factory=dict)
    """How many runs each group has of which only the newest are here; of groups that are here whole, nothing."""
    source: object = None
    """What it was made of: another look that brings the same object brings the same runs."""

    @cached_property
    def own(self) -> frozenset[str]:
        """Ids of the runs that can be removed: this machine's, and imported ones."""
        return frozenset(entry.row.run_id for entry in self.entries if entry.group in (HERE, IMPORTED))

    @cached_property
    def runs(self) -> int:
        """Stored runs, whether or not they are here already."""
        here = Counter(entry.group for entry in self.entries if not entry.published)
        return sum((here | Counter(dict(self.total))).values())


@dataclass(frozen=True, slots=True)
class Order:
    """What the table is sorted by."""

    key: str = "when"
    reverse: bool = False
    """Against the column's own first direction."""

    @property
    def falling(self) -> bool:
        """Largest, or newest, first."""
        return COLUMNS[self.key].falling != self.reverse

    def sorts(self, key: str) -> bool:
        """Whether the column `key` is the one sorted by."""
        return ALIASES.get(key, key) == self.key

    def next(self, shown: Iterable[str]) -> Order:
        """Sorted by the next of the shown columns."""
        keys = {ALIASES.get(k, k) for k in shown}
        ring = [k for k in SORTS if k in keys] or ["when"]
        at = ring.index(self.key) if self.key in ring else -1
        return Order(ring[(at + 1) % len(ring)])

    def chosen(self, key: str) -> Order:
        """After a click on a column's head: by that column, or the other way round."""
        key = ALIASES.get(key, key)
        return Order(key, not self.reverse) if key == self.key else Order(key)


def load(runs: Sequence[StoredRun], problems: Sequence[str], published: Sequence[Entry] = ()) -> Loaded:
    """Runs as entries, and published ones after them; made in a thread, since ten thousand take a third of a second."""
    sessions = paired_sessions(run.row for run in runs)
    texts = _Texts()
    entries = [
        Entry(run.row, run.origin, texts.haystack(run.row), _others(run.row, sessions), stored=run) for run in runs
    ]
    every = (*entries, *published)
    return Loaded(every, _longest(every), tuple(problems))


def _others(row: RunRow, sessions: Sessions) -> tuple[str, ...]:
    return tuple(arm_words(row) for row in others_of(row, sessions)) if row.blocks else ()


def _longest(entries: Sequence[Entry]) -> dict[str, int]:
    """The longest text of each column; rows that look the same are measured once."""
    longest = dict.fromkeys(CURVES, 0)
    for key, column in COLUMNS.items():
        if key not in CURVES:
            unlike = {column.width_key(e.row): e.row for e in entries if not e.published}
            longest[key] = max((cell_len(column.text(row)) for row in unlike.values()), default=0)
    for entry in entries:
        if entry.published:
            longest |= {key: max(longest[key], cell_len(text)) for key, text in entry.cells.items()}
        if entry.claim is not None:  # its board stands there where there is no column of boards
            longest["model"] = max(longest["model"], cell_len(entry.cells["gpu"]))
    return longest


class _Texts:
    """Texts of values that many runs share, made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, object], str] = {}

    def haystack(self, row: RunRow) -> str:
        """All words that the run is found by."""
        parts = [self._of(key, row) for key in ("model", "quantization", "label", "state", "sensor")]
        parts += [self._clean(row.gpu_name), self._clean(row.host), row.outcome or "", row.engine or ""]
        parts += ["paired" if row.blocks else "", f"b{row.batch_size}", row.run_id.casefold(), _when(row)]
        parts += ["quality"] * measured(row)
        return "\n".join(parts)

    def _of(self, key: str, row: RunRow) -> str:
        column = COLUMNS[key]
        name = (key, column.width_key(row))
        if (text := self._known.get(name)) is None:
            text = self._known[name] = column.text(row).casefold()
        return text

    def _clean(self, value: str | None) -> str:
        name = ("", value)
        if (text := self._known.get(name)) is None:
            text = self._known[name] = units.clean(value or "", 200).casefold()
        return text


def _when(row: RunRow) -> str:
    """The time as the widest column says it."""
    return str(row.started_at)[:16] if row.started_at is not None else ""


def listed(loaded: Loaded, text: str, order: Order) -> list[Head | Entry]:
    """The lines of the table: groups with their heads, each sorted, empty groups left out."""
    found: Sequence[Entry] = loaded.entries
    words = text.casefold().split()
    for test in filter(None, map(test_of, words)):
        found = [entry for entry in found if test(entry)]
    lines: list[Head | Entry] = []
    for key, title, group in _groups(found):
        count = len(group) if words else max(loaded.total.get(key, 0), len(group))
        lines += [Head(title, count, group[0].noun), *arranged(group, order)]
    return lines


def _groups(entries: Sequence[Entry]) -> Iterable[tuple[str, str, list[Entry]]]:
    """Key, heading and entries of every group that has any."""
    by_key: dict[str, list[Entry]] = {key: [] for key in GROUPS}
    for entry in entries:
        by_key[entry.group].append(entry)
    for key in (HERE, IMPORTED):
        if by_key[key]:
            yield key, TITLES[key], by_key[key]
    if samples := by_key[SAMPLE]:
        boards = dict.fromkeys(units.clean(e.row.gpu_name, 60) for e in samples if e.row.gpu_name)
        yield SAMPLE, f"samples (recorded on {', '.join(boards) or 'an unknown board'})", samples
    heads: dict[str, list[Entry]] = {}
    for entry in by_key[PUBLISHED]:
        heads.setdefault(entry.head, []).append(entry)
    for head, some in heads.items():
        yield PUBLISHED, head, some


def arranged(entries: Iterable[Entry], order: Order) -> list[Entry]:
    """Sorted entries; those without a value come last in either direction."""
    key = COLUMNS[order.key].order
    known: list[tuple[Any, Entry]] = []
    unknown: list[Entry] = []
    for entry in entries:
        value = key(entry.row)
        if value is None:
            unknown.append(entry)
        else:
            known.append((value, entry))
    known.sort(key=itemgetter(0), reverse=order.falling)
    return [*(entry for _, entry in known), *unknown]
