"""The last line of every screen: the keys of now, as many as there is room for, help and quit always among them.

What cannot be done now is left out at every width; the help names it.

At its right end stands the rate of a slow link, where the first line has no room for it.

While a dialog is in front, they are the dialog's: those of the screen below do nothing then.

One widget that writes a line of letters: Textual's Footer makes a widget of every key, again whenever one of them
changes, which takes longer than all the figures of a screen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click, MouseMove
from textual.screen import Screen
from textual.widget import Widget

from ecotui.ui.keys import NO_KEY, in_order, worded
from ecotui.ui.theme import POWER, ink
from ecotui.ui.widgets.topbar import LOOK_S, TopBar

ALWAYS = ("help", "quit")
"""Actions whose keys stay however narrow the line is."""
TABS = ("monitor", "history", "compare", "findings", "sweep", "gpus")
"""Go first where there is no room: the first line names them too, letters underlined."""
PALETTE = "command_palette"


class Key(NamedTuple):
    """One key, and what it does."""

    action: str
    key: str
    display: str
    text: str
    tooltip: str

    @property
    def cells(self) -> int:
        """With a blank before it, between its words and behind it."""
        return cell_len(self.display) + cell_len(self.text) + 3


def fitting(keys: Sequence[tuple[str, int]], width: int, urged: Collection[str] = ()) -> list[int]:
    """Places of the keys, each (action, cells), that `width` holds.

    The tabs go first, then a screen's last; `urged` are actions that stay as help and quit do.
    """
    left, kept = list(range(len(keys))), {*ALWAYS, *urged}
    while sum(keys[i][1] for i in left) > width + 1:
        free = [i for i in left if keys[i][0] not in kept]
        lesser = [i for i in free if keys[i][0] in TABS] or free
        if not lesser:
            break
        left.remove(lesser[-1])
    return left


class KeyLine(Widget):
    """The keys that do something now; the help names every one of them."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self._urged: tuple[str, ...] = ()
        """Actions of the screen that come next, as its `urged` names them."""
        self._places: list[tuple[int, Key]] = []
        """Where each key that is shown ends, in cells."""
        self._said = ""
        """The note at the right end."""

    def on_mount(self) -> None:
        self.set_interval(LOOK_S, self._look)
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self.app.screen_change_signal.subscribe(self, self._turned)
        self.call_later(self._changed, self.screen)  # the first screen may not be on the stack yet

    def _turned(self, front: Screen[object]) -> None:
        """Another screen is in front: a dialog over this one, or this one again."""
        if front is self._front and front is not self.screen:
            front.bindings_updated_signal.subscribe(self, self._changed)
        self.call_later(self._changed, front)

    def _look(self) -> None:
        if self._said != self._note and self.screen.is_current:
            self.refresh()

    @property
    def _note(self) -> str:
        """What the first line has no room for, while there is any."""
        if not getattr(self.app, "link_note", ""):
            return ""
        return next((bar.crowded_out for bar in self.screen.query(TopBar)), "")

    @property
    def _front(self) -> Screen[object]:
        """The dialog over this screen, else this screen."""
        stack = self.app.screen_stack
        return stack[-1] if self.screen in stack and stack[-1].is_modal else self.screen

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self._front:
            told = tuple(self._known()), tuple(getattr(screen, "urged", ()))
            if told != (self._keys, self._urged):
                self._keys, self._urged = told
                self.refresh()

    def _known(self) -> Iterator[Key]:
        """Every key that does something now and is to be shown, each action once; the palette's last."""
        seen: set[str] = set()
        palette: Key | None = None
        bindings = self._front.active_bindings.values()
        parts = getattr(self.app, "parts", None)
        for active in in_order(bindings) if parts is not None and parts.keys else bindings:
            binding = worded(self._front, active.binding)
            if binding.key == NO_KEY or not active.enabled:
                continue
            key = Key(
                binding.action,
                binding.key,
                self.app.get_key_display(binding),
                binding.description,
                active.tooltip or binding.description,
            )
            if binding.action in (PALETTE, f"app.{PALETTE}"):
                palette = key
            elif binding.show and binding.action not in seen:
                seen.add(binding.action)
                yield key
        if palette is not None:
            yield palette

    def render(self) -> Content:
        """The line; its right end is the palette's where everything has room."""
        self._said = note = self._note
        width, keys = self.size.width - (len(note) + 1 if note else 0), list(self._keys)
        palette = keys.pop() if keys and keys[-1].action.endswith(PALETTE) else None
        if palette is not None and sum(key.cells for key in (*keys, palette)) + 1 > width:
            palette = None
        sizes = [(key.action, key.cells) for key in keys]
        shown = keys if palette else [keys[i] for i in fitting(sizes, width, self._urged)]
        self._places, at = [], 0
        for key in shown:
            at += key.cells
            self._places.append((at, key))
        parts = [_told(key) for key in shown]
        if palette is not None:
            self._places += [(width - palette.cells, palette._replace(action="")), (width, palette)]
            parts += [Content(" " * (width - at - palette.cells - 1)), ink("▏", "faint"), _told(palette)]
            at = width
        if note:
            parts += [Content(" " * max(width - at, 0)), ink(note, "muted")]
        return Content.assemble(*parts)

    def _under(self, x: int) -> Key | None:
        key = next((key for end, key in self._places if x < end), None)
        return key if key is not None and key.action else None

    def on_mouse_move(self, event: MouseMove) -> None:
        """What the key under the pointer does."""
        key = self._under(event.x)
        self.tooltip = key.tooltip if key else None

    def on_click(self, event: Click) -> None:
        """As if it had been pressed."""
        key = self._under(event.x)
        if key is not None:
            self.app.simulate_key(key.key)


def _told(key: Key) -> Content:
    return Content.assemble(ink(f" {key.display}", POWER, bold=True), ink(f" {key.text} ", "text"))
