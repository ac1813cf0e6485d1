"""Which runs the History lists, and in what order: pure functions over what was loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len

from ecotui.core import units
from ecotui.core.arm import ENGINES
from ecotui.core.rows import RunRow
from ecotui.ui.widgets.history_columns import COLUMNS, TREND, sensor_word, state_words
from ecotui.ui.widgets.history_pairs import arm_words, others_of, paired_sessions

if TYPE_CHECKING:
    from ecotui.store.store import StoredRun

SORTS = ("when", "model", "quantization", "batch", "throughput", "power", "gross", "net", "state", "sensor", "label")
"""Columns that the sort key cycles through, where they are shown."""
ALIASES = {"hour": "when", "moment": "when", "quant": "quantization", "rows": "batch", "word": "state"}
"""Shorter forms of a column sort as the column."""
HERE = "here"


@dataclass(frozen=True, slots=True)
class Entry:
    """A run as the table needs it: its texts made once, off the drawing thread."""

    row: RunRow
    here: bool
    log: Path | None
    cells: Mapping[str, str]
    """Text of every column."""
    haystack: str
    """What a filter's words are looked for in, casefolded."""
    others: tuple[str, ...] = ()
    """The arms that it took turns with, in few words; none of a run by itself."""


@dataclass(frozen=True, slots=True)
class Head:
    """The line above a group."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that one look at the store brought."""

    entries: tuple[Entry, ...] = ()
    longest: Mapping[str, int] = field(default_factory=dict)
    """The longest text of each column."""
    problems: tuple[str, ...] = ()


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


def load(runs: Iterable[StoredRun], problems: Sequence[str]) -> Loaded:
    """Runs with their texts; made in a thread, since ten thousand runs take a second."""
    entries, longest = [], dict.fromkeys(COLUMNS, 0)
    every = list(runs)
    sessions = paired_sessions(run.row for run in every)
    for run in every:
        cells = {key: column.text(run.row) for key, column in COLUMNS.items() if key != TREND}
        for key, text in cells.items():
            longest[key] = max(longest[key], cell_len(text))
        others = tuple(arm_words(row) for row in others_of(run.row, sessions))
        entries.append(Entry(run.row, run.origin == HERE, run.log, cells, _haystack(run.row, cells), others))
    return Loaded(tuple(entries), longest, tuple(problems))


def _haystack(row: RunRow, cells: Mapping[str, str]) -> str:
    words = [units.clean(row.gpu_name or "", 200), units.clean(row.host or "", 200), row.outcome or ""]
    words += [
        "paired" if row.blocks else "",
        row.engine or "",
        f"b{row.batch_size}",
        state_words(row),
        sensor_word(row),
        row.run_id,
    ]
    words += [cells[k] for k in ("model", "quantization", "label", "when")]
    return "\n".join(words).casefold()


def matches(entry: Entry, words: Sequence[str]) -> bool:
    """Whether every word is somewhere in the run; "b8" means batch 8, not 80, and "graph" an engine, not a board."""
    return all(_found(entry, word) for word in words)


def _found(entry: Entry, word: str) -> bool:
    if word.startswith("b") and word[1:].isdecimal():
        return entry.row.batch_size == int(word[1:])
    if word in ENGINES:
        return entry.row.engine == word or word in units.clean(entry.row.label or "").casefold().split()
    return word in entry.haystack


def listed(loaded: Loaded, text: str, order: Order) -> list[Head | Entry]:
    """The lines of the table: groups with their heads, each sorted, empty groups left out."""
    words = text.casefold().split()
    found = [e for e in loaded.entries if matches(e, words)]
    lines: list[Head | Entry] = []
    for title, group in _groups(found):
        lines += [Head(title, len(group)), *arranged(group, order)]
    return lines


def _groups(entries: Sequence[Entry]) -> Iterable[tuple[str, list[Entry]]]:
    here = [e for e in entries if e.here]
    if here:
        yield "this machine", here
    samples = [e for e in entries if not e.here]
    if samples:
        boards = dict.fromkeys(units.clean(e.row.gpu_name, 60) for e in samples if e.row.gpu_name)
        yield f"samples (recorded on {', '.join(boards) or 'an unknown board'})", samples


def arranged(entries: Iterable[Entry], order: Order) -> list[Entry]:
    """Sorted entries; those without a value come last in either direction."""
    key = COLUMNS[order.key].order
    known: list[Entry] = []
    unknown: list[Entry] = []
    for entry in entries:
        (unknown if key(entry.row) is None else known).append(entry)
    known.sort(key=lambda e: key(e.row), reverse=order.falling)
    return known + unknown
