"""The line of keys is never cut: help and quit are seen on every screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ecotui.ui.app import EcotuiApp
from ecotui.ui.widgets.key_line import KeyLine, fitting
from ecotui.ui.widgets.topbar import TopBar
from tests import factory
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import compared, keep, made_events, made_plan, press, settle
from tests.ui.test_after_a_session import recorded, stopped

MakeApp = Callable[..., EcotuiApp]
WAYS = {
    "monitor": ("monitor", ()),
    "history": ("history", ()),
    "record": ("history", ("enter",)),
    "compare": ("compare", ()),
}


def keys(app: EcotuiApp) -> str:
    """The screen's last row."""
    return screen_text(app).splitlines()[-1]


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (100, 30), (120, 40)])
@pytest.mark.parametrize("screen", WAYS)
async def test_help_and_quit_are_seen(app_of: MakeApp, tmp_path: Path, size: tuple[int, int], screen: str) -> None:
    first, way = WAYS[screen]
    app = app_of(first=first, marked=tuple(compared(tmp_path)))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        await press(app, pilot, *way)
        assert "? Help  q Quit" in keys(app)
        assert "^p" not in keys(app) or keys(app).endswith("^p palette")


@pytest.mark.parametrize(("screen", "words"), [("history", "/ Filter"), ("compare", "a Again"), ("record", "␣ Mark")])
async def test_eighty_columns_show_what_a_screen_is_for(
    app_of: MakeApp, tmp_path: Path, screen: str, words: str
) -> None:
    first, way = WAYS[screen]
    app = app_of(first=first, marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, *way)
        assert words in keys(app)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_historys_filter_tells_what_its_keys_do(
    app_of: MakeApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    compared(tmp_path)
    app = app_of(first="history")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "slash")
        assert keys(app).startswith(" ⏎ Keep  esc Clear ")
        await press(app, pilot, *"int8", "enter")
        assert "⏎ Open" in keys(app) and "esc Clear" in keys(app) and "⏎ Keep" not in keys(app)
        await press(app, pilot, "slash", "down")
        assert "⏎ Open" in keys(app)


async def test_another_width_chooses_the_keys_anew(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="history", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        assert "f Findings" in keys(app)
        await pilot.resize_terminal(60, 24)
        await settle(app, pilot)
        assert "f Findings" not in keys(app) and "q Quit" in keys(app)
        await pilot.resize_terminal(120, 40)
        await settle(app, pilot)
        assert "f Findings" in keys(app)


def test_tabs_go_first_then_a_screens_last_keys_and_help_and_quit_stay() -> None:
    line = [("open", 10), ("sort", 10), ("history", 10), ("help", 10), ("quit", 10)]
    assert fitting(line, 49) == [0, 1, 2, 3, 4]
    assert fitting(line, 48) == [0, 1, 3, 4]
    assert fitting(line, 38) == [0, 3, 4]
    assert fitting(line, 5) == [3, 4]


def test_what_comes_next_stays_before_a_screens_other_keys() -> None:
    line = [("run", 10), ("stop", 10), ("history", 10), ("help", 10), ("quit", 10)]
    assert fitting(line, 48) == [0, 1, 3, 4]
    assert fitting(line, 38, {"history"}) == [2, 3, 4]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_run_and_stop_are_never_named_together(app_of: MakeApp, tmp_path: Path, size: tuple[int, int]) -> None:
    with recorded(tmp_path / "20261121-120000-beef", factory.events(outcome=None)) as writer:
        app = app_of(watch=writer.path)
        async with app.run_test(size=size) as pilot:
            app.monitor.pull(True)
            await settle(app, pilot)
            assert "x Stop" in keys(app) and "r Run" not in keys(app)
            await stopped(app, pilot, writer, "x")
            await settle(app, pilot)
            assert "r Run" in keys(app) and "x Stop" not in keys(app)
            await press(app, pilot, "question_mark", *"stop the")
            assert "(not now)" in screen_text(app), "the help names it"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_undo_and_remove_are_named_where_they_can_be_done(
    app_of: MakeApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    keep(tmp_path / "samples", made_events(9, made_plan(measured=True)))
    compared(tmp_path)
    app = app_of(first="history", samples=tmp_path / "samples")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert "d Remove" in keys(app) and "u Undo" not in keys(app)
        await press(app, pilot, "end")
        assert "d Remove" not in keys(app), "a sample stays"
        await press(app, pilot, "home", "d", "enter")
        await settle(app, pilot)
        assert "d Remove  u Undo" in keys(app)


async def test_while_a_dialog_is_in_front_the_keys_are_the_dialogs(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="history", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        before = keys(app)
        await press(app, pilot, "N")
        assert keys(app).split() == ["esc", "Back", "y", "Copy"]
        await press(app, pilot, "escape")
        assert keys(app) == before


async def test_a_click_on_a_key_is_that_key(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="history", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await pilot.click("KeyLine", offset=(keys(app).index("? Help") + 2, 0))
        await settle(app, pilot)
        assert app.screen.is_modal


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("screen", WAYS)
async def test_a_slow_links_rate_stands_once_in_the_first_line_or_the_last(
    app_of: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], screen: str
) -> None:
    first, way = WAYS[screen]
    app = app_of(first=first, marked=tuple(compared(tmp_path)))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        await press(app, pilot, *way)
        monkeypatch.setattr(EcotuiApp, "link_note", rate := "12 kB/s of 16")
        for line in (app.screen.query_one(TopBar), app.screen.query_one(KeyLine)):
            line._look()
        await pilot.pause()
        top, *_, last = screen_text(app).splitlines()
        assert (rate in top) + last.endswith(rate) == 1
        assert "? Help  q Quit" in last and (rate in top or size[0] < 120)
        monkeypatch.setattr(EcotuiApp, "link_note", "")
        app.screen.query_one(KeyLine)._look()
        await pilot.pause()
        assert rate not in keys(app)
