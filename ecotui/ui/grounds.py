"""Other colours while the application runs: what is drawn already is drawn anew, screens behind are made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Resize

from ecotui.ui.theme import use
from ecotui.ui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

GROUNDS = ("dark", "light")
MONITOR = "monitor"


async def take_ground(app: EcotuiApp, ground: str) -> None:
    """Colours for a "dark" or a "light" ground, until the application ends."""
    mode = app.current_mode
    app.ground = ground
    app.theme = use(ground)
    app.show_monitor()
    for other in [name for name in app._modes if name != MONITOR]:
        made = app._modes[other]
        await app.remove_mode(other)
        app.add_mode(other, made)
    app.painter.forget()
    _again(app)
    if mode != MONITOR:
        app._go(mode)


def _again(app: EcotuiApp) -> None:
    """The Monitor, which lives as long as the application, in the new colours."""
    for widget in app.monitor.walk_children():
        if isinstance(widget, Canvas):
            widget.forget()
            widget.post_message(Resize(widget.size, widget.virtual_size, widget.container_size))
    app.monitor.pull(True)
