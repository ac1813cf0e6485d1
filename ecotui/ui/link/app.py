"""An application whose frames go through a painter, in letters and colours that the terminal has."""

from __future__ import annotations

import os
from asyncio import TimerHandle
from functools import cached_property
from typing import TYPE_CHECKING, cast

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding
from textual.command import CommandPalette
from textual.driver import Driver

from ecotui.core.locales import in_ascii
from ecotui.ui.link.gate import Gate
from ecotui.ui.link.painter import Painter
from ecotui.ui.link.terminal import Terminal, erases, theme_of
from ecotui.ui.link.typed import Passed, Typed

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.screen import Screen

SYSTEMS = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT, "standard": ColorSystem.STANDARD}


TRANSITION_S = 0.01
"""So long a new screen's first frame waits for its parts to be in place; Textual's own wait is five times as long."""


class LinkedApp(App[int]):
    """Textual's application, but that a frame is sent as the cells that differ, as the link takes them."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self.terminal = terminal
        self.ascii = in_ascii(os.environ) if terminal.ascii is None else terminal.ascii
        """Whether no letter beyond ASCII is shown."""
        if self.ascii:
            from ecotui.ui.link.ascii_filter import AsciiLetters

            self._filters.append(AsciiLetters())
        self.ground = theme_of(terminal.theme, os.environ)
        """ "dark" or "light"."""
        self._rest: TimerHandle | None = None
        self.typed = Typed(self)
        """Keys of the terminal."""
        self._whole: Screen[object] | None = None
        """The screen that was last drawn as a whole."""

    def on_mount(self) -> None:
        self.screen_change_signal.subscribe(self, self._turned, immediate=True)

    def _turned(self, screen: Screen[object]) -> None:
        self.painter.turned()
        self.typed.turned()

    def on_passed(self, marker: Passed) -> None:
        self.typed.passed(marker)

    @cached_property
    def painter(self) -> Painter:
        """Paints what the screens draw."""
        system = None if self.no_color else SYSTEMS.get(self.console.color_system or "")
        gate, dark = Gate(self.terminal.budget_bps), self.current_theme.dark
        made = Painter(gate, system, dark=dark, erases=erases(os.environ))
        made.later = self._paint_later
        return made

    @property
    def link_note(self) -> str:
        """The rate, where the link or the budget holds frames back; else empty."""
        return self.painter.note if self._driver is not None else ""

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver for a terminal becomes ours; another, as a browser's, stays."""
        usual = super().get_driver_class()
        if usual.__module__ != "textual.drivers.linux_driver":
            return usual
        from ecotui.ui.link.driver import LinkDriver

        return LinkDriver

    def get_key_display(self, binding: Binding) -> str:
        """A key in letters that the terminal has."""
        shown = super().get_key_display(binding)
        if not self.ascii:
            return shown
        from ecotui.ui.link.letters import key_name

        return key_name(shown)

    def delay_update(self, delay: float = TRANSITION_S) -> None:
        """Textual's, but shorter: a key waits for the frame."""
        super().delay_update(min(delay, TRANSITION_S))

    def action_command_palette(self) -> None:
        """Textual's, with words that ASCII has letters for."""
        if not CommandPalette.is_open(cast("App[object]", self)):
            self.push_screen(CommandPalette(placeholder="Search for commands", id="--command-palette"))

    def action_redraw(self) -> None:
        """Paint everything again, whatever another program left on the terminal."""
        self.painter.forget()
        self.painter.flush()

    def _paint_later(self, seconds: float) -> None:
        if self._loop is None:
            return
        if self._rest is not None:
            if self._rest.when() <= self._loop.time() + seconds:
                return
            self._rest.cancel()
        self._rest = self._loop.call_later(seconds, self._paint_rest)

    def _paint_rest(self) -> None:
        self._rest = None
        self.painter.flush()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        ours = isinstance(renderable, LayoutUpdate | ChopsUpdate) and hasattr(self._driver, "blocked")
        if not ours or self._batch_count or not self._running or self._closed:
            if not ours and renderable is not None:
                self.painter.forget()
            super()._display(screen, renderable)
            return
        assert isinstance(renderable, LayoutUpdate | ChopsUpdate)
        try:
            self.painter.synchronized = self._sync_available
            if isinstance(renderable, LayoutUpdate) and renderable.region.size == screen.outer_size:
                self._whole = screen
            awaited = self._whole is not screen
            self.painter.show(renderable, screen.outer_size, self.cursor_position, awaited=awaited)
        finally:
            self.post_display_hook()
