"""The exact configuration behind a quantization's label, as Python that can be pasted."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ecotui.core.arm import ENGINES, Arm, quantization
from ecotui.core.units import clean
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ink


class CodeScreen(ModalScreen[None]):
    """One arm's model and quantization."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,i,q", "dismiss", "Back", id="code.back", tooltip="Close this page"),
    ]

    def __init__(self, arm: Arm) -> None:
        super().__init__()
        self._arm = arm

    def compose(self) -> ComposeResult:
        quant = quantization(self._arm.quantization)
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = quant.label
            dialog.border_subtitle = Content(keyed("{code.back|esc} back"))
            yield Static(
                Content.assemble(
                    ink(f"{clean(self._arm.model)}\n", bold=True),
                    ink(f"{quant.text}\n\n", "muted"),
                    ink(quant.code()),
                    ink(f"\n\nengine {clean(self._arm.engine)}", bold=True),
                    ink(f"\n{ENGINES.get(self._arm.engine, '')}", "muted"),
                )
            )
