"""Every notice of this start, with those that the recorder wrote into the log of the session in front."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ecotui.ui.copying import Copied
from ecotui.ui.keys import keyed
from ecotui.ui.notices import SESSION, Told, together
from ecotui.ui.theme import ink
from ecotui.ui.widgets.canvas import wrap

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

NOTHING = "Nothing was told yet. Notices that fade from the corner stay here until ecotui is closed."
PULL_S = 1.0
LEVELS = {"info": ("·", "muted"), "warning": ("▲", "warn"), "error": ("✖", "bad")}
"""Glyph and role; the word stands beside them."""
LEAD = 21
"""Cells before the text: time, glyph, and the longest word."""


class NoticesScreen(ModalScreen[None]):
    """A page over the screen, its end in sight; it goes on while it is open."""

    CSS_PATH = "notices.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,N,q", "dismiss", "Back", id="notices.back", tooltip="Close this page"),
        Binding("y", "app.copy", "Copy", id="notices.copy", tooltip="All notices as text in the clipboard"),
    ]
    can_copy = True

    def __init__(self) -> None:
        super().__init__()
        self._shown: Sequence[Told] | None = None

    @property
    def _told(self) -> list[Told]:
        app = cast("EcotuiApp", self.app)
        return together(app.notices, app.monitor.sources.timeline)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Notices"
            dialog.border_subtitle = Content(keyed("↑↓ scroll   {notices.copy|y} copy   {notices.back|esc} back"))
            yield Static(classes="notices--list")

    def on_mount(self) -> None:
        self.set_interval(PULL_S, self._pull)
        self.call_after_refresh(self._pull)

    def on_resize(self) -> None:
        self._shown = None
        self.call_after_refresh(self._pull)

    def _pull(self) -> None:
        """What came since; at the end of the list the screen stays there."""
        told = self._told
        if told == self._shown:
            return
        scroll = self.query_one(VerticalScroll)
        at_end = self._shown is None or scroll.is_vertical_scroll_end
        self._shown = told
        room = max(scroll.scrollable_content_region.width - 1, 30)
        rows = Content("\n").join(_row(one, room) for one in told) if told else ink(NOTHING, "muted")
        self.query_one(Static).update(rows)
        if at_end:
            self.call_after_refresh(scroll.scroll_end, animate=False)

    async def to_copy(self) -> Copied | None:
        """All of them as lines of text."""
        told = self._told
        return Copied(f"{len(told)} notices", "\n".join(map(as_line, told))) if told else None


def as_line(one: Told) -> str:
    """A notice as a line of text: local time with its date, how grave it is, and what it says."""
    at = datetime.fromtimestamp(one.at_s).astimezone()
    return f"{at:%Y-%m-%d %H:%M:%S%z} {one.level}{f' {SESSION}' if one.source else ''}: {one.text}"


def _row(one: Told, width: int) -> Content:
    """A notice in rows of `width` cells: its words hang under their first."""
    glyph, role = LEVELS.get(one.level, LEVELS["info"])
    at = datetime.fromtimestamp(one.at_s).astimezone()
    lead = [ink(f"{at:%H:%M:%S}  ", "muted"), ink(f"{glyph} {one.level:<7}  ", role)]
    said = f"{SESSION}: {one.text}" if one.source else one.text
    rows = ["".join(bit.text for bit in row) for row in wrap(said, max(width - LEAD, 20))]
    return Content.assemble(*lead, ink(f"\n{' ' * LEAD}".join(rows)))
