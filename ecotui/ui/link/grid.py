"""What the terminal shows, what it is to show, and the letters that lead from one to the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.segment import Segment
from textual._cells import cell_len

from ecotui.ui.link.sgr import Codes, Inks, ground

FILLER = "\0"
"""Stands in the second cell of a wide letter."""
NEAR = 5
"""Cells that are as cheap to send again as a leap of the cursor over them."""
BLANK = 10
"""Blanks in a row from which they are erased at once; this many bytes it takes, with the leap over them."""
TO_END = 4
"""The same at the end of a row."""
LONG = 20
"""Cells of the longest span: a budget is kept by whole spans, and a letter of a curve is three bytes."""

LEAD, WORDS, LINES, COLOURS = range(4)
BLANKS = re.compile(f" {{{TO_END},}}")
QUIET = 12
"""So many letters of lines and curves are told apart from the words beside them."""
BESIDE = 2
"""Cells of a line, the first a blank, that a title keeps at either side."""
_LINES = re.compile(f"[ \u2500-\u259f\u2801-\u28ff]{{{QUIET},}}")

Cells = tuple[str, list[int]]
"""The letters of a row or of a part, one for each cell, and the numbers of their styles."""


class Span(NamedTuple):
    """Cells of a row."""

    y: int
    first: int
    end: int
    rank: int = WORDS
    """How much it says: what leads, WORDS that come or go, then LINES and curves, then COLOURS alone."""


def cells_of(segments: Iterable[Segment], inks: Inks) -> Cells:
    """Segments as cells."""
    letters: list[str] = []
    styles: list[int] = []
    for said, style, control in segments:
        if control:
            continue
        number = inks.number(style)
        text = said if said.isascii() else _spread(said)
        if " " not in text:
            styles += [number] * len(text)
        elif text.isspace():
            styles += [inks.blank(number)] * len(text)
        else:
            blank = inks.blank(number)
            styles += [blank if letter == " " else number for letter in text]
        letters.append(text)
    return "".join(letters), styles


def _spread(text: str) -> str:
    """One letter a cell; what takes no cell is left out."""
    text = text.replace("\u2800", " ")
    if cell_len(text) == len(text):
        return text
    return "".join(letter + FILLER * (cell_len(letter) - 1) for letter in text if cell_len(letter))


class Grid:
    """Rows as they are shown and as they are to be; None is shown where nobody knows."""

    def __init__(self, width: int, height: int, erases: bool = False) -> None:
        """erases: whether blanks in a row can be erased at once."""
        self.width, self.height = width, height
        self._erases = erases
        blank: Cells = (" " * width, [0] * width)
        self._wanted: list[Cells] = [blank] * height
        self._shown: list[Cells | None] = [None] * height
        self._differs: set[int] = set(range(height))
        self._next = 0
        """The row that comes first, so that no row is for ever behind the others."""

    @property
    def settled(self) -> bool:
        """Whether the terminal shows what it is to show."""
        return not self._differs

    def unknown(self) -> None:
        """Nobody knows what is shown."""
        self._shown = [None] * self.height
        self._differs = set(range(self.height))

    def want(self, y: int, x: int, cells: Cells) -> Iterable[Span]:
        """Cells of a row are to be these; returns spans that differ from what was wanted before, by what they say.

        They are made when they are looked at: figures that move by themselves need none.
        """
        if not 0 <= y < self.height:
            return ()
        (text, styles), (letters, numbers) = self._wanted[y], cells
        end = min(x + len(letters), self.width)
        letters, numbers = letters[: end - x], numbers[: end - x]
        if end <= x or (text[x:end] == letters and styles[x:end] == numbers):
            return ()
        self._wanted[y] = (text[:x] + letters + text[end:], styles[:x] + numbers + styles[end:])
        self._differs.add(y)
        if text[x:end] == letters:
            return (Span(y, x, end, COLOURS),)
        return (Span(y, *part) for part in _ranked(text[x:end], letters, x))

    def drop(self) -> None:
        """What is not shown yet is wanted no more: another screen comes, of which every cell will be told."""
        for y in list(self._differs):
            if (shown := self._shown[y]) is not None:
                self._wanted[y] = shown
                self._differs.discard(y)

    def spans(self, first: list[Span]) -> Iterator[Span]:
        """All that differs, in short spans: those within `first`, which are taken out of it, then the rows in turn."""
        while first:
            yield from self._within(first[0].y, first[0].first, first[0].end)
            del first[0]
        for y in sorted(self._differs, key=lambda row: (row - self._next) % self.height):
            yield from self._within(y, 0, self.width)
            if self._shown[y] == self._wanted[y]:
                self._differs.discard(y)
                self._next = (y + 1) % self.height

    def _within(self, y: int, first: int, end: int) -> list[Span]:
        wanted, shown = self._wanted[y], self._shown[y]
        found = [(first, end)] if shown is None else _different(shown, wanted, first, end)
        whole = _whole(wanted[0], found)
        parts = self._parted(wanted, whole) if self._erases else whole
        return [Span(y, *it) for it in _short(wanted[0], parts, self._erases)]

    def _parted(self, row: Cells, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """The spans, with blanks that can be erased apart from what is before and behind them."""
        for first, end in spans:
            start = first
            for blank in BLANKS.finditer(row[0], first, end):
                for one, other in _alike(row[1], *blank.span()):
                    if other - one >= (TO_END if other == self.width else BLANK):
                        if one > start:
                            yield start, one
                        yield one, other
                        start = other
            if end > start:
                yield start, end

    def size(self, span: Span) -> int:
        """Bytes of a span's letters, or of erasing it."""
        text = self._wanted[span.y][0][span.first : span.end]
        return BLANK if self._erases and len(text) > BLANK and text.isspace() else len(text.encode())

    def take(self, span: Span) -> Cells:
        """The cells of a span, which are shown from now on."""
        y, first, end, _ = span
        text, styles = self._wanted[y]
        part = (text[first:end], styles[first:end])
        before = self._shown[y] or ("\x7f" * self.width, [-1] * self.width)
        self._shown[y] = (before[0][:first] + part[0] + before[0][end:], before[1][:first] + part[1] + before[1][end:])
        return part


def _ranked(old: str, new: str, x: int) -> Iterator[tuple[int, int, int]]:
    """A text in parts, as (first, end, rank), the first at `x`: LINES where neither it nor the old one has words."""
    start = 0
    for lines in _LINES.finditer(new):
        for quiet in _LINES.finditer(old, *lines.span()):
            first, end = quiet.start() + BESIDE * (quiet.start() > 0), quiet.end() - BESIDE * (quiet.end() < len(new))
            if end - first - new.count(" ", first, end) < QUIET:
                continue
            if first > start:
                yield x + start, x + first, WORDS
            yield x + first, x + end, LINES
            start = end
    if start < len(new):
        yield x + start, x + len(new), WORDS


def _different(old: Cells, new: Cells, first: int, end: int) -> list[tuple[int, int]]:
    """Spans of cells that differ; fewer than NEAR equal ones part no spans."""
    if old == new:
        return []
    quads = zip(old[0][first:end], new[0][first:end], old[1][first:end], new[1][first:end], strict=True)
    out: list[tuple[int, int]] = []
    for i, (a, b, c, d) in enumerate(quads, first):
        if a != b or c != d:
            if out and i - out[-1][1] < NEAR:
                out[-1] = (out[-1][0], i + 1)
            else:
                out.append((i, i + 1))
    return out


def _whole(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans widened to whole words, figures and wide letters; those that meet become one."""
    out: list[tuple[int, int]] = []
    for span in spans:
        first, end = span
        while first > 0 and _joined(text, first):
            first -= 1
        while end < len(text) and _joined(text, end):
            end += 1
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((first, end))
    return out


def _joined(text: str, i: int) -> bool:
    return text[i] == FILLER or (text[i - 1].isalnum() and text[i].isalnum())


def _alike(styles: list[int], first: int, end: int) -> Iterator[tuple[int, int]]:
    """Cells in parts of one style."""
    start = first
    for i in range(first + 1, end + 1):
        if i == end or styles[i] != styles[start]:
            yield start, i
            start = i


def _short(text: str, spans: Iterable[tuple[int, int]], blanks: bool) -> Iterator[tuple[int, int]]:
    """The spans in parts of about LONG cells; no wide letter is cut, and blanks that can be erased stay whole."""
    for span in spans:
        first, end = span
        while end - first > LONG and not (blanks and text[first:end].isspace()):
            cut = first + LONG + (text[first + LONG] == FILLER)
            yield first, cut
            first = cut
        if end > first:
            yield first, end


class Pen:
    """Writes spans; remembers where the terminal's cursor stands and in which style it writes."""

    def __init__(self, inks: Inks, width: int, erases: bool = False) -> None:
        """erases: whether blanks can be erased at once, in the ground that is written on."""
        self._inks, self._width, self._erases = inks, width, erases
        self._at: tuple[int, int] | None = None
        self._ink: Codes | None = None

    def write(self, span: Span, cells: Cells) -> str:
        """What shows the cells."""
        out = [self.move(span.first, span.y)]
        text, styles = cells
        if self._erases and self._erased(span, text, styles):
            return "".join((*out, self._to(self._inks.codes(styles[0]), True), self._erase(span)))
        for start, end in _alike(styles, 0, len(styles)):
            said = text[start:end]
            out.append(self._to(self._inks.codes(styles[start]), said.isspace()))
            out.append(said.replace(FILLER, ""))
        # Behind the last column a cursor is in different places for different terminals.
        self._at = (span.end, span.y) if span.end < self._width else None
        return "".join(out)

    def move(self, x: int, y: int) -> str:
        """What leads the cursor there."""
        before, self._at = self._at, (x, y)
        if before == (x, y):
            return ""
        if before is not None and before[1] == y and x > before[0]:
            return f"\x1b[{x - before[0]}C" if x - before[0] > 1 else "\x1b[C"
        return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"

    def _to(self, codes: Codes, blank: bool) -> str:
        """What leads to a style; blanks take any in which they look alike."""
        wanted = ground(self._ink, codes) if blank else codes
        before, self._ink = self._ink, wanted
        return self._inks.step(before, wanted)

    def _erased(self, span: Span, text: str, styles: list[int]) -> bool:
        least = TO_END if span.end == self._width else BLANK
        alike = text.isspace() and styles.count(styles[0]) == len(styles)
        return len(text) >= least and alike and not self._inks.codes(styles[0]).on_blanks

    def _erase(self, span: Span) -> str:
        """Blanks over the span; the cursor stays at its beginning."""
        return "\x1b[K" if span.end == self._width else f"\x1b[{span.end - span.first}X"
