"""The History's keys."""

from __future__ import annotations

from textual.binding import Binding


def _key(key: str, action: str, text: str, tooltip: str, *, show: bool = True, display: str | None = None) -> Binding:
    return Binding(key, action, text, show, display, id=f"history.{action.replace('_', '-')}", tooltip=tooltip)


KEYS = [
    _key("enter", "open", "Open", "Everything that is known of the run"),
    _key("space", "mark", "Mark", "Choose the run for Compare, the baseline first", display="␣"),
    _key("c", "compare", "Compare", "The marked runs side by side"),
    _key("slash", "filter", "Filter", "Only runs with these words, or within these ranges", display="/"),
    _key("escape", "clear", "Clear", "All runs again"),
    _key("v", "replay", "Replay", "Play the run's log in the Monitor"),
    _key("d,delete", "remove", "Remove", "Move the run's session, or the marked ones, to the trash", display="d"),
    _key("u", "undo", "Undo", "Restore what was removed last: runs, marks, the filter"),
    _key("o", "sort", "Sort", "Sort by the next column"),
    _key("O", "turn", "Reverse", "Sort the other way round", show=False),
    _key("r", "look", "Refresh", "Look at the store again", show=False),
]
