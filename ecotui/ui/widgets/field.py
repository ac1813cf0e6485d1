"""A line to type into whose cursor stands still: nothing moves that has not changed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.widgets import Input


class Field(Input):
    """Textual's, but that a cursor which blinks would be sent twice a second."""

    cursor_blink = reactive(False, init=False)


class RunFilter(Field):
    """The History's filter, whose keys stand in the line of keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep", id="history.keep", tooltip="These runs stay, and keys are the list's again"),
        Binding(
            "down",
            "screen.to_table",
            "To the list",
            show=False,
            id="history.to-table",
            tooltip="From the filter to the list",
        ),
    ]
