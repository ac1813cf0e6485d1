"""The models to choose from under the heads of their sections; only rows in sight are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.style import Style as Letters
from textual.events import Click, Resize
from textual.geometry import Region, Size, Spacing
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ecotui.core.arm import Arm
from ecotui.core.models import ModelChoice
from ecotui.core.room import Room
from ecotui.ui.widgets.canvas import Ink, Row, strip_of
from ecotui.ui.widgets.model_rows import Columns, Heading, Line, Note, choice_row, head_row, heading_row

HEAD = Spacing(1, 0, 0, 0)


class ModelList(ScrollView):
    """Takes no keys itself: the line that is typed in keeps them."""

    can_focus = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"models--cursor"}

    @dataclass
    class Moved(Message):
        """The cursor came to another model; None where there is none."""

        choice: ModelChoice | None

    @dataclass
    class Chosen(Message):
        """A model was clicked twice."""

        choice: ModelChoice

    def __init__(self, arm: Arm, room: Room) -> None:
        super().__init__(id="models")
        self.lines: Sequence[Line] = ()
        self.cursor = 0
        self.current = arm.model
        """The model of the plan, which has a mark."""
        self._columns = Columns(80, arm, room)

    @property
    def choice(self) -> ModelChoice | None:
        """The model under the cursor."""
        line = self.lines[self.cursor] if 0 <= self.cursor < len(self.lines) else None
        return line if isinstance(line, ModelChoice) else None

    def show(self, lines: Sequence[Line], wanted: str | None) -> None:
        """Other lines; the cursor goes to the model of that name, else to the first."""
        self.lines = lines
        models = [i for i, line in enumerate(lines) if isinstance(line, ModelChoice)]
        named = (i for i in models if getattr(lines[i], "name", None) == wanted)
        self.cursor = next(named, models[0] if models else 0)
        self.virtual_size = Size(self.room, len(lines) + 1)
        self._settle()

    def weigh(self, arm: Arm, room: Room) -> None:
        """The same models for another arm, or other memory."""
        self._columns = replace(self._columns, arm=arm, room=room)
        self.refresh()

    def move(self, by: int) -> None:
        """The cursor to another model, over the heads; beyond an end to the other one, a page only to the end."""
        models = [i for i, line in enumerate(self.lines) if isinstance(line, ModelChoice)]
        if not models:
            return
        at = (models.index(self.cursor) if self.cursor in models else 0) + by
        at = at % len(models) if abs(by) == 1 else min(max(at, 0), len(models) - 1)
        self.cursor = models[at]
        self._settle()

    @property
    def page(self) -> int:
        """Rows in sight."""
        return max(self.scrollable_content_region.height - 2, 1)

    @property
    def room(self) -> int:
        """Cells of a row."""
        return max(self.scrollable_content_region.width, 20)

    def _above(self) -> int:
        """Rows of heads and notes right above the cursor."""
        first = self.cursor
        while first and not isinstance(self.lines[first - 1], ModelChoice):
            first -= 1
        return min(self.cursor - first, self.page)

    def _settle(self) -> None:
        above = self._above()
        region = Region(0, self.cursor + 1 - above, 1, 1 + above)
        self.scroll_to_region(region, animate=False, force=True, spacing=HEAD)
        self.refresh()
        self.post_message(self.Moved(self.choice))

    def on_resize(self, event: Resize) -> None:
        self._columns = replace(self._columns, width=self.room)
        self.virtual_size = Size(self.room, len(self.lines) + 1)
        self._settle()

    async def on_click(self, event: Click) -> None:
        """A row takes the cursor, a double click chooses it."""
        offset = event.get_content_offset(self)
        at = -1 if offset is None or offset.y < 1 else offset.y - 1 + self.scroll_offset.y
        if 0 <= at < len(self.lines) and isinstance(self.lines[at], ModelChoice):
            self.cursor = at
            self._settle()
            if event.chain == 2 and self.choice is not None:
                self.post_message(self.Chosen(self.choice))

    def render_line(self, y: int) -> Strip:
        """One row; the names of the columns stay while the rest scrolls."""
        ground = Letters(bgcolor=self.background_colors[1].rich_color)
        at = y - 1 + self.scroll_offset.y
        if y and at >= len(self.lines):
            return Strip.blank(self.size.width, ground)
        strip = strip_of(self._row(at) if y else head_row(self._columns)).adjust_cell_length(self.size.width)
        if y and at == self.cursor and self.choice is not None:
            ground = self.get_component_rich_style("models--cursor")
        return strip.apply_style(ground)

    def _row(self, at: int) -> Row:
        line = self.lines[at]
        if isinstance(line, Heading):
            return heading_row(line, self._columns.width)
        if isinstance(line, Note):
            return [Ink("   "), *line.row]
        return choice_row(line, self._columns, line.name == self.current, at == self.cursor)
