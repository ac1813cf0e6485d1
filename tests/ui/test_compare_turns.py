"""Compare on a short terminal, which turns between figures and charts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ecotui.ui.app import EcotuiApp
from ecotui.ui.commands import offers
from ecotui.ui.screens.compare import Figures
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import assert_body, body, compared, press, settle
from tests.ui.test_compare_screen import taken

MakeApp = Callable[..., EcotuiApp]


async def test_a_short_terminal_turns_between_figures_and_charts(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert "t Charts" in screen_text(app)
        await press(app, pilot, "t")
        assert "t Figures" in screen_text(app) and "t Charts" not in screen_text(app)
        assert {"Figures"} == {it.binding.description for it in offers(app, app.screen) if it.name == "turn"}
        assert_body(app, "compare-charts-80")
        assert body(app).count("SIMULATED") == 2
        await press(app, pilot, "tab")
        assert "t Charts" in screen_text(app) and "net ctx J/1k" in body(app)


async def test_figures_scroll_after_the_charts_and_back(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="compare", marked=taken(tmp_path, "more"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        figures, seen = app.screen.query_one(Figures), []
        for key in ("end", "home", "down", "pagedown"):
            await press(app, pilot, "t", "tab", key)
            seen.append(figures.scroll_offset.y)
        last, first, second, page = seen
        assert (last, first, second) == (figures.max_scroll_y, 0, 1) and page > second


@pytest.mark.parametrize("turns", [("t",), ("t", "t", "down", "t")])
async def test_the_charts_have_curves_after_the_figures_were_scrolled(
    turns: tuple[str, ...], app_of: MakeApp, tmp_path: Path
) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "down")
        for key in turns:
            await press(app, pilot, key)
        assert_body(app, "compare-charts-80")
