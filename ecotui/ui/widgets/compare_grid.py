"""Runs side by side as rows of text: who they are, the verdict, the ratios, and what to know before believing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ecotui.analysis import quality_pairs as pairs
from ecotui.analysis.compare_facts import OWN, WEAKER, Fact, facts
from ecotui.analysis.comparison import Comparison, Figure, Word
from ecotui.analysis.contrast import POWER, TOKENS, Contrast
from ecotui.analysis.figures import NO_RATIO
from ecotui.analysis.not_passed import stability_words
from ecotui.analysis.paired import Ratio
from ecotui.analysis.quality import NOT_MEASURED
from ecotui.analysis.verdict import NONE, times
from ecotui.core import units
from ecotui.core.labels import short_labels
from ecotui.core.rows import RunRow
from ecotui.store.finding import StoredRun
from ecotui.ui.theme import ARM_GLYPHS, ink
from ecotui.ui.widgets import compare_names as names
from ecotui.ui.widgets.canvas import Row, fit, merged
from ecotui.ui.widgets.compare_context import context_rows
from ecotui.ui.widgets.compare_look import Compared
from ecotui.ui.widgets.compare_plot import order_rows, ratio_rows
from ecotui.ui.widgets.compare_words import lines_of, refused_rows, sentence_rows, verdict_rows
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.history_columns import mark_of, sensor_word, state_words

LABEL = 15
UNIT = 6
VALUE = 6
WORDS = 27
"""A column this wide says which run is the baseline, and where a sign differs."""
TURNED = "◀"
"""Before what an accounting says that turns the sign of gross."""
WIDEST = 44
BESIDE = 140
"""Cells from which the run order stands beside the ratios instead of below them."""
DATED = 18
"""A column this wide has room for the year."""


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
        self._shown: tuple[Compared, int] | None = None
        self._made: tuple[int, list[Content]] = (-1, [])

    def show(self, at: Compared, chosen: int) -> None:
        """Another comparison, or another chosen run."""
        self._shown, self._made = (at, chosen), (-1, [])
        self.refresh(layout=True)

    @property
    def context_at(self) -> int:
        """The row with which the published figures begin, or the last."""
        made, at = self._rows(self.content_size.width), self._shown[0] if self._shown else Compared()
        return max(len(made) - len(_beside_them(at, self.content_size.width)), 0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def render(self) -> Content:
        return Content("\n").join(self._rows(self.content_size.width))

    def _rows(self, width: int) -> list[Content]:
        """Made once a width: the layout asks for their number, and the paint for themselves."""
        if self._shown is None:
            return []
        if self._made[0] != width:
            self._made = width, rows(*self._shown, width)
        return self._made[1]


def rows(at: Compared, chosen: int, width: int) -> list[Content]:
    """All of it; `chosen` is the place of the run that `d` would take out, pointed at by ◂."""
    comparison, runs = at.comparison, at.runs
    if comparison is None:
        return _beside_them(at, width)
    it = Grid(len(runs), width)
    muted = not comparison.comparable
    lines: list[Content] = []
    if muted:
        lines += refused_rows(comparison, at.again, width)
    lines += _names(runs, chosen, it, muted)
    if any(run.row.simulated for run in runs):
        lines.append(_sensors(runs, it))
    lines += verdict_rows(comparison, at.again, width)
    lines.append(ink("─" * width, "faint"))
    lines += ratio_table(at, width)
    if comparison.comparable:
        lines += [Content(""), *_plots(at, width), Content(""), *sentence_rows(comparison, width)]
    rest = [f for f in comparison.figures if f.name not in (*names.FIRST, names.IDLE, *names.IN_HEAD)]
    lines += [Content(""), *_heads(runs, it, muted), *_facts(comparison, it, muted)]
    lines += [_words(word, it, muted) for word in comparison.words]
    lines += [_figure(figure, it, muted) for figure in rest if any(v is not None for v in figure.values)]
    return [*lines, *_beside_them(at, width)]


def _beside_them(at: Compared, width: int) -> list[Content]:
    """What is published beside the runs, below everything that is theirs."""
    return [] if at.context is None else [Content(""), *context_rows(at.context, width)]


def _plots(at: Compared, width: int) -> Iterator[Content]:
    """The ratios on their axis and the run order, beside each other where both have room."""
    sessions = [run.row.session_id for run in at.runs]
    muted = all(one.muted for one in at.held)
    baseline = called(at.runs)[0]
    if width < BESIDE:
        yield from map(_content, ratio_rows(at.held, baseline, width))
        yield Content("")
        yield from map(_content, order_rows(at.points, sessions, muted, width))
        return
    left = ratio_rows(at.held, baseline, width // 2 - 2)
    right = order_rows(at.points, sessions, muted, width - width // 2 - 2, max(len(left) - 1 | 1, 5))
    for a, b in zip_longest(left, right, fillvalue=()):
        yield _content([*fit(a, width // 2 + 2), *b])


def _content(row: Row) -> Content:
    return Content.assemble(*(ink(bit.text, bit.role, bit.bold) for bit in merged(row)))


def called(runs: Sequence[StoredRun]) -> list[str]:
    """What each run is called beside its glyph."""
    return [units.clean(name or units.ABSENT, 24) for name in short_labels([run.row for run in runs])]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one run: its value, and its ratio to the baseline."""

    value: str
    ratio: str = ""
    role: str = "muted"
    note: str = ""
    """Said where there is room."""


def ratio_table(at: Compared, width: int) -> list[Content]:
    """Figures with ratios; a row a figure, or where the runs have no room beside each other a row a run."""
    lines = list(_ratio_cells(at))
    value = max(VALUE, *(cell_len(cell.value) for _, line in lines for cell in line)) + 1
    ratio = max((cell_len(cell.ratio) for _, line in lines for cell in line), default=0) + 2
    label = LABEL + 1 + UNIT
    short = max(cell_len(name.narrow) for name, _ in lines) + 1
    others = len(at.runs) - 1
    for left, text in ((label, ""), (short, "narrow")):
        if left + value + 1 + others * (value + ratio) <= width:
            wide = Grid(len(at.runs), width).column if not text else 0
            first, column = max(value + 1, wide), max(value + ratio, wide)
            if left + first + others * column > width:
                first, column = value + 1, (width - left - value - 1) // max(others, 1)
            return [
                _beside(
                    fitted(name.narrow if text else _label(name.short, name.unit, name.arrow), left),
                    line,
                    first,
                    column,
                    value,
                )
                for name, line in lines
            ]
    return [row for name, line in lines for row in _below(name, line, short, value)]


def _beside(label: str, line: Sequence[Cell], first: int, column: int, value: int) -> Content:
    parts = [ink(label, "muted")]
    for place, cell in enumerate(line):
        room = (first if place == 0 else column) - value
        note = _fitting(cell.note, room - cell_len(cell.ratio) - 2)
        parts += [ink(fitted(cell.value, value - 1, right=True) + " ", _tone(cell.role == "faint"))]
        parts += [ink(cell.ratio, _ratio_role(cell), bold=True)]
        parts += [ink(fitted(f" {note}" if note else "", room - cell_len(cell.ratio)), "warn")]
    return Content.assemble(*parts)


def _fitting(note: str, room: int) -> str:
    """As much of a note as has room: all of it; of a turned sign its first words or its mark; else nothing."""
    while note.startswith(TURNED) and cell_len(note) > room:
        note = note.rpartition(" ")[0]
    return note if cell_len(note) <= room else ""


def _below(name: names.Name, line: Sequence[Cell], left: int, value: int) -> Iterator[Content]:
    for place, cell in enumerate(line):
        yield Content.assemble(
            ink(fitted(name.narrow if place == 0 else "", left), "muted"),
            ink(f"{ARM_GLYPHS[place]} ", f"arm-{place}"),
            ink(fitted(cell.value, value - 1, right=True) + "  ", _tone(cell.role == "faint")),
            ink(cell.ratio, _ratio_role(cell), bold=True),
            ink(f"  {cell.note}" if cell.note else "", "warn"),
        )


def _ratio_role(cell: Cell) -> str:
    return "muted" if cell.role == "faint" else cell.role


def _ratio_cells(at: Compared) -> Iterator[tuple[names.Name, list[Cell]]]:
    comparison = at.comparison
    assert comparison is not None
    refused = [not comparison.comparable, *(one.verdict.word == NONE for one in comparison.contrasts)]
    refused += [True] * (len(at.runs) - len(refused))
    for key in names.FIRST:
        figure = comparison.figure(key)
        cells = [Cell(names.value_text(figure, 0), role="faint" if refused[0] else "muted")]
        for place in range(1, len(at.runs)):
            one = comparison.contrasts[place - 1] if comparison.contrasts else None
            ratio = ratio_of(one, key) if one else None
            tone = "faint" if refused[place] else names.ratio_role(ratio, figure.better)
            cells.append(Cell(names.value_text(figure, place), times(ratio) if one else "", tone, _turned(one, key)))
        yield names.name_of(figure).with_arrow(figure.better), cells
    yield quality_cells(comparison, refused)
    yield from _random_cells(comparison)
    yield (
        names.EVEN,
        [
            Cell("" if not i else names.even_text(w), role="faint" if refused[i] else "muted", note=names.even_note(w))
            for i, w in enumerate(comparison.break_even_idle_w)
        ],
    )
    idle = comparison.figure(names.IDLE)
    yield (
        names.MEASURED,
        [Cell(names.value_text(idle, i), role="faint" if no else "muted") for i, no in enumerate(refused)],
    )


def quality_cells(comparison: Comparison, refused: Sequence[bool]) -> tuple[names.Name, list[Cell]]:
    """What stands beside every saving: perplexity with its ratio to fp16, or that it was not measured."""
    found, (baseline, *others) = comparison.qualities, comparison.runs
    cells = [Cell(pairs.value(found[0]), role="faint" if refused[0] else "muted")]
    words = [one.verdict.word for one in comparison.contrasts] or [NONE] * len(others)
    for place, (run, word) in enumerate(zip(others, words, strict=True), 1):
        role = names.quality_role(found[place], pairs.same_weights(baseline, run), word)
        beside = pairs.cell(baseline, run, found[place])
        cells.append(Cell(pairs.value(found[place]), beside, "faint" if refused[place] else role))
    return names.quality_name(found), cells


def _random_cells(comparison: Comparison) -> Iterator[tuple[names.Name, list[Cell]]]:
    """Below a divergence of random weights, that it is no accuracy; nothing where there is none."""
    baseline, *others = comparison.runs
    each = zip(others, comparison.qualities[1:], strict=True)
    said = [it is not None and run in pairs.lacking(baseline, run, (None, it)) for run, it in each]
    if any(said):
        yield names.RANDOM, [Cell(""), *(Cell("", NOT_MEASURED if it else "", "warn") for it in said)]


def _turned(one: Contrast | None, key: str) -> str:
    """Where an accounting's sign is another one than gross."""
    if one is None:
        return ""
    found = next((it for it in one.accounts.each if it.name == key), None)
    return f"{TURNED} sign differs" if found is not None and found.sign * one.accounts.gross.sign < 0 else ""


def ratio_of(one: Contrast, key: str) -> Ratio | None:
    """The ratio of a column of `names.FIRST`."""
    if key in (TOKENS, POWER):
        return one.throughput if key == TOKENS else one.power
    return next(it.ratio for it in one.accounts.each if it.name == key)


def _names(runs: Sequence[StoredRun], chosen: int, it: Grid, muted: bool) -> Iterator[Content]:
    cells = []
    for place, name in enumerate(called(runs)):
        title = f"{ARM_GLYPHS[place]} {name}"
        title += "  baseline" if place == 0 and it.words else ""
        room = it.column - (3 if place == chosen else 1)
        kept = fitted(title, room).rstrip() if cell_len(title) > room else title
        tail = fitted(" ◂" if place == chosen else "", it.column - cell_len(kept))
        cells += [ink(kept, "muted" if muted else f"arm-{place}", bold=True), ink(tail, "muted")]
    models = {units.clean(run.row.model or units.ABSENT) for run in runs}
    sizes = {run.row.batch_size for run in runs}
    shared = f"{models.pop()} b{sizes.pop()}" if len(models) == len(sizes) == 1 else ""
    yield Content.assemble(ink(fitted(shared, it.label - 1, tail=True) + " ", "muted"), *cells)


def _heads(runs: Sequence[StoredRun], it: Grid, muted: bool) -> Iterator[Content]:
    pattern = "%Y-%m-%d %H:%M" if it.column >= DATED else "%m-%d %H:%M"
    facts: tuple[tuple[str, Callable[[StoredRun], str]], ...] = (
        ("model", lambda r: units.clean(r.row.model or units.ABSENT)),
        ("batch", lambda r: units.number(r.row.batch_size, 0)),
        ("windows", lambda r: _windows(r.row)),
        ("stability", lambda r: units.clean(stability_words(r.row))),
        ("session", lambda r: r.row.session_id),
        ("recorded, UTC", lambda r: r.row.started_at.strftime(pattern) if r.row.started_at else units.ABSENT),
        ("origin", lambda r: "sample" if r.origin == "sample" else r.whence),
        ("board", lambda r: units.clean(r.row.gpu_name or units.ABSENT, 60).removeprefix("NVIDIA ")),
    )
    for label, say in facts:
        if label == "stability":
            yield from _wrapped(Fact(label, label, label, tuple(map(say, runs))), it, muted)
            continue
        cells = [ink(fitted(say(run), it.column - 1, tail=label == "model") + " ", _tone(muted)) for run in runs]
        yield Content.assemble(ink(fitted(label, it.label), "muted"), *cells)
    yield _sensors(runs, it)


def _facts(comparison: Comparison, it: Grid, muted: bool) -> Iterator[Content]:
    """What each run's windows were; what a column has no room for goes on below, uncut."""
    for fact in facts(comparison.runs, comparison.own):
        yield from _wrapped(fact, it, muted)
        if fact.name == OWN and not muted:
            yield from (ink(line, "muted") for line in lines_of(f"  {WEAKER}", it.width, "  "))


def _wrapped(fact: Fact, it: Grid, muted: bool) -> Iterator[Content]:
    cells = [wrap(units.clean(value), it.column - 1) or [""] for value in fact.values]
    for row, parts in enumerate(zip_longest(*cells, fillvalue="")):
        label = ink(fitted(fact.short if row == 0 else "", it.label), "muted")
        yield Content.assemble(label, *_parts(fact, parts, it, muted))


def _parts(fact: Fact, parts: Sequence[str], it: Grid, muted: bool) -> Iterator[Content]:
    for place, part in enumerate(parts):
        bad = bool(fact.bad) and fact.bad[place]
        yield ink(fitted(part, it.column), "bad" if bad else _tone(muted), bold=bad)


def _sensors(runs: Sequence[StoredRun], it: Grid) -> Content:
    cells = [
        ink(fitted(sensor_word(r.row), it.column - 1) + " ", "warn" if r.row.simulated else "muted", r.row.simulated)
        for r in runs
    ]
    return Content.assemble(ink(fitted("sensor", it.label), "muted"), *cells)


def _windows(row: RunRow) -> str:
    count, state = f"{row.windows or 0}", state_words(row)
    return count if mark_of(row)[1] == "valid" else f"{count} {state}"


def _figure(figure: Figure, it: Grid, muted: bool) -> Content:
    """Values alone: a ratio without its interval says nothing."""
    name = names.name_of(figure)
    cells = [
        ink(fitted(fitted(names.value_text(figure, place), VALUE, right=True), it.column), _tone(muted))
        for place in range(it.runs)
    ]
    arrow = names.ARROWS.get(None if figure.name in NO_RATIO else figure.better, " ")
    return Content.assemble(ink(_label(name.short, name.unit, arrow), "muted"), *cells)


def _words(word: Word, it: Grid, muted: bool) -> Content:
    cells = [ink(fitted(units.clean(said or units.ABSENT), it.column - 1) + " ", _tone(muted)) for said in word.values]
    return Content.assemble(ink(fitted(word.label, it.label), "muted"), *cells)


def _label(short: str, unit: str, arrow: str) -> str:
    return f"{fitted(short, LABEL)} {fitted(f'{unit}{arrow}', UNIT)}"


def _tone(muted: bool) -> str:
    return "muted" if muted else "text"
