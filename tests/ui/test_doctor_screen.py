"""The doctor as a screen: checks appear as they are made, and what is broken says what mends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from ecotui.doctor.check import BAD, GOOD, Check, Topic
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.doctor import DoctorScreen, check_rows
from tests.doctor.test_brief import rented
from tests.ui.screen_text import screen_text


async def test_checks_appear_as_they_are_made(app_of: Callable[..., EcotuiApp]) -> None:
    may = Event()

    def slow() -> list[Check]:
        may.wait(20)
        return [Check("torch", BAD, "the import crashed (SIGSEGV)", "Install it anew: `pip install torch`.")]

    topics = (Topic("host", "asking", lambda: [Check("host", GOOD, "here")]), Topic("libraries", "importing", slow))
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = DoctorScreen(topics)
        await app.push_screen(screen)
        while "host" not in screen._made:
            await pilot.pause(0.02)
        await pilot.pause()
        shown = screen_text(app)
        assert "✔ host" in shown and "… libraries" in shown and "1 of 2" in shown
        may.set()
        while len(screen._made) < 2:
            await pilot.pause(0.02)
        await pilot.pause()
        shown = screen_text(app)
        assert "✖ torch" in shown and "→ Install it anew: `pip install torch`." in shown and "1 broken: torch" in shown
        await pilot.press("escape")
        assert app.screen is app.monitor


async def test_rows_stay_whole_when_the_scrollbar_comes(app_of: Callable[..., EcotuiApp]) -> None:
    long = [Check("home", GOOD, "word " * 30, "Do `this` " * 9) for _ in range(12)]
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = DoctorScreen((Topic("home", "looking", lambda: long),))
        await app.push_screen(screen)
        while "home" not in screen._made:
            await pilot.pause(0.02)
        await pilot.pause()
        assert screen.query_one("#doctor-all").show_vertical_scrollbar
        rows = sum(
            len(check_rows(check, screen.query_one("#doctor-all").scrollable_content_region.width)) for check in long
        )
        assert screen.query_one("#doctor-checks").size.height == rows, "no row is folded a second time"


async def test_what_works_is_one_screen_and_what_fails_comes_first(
    app_of: Callable[..., EcotuiApp], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, whole = app_of(), rented(tmp_path, monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = DoctorScreen((Topic("all", "looking", lambda: whole),))
        await app.push_screen(screen)
        while "all" not in screen._made:
            await pilot.pause(0.02)
        await pilot.pause()
        assert not screen.query_one("#doctor-all").show_vertical_scrollbar
        first, *_ = screen_text(app).splitlines()[2:-1]
        assert "▲ selftest 0" in first and "torch 2.11.0+cu130 · transformers 5.17.0" in screen_text(app)
        await pilot.resize_terminal(200, 50)
        await pilot.pause()
        assert "imported in" in screen_text(app) and "▲ selftest 0" in screen_text(app).splitlines()[2]


def test_a_check_is_wrapped_beneath_itself_and_is_never_markup() -> None:
    rows = check_rows(Check("home", BAD, "[red]" + "word " * 40, "Do `this`."), 60)
    assert all(len(row.plain) <= 60 for row in rows) and len(rows) > 4
    assert "[red]word" in rows[0].plain and rows[-1].plain.strip() == "→ Do `this`."
