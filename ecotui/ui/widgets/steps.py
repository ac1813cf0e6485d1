"""Keys that go through rows, the same on every list."""

from __future__ import annotations

from textual.binding import Binding

FAR = 1_000_000
"""More rows than any list has."""


def steps(name: str, what: str = "row") -> list[Binding]:
    """Bindings of `action_move(by)` and `action_page(by)`; their ids begin with `name`, as a keymap calls them."""
    return [
        Binding("up,k", "move(-1)", "Up", show=False, id=f"{name}.up", tooltip=f"The {what} above"),
        Binding("down,j", "move(1)", "Down", show=False, id=f"{name}.down", tooltip=f"The {what} below"),
        Binding("pageup", "page(-1)", "Page up", show=False, id=f"{name}.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id=f"{name}.page-down"),
        Binding("home", f"move(-{FAR})", "First", show=False, id=f"{name}.first"),
        Binding("end", f"move({FAR})", "Last", show=False, id=f"{name}.last"),
    ]
