"""The line in which a model's name is typed, with what tab would make of it behind the cursor."""

from __future__ import annotations

from collections.abc import Callable

from textual.suggester import Suggester
from textual.widgets import Input

NO_NAME = ("<", ">", "[", "]")


class Line(Input):
    """Leaves the picker the letters that no name on the hub has; a path that has them can be pasted."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is a letter of what is typed."""
        return character not in NO_NAME and super().check_consume_key(key, character)


class Ghost(Suggester):
    """Shows behind what is typed what tab would make of it."""

    def __init__(self, complete: Callable[[str], str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        longer = self._complete(value)
        return longer if longer != value and longer.startswith(value) else None
