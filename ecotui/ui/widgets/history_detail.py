"""The run under the cursor in two rows, with the words that a narrow table has no room for."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from ecotui.analysis import quality
from ecotui.analysis.drift import still_to_come
from ecotui.core import units
from ecotui.core.rows import RunRow
from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.history_columns import TREND_CELLS, marks_of, sensor_word
from ecotui.ui.widgets.history_entry import IMPORTED, Entry
from ecotui.ui.widgets.history_pairs import pair_words
from ecotui.ui.widgets.history_published import two_lines
from ecotui.ui.widgets.history_ranges import range_lines
from ecotui.ui.widgets.history_trend import Curves, trend

EMPTY = (
    "No run is stored yet.",
    "{app.monitor|m}   the Monitor: ⏎ there runs the plan, and the run is listed here when it ends.",
    "{history.look|r}   looks at the store again, for runs that another terminal recorded.",
)
NOTHING_FOUND = "No run matches. Every word must be found; {history.clear|Esc} clears the filter."
READING = "reading the store…"


def detail(entry: Entry | None, width: int, curves: Curves | None = None) -> tuple[Content, Content]:
    """Two rows of at most `width` cells: what it was, and how it went; with the power of its windows, where given."""
    if entry is None:
        return Content(""), Content("")
    row, spare = entry.row, max(width - 2, 10)
    if entry.audited is not None:
        return two_lines(entry.audited, spare)
    if entry.claim is not None:
        return range_lines(entry.claim, spare)
    name = units.clean(row.model or units.ABSENT)
    label = f"  “{entry.cells['label']}”" if row.label else ""
    when = "" if row.started_at is None else f"  {row.started_at:%Y-%m-%d %H:%M} UTC"
    curve = _power(row, curves or Curves())
    room = spare - len(when) - cell_len(curve)
    kept = fitted(name, max(room - cell_len(label), room // 2), tail=True).strip()
    first = Content.assemble(ink(kept), ink(label, "muted")).truncate(room, ellipsis=True)
    return first + ink(when, "muted") + ink(curve, "power"), _outcome(entry).truncate(spare, ellipsis=True)


def _outcome(entry: Entry) -> Content:
    row = entry.row
    pairs = pair_words(row, entry.others)
    marks = marks_of(row)
    why = "; ".join(reason for _, word, _ in marks if (reason := _reason(row, word)))
    facts = [
        windows_text(row),
        quality.told(row) if quality.measured(row) else "",
        f"paired, {pairs}" if pairs else "",
        f"± {units.percent(row.energy_edge_error_pct)} edges" if row.windows else "",
        f"CV {units.percent(row.energy_cv_pct)}" if row.energy_cv_pct is not None else "",
        units.clean(row.gpu_name or "", 40),
        units.clean(row.host or "", 30),
    ]
    unchecked = entry.stored is not None and entry.stored.origin == IMPORTED and entry.stored.log is None
    return Content.assemble(
        Content("  ").join(ink(f"{glyph} {word}", role) for glyph, word, role in marks),
        ink(f": {why}  " if why else "  ", marks[0][2]),
        ink(sensor_word(row), "warn" if row.simulated else "muted", bold=row.simulated),
        ink("  imported, without its log" if unchecked else "", "warn"),
        ink("  " + " · ".join(f for f in facts if f), "muted"),
    )


def _power(row: RunRow, curves: Curves) -> str:
    """The power of every window in blocks, and their mean; nothing where no curve is given."""
    blocks = trend(curves.power_w, TREND_CELLS)
    return f"  {blocks} {units.watts(row.power_mean_w)}" if blocks.strip() else ""


def _reason(row: RunRow, word: str) -> str:
    """Why a mark is there. All marks come before the first reason: a narrow line cuts reasons, never a mark."""
    reasons = {"INVALID": row.cause, "UNSTABLE": still_to_come(row), "valid": ""}
    return units.clean(reasons.get(word, row.reason) or "", 120)


def windows_text(row: RunRow) -> str:
    """How many windows there are, of how many, and how many of them are not to be trusted."""
    if quality.is_only(row):
        return "no energy windows"
    planned = f" of {row.windows_planned}" if row.windows_planned and row.windows_planned != row.windows else ""
    bad = f", {row.windows_invalid} INVALID" if row.windows_invalid else ""
    return f"{row.windows or 0}{planned} {'window' if row.windows == 1 and not planned else 'windows'}{bad}"
