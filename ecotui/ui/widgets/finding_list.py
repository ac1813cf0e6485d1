"""The findings by name: a heading a law, under it each subject with a line of what is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ecotui.core.units import clean
from ecotui.ui.theme import ink
from ecotui.ui.widgets.finding_words import GLYPHS, KINDS, SHORT, board_of, gist, otherwise, rest_of, short

if TYPE_CHECKING:
    from ecotui.analysis.findings import Finding


class FindingList(OptionList, inherit_bindings=False):
    """Takes findings in their order; tells which one the cursor is on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Up", show=False, id="findings.up"),
        Binding("down,j", "cursor_down", "Down", show=False, id="findings.down"),
        Binding("pageup", "page_up", "Page up", show=False, id="findings.page-up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="findings.page-down"),
        Binding("home", "first", "First", show=False, id="findings.first"),
        Binding("end", "last", "Last", show=False, id="findings.last"),
        Binding("enter", "select", "Open", id="findings.open", tooltip="The finding with its figure and its points"),
    ]

    @dataclass
    class Moved(Message):
        """The cursor came to another finding; None where there is none."""

        place: int | None

    @dataclass
    class Opened(Message):
        """A finding was opened."""

        place: int

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, compact=True)
        self._findings: Sequence[Finding] = ()
        self._width = 0
        self._accounting = "gross"

    def show(self, findings: Sequence[Finding], accounting: str = "gross") -> None:
        """Other findings; the cursor stays on its own where it is still among them.

        accounting: the list's, by its name; a finding of other joules says which.
        """
        before = self.finding
        self._findings, self._accounting = tuple(findings), accounting
        self._fill()
        names = [(one.key, one.subject) for one in findings]
        mine = (before.key, before.subject) if before else None
        known = next((place for place, one in enumerate(findings) if one.determined), 0)
        place = names.index(mine) if mine in names else known
        if findings:
            self.highlighted = self.get_option_index(str(place))
        else:
            self.post_message(self.Moved(None))

    @property
    def finding(self) -> Finding | None:
        """The finding under the cursor."""
        place = self._place
        return self._findings[place] if place is not None and place < len(self._findings) else None

    @property
    def _place(self) -> int | None:
        option = self.highlighted_option
        return int(option.id) if option is not None and option.id and option.id.isdecimal() else None

    def _fill(self) -> None:
        self._width = self.scrollable_content_region.width
        kept = self.highlighted_option.id if self.highlighted_option else None
        with self.prevent(OptionList.OptionHighlighted):
            self.clear_options()
            self.add_options(list(self._options_of(max(self._width, 20))))
            if kept is not None and kept in self._id_to_option:
                self.highlighted = self.get_option_index(kept)

    def _options_of(self, width: int) -> Iterator[Option]:
        """Headings take no cursor; an id is the place of its finding."""
        places = list(enumerate(self._findings))
        for first, (_, some) in enumerate(groupby(places, lambda it: it[1].key)):
            group = list(some)
            yield Option(_head([one for _, one in group], width, first > 0), disabled=True)
            for board, same in groupby(group, lambda it: (board_of(it[1]), it[1].kind)):
                yield Option(_board(*board, width), disabled=True)
                for place, one in same:
                    yield Option(_line(one, width, self._accounting), id=str(place))

    def on_resize(self, event: Resize) -> None:
        if self._findings and self.scrollable_content_region.width != self._width:
            self._fill()

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Moved(self._place))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self._place is not None:
            self.post_message(self.Opened(self._place))


def _head(group: Sequence[Finding], width: int, apart: bool) -> Content:
    """The law's name and how many subjects it has."""
    name, count = SHORT.get(group[0].key, clean(group[0].title, width - 6)), str(len(group))
    rule = "─" * max(width - cell_len(name) - len(count) - 2, 0)
    return Content.assemble("\n" if apart else "", ink(name, "power", True), ink(f" {rule} {count}", "muted"))


def _board(name: str, kind: str, width: int) -> Content:
    """Where the figures below it come from."""
    word, role = KINDS.get(kind, (kind, "muted"))
    shown = clean(name.removeprefix("NVIDIA "), width - cell_len(word) - 5)
    return Content.assemble(" ", ink(shown, "muted", True), ink(f" · {word}", role))


def _line(one: Finding, width: int, accounting: str) -> Content:
    """Subject, and below it what is known, of which joules; a law that the points leave open says so."""
    known = one.determined
    glyph = GLYPHS.get(one.kind, "●")
    return Content.assemble(
        "  ",
        ink(f"{glyph} ", "good" if known else "muted"),
        ink(clean(short(rest_of(one), width - 4), width - 4)),
        "\n    ",
        ink(
            clean(short(otherwise(one, accounting) + gist(one), width - 4), width - 4),
            "throughput" if known else "muted",
        ),
    )
