"""What a finding says in words: its line in the list, its sentence, what limits it, where a point comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.content import Content

from ecotui.core.document import Sheet
from ecotui.core.units import clean
from ecotui.ui.theme import ink
from ecotui.ui.widgets.canvas import wrap

if TYPE_CHECKING:
    from ecotui.analysis.findings import Finding

LONGEST = 4000
"""Letters of a sentence."""
OPEN = "not determined"
SHORT = {
    "batch-law": "Batch law",
    "crossover": "Quantization crossover",
    "decomposition": "Decomposition tax",
    "dequantization": "De-quantization tax",
    "quality": "Energy × quality",
    "pareto": "Accuracy × cost × carbon",
    "waiting": "Waiting for the host",
}
"""Names of the laws, for the list."""
RUN = ("run_id", "run", "point_id")
"""Columns that may name a point's run."""
KINDS = {"measured": ("measured", "good"), "published": ("published", "throughput"), "simulated": ("SIMULATED", "warn")}
"""A finding's kind in words, and its role."""
GLYPHS = {"measured": "●", "published": "○", "simulated": "◌"}
"""The same as glyphs."""
SAID = re.compile(r" · (?:published|SIMULATED)( \([^()]*\))?$")
FOREIGN = ("published:", "imported:")
"""How the ids of rows begin that are no runs of ecotui."""


def board_of(one: Finding) -> str:
    """The board that a finding is of: its subject begins with it."""
    return one.subject.partition(" · ")[0]


def rest_of(one: Finding) -> str:
    """The subject without its board and the word for where its figures come from; a table's name stays."""
    return SAID.sub(r"\1", one.subject.partition(" · ")[2]) or one.subject


def short(text: str, width: int) -> str:
    """A subject or gist with fewer letters where it has no room: beside the list it stands in full."""
    for less, more in (("synthetic:", ""), (" tokens", ""), ("batch^", "B^"), (" · ", " ")):
        if len(text) > width:
            text = text.replace(less, more)
    return text


def gist(one: Finding) -> str:
    """A line for the list; what the points leave open says so first."""
    words = clean(one.gist, 200)
    if one.determined:
        return words or clean(one.sentence, 200)
    return words if OPEN in words else f"{OPEN}{': ' if words else ''}{words}"


def sentence(one: Finding) -> Content:
    """What the points support, in bold, behind the word for where they come from."""
    word, role = KINDS.get(one.kind, (one.kind, "muted"))
    return Content.assemble(ink(f"{word}  ", role, True), ink(clean(one.sentence, LONGEST), "text", True))


def about(one: Finding) -> str:
    """The accounting by its name, and how much limits it."""
    told = len(one.caveats) + bool(one.left_out)
    accounted = clean(one.accounted)
    return f"{accounted} · {told} caveat{'s' * (told != 1)}" if told else accounted


def otherwise(one: Finding, accounting: str) -> str:
    """The joules of a finding in a list of others; nothing where they are those of the list."""
    if one.accounted == accounting:
        return ""
    return "net (stated) · " if one.kind == "published" and one.accounted != "gross" else f"{one.accounted} · "


def caveats(one: Finding, width: int) -> Content:
    """What limits it, each behind a mark of its own; runs that were left out last."""
    from ecotui.analysis.findings import left_out_words

    lines = [line for line in (*one.caveats, left_out_words(one)) if line]
    return Content("\n").join(hanging(ink("▲ ", "warn"), line, width) for line in lines)


def hanging(lead: Content, text: str, width: int, role: str = "muted", bold: bool = False) -> Content:
    """Text in rows of `width` cells behind `lead`, with blanks under it."""
    indent = lead.cell_length
    rows = ["".join(bit.text for bit in row) for row in wrap(clean(text, LONGEST), max(width - indent, 20))]
    return lead + ink(f"\n{' ' * indent}".join(rows), role, bold)


def run_id_of(sheet: Sheet, place: int) -> str | None:
    """The run of a row; None of a published one, and where the sheet names none."""
    named = _id(sheet, place)
    return None if named.startswith(FOREIGN) else named or None


def no_record(sheet: Sheet, place: int) -> str:
    """Why a row has no record, as a sentence."""
    if named := _id(sheet, place):
        return f"{clean(named)} is a published row: ecotui has no record of it. What limits it names its source."
    return "This row is no single run, so it has no record."


def _id(sheet: Sheet, place: int) -> str:
    """The id that a row names."""
    if place >= len(sheet.rows):
        return ""
    cells = (sheet.rows[place][sheet.columns.index(name)] for name in RUN if name in sheet.columns)
    return next((cell for cell in cells if isinstance(cell, str)), "")
