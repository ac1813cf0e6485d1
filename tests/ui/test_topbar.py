"""The first line: at every width it says what goes on, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult

from ecotui.ui.app import EcotuiApp
from ecotui.ui.widgets.topbar import STATES, TABS, Facts, TopBar
from tests import factory
from tests.ui.screen_text import screen_text


class Bare(App[None]):
    """Nothing but the line."""

    facts = Facts()
    link_note = ""

    def __init__(self, active: str) -> None:
        super().__init__()
        self._active = active

    def compose(self) -> ComposeResult:
        yield TopBar(self._active)


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_the_state_its_owner_and_simulated_are_never_cut(width: int) -> None:
    for tab in TABS:
        app = Bare(tab.lower())
        async with app.run_test(size=(width, 18)):
            bar = app.query_one(TopBar)
            for state in STATES:
                app.facts = Facts(factory.board(), 71.0, state, simulated=True, read_only=True)
                app.link_note = "12 kB/s of 16"
                text = bar.render().plain
                assert len(text) <= width
                assert f"SIMULATED  {STATES[state][0]} {state}" in text and tab in text
                assert ("read-only" in text) == (state not in ("ended", "failed", "unfinished"))


async def test_tabs_give_way_to_what_goes_on_and_keep_their_keys() -> None:
    app = Bare("monitor")
    async with app.run_test(size=(60, 18)):
        app.facts = Facts(state="measuring", simulated=True, read_only=True)
        bar = app.query_one(TopBar)
        assert bar.render().plain.split() == [
            *("Monitor", "H", "C", "F", "S", "G"),
            *("SIMULATED", "●", "measuring,", "read-only"),
        ]
        app.facts = Facts(state="measuring")
        assert bar.render().plain.split()[:3] == ["Monitor", "Hist", "Comp"]


async def test_a_screen_that_comes_to_the_front_says_what_changed_meanwhile(
    app_of: Callable[..., EcotuiApp], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        monkeypatch.setattr(app.monitor, "pull", lambda *_how, **_more: None)
        await pilot.press("h")
        await pilot.pause()
        app.facts = replace(app.facts, state="failed")
        await pilot.press("m")
        await pilot.pause()
        app.screen.query_one(TopBar)._look()
        await pilot.pause()
        assert screen_text(app).splitlines()[0].endswith("■ failed")


@pytest.mark.parametrize("width", range(60, 201, 7))
async def test_a_slow_links_rate_shortens_no_tab(width: int) -> None:
    for tab in ("monitor", "findings", ""):
        app = Bare(tab)
        async with app.run_test(size=(width, 18)):
            bar = app.query_one(TopBar)
            for read_only in (False, True):
                app.facts, app.link_note = Facts(factory.board(), 71.0, "measuring", True, read_only), ""
                tabs = bar.render().plain.partition("SIMULATED")[0].split()[: len(TABS) + (width > 90)]
                app.link_note = "12 kB/s of 16"
                shown = bar.render().plain
                assert shown.split()[: len(tabs)] == tabs and len(shown) <= width
                assert (bar.crowded_out == "") == (app.link_note in shown), "the last line tells what this one cannot"
