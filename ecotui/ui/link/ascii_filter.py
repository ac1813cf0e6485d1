"""What draws every line of every widget in ASCII."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from ecotui.ui.link.letters import ascii_text


class AsciiLetters(LineFilter):
    """Applied by Textual to every line of every widget."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [Segment(ascii_text(text), style, control) for text, style, control in segments]
