"""A report as values: headings, sentences, tables and figures, which HTML, Markdown and LaTeX render alike."""

from __future__ import annotations

import math
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
    simulated: tuple[bool, ...] = ()
    """Of each row whether its watts are a model's; empty where every row is as its section."""
    once: tuple[str, ...] = ()
    """Columns that a page tells once, beside the caption, where all rows agree in them; data formats keep them."""


PERPLEXITY = "perplexity"
"""How the columns of perplexities begin, and the quantity of a row of ratios that is one of them."""


def perplexity_ratio(sheet: Sheet, row: tuple[Cell, ...], place: int) -> str:
    """A ratio of perplexities with four decimals, for a difference in the fourth counts; empty of any other cell."""
    cell, column = row[place], sheet.columns[place]
    whole = column.startswith(PERPLEXITY) and "ratio" in column
    mine = column in ("ratio", "low", "high") and any(isinstance(it, str) and it.startswith(PERPLEXITY) for it in row)
    fits = isinstance(cell, float) and math.isfinite(cell) and (whole or mine)
    return f"{cell:.4f}" if fits else ""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, in this order."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    """Whole sentences, plain text: no markup."""
    sheets: tuple[Sheet, ...] = ()
    figures: tuple[Figure, ...] = ()
    simulated: bool | None = None
    """Whether its watts are a model's; None where it is as its report."""


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
    simulated_parts: tuple[str, ...] = ()
    """Which sections or runs those are, where not all of it is; empty where all of it is."""

    @property
    def warning(self) -> str:
        """What is said at the top of watts that are a model's; nothing where none are."""
        if not self.simulated or not self.simulated_parts:
            return SIMULATED if self.simulated else ""
        few, more = self.simulated_parts[:MOST_NAMED], len(self.simulated_parts) - MOST_NAMED
        named = "; ".join(few) + (f"; and {more} more" if more > 0 else "")
        return f"Some of the watts in this report are SIMULATED, a model's and not a board's: {named}. No others are."

    @property
    def joules(self) -> str:
        """What its joules are worth."""
        return joules(self.simulated and not self.simulated_parts)


MOST_NAMED = 6
"""Parts of a report that are named at its top."""
SIMULATED = "SIMULATED: the watts in this report are a model's, not a board's."
BOARD_ENERGY = "GPU board energy as NVML reports it, about ±5 % absolute; a ratio on one board is better known."
"""What every report says of measured joules."""
SIMULATED_ENERGY = "Energy of a simulated board: a model's watts, which stand for no hardware."
SIMULATED_BESIDE = "That of SIMULATED runs is a model's, and stands for no hardware."


def joules(simulated: bool, beside: bool = False) -> str:
    """What joules are worth, of which all are simulated or not all; `beside`: some of them are."""
    return SIMULATED_ENERGY if simulated else f"{BOARD_ENERGY} {SIMULATED_BESIDE}" if beside else BOARD_ENERGY
