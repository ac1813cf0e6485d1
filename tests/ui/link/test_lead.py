"""The tab of a screen is lit before the screen is made, and an escape is a key as soon as nothing follows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.events import Key
from textual.geometry import Offset, Size

from benchmarks.latency import lit
from ecotui.ui.app import MODES, EcotuiApp
from ecotui.ui.link.app import TRANSITION_S
from ecotui.ui.link.driver import give_up, keys_of
from ecotui.ui.link.terminal import Terminal, keeps_escapes
from ecotui.ui.widgets.topbar import TopBar
from tests.ui.link.test_painter import Wire
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (200, 50)])
async def test_a_tab_is_lit_in_few_bytes_before_its_screen_is_made(
    app_of: Make, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, wire, seen = app_of(), Wire(Size(*size)), []
    async with app.run_test(size=size) as pilot:
        app.painter.begin(wire)
        monkeypatch.setattr(app.painter, "forget", lambda: None)  # frames of a test go past the painter
        app.painter.asked()
        app.painter.show(app.screen._compositor.render_full_update(), Size(*size), Offset(0, 0))
        while app.painter.behind:
            app.painter.flush()
        wire.written.clear()
        there = app.switch_mode

        def switch(mode: str) -> object:
            seen.append((lit("History")(wire.glass), lit("Monitor")(wire.glass), wire.size))
            return there(mode)

        monkeypatch.setattr(app, "switch_mode", switch)
        app.painter.asked()
        await pilot.press("h")
    ((now, before, size_of_it),) = seen
    assert now and not before and size_of_it < 200


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("width", [60, 80, 200])
async def test_the_row_that_leads_is_the_first_row_of_the_screen(app_of: Make, width: int, ascii_only: bool) -> None:
    app = app_of(terminal=Terminal(ascii=ascii_only))
    async with app.run_test(size=(width, 24)) as pilot:
        for mode in (*MODES, "monitor"):
            led = app.screen.query_one(TopBar).strip_for(mode).text
            await app.run_action(f"app.{mode}")
            await pilot.pause()
            assert screen_text(app).splitlines()[0] == led.rstrip()


async def test_a_new_screen_is_drawn_without_textuals_long_wait(app_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(App, "delay_update", lambda self, delay: waits.append(delay))
    app = app_of()
    async with app.run_test() as pilot:
        await pilot.press("h")
    assert waits == [TRANSITION_S]


def test_an_escape_is_a_key_when_nothing_follows_and_an_arrow_stays_one() -> None:
    parser = XTermParser()
    assert not list(parser.feed("\x1b")) and not list(parser.tick())
    give_up(parser)
    assert [event.key for event in parser.tick() if isinstance(event, Key)] == ["escape"]
    keys = [*parser.feed("\x1b"), *parser.feed("[A"), *parser.tick()]
    assert [event.key for event in keys if isinstance(event, Key)] == ["up"]


def test_in_gnu_screen_the_escape_key_goes_before_the_mouse() -> None:
    tmux = {"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}
    assert [keeps_escapes(it) for it in ({"TERM": "xterm"}, tmux, tmux | {"STY": "1.pts-0"}, {"TERM": "screen"})] == [
        *(False, False, True, True)
    ]


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("\x1bs", ["escape", "s"]),
        ("a\x1bsx\x1b?", ["a", "escape", "s", "x", "escape", "question_mark"]),
        ("\x1b[A\x1bOP\x1b[15~", ["up", "f1", "f5"]),
        ("\x1bf", ["ctrl+right"]),  # a terminal's Alt and an arrow
        ("\x1bx", ["alt+x"]),  # the operator's
        ("\x1b[115;3u", ["alt+s"]),  # of a terminal that tells them apart
    ],
)
def test_an_escape_in_one_packet_with_the_letter_behind_it_is_both_keys(typed: str, keys: list[str]) -> None:
    parser = XTermParser()
    found = [*keys_of(parser, typed, {"x"})]
    if parser._timeout_time is not None:
        give_up(parser)
    assert [event.key for event in (*found, *parser.tick()) if isinstance(event, Key)] == keys
