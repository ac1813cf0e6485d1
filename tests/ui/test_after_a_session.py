"""What a key that was meant for a session does when the session has just ended: it starts nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ecotui.core.events import End, Event
from ecotui.log.writer import LogWriter
from ecotui.ui.app import EcotuiApp
from tests import factory, served
from tests.ui.conftest import Asked
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])


@contextmanager
def recorded(folder: Path, events: Iterator[Event]) -> Iterator[LogWriter]:
    """A session whose recorder, which holds its log, has written so much and writes on."""
    folder.mkdir(parents=True)
    with LogWriter(folder / "log.jsonl") as writer:
        for event in events:
            writer.write(event)
        yield writer


async def stopped(app: EcotuiApp, pilot: Pilot[int], writer: LogWriter, *keys: str) -> None:
    """The session that is shown is stopped by these keys, and its recorder writes its end."""
    app.monitor.pull(True)
    await pilot.press(*keys)
    writer.write(End(factory.at(30), "stopped"))
    app.monitor.pull(True)
    await pilot.pause()
    assert not app.monitor.recording


async def pressed(pilot: Pilot[int], *keys: str) -> None:
    """These keys, and what follows from them."""
    await pilot.press(*keys)
    await pilot.pause()


@SIZES
async def test_enter_after_a_stop_starts_nothing(
    app_of: Make, tmp_path: Path, asked: Asked, size: tuple[int, int]
) -> None:
    with recorded(tmp_path / "20261121-120000-beef", factory.events(outcome=None)) as writer:
        app = app_of(watch=writer.path)
        async with app.run_test(size=size) as pilot:
            await stopped(app, pilot, writer, "x")
            assert asked.stopped == [writer.path]
            await pressed(pilot, "enter")
            assert asked.started == []
            assert app.monitor.plan.is_on_screen and "▸  ⏎ Run" in screen_text(app), "the plan is taken up, and seen"
            await pressed(pilot, "enter")
            assert len(asked.started) == 1


@SIZES
async def test_what_is_watched_cannot_be_stopped_and_the_key_says_who_can(
    app_of: Make, tmp_path: Path, asked: Asked, size: tuple[int, int]
) -> None:
    with recorded(tmp_path / "20261121-120000-beef", factory.events(outcome=None)) as writer:
        app = app_of(watch=writer.path, visiting=True, keys={"monitor.stop": ["X", "x"]})
        async with app.run_test(size=size) as pilot:
            app.monitor.pull(True)
            await pilot.pause()
            assert "x Stop" not in screen_text(app) and "X Stop" not in screen_text(app)
            assert "Stop" not in [command.title for command in app.get_system_commands(app.screen)]
            for key in "xX":
                await pilot.press(key)
                assert "Watching is read-only: who began this session stops it" in list(app.notices)[-1].text
            app.monitor.action_stop()
            assert asked.stopped == [] and app.screen is app.monitor
            await pilot.press("a")
            assert "stops it" not in list(app.notices)[-1].text


async def test_a_plan_that_is_edited_after_a_session_runs_at_once(app_of: Make, tmp_path: Path, asked: Asked) -> None:
    with recorded(tmp_path / "20261121-120000-beef", factory.events(outcome=None)) as writer:
        app = app_of(watch=writer.path)
        async with app.run_test(size=(120, 40)) as pilot:
            await stopped(app, pilot, writer, "x")
            assert "▸" not in screen_text(app)
            await pressed(pilot, "up", "down", "enter")
            assert len(asked.started) == 1


@SIZES
async def test_enter_after_a_watched_server_starts_nothing_however_often(
    app_of: Make, tmp_path: Path, asked: Asked, size: tuple[int, int]
) -> None:
    with recorded(tmp_path / "20261121-130000-a1b2", served.events(outcome=None)) as writer:
        app = app_of(watch=writer.path)
        async with app.run_test(size=size) as pilot:
            await stopped(app, pilot, writer, "x")
            await pressed(pilot, "enter", "enter", "enter")
            assert asked.started == []
            await pressed(pilot, "w", "enter")
            assert len(asked.started) == 1, "back at the board it is as at the beginning"
