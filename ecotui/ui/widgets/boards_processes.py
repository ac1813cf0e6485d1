"""The processes on a board as rows that can be sorted; none of them can be ended from here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ecotui.core.units import clean, gigabytes, number
from ecotui.recorder.users import Process
from ecotui.ui.widgets.canvas import Ink, Row, cells, fit

NONE = "No process has a context on this board."
ROLES = {"worker": "◆ worker ", "recorder": "◇ recorder "}
"""ecotui's own, by glyph and word."""


@dataclass(frozen=True)
class Field:
    """One column: its name, how wide it is, and what it sorts by."""

    name: str
    width: int
    text: Callable[[Process], str]
    key: Callable[[Process], Any]
    largest_first: bool = True


def age(seconds: float | None) -> str:
    """ "0:42", "3:07:12" or "2d 04:11"."""
    if seconds is None:
        return "–"
    whole = int(seconds)
    if whole >= 86_400:
        return f"{whole // 86_400}d {whole % 86_400 // 3600:02d}:{whole % 3600 // 60:02d}"
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def _bytes(value: int | None) -> str:
    return "–" if value is None else gigabytes(value)


FIELDS = (
    Field("PID", 7, lambda p: str(p.pid), lambda p: p.pid, largest_first=False),
    Field("user", 9, lambda p: p.user or "–", lambda p: p.user, largest_first=False),
    Field("GPU mem", 9, lambda p: _bytes(p.board_b), lambda p: p.board_b or -1),
    Field("SM %", 5, lambda p: number(p.sm_pct, 0), lambda p: -1.0 if p.sm_pct is None else p.sm_pct),
    Field("host mem", 9, lambda p: _bytes(p.host_b), lambda p: p.host_b or -1),
    Field("CPU %", 6, lambda p: number(p.cpu_pct, 0), lambda p: -1.0 if p.cpu_pct is None else p.cpu_pct),
    Field("time", 9, lambda p: age(p.time_s), lambda p: -1.0 if p.time_s is None else p.time_s),
    Field("command", 0, lambda p: p.command, lambda p: p.command, largest_first=False),
)
LEFT = ("user", "command")
NARROW = ((84, "host mem"), (72, "time"), (56, "user"))
"""Columns that go where the rows are narrower than this."""
BY_MEMORY = 2


@dataclass(frozen=True, slots=True)
class Order:
    """What processes are sorted by."""

    by: int = BY_MEMORY
    turned: bool = False

    @property
    def down(self) -> bool:
        """Whether the largest comes first."""
        return FIELDS[self.by].largest_first != self.turned

    def next(self) -> Order:
        """By the next column."""
        return Order((self.by + 1) % len(FIELDS))


def in_order(processes: Sequence[Process], order: Order) -> list[Process]:
    """The processes as they are shown; those that are alike by number."""
    by_pid = sorted(processes, key=lambda p: p.pid)
    return sorted(by_pid, key=FIELDS[order.by].key, reverse=order.down)


def process_rows(
    processes: Sequence[Process], order: Order, at: int | None, size: tuple[int, int], seen: bool
) -> list[Row]:
    """The head, and as many processes around the cursor as there are rows; `at` None is no cursor.

    seen: whether the board told who is on it.
    """
    if not processes:
        return [[Ink(NONE if seen else "The board does not tell who is on it.", "muted")]]
    width, room = size[0], max(size[1] - 1, 1)
    shown = in_order(processes, order)
    first = min(max((at or 0) - room // 2, 0), max(len(shown) - room, 0))
    body = [_row(p, width, first + n == at) for n, p in enumerate(shown[first : first + room])]
    return [_head(order, width), *body]


def _head(order: Order, width: int) -> Row:
    row: list[Ink] = [Ink("  ")]
    for field in _fields(width):
        here = field is FIELDS[order.by]
        name = field.name + (("▾" if order.down else "▴") if here else "")
        text = name.ljust(field.width) if field.name in LEFT else name.rjust(field.width)
        row += [Ink(text, "power" if here else "muted"), Ink(" ")]
    return fit(row, width)


def _fields(width: int) -> list[Field]:
    gone = [name for least, name in NARROW if width < least]
    return [field for field in FIELDS if field.name not in gone]


def _row(process: Process, width: int, here: bool) -> Row:
    row: list[Ink] = [Ink("▸ " if here else "  ", "power", True)]
    for field in _fields(width)[:-1]:
        text = clean(field.text(process), field.width)
        text = text.ljust(field.width) if field.name in LEFT else text.rjust(field.width)
        row += [Ink(text, "muted" if text.strip() == "–" else "text"), Ink(" ")]
    row.append(Ink(ROLES.get(process.role, ""), "good"))
    return fit([*row, Ink(_command(process, width - cells(row)), bold=here)], width)


def _command(process: Process, room: int) -> str:
    """What it was started with; of ecotui's own without what its role says already, where that has no room."""
    whole = clean(process.command or "–", 400)
    if len(whole) <= room or not process.role:
        return whole
    return whole.partition(" record ")[2] or whole.partition(" record-watched ")[2] or whole
