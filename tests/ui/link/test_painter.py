"""What reaches the terminal: the cells that differ, a key's answer first, and in the end what was drawn last."""

from __future__ import annotations

import random

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Offset, Region, Size
from textual.strip import Strip

from benchmarks.glass import Glass
from ecotui.ui.link.gate import Gate
from ecotui.ui.link.painter import HOLD_S, Painter
from ecotui.ui.link.sgr import Inks

SIZE = Size(40, 6)
RED, BLUE = Style(color="#ff5f5f", bgcolor="#121212"), Style(color="#5fd7ff", bgcolor="#121212", bold=True)


class Wire:
    """Takes what is written, and shows it on a glass."""

    def __init__(self, size: Size = SIZE) -> None:
        self.glass = Glass(size.width, size.height)
        self.written: list[str] = []
        self.blocked = False

    def write(self, data: str) -> None:
        self.written.append(data)
        self.glass.feed(data)

    @property
    def size(self) -> int:
        return sum(len(text.encode()) for text in self.written)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _frame(rows: list[str], style: Style = RED, y: int = 0) -> LayoutUpdate:
    strips = [[Strip([Segment(row.ljust(SIZE.width)[: SIZE.width], style)])] for row in rows]
    return LayoutUpdate(strips, Region(0, y, SIZE.width, len(rows)))


def _painter(budget: int | None = None) -> tuple[Painter, Wire, Clock]:
    wire, clock = Wire(), Clock()
    painter = Painter(Gate(budget), ColorSystem.EIGHT_BIT, clock)
    painter.begin(wire)
    return painter, wire, clock


def _show(painter: Painter, rows: list[str], style: Style = RED, y: int = 0) -> None:
    painter.show(_frame(rows, style, y), SIZE, Offset(0, 0))


def test_a_changed_figure_is_sent_alone() -> None:
    painter, wire, _ = _painter()
    painter.asked()
    _show(painter, ["power  223.9 W", "a curve ⣀⣀⠤⠒"])
    wire.written.clear()
    painter.asked()
    _show(painter, ["power  224.1 W", "a curve ⣀⣀⠤⠒"])
    assert "224" in "".join(wire.written) and wire.size < 30
    assert wire.glass.text.startswith("power  224.1 W ")


def test_frames_are_skipped_under_a_budget_and_the_last_one_arrives() -> None:
    painter, wire, clock = _painter(2000)
    made = random.Random(1)  # noqa: S311
    for _ in range(50):
        clock.now += 0.1
        last = ["".join(made.choices("abc 宽⣿", k=19)) for _ in range(SIZE.height)]
        strips = [
            [Strip([Segment(row, made.choice((RED, BLUE))), Segment(" " * 2, BLUE)]).adjust_cell_length(40)]
            for row in last
        ]
        painter.show(LayoutUpdate(strips, SIZE.region), SIZE, Offset(0, 0))
    assert painter.skipped > 10 and painter.note.endswith("kB/s of 2")
    assert wire.size <= 2000 * clock.now + 500
    while painter.behind:
        clock.now += 0.05
        painter.flush()
    wanted = [Strip.join(line).text for line in strips]
    assert [row.replace("\0", "") for row in wire.glass.text.split("\n")] == wanted


def test_the_answer_to_a_key_goes_before_what_waits() -> None:
    painter, wire, clock = _painter(1000)
    _show(painter, ["one " * 10] * 6)
    assert painter.behind
    clock.now += 0.2
    wire.written.clear()
    painter.asked()
    _show(painter, ["ANSWER"], y=5)
    assert "ANSWER" in wire.written[0] and "one" not in wire.written[0].split("ANSWER")[0]


def test_the_row_that_leads_is_written_alone_and_what_was_left_of_the_old_screen_is_dropped() -> None:
    painter, wire, clock = _painter(1000)
    painter.asked()
    _show(painter, ["before"] * 6)
    while painter.behind:
        clock.now += 0.1
        painter.flush()
    _show(painter, ["old " * 10] * 6)
    assert painter.behind
    clock.now += 0.2
    wire.written.clear()
    painter.asked()
    painter.lead(Strip([Segment("a new screen".ljust(SIZE.width), BLUE)]), 0)
    assert "new screen" in "".join(wire.written) and "old" not in "".join(wire.written)
    assert not painter.behind, "what is not shown of the old screen is wanted no more"
    _show(painter, ["a new screen", *["new " * 10] * 5], BLUE)
    while painter.behind:
        clock.now += 0.1
        painter.flush()
    assert wire.glass.text.count("new " * 10) == 5 and "old" not in wire.glass.text


def test_a_part_of_the_screen_that_a_key_leads_to_is_no_answer_before_its_first_whole_frame() -> None:
    painter, wire, clock = _painter(1000)
    painter.asked()
    _show(painter, ["old " * 10])  # of the screen that is left, between the key and what it does
    while painter.behind:
        clock.now += 0.1
        painter.flush()
    wire.written.clear()
    painter.asked()
    painter.turned()
    painter.show(_frame(["footer " * 5], y=5), SIZE, Offset(0, 0), awaited=True)
    clock.now += 0.005
    painter.flush()
    assert not wire.written
    _show(painter, ["TITLE", "", "", "", "", "footer " * 5])
    said = "".join(wire.written)
    assert "TITLE" in said and "footer" not in said.split("TITLE")[0]


def test_what_leads_nowhere_in_time_is_painted_all_the_same() -> None:
    painter, wire, clock = _painter(1000)
    painter.asked()
    painter.turned()
    painter.show(_frame(["footer"], y=5), SIZE, Offset(0, 0), awaited=True)
    assert not "".join(wire.written).count("footer")
    clock.now += HOLD_S
    painter.flush()
    assert "footer" in "".join(wire.written)


def test_words_that_come_or_go_are_painted_before_lines_and_from_the_top() -> None:
    painter, wire, clock = _painter(1000)
    rule = "─" * (SIZE.width - 8)
    painter.asked()
    _show(painter, ["top", "", "│" * SIZE.width, "Help" * 9])
    while painter.behind:
        clock.now += 0.1
        painter.flush()
    wire.written.clear()
    painter.asked()
    _show(painter, ["words below"], y=4)  # a first part of the screen that the key asked for
    _show(painter, [f"─ Runs {rule}", "⣀" * SIZE.width, "reading", "─" * SIZE.width])
    while painter.behind:
        clock.now += 0.1
        painter.flush()
    written = "".join(wire.written)
    words, lines = written.index("reading"), written.index(rule[:8])
    assert written.index("─ Runs ─") < words < lines and words < written.index("⣀" * 8)
    assert wire.glass.text.startswith(f"─ Runs {rule}")
    assert written.index("─" * 12) < written.index("⣀" * 8), "where words stood, lines take their place at once"


def test_what_moves_by_itself_waits_for_a_key_that_is_not_answered_yet() -> None:
    painter, wire, clock = _painter(1000)
    _show(painter, ["one " * 10] * 6)
    clock.now += 0.5
    wire.written.clear()
    painter.asked()
    painter.flush()
    assert not wire.written
    clock.now += 0.2
    painter.flush()
    assert wire.written


def test_nothing_is_written_to_a_terminal_that_takes_nothing() -> None:
    painter, wire, _ = _painter()
    wire.written.clear()
    wire.blocked = True
    painter.asked()
    _show(painter, ["key"])
    assert not wire.written
    wire.blocked = False
    painter.flush()
    assert "key" in wire.written[0]


def test_everything_is_painted_again_when_asked() -> None:
    painter, wire, clock = _painter()
    painter.asked()
    _show(painter, ["row"] * 6)
    wire.glass = Glass(*SIZE)
    painter.forget()
    clock.now += 1
    while painter.behind:
        painter.flush()
        clock.now += 0.1
    assert wire.glass.text.count("row") == 6


def test_sixteen_colours_and_none_keep_what_is_marked() -> None:
    marked = Style(color="#ffffff", bgcolor="#3a3a3a")
    for system in (ColorSystem.STANDARD, None):
        inks = Inks(system)
        assert inks.step(None, inks.codes(inks.number(marked))) == "\x1b[0;7m"
        assert "7" not in inks.step(None, inks.codes(inks.number(Style(color="#d0d0d0", bgcolor="#1c1c1c"))))
    inks = Inks(ColorSystem.STANDARD)
    assert inks.step(None, inks.codes(inks.number(RED))) == "\x1b[0;31m"
    light = Inks(ColorSystem.STANDARD, dark=False)
    assert light.step(None, light.codes(light.number(Style(color="#262626", bgcolor="#ffffff")))) == "\x1b[0m"


def test_styles_that_look_alike_are_one_whatever_place_they_carry() -> None:
    inks = Inks(ColorSystem.EIGHT_BIT)
    marked = [Style(color="#ff0000", bold=True, meta={"offset": (x, 3)}) for x in range(5)]
    assert {inks.number(style) for style in marked} == {inks.number(Style(color="#ff0000", bold=True))}
    assert inks.number(Style(color="#ff0000")) != inks.number(marked[0])
