"""An application that closes while the Sweep looks at its folder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecotui.ui.app import EcotuiApp
from ecotui.ui.parts import Parts
from tests.ui.test_sweep_screen import shown


@pytest.fixture
def app(parts: Parts) -> EcotuiApp:
    return EcotuiApp(replace(parts, board_problem=""))


async def test_a_look_that_comes_due_while_the_application_closes_finds_no_screen_and_ends_nothing(
    app: EcotuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(app) as (screen, _):
        with monkeypatch.context() as closing:
            closing.setattr(app, "_screen_stacks", {app.current_mode: []})
            screen._looking = False
            screen._pull()
            assert not screen._looking
        screen._pull()
        assert screen._looking


async def test_a_look_that_is_over_when_the_widgets_are_gone_shows_nothing_and_ends_nothing(app: EcotuiApp) -> None:
    async with shown(app) as (screen, pilot):
        await app.workers.wait_for_complete()
        before = screen.seen
        looked = screen.look()
        await screen.remove_children()
        await looked.wait()
        await pilot.pause()
        assert screen.seen is before
