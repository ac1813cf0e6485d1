"""The plan as rows: one a field, or a phrase of several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from ecotui.core.units import clean
from ecotui.ui.widgets.canvas import Ink, Row
from ecotui.ui.widgets.plan_form import EAGER, OFF, ON, PlanForm

LABEL = 9
TEXT = 10
"""Letters of a text's name, of which files may have many."""
ROOM = 25
"""Cells of a value in the pane."""
PHRASES: tuple[tuple[str, ...], ...] = (
    ("model",),
    ("quant",),
    ("engine",),
    ("batch",),
    ("prompt", "tokens"),
    ("windows", "seconds", "warm-ups"),
    ("against", "blocks"),
    ("gate",),
    ("quality",),
    ("split",),
    ("outliers",),
    ("gpu",),
)
"""Fields by the row they stand in."""


@dataclass(frozen=True, slots=True)
class Bit:
    """A field's value within its row, with the words around it."""

    name: str
    text: str
    before: str
    after: str


def bits(form: PlanForm, names: tuple[str, ...]) -> Iterator[Bit]:
    """The values of one row."""
    for name in names:
        text = clean(form.text(name), 300)
        before = {"seconds": " × ", "blocks": " × " if form.paired else ""}.get(name, "")
        yield Bit(name, _shown(form, name, text) or " ", before, _after(form, name, text))


def _shown(form: PlanForm, name: str, text: str) -> str:
    if name == "blocks" and not form.paired:
        return ""
    if name == "against":
        return _cut(form, text)
    if name == "windows" and form.paired:
        return str(2 * int(form.text("blocks"))) if form.text("blocks").isdecimal() else "?"
    if name == "gate" and text == "0" and not (form.field == "gate" and not form.fresh):
        return OFF
    if name == "outliers" and not form.synthetic:
        return "its own"
    return text.rpartition("/")[2][:TEXT] if name == "quality" else text


def _after(form: PlanForm, name: str, text: str) -> str:
    if name == "gate":
        return " measures at once" if text == "0" else " s back, drift ≤ 0.5 %"
    if name == "outliers":
        return " channels, as trained" if form.synthetic else " channels"
    if name == "engine":
        return " generate() itself" if text == EAGER else " captured step"
    words = {
        "batch": " row at once" if text == "1" else " rows at once",
        "prompt": " in, ",
        "tokens": " new a row",
        "blocks": _blocks_after(form),
        "against": "" if form.paired else ": a single run",
        "seconds": " s, ",
        "warm-ups": " warm-up" if text == "1" else " warm-ups",
        "split": " prefill energy apart" if text == ON else ": prefill not apart",
        "quality": _quality_after(form),
        "gpu": f" {form.base.sensor}, {form.base.device}",
    }
    return words.get(name, "")


def _quality_after(form: PlanForm) -> str:
    """When it is scored, and by which path where that is not the prefill."""
    asked = form.quality
    if asked is None:
        return ": not scored"
    path = ", decode" if asked.decode_path else ""
    return f" alone{path}" if asked.alone else path or " after windows"


def _blocks_after(form: PlanForm) -> str:
    """As many words as there is room for behind the arms."""
    if not form.paired:
        return ""
    taken = cell_len(form.text("against")) + cell_len(f" × {form.text('blocks')}")
    taken += 4 if form.field == "against" else 0  # its brackets
    return next(words for words in (" blocks, ABBA", " blocks", "") if not words or taken + len(words) <= ROOM)


def _cut(form: PlanForm, text: str) -> str:
    """The arms, so that their blocks are seen behind them."""
    if not form.paired:
        return text
    room = ROOM - cell_len(f" × {form.text('blocks')}") - (4 if form.field == "against" else 0)
    return text if cell_len(text) <= room else text[: room - 1] + "…"


def row(form: PlanForm, names: tuple[str, ...], focused: bool) -> Row:
    """One row; the field that takes keys is pointed at."""
    here = focused and form.field in names
    out = [Ink("▸ " if here else "  ", "power"), Ink(f"{names[0]:<{LABEL}}", "muted")]
    for bit in bits(form, names):
        at = here and form.field == bit.name
        value = Ink(bit.text, bold=at, reverse=at)
        out += [Ink(bit.before, "muted"), value, Ink(bit.after, "faint")]
        if form.choices(bit.name) and at:
            out[-3:] = [Ink("‹ ", "power"), value, Ink(" ›", "power")]
    return out


def field_at(form: PlanForm, y: int, x: int) -> str | None:
    """The field at row `y` and cell `x` of the pane's inside; the last of the row where `x` is beyond."""
    if not 0 <= y < len(PHRASES):
        return None
    end = 2 + LABEL
    for bit in bits(form, PHRASES[y]):
        end += cell_len(bit.before) + cell_len(bit.text) + cell_len(bit.after)
        if x < end:
            return bit.name
    return PHRASES[y][-1]
