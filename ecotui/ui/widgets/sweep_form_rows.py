"""The form of a sweep as rows."""

from __future__ import annotations

from rich.cells import cell_len

from ecotui.core.units import clean
from ecotui.ui.keys import keyed
from ecotui.ui.widgets.canvas import Ink, Row
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.sweep_form import FIELDS, SETS, SweepForm

LABEL = 10
AFTER = {
    "batches": "rows at once",
    "prompt": "tokens in",
    "tokens": "new a row",
    "blocks": "in each of which every arm has two windows",
    "seconds": "a window",
    "gate": "s back, drift ≤ 0.5 %; 0 measures at once",
    "boards": "GPUs that rows are spread over",
}
HINTS = {
    "from": "← → takes another plan",
    "name": "letters and digits",
    "models": "{sweep-form.model|/} adds one, {sweep-form.erase|⌫} takes one out",
    "quants": "← → points, {sweep-form.switch|␣} switches",
    "engines": "← → points, {sweep-form.switch|␣} switches",
    "batches": "digits, commas between",
    "prompt": "digits, commas between",
    "tokens": "digits, commas between",
    "boards": "digits, commas between",
    "blocks": "← → or digits",
    "seconds": "← → or digits",
    "gate": "← → or digits",
    "run": "{sweep-form.enter|⏎} runs it",
}
"""What keys do on a field."""
INSTEAD = "its models replaced by {}: this is a CPU"
"""Of a shipped plan: its own would keep a CPU busy for days."""


def form_rows(form: SweepForm, source: str, width: int, focused: bool, note: str = "") -> list[Row]:
    """One row a field; the field that takes keys is pointed at.

    source: the plan that it began with; note: what is to be known of that.
    """
    rows = []
    for name in FIELDS:
        here = focused and form.field == name
        value = [Ink(source, bold=here)] if name == "from" else _value(form, name, width - 2 - LABEL, here)
        if name == "from":
            value = [*_around(value, here), Ink(f"  {note}" if note else "", "warn")]
        rows.append(_row(name, value, here))
    return rows


def _row(name: str, value: Row, here: bool) -> Row:
    point = Ink("▸ " if here else "  ", "power")
    if name == "run":
        return [point, Ink(f" {keyed('{sweep-form.enter|⏎}')} Run ", "power", bold=True, reverse=here)]
    return [point, Ink(f"{name:<{LABEL}}", "muted"), *value]


def _value(form: SweepForm, name: str, room: int, here: bool) -> Row:
    if name in SETS:
        return _set(form, name, here)
    if name == "models":
        return _models(form, room, here)
    text = clean(form.text(name), 60) or " "
    return [Ink(text, bold=here, reverse=here), Ink(f"  {AFTER.get(name, '')}", "faint")]


def _around(value: Row, here: bool) -> Row:
    return [Ink("‹ ", "power"), *value, Ink(" ›", "power")] if here else value


def _set(form: SweepForm, name: str, here: bool) -> Row:
    out: list[Ink] = []
    for place, word in enumerate(form.words(name)):
        on, at = form.holds(name, word), here and place == form.place
        out += [Ink("✔" if on else "·", "good" if on else "faint"), Ink(word, "text" if on else "faint", reverse=at)]
        out.append(Ink("  "))
    return out


def _models(form: SweepForm, room: int, here: bool) -> Row:
    """The one that is pointed at, or as many as there is room for."""
    names = [clean(name, 300) for name in form.models]
    if not names:
        return [Ink("none: / chooses one", "warn")]
    if here:
        count = f"  {form.place + 1} of {len(names)}"
        name = fitted(names[min(form.place, len(names) - 1)], max(room - cell_len(count) - 4, 8), tail=True).strip()
        return [*_around([Ink(name, bold=True, reverse=True)], True), Ink(count, "muted")]
    shown = ", ".join(names)
    if cell_len(shown) <= room:
        return [Ink(shown)]
    rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return [Ink(fitted(names[0], room - cell_len(rest), tail=True).strip()), Ink(rest, "muted")]
