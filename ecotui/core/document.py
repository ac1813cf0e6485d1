"""A report as values: headings, sentences, tables and figures, which HTML, Markdown and LaTeX render alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecotui.core.figure import Figure

Cell = str | int | float | bool | None
"""None is a value that is missing; it is shown as a dash and exported as null."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; every row has as many cells as there are columns."""

    name: str
    """Letters, digits and dashes: becomes a file's name."""
    columns: tuple[str, ...]
    """Names for machines, with their unit: `energy_gross_j_per_1k_tokens`."""
    titles: tuple[str, ...]
    """The same for people, with the unit: "gross (J/1k)"."""
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, in this order."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    """Whole sentences, plain text: no markup."""
    sheets: tuple[Sheet, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    summary: str
    """What the figures support, in a sentence or two."""
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...] = field(default=())
    """Machine, versions, date and the like: name and value."""
    simulated: bool = False
    """Whether any of its watts are a model's; said at the top."""


BOARD_ENERGY = "GPU board energy as NVML reports it, about ±5 % absolute; a ratio on one board is better known."
"""What every report says of its joules."""
