"""Rows that are made once are those that Textual would make anew in every frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ecotui.ui.app import EcotuiApp
from ecotui.ui.widgets.canvas import Down, Plain
from ecotui.ui.widgets.chart import Chart

Make = Callable[..., EcotuiApp]


def cells(lines: list[Strip]) -> list[list[tuple[str, object, object]]]:
    """Each cell's letter, ground and, where there is a letter, its style."""
    return [
        [(x, s.style and s.style.bgcolor, s.style if x != " " else None) for s in line for x in s.text]
        for line in lines
    ]


def assert_as_textuals(app: EcotuiApp) -> None:
    plain = [it for it in app.screen.walk_children() if isinstance(it, Plain) and it.display and it.region]
    assert any(isinstance(it, Chart) for it in plain) and any(isinstance(it, Down) for it in plain)
    for widget in plain:
        whole = Region(0, 0, *widget.outer_size)
        for crop in (whole, whole.shrink((1, 2, 1, 3))):
            mine = cells(widget.render_lines(crop))
            widget._styles_cache.clear()
            assert mine == cells(Widget.render_lines(widget, crop)), widget


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_lines_are_textuals_after_other_figures_sizes_and_grounds(
    app_of: Make, log: Path, size: tuple[int, int]
) -> None:
    app = app_of(replay=log)
    async with app.run_test(size=size) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        assert_as_textuals(app)
        await pilot.press("right", "right", "space")
        await pilot.pause()
        assert_as_textuals(app)
        app.theme = next(name for name in app.available_themes if "light" in name and "ecotui" in name)
        await pilot.pause()
        assert_as_textuals(app)
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert_as_textuals(app)
