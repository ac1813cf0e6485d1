"""Keys, made from the bindings that are in force, found by typing, and how a measurement is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from ecotui.core.keymap import EVERYWHERE, actions
from ecotui.ui.commands import Offer, offers
from ecotui.ui.keys import NO_KEY, keyed, shown
from ecotui.ui.theme import ink
from ecotui.ui.widgets.field import Field

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

MEASURING = """\
A session goes through phases: idle before the worker is started (bare), loading, idle with the CUDA context \
and the weights resident (context), warm-up, then measured windows.
A window holds whole generate() calls, back to back, until it is long enough. Its energy is the step of the \
board's energy counter over the window, or the integral of instant power where there is no counter.
Gross energy is the whole board's. Net energy is gross less an idle baseline over the window, and is always named: \
net of context, net of bare.
± edges says how far the counter's steps, some 100 ms apart, may put a window's energy off.
A window is INVALID where a thermal or hardware slowdown, a gap between readings over 300 ms or a missing token \
spoils it; it is marked, never dropped.
Quality, the plan's row of that name, is scored after the windows: perplexity of a text, its ratio to fp16 over the \
same tokens with a 95 % interval, KL divergence and top-1 agreement. A saving without it says "quality not measured".
Everything is in the session's log, which can be replayed. SIMULATED watts come from a model, not from a board."""
KEYS, NAME = 10, 16
"""Cells of the columns before the text."""
HOW = "type to find   ↑↓ scroll   {help.back|esc} back"
NOTHING = "No key does that."
HERE = "Here"
NOT_NOW = " (not now)"
BY_NAME = " (no key here: by its name in the palette)"
NONE = "–"
"""Stands for no key."""


class Line(NamedTuple):
    """One action in the help."""

    name: str
    """Empty for one of Textual's own."""
    page: str
    keys: str
    text: str
    tooltip: str
    enabled: bool

    def holds(self, words: Sequence[str]) -> bool:
        """Whether every word is somewhere in it."""
        whole = f"{self.page} {self.keys} {self.text} {self.tooltip}".lower()
        return all(word in whole for word in words)


def here(app: EcotuiApp, screen: Screen[object]) -> list[Line]:
    """The actions of the screen and of what is on it, moves last, then those that every screen has."""
    found = [(line_of(app, offer), offer.moves) for offer in offers(app, screen)]
    return [line for line, _ in sorted(found, key=lambda it: (it[0].page == EVERYWHERE, it[1]))]


def line_of(app: EcotuiApp, offer: Offer) -> Line:
    """An offer as the help tells it."""
    known = actions().get(offer.binding.id or "")
    names = [app.get_key_display(offer.binding), *(shown(app, key) for key in offer.keys[1:])]
    keys = " ".join(dict.fromkeys(one for one, key in zip(names, offer.keys, strict=True) if key != NO_KEY))
    tooltip = (offer.binding.tooltip or offer.binding.description) + ("" if keys else BY_NAME)
    page = known.page if known else EVERYWHERE if offer.node is app else HERE
    return Line(offer.binding.id or "", page, keys or NONE, offer.binding.description, tooltip, offer.enabled)


def elsewhere(app: EcotuiApp, told: Sequence[Line]) -> list[Line]:
    """The actions of other screens, and those that have no meaning now."""
    names, pages = {line.name for line in told}, {line.page for line in told}
    left = [one for one in actions().values() if one.name not in names]
    keys = {one.name: _keys(app, one.name, one.keys) for one in left}
    return [
        Line(one.name, one.page, keys[one.name], one.text, one.tooltip or one.text, one.page not in pages)
        for one in left
    ]


def _keys(app: EcotuiApp, name: str, came: Sequence[str]) -> str:
    return " ".join(shown(app, key) for key in app.parts.keys.get(name, came)) or NONE


class HelpScreen(ModalScreen[None]):
    """A page over the screen that it explains."""

    CSS_PATH = "help.tcss"
    AUTO_FOCUS = "#help-words"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="help.back", tooltip="Without the words; then close this page"),
        Binding("up", "scroll(-1)", "Up", show=False, id="help.up", tooltip="The lines above"),
        Binding("down", "scroll(1)", "Down", show=False, id="help.down", tooltip="The lines below"),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="help.page-up"),
        Binding("pagedown", "scroll(10)", "Page down", show=False, id="help.page-down"),
    ]

    def __init__(self, app: EcotuiApp, screen: Screen[object]) -> None:
        super().__init__()
        self._here = here(app, screen)

    @cached_property
    def _elsewhere(self) -> list[Line]:
        """Looked for with words alone: the page opens without it."""
        return elsewhere(cast("EcotuiApp", self.app), self._here)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Help"
            dialog.border_subtitle = Content(keyed(HOW))
            yield Field(id="help-words", placeholder="type what you want to do, or a key", compact=True)
            with VerticalScroll(id="help-all", can_focus=False):
                yield Static(id="help-lines")

    @property
    def words(self) -> Input:
        """What is looked for."""
        return self.query_one("#help-words", Input)

    @on(Input.Changed)
    def _typed(self) -> None:
        if self.words.value == "?":  # the key that opened the page closes it
            self.dismiss()
        else:
            self._draw()
            self.query_one("#help-all").scroll_home(animate=False)

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        width = self.query_one("#help-all").scrollable_content_region.width
        if width:
            self.query_one("#help-lines", Static).update(Content("\n").join(self._rows(width)))

    def _rows(self, width: int) -> Iterator[Content]:
        words = self.words.value.lower().split()
        found = [line for line in self._here if line.holds(words)]
        if words:
            found += [line for line in self._elsewhere if line.holds(words)]
            pages = list(dict.fromkeys(line.page for line in found))
            found.sort(key=lambda line: pages.index(line.page))
        page = ""
        for line in found:
            if line.page != page:
                if page:
                    yield Content("")
                page = line.page
                yield ink(page, bold=True)
            yield row(line, width)
        explained = not words or all(len(word) > 3 and word in MEASURING.lower() for word in words)
        if not found and not explained:
            yield ink(NOTHING, "muted")
        if explained:
            yield Content.assemble("\n", ink("How it measures", bold=True), "\n\n", MEASURING)

    def action_back(self) -> None:
        """Clears the words; closes the page where there are none."""
        if self.words.value:
            self.words.value = ""
        else:
            self.dismiss()

    def action_scroll(self, by: int) -> None:
        """Lines go by while the letters go into the field."""
        self.query_one("#help-all").scroll_relative(y=by, animate=False)


def row(line: Line, width: int) -> Content:
    """Keys, name and what it does, wrapped under itself."""
    before = KEYS + 1 + max(NAME, len(line.text) + 1)
    text = line.tooltip + ("" if line.enabled else NOT_NOW)
    hung = f"\n{' ' * before}".join(wrap(text, max(width - before, 20)))
    role = "power" if line.enabled else "faint"
    return Content.assemble(
        ink(f"{line.keys:>{KEYS}} ", role), ink(f"{line.text:<{before - KEYS - 1}}"), ink(hung, "muted")
    )
