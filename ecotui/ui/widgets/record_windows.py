"""The windows of a run as a table, in as many blocks as the width makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ecotui.core import units
from ecotui.core.rows import WindowRow
from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_cells import fitted

GAP = 2
NONE = "No window was measured."
SPLIT = "Windows of {} new tokens: they tell prefill from decode, and enter no mean."


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of a window, under two rows of heading."""

    heads: tuple[str, str]
    text: Callable[[WindowRow], str]
    width: int
    right: bool = True


def _figure(heads: tuple[str, str], name: str, width: int, digits: int | None = None) -> Column:
    def text(row: WindowRow) -> str:
        value = getattr(row, name)
        return units.significant(value) if digits is None else units.number(value, digits)

    return Column(heads, text, width)


def state_of(row: WindowRow) -> str:
    """Whether the window is to be trusted; why not stands below the table."""
    return units.ABSENT if row.valid is None else "✔ valid" if row.valid else "▲ INVALID"


def _diff(row: WindowRow) -> str:
    """Counter against integral, with its sign."""
    return units.signed(row.energy_sources_diff_pct, 2)


NUMBER = Column(("", "#"), lambda row: str(row.window), 3)
COLUMNS = (
    _figure(("", "s"), "window_s", 6, 2),
    _figure(("", "tok/s"), "throughput_tok_s", 7),
    _figure(("", "W"), "power_mean_w", 6),
    _figure(("J/1k", "gross"), "energy_gross_j_per_1k_tokens", 7),
    _figure(("net of", "context"), "energy_net_context_j_per_1k_tokens", 7),
    _figure(("net of", "bare"), "energy_net_bare_j_per_1k_tokens", 7),
    _figure(("edges", "± %"), "energy_edge_error_pct", 6, 2),
    _figure(("counter", "J"), "energy_counter_j", 8, 1),
    _figure(("integral", "J"), "energy_integral_j", 8, 1),
    Column(("differ", "%"), _diff, 6),
    _figure(("TTFT", "ms"), "ttft_ms", 6),
    _figure(("TPOT", "ms"), "tpot_ms", 6),
    _figure(("ITL p99", "ms"), "itl_p99_ms", 7),
    _figure(("end", "°C"), "temperature_end_c", 4, 0),
    _figure(("SM", "MHz"), "sm_clock_mean_mhz", 6, 0),
)
STATE = Column(("", "state"), state_of, 9, right=False)


def blocks(width: int) -> list[list[Column]]:
    """The columns in blocks of at most `width` cells, each with the window's number first."""
    out, left = [[NUMBER]], width - NUMBER.width
    for column in (*COLUMNS, STATE):
        need = GAP + column.width
        if need > left and len(out[-1]) > 1:
            out.append([NUMBER])
            left = width - NUMBER.width
        out[-1].append(column)
        left -= need
    return out


def table(rows: Sequence[WindowRow], width: int) -> Iterator[Content]:
    """The rows of text of all blocks; windows that split prefill from decode stand in a table of their own."""
    if not rows:
        yield ink(NONE, "muted")
        return
    yield from _blocks([row for row in rows if not row.split], width)
    if split := [row for row in rows if row.split]:
        yield Content("")
        lengths = ", ".join(dict.fromkeys(str(row.new_tokens) for row in split))
        yield from (ink(line, "muted") for line in wrap(SPLIT.format(lengths), width))
        yield from _blocks(split, width)
    yield from _causes(rows, width)


def _blocks(rows: Sequence[WindowRow], width: int) -> Iterator[Content]:
    for number, block in enumerate(blocks(width)):
        if number:
            yield Content("")
        for head in (0, 1):
            if any(c.heads[head] for c in block):
                yield ink(_joined([fitted(c.heads[head], c.width, c.right) for c in block]), "muted")
        for row in rows:
            cells = [fitted(c.text(row), c.width, c.right) for c in block]
            yield ink(_joined(cells), "warn" if row.valid is False else "text")


def _causes(rows: Sequence[WindowRow], width: int) -> Iterator[Content]:
    for row in rows:
        if row.valid is False:
            kind = "split window" if row.split else "window"
            text = f"▲ {kind} {row.window} is INVALID: {units.clean(row.cause or 'no cause given')}"
            for line in wrap(text, max(width, 20)):
                yield ink(line, "warn")


def _joined(cells: Sequence[str]) -> str:
    return (" " * GAP).join(cells).rstrip()


class WindowsPane(Widget):
    """The windows, under a title."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes="pane")
        self.border_title = "Windows"
        self._rows: Sequence[WindowRow] = ()

    def show(self, rows: Sequence[WindowRow], simulated: bool) -> None:
        """Other windows."""
        self._rows = rows
        self.border_subtitle = ink("SIMULATED", "warn") if simulated else ""
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(sum(1 for _ in table(self._rows, width)), 1)

    def render(self) -> Content:
        return Content("\n").join(table(self._rows, self.content_size.width))
