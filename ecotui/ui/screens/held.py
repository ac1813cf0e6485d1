"""What stands over the Monitor where a board is another recorder's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ecotui.core.errors import EcotuiError
from ecotui.core.units import clean
from ecotui.recorder.holders import ADVICE, HeldError, hidden
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ink

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp


def say_who_holds(app: EcotuiApp, error: EcotuiError) -> bool:
    """Where the error is that another recorder holds the board, its session is offered to be watched."""
    if isinstance(error, HeldError):
        app.push_screen(HeldScreen(error), lambda log: app.visit(log) if log else None)
    return isinstance(error, HeldError)


class HeldScreen(ModalScreen[Path | None]):
    """Answers with the log to watch, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w,enter", "watch", "Watch it", id="held.watch", tooltip="The session on the board, read-only"),
        Binding("escape,q", "dismiss(None)", "Back", id="held.back", tooltip="Leave it alone"),
    ]

    def __init__(self, error: HeldError) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Not started: the board is taken"
            watch = "{held.watch|w} watch it   " if self._error.log else ""
            dialog.border_subtitle = Content(keyed(watch + "{held.back|esc} back"))
            yield Static(Content("\n\n").join(self._paragraphs()))

    def _paragraphs(self) -> list[Content]:
        why = "" if self._error.log else hidden(self._error.holder)
        told = [ink(clean(self._error.what, 600)), ink(clean(why, 600), "warn"), ink(ADVICE, "muted")]
        return [part for part in told if part.plain]

    def action_watch(self) -> None:
        if self._error.log is not None:
            self.dismiss(self._error.log)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A log that cannot be read cannot be watched."""
        return None if action == "watch" and self._error.log is None else True
