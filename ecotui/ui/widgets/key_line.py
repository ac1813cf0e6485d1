"""The last line of every screen: the keys of now, as many as there is room for, help and quit always among them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Resize
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

PADDING = 3
"""Blanks around a key and behind its words; the line's last one may be cut."""
PALETTE = 2
"""The line before the palette's key and the blank behind it."""
ALWAYS = ("monitor", "history", "compare", "help", "quit")
"""Actions whose keys stay however narrow the line is; a screen's own go, the last of them first."""


def fitting(keys: Sequence[tuple[str, int]], width: int) -> list[int]:
    """Places of the keys, each (action, cells), that `width` holds."""
    left = list(range(len(keys)))
    while sum(keys[i][1] for i in left) > width + 1:
        lesser = [i for i in left if keys[i][0] not in ALWAYS]
        if not lesser:
            break
        left.remove(lesser[-1])
    return left


class KeyLine(Footer):
    """A footer that leaves out what it would have to cut; the help names every key."""

    def __init__(self) -> None:
        super().__init__()
        self._width = 0
        """Cells that the keys were chosen for."""

    def compose(self) -> ComposeResult:
        self._width = self.app.size.width
        found = [key for key in super().compose() if isinstance(key, FooterKey)]
        keys = [key for key in found if not key.has_class("-command-palette")]
        if sum(map(_cells, found)) + PALETTE <= self._width:
            yield from found
        else:
            yield from (keys[i] for i in fitting([(key.action, _cells(key)) for key in keys], self._width))

    def on_resize(self, event: Resize) -> None:
        if self._bindings_ready and self.app.size.width != self._width:
            self.call_after_refresh(self.recompose)


def _cells(key: FooterKey) -> int:
    return cell_len(key.key_display) + cell_len(key.description) + PADDING
