"""Where a replay stands: REPLAY, position and length, speed, and a bar to click on."""

from __future__ import annotations

from textual.events import Click, Resize

from ecotui.ui.messages import PositionPicked
from ecotui.ui.widgets.canvas import Canvas, Ink, Row, cells


def clock(seconds: float) -> str:
    """Minutes and seconds, "4:10"."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


class SeekBar(Canvas):
    """One row."""

    def __init__(self) -> None:
        super().__init__(id="seek")
        self._values = (0.0, 1.0, 1.0, False)
        self._bar = (0, 1)

    def show(self, at_s: float, length_s: float, speed: float, playing: bool) -> None:
        """Position, length, speed."""
        self._values = (at_s, length_s, speed, playing)
        if self.size.width:
            self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def on_click(self, event: Click) -> None:
        first, length = self._bar
        if event.x >= first:
            self.post_message(PositionPicked(min((event.x - first) / max(length - 1, 1), 1.0)))

    def _draw(self) -> None:
        at_s, length_s, speed, playing = self._values
        total = clock(length_s)
        head: Row = [
            Ink(" REPLAY ", "throughput", bold=True, reverse=True),
            Ink(f" {'▶' if playing else '‖'} {f'{speed:g}×':<6}"),
            Ink(f"{clock(at_s):>{len(total)}} / {total}  "),
        ]
        first = cells(head)
        room = max(self.size.width - first - 1, 1)
        here = min(round((room - 1) * at_s / length_s), room - 1) if length_s > 0 else 0
        self._bar = (first, room)
        self.paint([[*head, Ink("━" * here, "bar"), Ink("●", "text"), Ink("━" * (room - here - 1), "grid")]])
