"""What a start leaves for later: styles and imports of other screens once the first one stands, and garbage then on."""

from __future__ import annotations

import gc
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from textual.cache import LRUCache

if TYPE_CHECKING:
    from textual.widget import Widget

    from ecotui.ui.link.app import LinkedApp

SETTLED_S = 2.0
"""After this the first screen stands."""
AHEAD = (
    "ecotui.ui.screens.help",
    "polars",
    "ecotui.store.store",
    "ecotui.ui.screens.history",
    "ecotui.ui.screens.compare",
    "scipy.special",
    "plotext",
    "ecotui.ui.screens.record",
    "ecotui.ui.screens.findings",
    "ecotui.ui.screens.sweep",
)
"""Imported in a thread then, in the order in which an operator is likely to need them."""
GARBAGE = (5_000, 10, 1_000)
"""Thresholds of the collector: it looks through everything, which takes 0.1 s, when nobody types (`tidy`), or else
after so many times of looking through what is new."""
ENOUGH = 10
"""After so many of them, looking through everything may be worth it."""
LOOK_S = 10.0
QUIET_S = 5.0
"""An operator who has not typed for so long is reading."""
SHEETS = 512
"""Styles of widgets and screens that Textual may keep; it parses all 80 anew for each where there is room for 64."""


def room_for_styles(app: LinkedApp) -> None:
    """Before the first screen: what was parsed is kept."""
    app.stylesheet._parse_cache = LRUCache(SHEETS)


def later(app: LinkedApp) -> None:
    """Asks for the rest, once the first screen is mounted."""
    app.set_timer(SETTLED_S, partial(_settle, app))
    app.set_interval(LOOK_S, partial(tidy, app))


def _settle(app: LinkedApp) -> None:
    """The styles of the screens to come, their imports beside, and garbage collected again."""
    for path in sorted(Path(__file__).parent.glob("screens/*.tcss")):
        app.stylesheet.read(path)
    for made in _parts_of_dialogs():
        made._post_register(app)
    app.stylesheet.parse()
    Thread(target=_ahead, name="imports", daemon=True).start()


def _parts_of_dialogs() -> tuple[Widget, ...]:
    """Widgets whose styles the first dialog or list would have to read."""
    from textual.containers import VerticalScroll
    from textual.widgets import DataTable, Label, OptionList

    from ecotui.ui.widgets.field import Field

    return Field(), VerticalScroll(), OptionList(), DataTable(), Label()


def _ahead() -> None:
    """What another screen would wait for; whatever is amiss with it is said when that screen needs it.

    Where the command line has put collecting off, it begins; what stands now is not looked through again.
    """
    for name in AHEAD:
        with suppress(ImportError):
            import_module(name)
    if not gc.isenabled():  # what the imports brought would take longer to look through than a key may wait
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()


def tidy(app: LinkedApp) -> None:
    """Look through everything while the operator reads, so that no key waits for it."""
    if gc.get_threshold() == GARBAGE and gc.get_count()[2] >= ENOUGH and app.painter.quiet_s >= QUIET_S:
        gc.collect()
