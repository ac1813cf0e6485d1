"""The table of runs: only the rows in sight are ever drawn, so ten thousand cost what twenty do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size, Spacing
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ecotui.ui.widgets.history_columns import Layout, layout
from ecotui.ui.widgets.history_draw import HEAD_ROWS, MARK_CELLS, claimed, group, heading, run
from ecotui.ui.widgets.history_entry import Entry, Head
from ecotui.ui.widgets.history_published import is_published
from ecotui.ui.widgets.history_rows import Order
from ecotui.ui.widgets.history_trend import Curves
from ecotui.ui.widgets.steps import steps

_HEAD_SPACE = Spacing(HEAD_ROWS, 0, 0, 0)


class RunTable(ScrollView, can_focus=True):
    """Groups of runs under two rows of headings; the cursor skips the groups' heads."""

    BINDINGS: ClassVar[list[BindingType]] = [*steps("history", "run")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"runs--head", "runs--group", "runs--cursor", "runs--cursor-blurred"}

    @dataclass
    class Moved(Message):
        """The cursor came to another run, or the list under it changed; None where the list is empty."""

        entry: Entry | None

    @dataclass
    class HeadClicked(Message):
        """A column's heading was clicked."""

        key: str

    @dataclass
    class Chosen(Message):
        """A run was double-clicked."""

        entry: Entry

    @dataclass
    class Uncovered(Message):
        """Other runs came into sight, so that what they need can be loaded."""

        run_ids: tuple[str, ...]

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.lines: Sequence[Head | Entry] = ()
        self.order = Order()
        self.marked: Sequence[str] = ()
        self.trends: Mapping[str, Curves] = {}
        """Power and throughput of every window, by run id; grows while the operator looks."""
        self.cursor = 0
        self._longest: Mapping[str, int] = {}
        self._layout: Layout | None = None

    def show(
        self,
        lines: Sequence[Head | Entry],
        longest: Mapping[str, int],
        order: Order,
        marked: Sequence[str],
        near: bool = False,
    ) -> None:
        """Other lines; the cursor stays on its run where that is still listed, else on the first, or on a near one."""
        before = self._stay(lines) if near else self.entry
        self.lines, self.order, self.marked = lines, order, marked
        self._longest, self._layout = longest, None
        self.cursor = next((i for i, it in enumerate(lines) if isinstance(it, Entry) and _same(it, before)), 1)
        self.virtual_size = Size(self._room, len(lines) + HEAD_ROWS)
        self._settle()

    @property
    def entry(self) -> Entry | None:
        """The run under the cursor."""
        line = self.lines[self.cursor] if 0 <= self.cursor < len(self.lines) else None
        return line if isinstance(line, Entry) else None

    def _stay(self, lines: Sequence[Head | Entry]) -> Entry | None:
        """The run under the cursor, or where it is not listed any more the next below it, or above it, that is."""
        if (entry := self.entry) is None:
            return None
        there = {line.row.run_id for line in lines if isinstance(line, Entry)}
        if entry.row.run_id in there:
            return entry
        below, above = self.lines[self.cursor + 1 :], reversed(self.lines[: self.cursor])
        near = (line for line in (*below, *above) if isinstance(line, Entry))
        return next((line for line in near if line.row.run_id in there), None)

    @property
    def columns(self) -> Layout:
        """The columns that the width of now has room for."""
        if self._layout is None:
            self._layout = layout(self._room - MARK_CELLS - 1, self._longest)
        return self._layout

    @property
    def _room(self) -> int:
        return max(self.scrollable_content_region.width, 20)

    @property
    def _seen(self) -> int:
        return max(self.scrollable_content_region.height - HEAD_ROWS, 1)

    @property
    def places(self) -> Mapping[str, int]:
        """Places of the marked in Compare: runs among runs, published figures among themselves."""
        runs = [run_id for run_id in self.marked if not is_published(run_id)]
        others = [run_id for run_id in self.marked if is_published(run_id)]
        return {run_id: place for some in (runs, others) for place, run_id in enumerate(some)}

    def remark(self, marked: Sequence[str]) -> None:
        """Other marks on the same lines."""
        self.marked = tuple(marked)
        self.refresh()

    def go_to(self, run_ids: Collection[str]) -> None:
        """The cursor to the first of these that is listed."""
        found = (i for i, it in enumerate(self.lines) if isinstance(it, Entry) and it.row.run_id in run_ids)
        self.cursor = next(found, self.cursor)
        self._settle()

    def action_move(self, by: int) -> None:
        """The cursor up or down, over the heads of groups."""
        step, target = (1 if by > 0 else -1), min(max(self.cursor + by, 0), len(self.lines) - 1)
        while 0 <= target < len(self.lines) and isinstance(self.lines[target], Head):
            target += step
        if not 0 <= target < len(self.lines):
            target = next((i for i, line in enumerate(self.lines) if isinstance(line, Entry)), 0) if by < 0 else target
        if 0 <= target < len(self.lines):
            self.cursor = target
            self._settle()

    def action_page(self, by: int) -> None:
        """The cursor by as many rows as are in sight."""
        self.action_move(by * max(self._seen - 1, 1))

    def _settle(self) -> None:
        """Bring the cursor into sight, with its group's head where that is right above, and say where it is."""
        above = 1 if self.cursor == 1 else 0
        self.scroll_to_region(
            Region(0, self.cursor + HEAD_ROWS - above, 1, 1 + above), animate=False, force=True, spacing=_HEAD_SPACE
        )
        self.refresh()
        self.post_message(self.Moved(self.entry))
        self._uncover()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._uncover()

    def on_resize(self, event: Resize) -> None:
        self._layout = None
        self.virtual_size = Size(self._room, len(self.lines) + HEAD_ROWS)
        self._settle()

    @property
    def _published(self) -> bool:
        """Whether only published figures are in sight: they come last, so the first line in sight tells."""
        first = self.scroll_offset.y
        line = self.lines[first] if first < len(self.lines) else None
        return line.published if isinstance(line, Entry) else line is not None and line.noun != "run"

    def _uncover(self) -> None:
        first = self.scroll_offset.y
        seen = self.lines[first : first + self._seen + 1]
        self.post_message(
            self.Uncovered(tuple(line.row.run_id for line in seen if isinstance(line, Entry) and line.stored))
        )

    async def on_click(self, event: Click) -> None:
        """A heading sorts, a row takes the cursor, a double click opens it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < HEAD_ROWS:
            if (key := self._key_at(offset.x)) is not None:
                self.post_message(self.HeadClicked(key))
            return
        at = offset.y - HEAD_ROWS + self.scroll_offset.y
        if at < len(self.lines) and isinstance(self.lines[at], Entry):
            self.cursor = at
            self._settle()
            if event.chain == 2 and self.entry is not None:
                self.post_message(self.Chosen(self.entry))

    def _key_at(self, x: int) -> str | None:
        left = MARK_CELLS
        for column, width in self.columns.columns:
            if left <= x < left + width + self.columns.gap:
                return column.key
            left += width + self.columns.gap
        return None

    def render_line(self, y: int) -> Strip:
        """One row of the table; the headings stay while the rest scrolls."""
        width = self.size.width
        if y < HEAD_ROWS:
            base = self.get_component_rich_style("runs--head")
            return heading(y, self.columns, self.order, width, base, published=self._published)
        at = y - HEAD_ROWS + self.scroll_offset.y
        if at >= len(self.lines):
            return Strip.blank(width, self.rich_style)
        line = self.lines[at]
        if isinstance(line, Head):
            return group(line, width, self.get_component_rich_style("runs--group"))
        base = self.rich_style
        if at == self.cursor:
            base += self.get_component_rich_style("runs--cursor" if self.has_focus else "runs--cursor-blurred")
        run_id = line.row.run_id
        place = self.places.get(run_id)
        if line.claim is not None:
            return claimed(line, line.claim, self.columns, width, base, marked=place is not None)
        return run(line, self.columns, width, base, place=place, curves=self.trends.get(run_id, Curves()))


def _same(entry: Entry, other: Entry | None) -> bool:
    return other is not None and entry.row.run_id == other.row.run_id
