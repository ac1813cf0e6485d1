"""The run under the cursor in two rows, with the words that a narrow table has no room for."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from ecotui.core import units
from ecotui.core.rows import RunRow
from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.history_columns import mark_of, sensor_word
from ecotui.ui.widgets.history_rows import Entry

EMPTY = (
    "No run is stored yet.",
    "m   the Monitor: ⏎ there runs the plan, and the run is listed here when it ends.",
    "u   looks at the store again, for runs that another terminal recorded.",
)
NOTHING_FOUND = "No run matches. Every word must be found; Esc clears the filter."
READING = "reading the store…"


def detail(entry: Entry | None, width: int) -> tuple[Content, Content]:
    """Two rows of at most `width` cells: what it was, and how it went."""
    if entry is None:
        return Content(""), Content("")
    row, spare = entry.row, max(width - 2, 10)
    name = units.clean(row.model or units.ABSENT)
    label = f"  “{entry.cells['label']}”" if row.label else ""
    kept = fitted(name, max(spare - cell_len(label), spare // 2), tail=True).strip()
    first = Content.assemble(ink(kept), ink(label, "muted")).truncate(spare, ellipsis=True)
    return first, _outcome(row).truncate(spare, ellipsis=True)


def _outcome(row: RunRow) -> Content:
    glyph, word, role = mark_of(row)
    why = units.clean(row.cause if word == "INVALID" else row.reason or "", 120)
    facts = [
        windows_text(row),
        f"± {units.percent(row.energy_edge_error_pct)} edges" if row.windows else "",
        f"CV {units.percent(row.energy_cv_pct)}" if row.energy_cv_pct is not None else "",
        units.clean(row.gpu_name or "", 40),
        units.clean(row.host or "", 30),
        "" if row.started_at is None else f"{row.started_at:%Y-%m-%d %H:%M} UTC",
    ]
    return Content.assemble(
        ink(f"{glyph} {word}", role),
        ink(f": {why}" if why and word != "valid" else "", role),
        "  ",
        ink(sensor_word(row), "warn" if row.simulated else "muted", bold=row.simulated),
        ink("  " + " · ".join(f for f in facts if f), "muted"),
    )


def windows_text(row: RunRow) -> str:
    """How many windows there are, of how many, and how many of them are not to be trusted."""
    planned = f" of {row.windows_planned}" if row.windows_planned and row.windows_planned != row.windows else ""
    bad = f", {row.windows_invalid} INVALID" if row.windows_invalid else ""
    return f"{row.windows or 0}{planned} {'window' if row.windows == 1 and not planned else 'windows'}{bad}"
