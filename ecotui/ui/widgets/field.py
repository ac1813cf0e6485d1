"""A line to type into whose cursor stands still: nothing moves that has not changed."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input


class Field(Input):
    """Textual's, but that a cursor which blinks would be sent twice a second."""

    cursor_blink = reactive(False, init=False)
