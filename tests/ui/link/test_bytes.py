"""How little is said to a terminal for a screen, and that it shows the same as if all had been said."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Offset, Size
from textual.strip import Strip

from ecotui.ui.app import EcotuiApp
from ecotui.ui.link.gate import Gate
from ecotui.ui.link.grid import FILLER, cells_of
from ecotui.ui.link.painter import Painter
from ecotui.ui.link.sgr import ENDS, SEEN, Inks
from ecotui.ui.link.terminal import erases
from tests.ui.link.test_painter import Clock, Wire

Make = Callable[..., EcotuiApp]
SIZE = Size(60, 8)
STYLES = (
    Style(color="#ffaf00", bgcolor="#121212"),
    Style(color="#d0d0d0", bgcolor="#1c1c1c", bold=True),
    Style(color="#d0d0d0", bgcolor="#3a3a3a", dim=True, bold=True),
    Style(color="#5fd7ff", bgcolor="#121212", underline=True, italic=True),
    Style(color="#121212", bgcolor="#d0d0d0", reverse=True),
    Style(),
)
WORDS = ("word", "宽", "a ", " ", "⣀⣀", " " * 12, " " * 40)
Look = tuple[frozenset[str], str, str]
"""What is seen of a cell's style: attributes, letters' colour, ground."""


def look_of(codes: str) -> Look:
    """What the codes since a reset come to."""
    attributes: set[str] = set()
    letters = ground = ""
    parts = [part for part in codes.split(";") if part]
    while parts:
        code = parts.pop(0)
        if code in ("38", "48"):
            code = ";".join((code, parts.pop(0), parts.pop(0)))
        if code[:2] in ("39", "49"):
            letters, ground = ("", ground) if code == "39" else (letters, "")
        elif code in ENDS:
            attributes.add(code)
        elif code in ENDS.values():
            attributes -= {begun for begun, end in ENDS.items() if end == code}
        elif code[0] == "4":
            ground = code
        elif code != "0":
            letters = code
    return frozenset(attributes), letters, ground


def seen(letter: str, look: Look) -> tuple[str, Look]:
    """A blank shows its ground alone, and of the attributes those that need no letter."""
    attributes, letters, ground = look
    if letter != " ":
        return letter, look
    on = attributes & SEEN
    return letter, (on, letters if on else "", ground)


def made_row(made: random.Random) -> Strip:
    said = [Segment(made.choice(WORDS), made.choice(STYLES)) for _ in range(12)]
    return Strip(said).adjust_cell_length(SIZE.width)


@pytest.mark.parametrize("erasing", [False, True])
@pytest.mark.parametrize("system", [ColorSystem.EIGHT_BIT, ColorSystem.STANDARD, None])
def test_a_glass_shows_each_cell_as_it_was_drawn_however_little_was_said(
    erasing: bool, system: ColorSystem | None
) -> None:
    wire, made, inks = Wire(SIZE), random.Random(3), Inks(system)  # noqa: S311
    painter = Painter(Gate(), system, Clock(), erases=erasing)
    painter.begin(wire)
    for _ in range(30):
        rows = [made_row(made) for _ in range(SIZE.height)]
        painter.asked()
        painter.show(LayoutUpdate([[row] for row in rows], SIZE.region), SIZE, Offset(0, 0))
        while painter.behind:
            painter.flush()
        for row, letters, styles in zip(rows, wire.glass.text.split("\n"), wire.glass.styles, strict=True):
            text, numbers = cells_of(row, inks)
            assert letters == text.replace(FILLER, "")
            drawn = [";".join(filter(None, inks.codes(number))) for number in numbers]
            pairs = zip(text, styles, drawn, strict=True)
            assert all(seen(t, look_of(s)) == seen(t, look_of(d)) for t, s, d in pairs if t != FILLER)
    written = "".join(wire.written)
    assert ("X" in written) is erasing and ("\x1b[K" in written) is erasing


def test_blanks_are_erased_where_the_terminal_does_it_in_its_ground() -> None:
    can = {name: erases({"TERM": name}) for name in ("xterm-256color", "linux", "tmux", "screen", "vt100", "")}
    assert can == {"xterm-256color": True, "linux": True, "tmux": True, "screen": False, "vt100": False, "": False}
    tmux = {"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}
    assert erases(tmux) and not erases(tmux | {"STY": "1.pts-0"})


async def test_help_and_history_take_less_than_half_a_second_of_a_thin_link(app_of: Make) -> None:
    app, wire = app_of(), Wire(Size(80, 24))
    painter = Painter(Gate(), ColorSystem.EIGHT_BIT, Clock(), erases=True)
    painter.begin(wire)

    def sent() -> int:
        """Bytes from what the terminal shows to what the screen looks like now."""
        wire.written.clear()
        painter.asked()
        painter.show(app.screen._compositor.render_full_update(), Size(80, 24), Offset(0, 0))
        while painter.behind:
            painter.flush()
        return wire.size

    async with app.run_test(size=(80, 24)) as pilot:
        sent()
        took = {}
        for name, key in (("help", "question_mark"), ("Monitor again", "escape"), ("History", "h"), ("Monitor", "m")):
            await pilot.press(key)
            await pilot.pause()
            took[name] = sent()
        assert all(size < 4000 for size in took.values()), took
