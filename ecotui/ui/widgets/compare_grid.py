"""Runs side by side as rows of text: who they are, the figures, and what to know before believing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ecotui.analysis.comparison import Comparison, Figure, Word
from ecotui.analysis.figures import NO_RATIO
from ecotui.core import units
from ecotui.core.rows import RunRow
from ecotui.store.finding import StoredRun
from ecotui.ui.theme import ARM_GLYPHS, ink
from ecotui.ui.widgets import compare_names as names
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.history_columns import mark_of, sensor_word, state_words

LABEL = 15
UNIT = 6
VALUE = 6
WORDS = 27
"""A column this wide says "more" and "less" beside the arrow."""
WIDEST = 44
DATED = 18
"""A column this wide has room for the year."""
WAY_OUT = "d takes a run out, h goes back to choose others."


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the columns stand."""

    runs: int
    width: int

    @property
    def column(self) -> int:
        """Cells of a run's column."""
        return max(min((self.width - self.label) // max(self.runs, 1), WIDEST), VALUE + 8)

    @property
    def label(self) -> int:
        """Cells of the names and units at the left."""
        return LABEL + 1 + UNIT

    @property
    def words(self) -> bool:
        """Whether differences say "more" and "less"."""
        return self.column >= WORDS


class RunGrid(Widget):
    """The rows of text, as wide as the widget is."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shown: tuple[Sequence[StoredRun], Comparison, int] | None = None

    def show(self, runs: Sequence[StoredRun], comparison: Comparison, chosen: int) -> None:
        """Another comparison, or another chosen run."""
        self._shown = (runs, comparison, chosen)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(rows(*self._shown, width)) if self._shown else 0

    def render(self) -> Content:
        return Content("\n").join(rows(*self._shown, self.content_size.width)) if self._shown else Content("")


def rows(runs: Sequence[StoredRun], comparison: Comparison, chosen: int, width: int) -> list[Content]:
    """All of it; `chosen` is the place of the run that `d` would take out, pointed at by ◂."""
    it = Grid(len(runs), width)
    muted = not comparison.comparable
    lines: list[Content] = []
    if comparison.refusal is not None:
        lines += _refused(names.with_glyphs(comparison.refusal, comparison.runs), width)
    lines += _heads(runs, chosen, it, muted)
    lines.append(ink("─" * min(width, it.label + it.column * it.runs), "faint"))
    lines += [_figure(comparison.figure(name), it, muted) for name in names.FIRST]
    lines.append(_break_even(comparison, it))
    lines.append(_figure(comparison.figure(names.IDLE), it, muted, "measured idle"))
    if comparison.comparable:
        lines += _said(comparison, width)
    rest = [f for f in comparison.figures if f.name not in (*names.FIRST, names.IDLE, *names.IN_HEAD)]
    lines += [Content(""), *(_words(word, it, muted) for word in comparison.words)]
    lines += [_figure(figure, it, muted) for figure in rest]
    return lines


def _refused(reason: str, width: int) -> Iterator[Content]:
    for line in wrap(f"■ Not compared. {reason}", width):
        yield ink(line, "warn", bold=True)
    yield ink(WAY_OUT)
    yield Content("")


def _heads(runs: Sequence[StoredRun], chosen: int, it: Grid, muted: bool) -> Iterator[Content]:
    cells = []
    for place, run in enumerate(runs):
        title = f"{ARM_GLYPHS[place]} {units.clean(run.row.quantization_label or units.ABSENT, 24)}"
        title += "  baseline" if place == 0 and it.words else ""
        kept = fitted(title, it.column - 3).rstrip() if cell_len(title) > it.column - 3 else title
        tail = fitted(" ◂" if place == chosen else "", it.column - cell_len(kept))
        cells += [ink(kept, "muted" if muted else f"arm-{place}", bold=True), ink(tail, "muted")]
    yield Content.assemble(" " * it.label, *cells)
    pattern = "%Y-%m-%d %H:%M" if it.column >= DATED else "%m-%d %H:%M"
    facts: tuple[tuple[str, Callable[[StoredRun], str]], ...] = (
        ("model", lambda r: units.clean(r.row.model or units.ABSENT)),
        ("batch", lambda r: units.number(r.row.batch_size, 0)),
        ("windows", lambda r: _windows(r.row)),
        ("recorded, UTC", lambda r: r.row.started_at.strftime(pattern) if r.row.started_at else units.ABSENT),
        ("origin", lambda r: "sample" if r.origin == "sample" else "this machine"),
        ("board", lambda r: units.clean(r.row.gpu_name or units.ABSENT, 60).removeprefix("NVIDIA ")),
    )
    for label, say in facts:
        cells = [ink(fitted(say(run), it.column - 1, tail=label == "model") + " ", _tone(muted)) for run in runs]
        yield Content.assemble(ink(fitted(label, it.label), "muted"), *cells)
    yield _sensors(runs, it)


def _sensors(runs: Sequence[StoredRun], it: Grid) -> Content:
    cells = [
        ink(fitted(sensor_word(r.row), it.column - 1) + " ", "warn" if r.row.simulated else "muted", r.row.simulated)
        for r in runs
    ]
    return Content.assemble(ink(fitted("sensor", it.label), "muted"), *cells)


def _windows(row: RunRow) -> str:
    count, state = f"{row.windows or 0}", state_words(row)
    return count if mark_of(row)[1] == "valid" else f"{count} {state}"


def _figure(figure: Figure, it: Grid, muted: bool, called: str = "") -> Content:
    name = names.name_of(figure)
    cells = []
    for place in range(it.runs):
        value = fitted(names.value_text(figure, place), VALUE, right=True)
        room = it.column - VALUE - 1
        said = (
            ""
            if place == 0 or figure.name in NO_RATIO
            else names.difference_text(figure.differences_pct[place], it.words)
        )
        cells.append(ink(value + " ", _tone(muted)))
        cells.append(ink(fitted(said, room), names.difference_role(figure, place)))
    return Content.assemble(_label(called or name.short, name.unit, names.ARROWS.get(figure.better, " "), it), *cells)


def _words(word: Word, it: Grid, muted: bool) -> Content:
    cells = [ink(fitted(units.clean(said or units.ABSENT), it.column - 1) + " ", _tone(muted)) for said in word.values]
    return Content.assemble(ink(fitted(word.label, it.label), "muted"), *cells)


def _break_even(comparison: Comparison, it: Grid) -> Content:
    cells = []
    for place, value in enumerate(comparison.break_even_idle_w):
        text = "" if place == 0 else units.significant(value)
        cells.append(ink(fitted(text, VALUE, right=True), _tone(not comparison.comparable)))
        cells.append(Content(" " * (it.column - VALUE)))
    return Content.assemble(_label("break-even idle", "W", " ", it), *cells)


def _label(short: str, unit: str, arrow: str, it: Grid) -> Content:
    return ink(f"{fitted(short, LABEL)} {fitted(f'{unit}{arrow}', UNIT)}", "muted")


def _tone(muted: bool) -> str:
    return "muted" if muted else "text"


def _said(comparison: Comparison, width: int) -> Iterator[Content]:
    yield Content("")
    yield from _sentence("  ", names.differs_text(comparison.differs_in), "text", width)
    for sentence in comparison.warnings:
        yield from _sentence("! ", names.with_glyphs(sentence, comparison.runs), "warn", width)


def _sentence(lead: str, text: str, role: str, width: int) -> Iterator[Content]:
    for number, line in enumerate(wrap(text, max(width - len(lead), 20))):
        yield Content.assemble(ink(lead if number == 0 else " " * len(lead), role), ink(line))
