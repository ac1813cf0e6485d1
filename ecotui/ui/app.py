"""The application: wires screens to each other, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.events import Resize
from textual.reactive import var
from textual.screen import Screen

from ecotui.core.errors import EcotuiError
from ecotui.core.units import clean
from ecotui.ui.hangup import end_with_terminal
from ecotui.ui.keys import display, key_shown, keymap, rebind
from ecotui.ui.link.app import LinkedApp
from ecotui.ui.messages import PlanChanged
from ecotui.ui.notices import Notices, briefly_s, titled
from ecotui.ui.offers import LOOK_S, Offers
from ecotui.ui.parts import Parts
from ecotui.ui.remembering import Remembering
from ecotui.ui.screens.monitor import MonitorScreen
from ecotui.ui.screens.small import LEAST, TooSmall
from ecotui.ui.settled import later, room_for_styles
from ecotui.ui.theme import DARK, LIGHT, use
from ecotui.ui.undo import Steps
from ecotui.ui.widgets.topbar import Facts, TopBar

if TYPE_CHECKING:
    from pathlib import Path

    from rich.terminal_theme import TerminalTheme
    from textual.dom import DOMNode
    from textual.widget import Widget

    from ecotui.store.store import Store

ELSEWHERE = ("monitor", "history", "compare", "findings", "sweep", "gpus", "help", "doctor", "command_palette")
"""Actions that lead away from the screen in front."""
MODES = {
    "history": ("history", "HistoryScreen"),
    "compare": ("compare", "CompareScreen"),
    "findings": ("findings", "FindingsScreen"),
    "sweep": ("sweep", "SweepScreen"),
    "gpus": ("boards", "BoardsScreen"),
}
"""Screens beside the Monitor, each its module and its class: imported when it is first shown."""
ROOMY = (110, 30)
"""Columns and rows below which notices take few rows, those of the start one after the other."""
NOTICED_S = 12.0
"""How long a notice of the start stands."""
GOES_ON = "The recording goes on; `{}` shows it again."


class EcotuiApp(LinkedApp):
    """The instrument."""

    TITLE = "ecotui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  # as Textual declares it
    DEFAULT_MODE = "monitor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "monitor", "Monitor", id="app.monitor", tooltip="Watch the session or the board"),
        Binding("h", "history", "History", id="app.history", tooltip="Every stored run"),
        Binding("c", "compare", "Compare", id="app.compare", tooltip="The marked runs side by side"),
        Binding("f", "findings", "Findings", id="app.findings", tooltip="What stored and published runs support"),
        Binding("s", "sweep", "Sweep", id="app.sweep", tooltip="Many runs from one plan"),
        Binding("g", "gpus", "GPUs", id="app.gpus", tooltip="Every board of this host, and who is on it"),
        Binding("D", "doctor", "Doctor", show=False, id="app.doctor", tooltip="What works here, what mends the rest"),
        Binding("y", "copy", "Copy", id="app.copy", tooltip="What is in front, as text, also through SSH"),
        Binding("N", "notices", "Notices", show=False, id="app.notices", tooltip="Every notice since the start"),
        Binding("ctrl+l", "redraw", "Redraw", show=False, id="app.redraw", tooltip="Paint the whole screen again"),
        Binding("F", "finish", "Finish", id="app.finish", tooltip="Go on with the unfinished sweep where it stopped"),
        Binding("escape", "put_off", "Not now", show=False, id="app.put-off", tooltip="Offer that sweep no more"),
        Binding("question_mark", "help", "Help", key_display="?", id="app.help", tooltip="Keys, and how it measures"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Close the screen; a recording goes on"),
        Binding(
            "ctrl+p",
            "command_palette",
            "palette",
            show=False,
            priority=True,
            id="app.palette",
            tooltip="Everything that can be done now, by its name",
        ),
    ]

    facts: var[Facts] = var(Facts, init=False)
    """What the first line of every screen says."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.terminal)
        room_for_styles(self)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = use(self.ground)
        self.add_mode("monitor", lambda: self.monitor)
        for mode in MODES:
            self.add_mode(mode, partial(_screen, mode))
        self.animation_level = "none"
        self.parts = parts
        self._own_keys = keymap(parts.keys)
        rebind(self, self._own_keys)
        self.marked: list[str] = list(parts.marked)
        """Run ids chosen for Compare, the baseline first."""
        self.remembering = Remembering(self)
        self.notices = Notices()
        """What the operator was told since the start."""
        self.offers = Offers(self)
        """What was left unfinished, and can be gone on with."""
        self.steps = Steps()
        """What was taken away and can be restored."""
        self.set_reactive(EcotuiApp.facts, Facts(simulated=parts.plan.simulated))
        self._coloured: tuple[str, TerminalTheme] | None = None
        """The theme that the styles were last made for."""
        self.failure: BaseException | None = None
        """The exception that ended the application, for the command line's error log; None where none did."""

    @cached_property
    def store(self) -> Store:
        """Completed runs; opened on first use, because Polars takes its time."""
        from ecotui.store.store import Store

        return Store(self.parts.home, self.parts.samples)

    @cached_property
    def monitor(self) -> MonitorScreen:
        """The one Monitor; it goes on following while another screen is shown."""
        return MonitorScreen()

    def on_mount(self) -> None:
        if self.parts.first == "history":
            self.show_history()
        elif self.parts.first == "compare":
            self.show_compare(self.marked)
        elif self.parts.first in ("findings", "sweep", "gpus"):
            self._go(self.parts.first)
        for notice in self.notices.first(self.parts.notices, key_shown(self, "app.notices", "N")):
            self.notify(clean(notice), severity="warning", timeout=NOTICED_S, markup=False)
        self.call_after_refresh(self._check_room)
        later(self)
        if self.parts.looks_back:
            self.set_timer(LOOK_S, self.offers.begin)
        end_with_terminal(self)

    def show_monitor(self) -> None:
        """The Monitor, on the session that goes or the live board."""
        self._go("monitor")

    def show_history(self) -> None:
        """Every stored run."""
        self._go("history")

    def show_compare(self, run_ids: Sequence[str]) -> None:
        """Two to four runs side by side, the first the baseline."""
        self.marked = list(run_ids)
        self._go("compare")

    def replay(self, log: Path) -> None:
        """A recorded session in the Monitor."""
        self.show_monitor()
        self.monitor.show_replay(log)

    def visit(self, log: Path) -> None:
        """A session that somebody records, in the Monitor, read-only."""
        self.show_monitor()
        self.monitor.visit(log)

    def tell(self, error: EcotuiError) -> None:
        """An error that the operator can do something about: a notice, or who holds the board, to be watched."""
        from ecotui.ui.screens.held import say_who_holds

        if not say_who_holds(self, error):
            self.notify(clean(error), severity="error", markup=False)

    def action_monitor(self) -> None:
        self.show_monitor()

    def action_history(self) -> None:
        self.show_history()

    def action_compare(self) -> None:
        self.show_compare(self.marked)

    def action_findings(self) -> None:
        self._go("findings")

    def action_sweep(self) -> None:
        self._go("sweep")

    def action_finish(self) -> None:
        self.offers.finish()

    def action_put_off(self) -> None:
        self.offers.put_off()

    def action_gpus(self) -> None:
        self._go("gpus")

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """A notice in the corner, which fades; the list of notices keeps it."""
        self.notices.add(message, severity, title)
        if self.has_class("-small") and not markup:
            message, title = titled(title, message), ""
            timeout = briefly_s(message, severity, self.size.width) if timeout is None else timeout
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def withdraw(self, message: str) -> None:
        """Take a notice out of the corner that is true no longer; the list of notices keeps it."""
        for notice in [it for it in self._notifications if it.message.endswith(message)]:
            self._unnotify(notice)

    def copy_to_clipboard(self, text: str) -> None:
        """As Textual does it; packed for GNU screen where that lies between."""
        from ecotui.ui.copying import sequence

        self._clipboard = text
        if self._driver is not None:
            self._driver.write(sequence(text, os.environ))

    @work(exclusive=True, group="copy")
    async def action_copy(self) -> None:
        from ecotui.ui.copying import copy

        await copy(self)

    def action_notices(self) -> None:
        from ecotui.ui.screens.notices import NoticesScreen

        self.clear_notifications()  # those in the corner are in the list
        self.push_screen(NoticesScreen())

    def action_help(self) -> None:
        from ecotui.ui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self, self.screen))

    def action_doctor(self) -> None:
        from ecotui.ui.screens.doctor import DoctorScreen

        if not isinstance(self.screen, DoctorScreen):
            self.push_screen(DoctorScreen())

    async def action_quit(self) -> None:
        """Closes the screen; whatever is being recorded goes on."""
        self.remembering.flush()
        command = "ecotui watch" if self.monitor.sources.visiting else "ecotui"
        self.exit(0, message=GOES_ON.format(command) if self.monitor.recording else None)

    def action_help_quit(self) -> None:
        """ctrl-c, which Textual keeps for copying: says which key closes the screen."""
        self.notify(f"Press {key_shown(self, 'app.quit', 'q')} to close ecotui; a recording goes on.", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A dialog is answered first; a terminal too small for anything can only be enlarged or left.

        From Python 3.12 on Textual's tasks begin at once: widgets of the first screen ask before it is on the stack.
        """
        if not self.screen_stack:
            return True
        if isinstance(self.screen, TooSmall):
            return action == "quit"
        alone = not self._front[-1].is_modal
        if action in ELSEWHERE:
            return alone and action != self._at_base()
        if action in ("finish", "put_off"):
            return self.offers.sweep is not None and len(self._front) == 1
        if action == "copy":
            from ecotui.ui.copying import can_copy

            return can_copy(self)
        return alone or action != "notices"

    def get_key_display(self, binding: Binding) -> str:
        """A key as it is shown everywhere."""
        named = binding if binding.key_display else binding.with_key(binding.key, display(binding.key))
        return super().get_key_display(named)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: what can be done now, by name."""
        from ecotui.ui.commands import commands

        return commands(self, screen)

    def on_resize(self, event: Resize) -> None:
        """Too small a terminal gets a sentence instead of a ruin."""
        self.call_after_refresh(self._check_room)

    def _check_room(self) -> None:
        self.set_class(self.size.width < ROOMY[0] or self.size.height < ROOMY[1], "-small")
        small = self.size.width < LEAST[0] or self.size.height < LEAST[1]
        shown = isinstance(self.screen, TooSmall)
        if small and not shown:
            self.push_screen(TooSmall())
        elif shown and not small:
            self.pop_screen()

    def watch_facts(self) -> None:
        """The first line of the screen in front says the facts of now; others do when they come to the front."""
        for bar in self.screen.query(TopBar):
            bar.refresh()

    @property
    def _front(self) -> Sequence[Screen[object]]:
        """The screens over each other, without the palette, whose commands are those of the screen below it."""
        stack = self.screen_stack
        return stack[:-1] if len(stack) > 1 and isinstance(stack[-1], CommandPalette) else stack

    def _at_base(self) -> str:
        """The mode whose own screen is in front; empty where another lies over it."""
        return self.current_mode if len(self._front) == 1 else ""

    @on(PlanChanged)
    def _plan_changed(self, event: PlanChanged) -> None:
        self.remembering.changed(event.plan)

    def _go(self, mode: str) -> None:
        if self.current_mode != mode:
            for bar in self.screen.query(TopBar):  # a key's answer, before the screen is made
                self.painter.lead(bar.strip_for(mode), bar.region.y)
            self.switch_mode(mode)
            self.remembering.changed()
        else:
            while len(self.screen_stack) > 1:
                self.pop_screen()

    def refresh_css(self, animate: bool = True) -> None:
        """Styles are made anew where the colours changed, and not for every new screen, which Textual asks for twice.

        A new screen's widgets get theirs when they are mounted.
        """
        if (colours := (self.theme, self.ansi_theme)) != self._coloured:
            self._coloured = colours
            super().refresh_css(animate)

    def _register_child(self, parent: DOMNode, child: Widget, before: int | None, after: int | None) -> None:
        super()._register_child(parent, child, before, after)
        rebind(child, self._own_keys)

    def _handle_exception(self, error: Exception) -> None:
        self.failure = self.failure or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """No traceback over the operator's terminal: the command line files it and says where."""
        self._close_messages_no_wait()


def _screen(mode: str) -> Screen[None]:
    module, name = MODES[mode]
    return cast("Screen[None]", getattr(import_module(f"ecotui.ui.screens.{module}"), name)())
