"""A published row or range in full: what was published, what follows from it, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ecotui.core.units import clean
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_entry import Entry
from ecotui.ui.widgets.history_published import record_lines
from ecotui.ui.widgets.history_ranges import range_facts

LABEL = 16


class PublishedScreen(ModalScreen[None]):
    """A small page over the History."""

    DEFAULT_CSS = """
    PublishedScreen { align: center middle; }
    PublishedScreen .published--fact { height: auto; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Back", id="published.back", tooltip="Close this page"),
    ]

    def __init__(self, name: str, facts: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.what, self.facts = name, facts

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = f"Published · {self.what}"
            dialog.border_subtitle = Content(keyed("{published.back|esc} back"))
            yield Static(self._facts(), classes="published--fact")

    def _facts(self) -> Content:
        room = 72 - LABEL - 4
        return Content("\n").join(
            Content.assemble(ink(f"{label:<{LABEL}}", "muted"), ink(_hung(value, room))) for label, value in self.facts
        )


def page_of(entry: Entry) -> PublishedScreen | None:
    """The page of a published row or range; None of a run."""
    if entry.audited is not None:
        return PublishedScreen(clean(entry.audited.row.model, 40), tuple(record_lines(entry.audited)))
    if entry.claim is not None:
        return PublishedScreen("a range without rows", tuple(range_facts(entry.claim)))
    return None


def _hung(text: str, width: int) -> str:
    """Wrapped, its further rows under its first."""
    from textwrap import wrap

    return f"\n{' ' * LABEL}".join(wrap(text, width)) if text else ""
