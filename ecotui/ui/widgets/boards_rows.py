"""The boards of a host as rows: as many columns as there is room for, the most telling first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ecotui.core.reading import reason_words
from ecotui.core.units import clean, duration, gigabytes, number
from ecotui.recorder.host import BoardView
from ecotui.ui.widgets.boards_spark import bar, blocks, scale
from ecotui.ui.widgets.canvas import Ink, Row, cells, fit

BRIEF = {
    "idle": "idle",
    "power cap": "cap",
    "hardware slowdown": "slow",
    "software thermal slowdown": "heat",
    "hardware thermal slowdown": "heat",
    "power brake": "brake",
}
"""Clock events in five letters; those not named here as "other"."""
HOLDING = ("slow", "heat", "brake")
"""Those that spoil a window."""
FULL = 0.95
"""Share of memory or power from which a bar warns."""


@dataclass(frozen=True)
class Column:
    """One column: the room it takes, and what it says of a board."""

    name: str
    width: int
    rank: int
    """Lower stays longer."""
    draw: Callable[[BoardView, int], Row]
    most: int = 0
    """How wide it may become; 0 as wide as it is."""
    right: bool = True


def title_of(view: BoardView) -> str:
    """A board's name as the driver tells it, without its maker; before its first answer that it is asked."""
    if view.info is None:
        return "asking…" if view.asked else "does not answer"
    return clean(view.info.name, 60).removeprefix("NVIDIA ")


def limit_of(view: BoardView) -> float | None:
    """The power limit in force, W."""
    return view.details.power_limit_w or (view.info.power_limit_w if view.info else None)


def trouble_of(view: BoardView) -> str:
    """Why a board says nothing, in a sentence; empty where it does."""
    if view.trouble:
        return clean(view.trouble)
    if view.silent_s:
        return f"no answer for {duration(round(view.silent_s))}; see `dmesg | grep Xid`"
    return "" if view.info else "asking the driver…"


def events_of(view: BoardView) -> tuple[str, str]:
    """Clock events in a word and its role; the most telling where there are several."""
    bits = view.reading.clock_event_reasons if view.reading else None
    words = [BRIEF.get(word, "other") for word in reason_words(bits)]
    if not words:
        return ("–", "muted") if bits is None else ("none", "muted")
    word = next((w for w in words if w in HOLDING), next((w for w in words if w == "cap"), words[-1]))
    return word, "bad" if word in HOLDING else "warn" if word == "cap" else "muted"


def _share(value: float | None, of: float | None) -> float | None:
    return None if value is None or not of else value / of


def _pbar(view: BoardView, width: int) -> Row:
    return bar(_share(view.reading.power_w if view.reading else None, limit_of(view)), width, "power")


def _mbar(view: BoardView, width: int) -> Row:
    share = memory_share(view)
    return bar(share, width, "bad" if share is not None and share > FULL else "bar")


def memory_share(view: BoardView) -> float | None:
    """Share of the board's memory in use."""
    total = view.info.memory_total_b if view.info else None
    return _share(view.reading.memory_used_b if view.reading else None, total)


def _power(view: BoardView, width: int) -> Row:
    power = view.reading.power_w if view.reading else None
    return [Ink(number(power, 0), "power", True), Ink(f"/{number(limit_of(view), 0)}", "muted")]


def _memory(view: BoardView, width: int) -> Row:
    used = view.reading.memory_used_b if view.reading else None
    total = view.info.memory_total_b if view.info else None
    return [Ink(_giga(used)), Ink(f"/{_giga(total)}", "muted")]


def _giga(value: float | None) -> str:
    return number(None if value is None else value / 1e9)


def _sensor(name: str, role: str = "text") -> Callable[[BoardView, int], Row]:
    def draw(view: BoardView, width: int) -> Row:
        return [Ink(number(getattr(view.reading, name) if view.reading else None, 0).replace(",", ""), role)]

    return draw


def _spark(view: BoardView, width: int) -> Row:
    return [Ink(blocks(view.powers, width, 1, scale(view.powers, limit_of(view)))[0], "power")]


def _events(view: BoardView, width: int) -> Row:
    word, role = events_of(view)
    full = ", ".join(reason_words(view.reading.clock_event_reasons if view.reading else None))
    return [Ink(full if full and len(full) <= width else word, role)]


def _on(value: bool | None) -> str:
    return "–" if value is None else "on" if value else "off"


def _ecc(view: BoardView, width: int) -> Row:
    errors = view.details.ecc_errors
    return [Ink(f"{_on(view.details.ecc)}{f' {errors}!' if errors else ''}", "bad" if errors else "muted")]


def _doing(view: BoardView, width: int) -> Row:
    if view.holder is None and not view.label:
        return [Ink("free", "muted")]
    return [Ink(clean(view.label or (view.holder.what or view.holder.words if view.holder else "")), "good")]


COLUMNS = (
    Column("name", 14, 0, lambda v, w: [Ink(title_of(v), bold=True)], 22, right=False),
    Column("W/limit", 8, 0, _power),
    Column("", 5, 4, _pbar, 12),
    Column("power", 9, 3, _spark, 60),
    Column("°C", 3, 1, _sensor("temperature_c", "temperature")),
    Column("MHz", 4, 2, _sensor("sm_clock_mhz")),
    Column("busy", 4, 1, _sensor("utilization_pct", "throughput")),
    Column("GB/total", 10, 1, _memory),
    Column("", 5, 5, _mbar, 12),
    Column("clocks", 6, 7, _events, 14, right=False),
    Column("fan%", 4, 9, lambda v, w: [Ink(number(v.details.fan_pct, 0))]),
    Column("ECC", 5, 10, _ecc, right=False),
    Column("MIG", 3, 11, lambda v, w: [Ink(_on(v.details.mig), "muted")], right=False),
    Column("UUID", 12, 8, lambda v, w: [Ink(uuid_of(v), "muted")], right=False),
    Column("doing", 16, 6, _doing, 34, right=False),
)
HEAD = 5
"""Cells of mark and number before the first column."""


def uuid_of(view: BoardView) -> str:
    """The first letters of a board's identity, as nvidia-smi writes it."""
    return clean(view.info.uuid if view.info else "–", 12)


def chosen(width: int) -> list[tuple[Column, int]]:
    """The columns that `width` cells hold, in order, each with its width; what is left over goes to those that grow."""
    kept = list(COLUMNS)
    while sum(c.width + 1 for c in kept) + HEAD > width and len(kept) > 2:
        kept.remove(max(kept, key=lambda c: c.rank))
    left = max(width - HEAD - sum(c.width + 1 for c in kept), 0)
    widths = {id(c): c.width for c in kept}
    for column in sorted(kept, key=lambda c: (c.name != "doing", c.rank)):
        more = min(max(column.most - column.width, 0), left)
        widths[id(column)] += more
        left -= more
    return [(c, widths[id(c)]) for c in kept]


def header(width: int) -> Row:
    """The columns' names."""
    row: list[Ink] = [Ink("  GPU", "muted")]
    for column, size in chosen(width):
        name = column.name.rjust(size) if column.right and column.name != "power" else column.name.ljust(size)
        row += [Ink(" "), Ink(name, "muted")]
    return row


def _glyph(view: BoardView) -> tuple[str, str]:
    """What stands before a board's number, and its role."""
    if view.label or view.holder:
        return "●", "good"
    if view.asked:
        return "◌", "muted"
    return ("✖", "bad") if trouble_of(view) else (" ", "text")


def board_row(view: BoardView, width: int, selected: bool, active: bool) -> Row:
    """One board; the cursor by a glyph, what is recorded by another."""
    mark = "▸" if selected else " "
    glyph, role = _glyph(view)
    row: list[Ink] = [
        Ink(mark, "focus" if not active else "power", True),
        Ink(glyph, role),
        Ink(f"{view.number:>2} "),
    ]
    if (trouble_of(view) and view.reading is None) or view.silent_s:
        told = [
            *row,
            Ink(" "),
            Ink(f"{title_of(view)}  " if view.info else "", "muted"),
            Ink(trouble_of(view), "muted" if view.asked else "bad"),
        ]
        return fit(told, width)
    for column, size in chosen(width):
        drawn = fit(column.draw(view, size), min(size, max(cells(column.draw(view, size)), 0)))
        pad = Ink(" " * (size - cells(drawn)))
        row += [Ink(" "), *([pad, *drawn] if column.right else [*drawn, pad])]
    return row


def board_rows(views: Sequence[BoardView], at: int, size: tuple[int, int], active: bool) -> list[Row]:
    """The list: its head, and as many boards around the cursor as there are rows."""
    width, room = size[0], max(size[1] - 1, 1)
    first = min(max(at - room // 2, 0), max(len(views) - room, 0))
    shown = list(enumerate(views))[first : first + room]
    return [header(width), *(board_row(view, width, n == at, active) for n, view in shown)]


def memory_words(view: BoardView) -> str:
    """ "14.2 of 85.5 GB"."""
    used = view.reading.memory_used_b if view.reading else None
    return f"{_giga(used)} of {gigabytes(view.info.memory_total_b if view.info else None)}"
