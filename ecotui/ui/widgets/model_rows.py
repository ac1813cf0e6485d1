"""A model as a row of the picker: name, size, parameters, and a word on each quantization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ecotui.core.arm import QUANTIZATIONS, Arm
from ecotui.core.model_fit import FITS, NO, NOT_FORESEEN, TIGHT, UNKNOWN, Fit, fit, not_foreseen
from ecotui.core.models import CACHE, FOLDER, NO_MODEL, RECENT, SAMPLE, SYNTHETIC, TYPED, ModelChoice
from ecotui.core.room import Room
from ecotui.core.units import ABSENT, clean, gigabytes
from ecotui.ui.widgets.canvas import Ink, Row, cells, wrap
from ecotui.ui.widgets.canvas import fit as cut

FAMILIES = (("fp16", "bf16"), ("int8", "int8-pure"), ("nf4", "nf4-dq"))
"""Quantizations that take about the same room: where there is little, one column stands for each."""
FIT_CELLS = 11
"""Of a quantization's column: a mark, a glyph and a word."""
MARK_CELLS, SIZE_CELLS, COUNT_CELLS = 3, 11, 8
ALL_FROM, COUNT_FROM, WIDE_FROM, ALL_WIDE_FROM = 96, 66, 88, 112
"""Cells from which on every quantization has a column, the parameters have, and the columns are wide enough for all:
those of the families, and those of every quantization."""
HEADINGS = {
    RECENT: "Recent: run here, the newest first",
    CACHE: "In the local hub cache",
    FOLDER: "Folders",
    SAMPLE: "Sample: real weights, a toy that comes with ecotui",
    SYNTHETIC: "Synthetic: random weights of published shapes",
    TYPED: "As typed",
}
ROLES = {FITS: "good", TIGHT: "warn", NO: "bad", UNKNOWN: "faint"}


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a section."""

    origin: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """A row of what is amiss with a section."""

    row: Row


Line = Heading | Note | ModelChoice


def matching(choices: Sequence[ModelChoice], typed: str) -> list[ModelChoice]:
    """Choices that hold every typed word, by section, otherwise in their order."""
    words = typed.lower().split()
    found = [c for c in choices if all(_has(c, word) for word in words)]
    order = list(HEADINGS)
    return sorted(found, key=lambda c: order.index(c.origin) if c.origin in order else len(order))


def _has(choice: ModelChoice, word: str) -> bool:
    """Whether its name has the word, or its origin, its state or its architecture begins with it."""
    facts = choice.facts
    others = (choice.origin, choice.state, *((facts.kind, facts.architecture) if facts else ()))
    return word in choice.name.lower() or (len(word) > 2 and any(text.lower().startswith(word) for text in others))


def lines_of(choices: Iterable[ModelChoice], notes: Mapping[str, str], width: int) -> list[Line]:
    """The choices under the headings of their sections; `notes` say by section why it is empty or not whole."""
    made: list[Line] = []
    by_section: dict[str, list[ModelChoice]] = {origin: [] for origin in HEADINGS}
    for choice in choices:
        by_section.setdefault(choice.origin, []).append(choice)
    for origin, some in by_section.items():
        if some or notes.get(origin):
            said = [Note(row) for row in wrap(notes.get(origin, ""), width - 4, "warn")]
            made += [Heading(origin, len(some)), *said, *some]
    return made


def labels(width: int, chosen: str) -> tuple[str, ...]:
    """The quantizations that have a column; of each family the plan's own where it is of it."""
    if width >= ALL_FROM:
        return tuple(QUANTIZATIONS)
    return tuple(chosen if chosen in family else family[0] for family in FAMILIES)


def completed(typed: str, names: Sequence[str]) -> str:
    """What a typed beginning can only go on as among `names`; as typed where it is open."""
    fold = typed.lower()
    found = [name for name in names if name.lower().startswith(fold)] if typed else []
    if not found:
        return typed
    common = found[0]
    for name in found[1:]:
        while not name.lower().startswith(common.lower()):
            common = common[:-1]
    return common if len(common) > len(typed) else typed


@dataclass(frozen=True, slots=True)
class Columns:
    """What the rows are drawn for."""

    width: int
    arm: Arm
    room: Room

    @property
    def labels(self) -> tuple[str, ...]:
        """Quantizations, a column each."""
        return labels(self.width, self.arm.quantization)

    @property
    def counts(self) -> bool:
        """Whether there is room for the parameters."""
        return self.width >= COUNT_FROM

    @property
    def fit_cells(self) -> int:
        """Of a quantization's column."""
        wide = ALL_WIDE_FROM if self.width >= ALL_FROM else WIDE_FROM
        return FIT_CELLS - (0 if self.width >= wide else 2 if self.counts else 3)

    @property
    def name_cells(self) -> int:
        """What is left for the name."""
        taken = MARK_CELLS + SIZE_CELLS + (COUNT_CELLS if self.counts else 0) + self.fit_cells * len(self.labels)
        return max(self.width - taken, 8)


def head_row(it: Columns) -> Row:
    """The names of the columns; the plan's quantization is marked."""
    count = [Ink(f"{'params':>{COUNT_CELLS}}", "muted")] if it.counts else []
    row: list[Ink] = [Ink(f"   {'model':<{it.name_cells}}{'on disk':>{SIZE_CELLS}}", "muted"), *count]
    for label in it.labels:
        mine = label == it.arm.quantization
        room = it.fit_cells - len(_margin(it.fit_cells))
        mark = f"{_margin(it.fit_cells)[1:]}{'▸' if mine else ' '}"
        row.append(Ink(f"{mark}{_brief(label, room):<{room}}", _tone(mine), mine))
    return cut(row, it.width)


def _brief(label: str, room: int) -> str:
    return label if len(label) <= room else label.replace("-pure", "-p")


def _tone(mine: bool) -> str:
    return "power" if mine else "muted"


def heading_row(it: Heading, width: int) -> Row:
    """A section's head, ruled to the right."""
    count = f"({it.count}) " if it.count and it.origin != TYPED else ""
    row: Row = [Ink("── ", "grid"), Ink(f"{HEADINGS.get(it.origin, clean(it.origin, 20))} {count}", "throughput")]
    return cut(row, width, "─", "grid") if cells(row) < width else cut(row, width)


def choice_row(choice: ModelChoice, it: Columns, current: bool, chosen: bool = False) -> Row:
    """A model: what is amiss with it stands where its size would; a name takes the room that its size leaves.

    `current`: it is the plan's; `chosen`: the cursor stands on it.
    """
    size = _size(choice)
    room = it.name_cells + SIZE_CELLS - cells([size])
    name = cut([Ink(clean(choice.name, 300), "muted" if choice.state == NO_MODEL else "text")], room)
    row: list[Ink] = [Ink(f"{'▸' if chosen else ' '}{'●' if current else ' '} ", "power"), *name, size]
    if it.counts:
        row.append(Ink(f"{_count(choice):>{COUNT_CELLS}}", "muted"))
    if not_foreseen(choice.facts) and not choice.state:
        room = it.fit_cells * len(it.labels)
        return cut([*row, *cut([Ink(f"{_margin(it.fit_cells)}{NOT_FORESEEN}", "muted")], room)], it.width)
    return cut([*row, *(_cell(found, it.fit_cells) for found in _fits(choice, it))], it.width)


def _size(choice: ModelChoice) -> Ink:
    if choice.state:
        return Ink(f" {choice.state}", "faint" if choice.state == NO_MODEL else "warn")
    return Ink(f" {ABSENT if choice.size_b is None else bytes_words(choice.size_b)}", "muted")


def bytes_words(size: int) -> str:
    """A size on the disk; what would read as nothing as kB of 1e3."""
    return gigabytes(size) if size >= 100_000 else f"{size / 1e3:.1f} kB" if size >= 100 else f"{size} B"


def _fits(choice: ModelChoice, it: Columns) -> list[Fit]:
    return [fit(choice.facts, replace(it.arm, quantization=label), it.room) for label in it.labels]


def _cell(it: Fit, width: int) -> Ink:
    if it.word == UNKNOWN:
        told = ABSENT if it.total_b is None else gigabytes(it.total_b)
        told = told if len(told) < width - 1 else f"{(it.total_b or 0) / 1e9:.0f} GB"
        return Ink(f"{_margin(width)}{told:<{width - len(_margin(width))}}", "faint" if it.total_b is None else "muted")
    return Ink(f"{_margin(width)}{it.glyph} {it.word}".ljust(width), ROLES[it.word])


def _margin(width: int) -> str:
    return " " if width < FIT_CELLS - 2 else "  "


def _count(choice: ModelChoice) -> str:
    count = choice.facts.parameters if choice.facts else None
    if count is None:
        return ABSENT
    return f"{count / 1e9:.1f} B" if count >= 1e8 else f"{count / 1e6:.1f} M"
