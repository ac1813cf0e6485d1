"""Keys that arrive in one packet go where the ones before them led, as those of a fast hand on a fast link do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Input

from ecotui.ui.app import EcotuiApp
from ecotui.ui.link import typed
from ecotui.ui.screens.help import HelpScreen

Make = Callable[..., EcotuiApp]
NAMES = {"/": "slash", "?": "question_mark", " ": "space"}


async def in_one_packet(pilot: Pilot[int], *keys: str) -> None:
    """Letters of a text one by one, names of keys as they are."""
    app = pilot.app
    assert isinstance(app, EcotuiApp)
    for key in keys:
        app.typed.put(Key(NAMES.get(key, key), key if len(key) == 1 else None))
    while app.typed.busy:
        await pilot.pause()
    await pilot.pause()


async def test_what_follows_the_key_of_a_filter_is_typed_into_it(app_of: Make) -> None:
    app = app_of()
    async with app.run_test() as pilot:
        await in_one_packet(pilot, "h", *"/c4 fp16r")
        assert app.current_mode == "history" and app.screen.query_one("#history-filter", Input).value == "c4 fp16r"


async def test_what_follows_the_key_of_a_dialog_is_typed_into_that(app_of: Make) -> None:
    app = app_of()
    async with app.run_test() as pilot:
        await in_one_packet(pilot, *"?retry")
        assert isinstance(app.screen, HelpScreen) and app.screen.words.value == "retry"


async def test_a_key_that_closes_a_dialog_holds_up_none_behind_it(
    app_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed, "PATIENCE_S", 3600.0)
    app = app_of()
    async with app.run_test() as pilot:
        await in_one_packet(pilot, "?", "escape", "h", "m", "f")
        assert app.current_mode == "findings" and len(app.screen_stack) == 1


async def test_a_key_of_which_nothing_is_heard_any_more_holds_up_the_next_for_a_moment_only(
    app_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed, "PATIENCE_S", 0.01)
    app = app_of()
    async with app.run_test() as pilot:
        monkeypatch.setattr(app.typed, "passed", lambda marker: None)
        monkeypatch.setattr(app.typed, "turned", lambda: None)
        await in_one_packet(pilot, "h", "f")
        assert app.current_mode == "findings"


async def test_a_paste_is_in_its_place_among_the_keys(app_of: Make) -> None:
    app = app_of()
    async with app.run_test() as pilot:
        app.typed.put(Key("question_mark", "?"))
        app.typed.put(Paste("re"))
        await in_one_packet(pilot, *"try")
        assert isinstance(app.screen, HelpScreen) and app.screen.words.value == "retry"
