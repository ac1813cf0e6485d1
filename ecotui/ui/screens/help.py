"""Keys, made from the bindings that are in force, and how a measurement is made."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ecotui.ui.theme import ink

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
Everything is in the session's log, which can be replayed. SIMULATED watts come from a model, not from a board."""


class HelpScreen(ModalScreen[None]):
    """A page over the screen that it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "Back", id="help.back", tooltip="Close this page"),
    ]

    def __init__(self, active: Mapping[str, ActiveBinding]) -> None:
        super().__init__()
        self._active = active

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Help"
            dialog.border_subtitle = "esc back"
            yield Static(self._keys())
            yield Static(Content.assemble("\n", ink("How it measures", bold=True), "\n\n", MEASURING))

    def _keys(self) -> Content:
        rows: list[Content] = []
        seen: set[str] = set()
        for active in self._active.values():
            binding = active.binding
            if not (binding.id and binding.description and binding.tooltip) or binding.action in seen:
                continue
            seen.add(binding.action)
            key = self.app.get_key_display(binding)
            tooltip = f"\n{' ' * 27}".join(wrap(binding.tooltip, 40))
            head = [ink(f"{key:>9}  ", "power"), ink(f"{binding.description:<16}")]
            rows.append(Content.assemble(*head, ink(tooltip, "muted")))
        return Content("\n").join([Content.assemble(ink("Keys", bold=True)), *rows])
