"""The first line tells of a link that is behind, and not of one that is only being written to."""

from __future__ import annotations

from rich.color import ColorSystem
from textual.geometry import Offset

from ecotui.ui.link.gate import Gate
from ecotui.ui.link.painter import BEHIND_S, NOTED_S, Painter
from tests.ui.link.test_painter import SIZE, Clock, Wire, _frame


def _stuck() -> tuple[Painter, Wire, Clock]:
    wire, clock = Wire(), Clock()
    painter = Painter(Gate(), ColorSystem.EIGHT_BIT, clock)
    painter.begin(wire)
    painter.asked()
    _show(painter, "what came before")
    wire.blocked = True
    return painter, wire, clock


def _show(painter: Painter, text: str) -> None:
    painter.show(_frame([text]), SIZE, Offset(0, 0))


def test_frames_of_one_moment_are_no_slow_link() -> None:
    painter, _, clock = _stuck()
    for number in range(5):  # widgets of one screen, each drawn by itself, while a thread writes
        clock.now += BEHIND_S / 10
        _show(painter, f"figure {number}")
    assert painter.skipped and painter.note == ""


def test_a_terminal_that_stays_behind_is_told_until_it_has_caught_up() -> None:
    painter, wire, clock = _stuck()
    for number in range(5):
        clock.now += BEHIND_S
        _show(painter, f"figure {number}")
    assert painter.note == "0.3 kB/s"
    wire.blocked = False
    painter.flush()
    clock.now += NOTED_S + 0.1
    _show(painter, "one more")
    assert painter.note == ""


def test_a_rate_of_nothing_is_never_told() -> None:
    painter, _, clock = _stuck()
    painter.gate.capacity_bps = 9_400.0
    clock.now += 2.0  # what was written is more than a second ago
    for number in range(5):
        clock.now += BEHIND_S
        _show(painter, f"figure {number}")
    assert painter.skipped and painter.note == ""


def test_the_rate_is_that_of_the_moment_when_frames_were_skipped() -> None:
    painter, _, clock = _stuck()
    painter.gate.capacity_bps = 400.0
    for number in range(3):
        clock.now += BEHIND_S
        _show(painter, f"figure {number}")
    told = painter.note
    clock.now += NOTED_S - 0.1
    assert painter.note == told == "0.3 kB/s of 0.4"
    painter.gate.capacity_bps = 9_400.0
    assert painter.note == "", "a link that takes much more is not what is slow"
