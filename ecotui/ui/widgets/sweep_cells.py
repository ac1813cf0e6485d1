"""A sweep as a grid of cells: what each says in the room that it has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ecotui.core import units
from ecotui.ui.widgets.canvas import Ink, Row

FULL, MIDDLE, NARROW = 28, 14, 9
"""Cells that a point takes with its interval, with its ratio, and with its joules alone."""
WIDE = 1.5
"""An interval whose ends are further apart than that factor says little of its ratio."""
LEGENDS = {
    FULL: "J/1k tokens gross · × this row's baseline [95 %]",
    MIDDLE: "J/1k gross · × this row's baseline · ? 95 % interval holds 1, is wide or none",
    NARROW: "J/1k tokens gross · the chosen point's ratio below",
}
"""What a cell of each width shows."""
STATES: dict[str, tuple[str, str, str]] = {
    "done": ("✔", "done", "good"),
    "running": ("●", "running", "throughput"),
    "failed": ("✖", "failed", "bad"),
    "skipped": ("⊘", "skipped", "warn"),
    "to come": ("·", "to come", "faint"),
    "": ("", "", "muted"),
}
"""State to its glyph, word and role; a place where the plan has no point is in none."""


@dataclass(frozen=True, slots=True)
class Times:
    """A ratio to the row's own baseline; the interval is None where one block alone makes it."""

    value: float
    low: float | None = None
    high: float | None = None
    blocks: int = 0

    @property
    def text(self) -> str:
        """×0.74"""
        return f"×{self.value:.2f}"

    @property
    def interval(self) -> str:
        """[0.73, 0.76]; empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"[{self.low:.2f}, {self.high:.2f}]" if math.isfinite(self.low) else units.UNBOUNDED

    @property
    def brief(self) -> str:
        """The ratio in at most five cells."""
        return f"×{_brief(self.value)}"

    @property
    def brief_interval(self) -> str:
        """The interval in at most thirteen cells."""
        if self.low is None or self.high is None or not math.isfinite(self.low):
            return self.interval
        return f"[{_brief(self.low)}, {_brief(self.high)}]"

    @property
    def doubtful(self) -> bool:
        """Whether the ratio alone would mislead: its interval holds 1, is wide, or is none."""
        if self.low is None or self.high is None or not math.isfinite(self.low):
            return True
        return self.low <= 1 <= self.high or self.low <= 0 or self.high > WIDE * self.low

    @property
    def whole(self) -> str:
        """The ratio with its interval, or the words that there is none."""
        return f"{self.text} {self.interval or '(no interval)'}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of a sweep."""

    state: str
    """A key of STATES."""
    model: str = ""
    arm: str = ""
    """The arm without its model, for people."""
    baseline: bool = False
    gross_j: float | None = None
    """Joules a thousand tokens, whole board."""
    ratio: Times | None = None
    """Of gross joules to the row's baseline."""
    net_ratio: Times | None = None
    """Of joules net of context."""
    doing: str = ""
    """Of a running point: its window of how many, or its phase."""
    reason: str = ""
    """Why it failed or was skipped, as a sentence."""
    mark: tuple[str, str, str] | None = None
    """Glyph, word and role of a done run that is not simply valid."""
    facts: tuple[str, ...] = ()
    """Further figures of a done run, for the detail."""
    run_id: str | None = None
    log: Path | None = None
    """The session's log, where it has one."""
    broken_off: bool = False
    """Of a point to come: whether a session of it ended before its end."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the grid: a model at one batch size and lengths, compared with nothing but itself."""

    model: str
    batch: int
    lengths: str
    """ "16+256"; empty where all rows have the same."""
    board: str
    """ "GPU 1"; empty where there is one board."""
    cells: tuple[Cell, ...]
    session: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The line above a model's rows."""

    model: str


@dataclass(frozen=True, slots=True)
class Grid:
    """All of a sweep's points."""

    columns: tuple[tuple[str, str], ...] = ()
    """Quantization and engine."""
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def single(self) -> bool:
        """Whether every model has one row, in which its name can stand."""
        return len({line.model for line in self.lines}) == len(self.lines) > 1

    def rows(self, flat: bool) -> tuple[Head | Line, ...]:
        """Lines under the heads of their models; `flat` without heads."""
        if flat:
            return self.lines
        out: list[Head | Line] = []
        for line in self.lines:
            if not out or _model(out[-1]) != line.model:
                out.append(Head(line.model))
            out.append(line)
        return tuple(out)


def _model(row: Head | Line) -> str:
    return row.model


def _brief(value: float) -> str:
    """A ratio in at most five cells, below ten with two decimals."""
    if value < 99.95:
        return f"{value:.2f}" if value < 9.995 else f"{value:.1f}"
    return f"{value:.0f}" if value < 9999.5 else f"{value:.0e}"


def look_of(cell: Cell) -> tuple[str, str, str]:
    """Glyph, word and role."""
    if cell.state == "done" and cell.mark is not None:
        return cell.mark
    return STATES[cell.state]


def cell_row(cell: Cell, width: int) -> Row:
    """The cell in at most `width` cells: as much as there is room for, the glyph always."""
    glyph, word, role = look_of(cell)
    if not cell.state:
        return []
    if cell.state != "done":
        return _under_way(cell, glyph, word, role, width)
    figure = units.significant(cell.gross_j)
    out = [Ink(f"{glyph} ", role), Ink(f"{figure:>6}" if width >= FULL or width < MIDDLE else f"{figure:>5}")]
    if width < MIDDLE:
        return out
    if cell.baseline or cell.ratio is None:
        return [*out, Ink(" base" if cell.baseline else f" {units.ABSENT}", "muted")]
    if width >= FULL:
        interval = cell.ratio.brief_interval or "no interval"
        return [*out, Ink(f" {cell.ratio.brief}", "text", bold=True), Ink(f" {interval}", "muted")]
    mark = [Ink("?", "warn", bold=True)] if cell.ratio.doubtful else []
    taken = sum(len(ink.text) for ink in (*out, *mark)) + len(cell.ratio.brief)
    return [*out, Ink(f"{' ' * (taken < width)}{cell.ratio.brief}", "text", bold=True), *mark]


def _under_way(cell: Cell, glyph: str, word: str, role: str, width: int) -> Row:
    text = cell.doing if cell.state == "running" and cell.doing else word
    short = text.replace(" of ", "/") if len(text) + 2 > width else text
    tone = "muted" if cell.state == "to come" else role
    return [Ink(f"{glyph} ", role), Ink(short, tone)]


def width_of(columns: Sequence[object], room: int, gap: int) -> int:
    """Cells of each column: as much as all of them have room for; where they must scroll, room for the ratio."""
    count = max(len(columns), 1)
    for width in (FULL, MIDDLE, NARROW):
        if count * (width + gap) <= room + gap:
            return width
    return MIDDLE if room >= MIDDLE else NARROW
