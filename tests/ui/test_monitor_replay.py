"""A replay says only what its own log holds, and where that log breaks off."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ecotui.cli import application
from ecotui.cli import main as cli
from ecotui.core.events import Event
from ecotui.ui.app import EcotuiApp
from ecotui.ui.parts import Parts
from tests import factory
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]
SIZES = [(60, 18), (80, 24), (120, 40), (200, 50)]
ENDS = "the log ends here: it breaks off"


def unended() -> Iterator[Event]:
    """A session whose recorder was killed."""
    return factory.events(outcome=None)


def words(app: EcotuiApp) -> str:
    """What is on the screen, words broken over two rows of a pane included."""
    return " ".join(screen_text(app).replace("│", " ").split())


def pane(app: EcotuiApp) -> str:
    """What the session's pane says, or the narrow screen's row of progress."""
    rows = screen_text(app).splitlines()
    if app.size.width < 110:
        return rows[3]
    return " ".join(" ".join(row[1:39] for row in rows).split())


async def seek(app: EcotuiApp, pilot: Pilot[int], at_s: float) -> None:
    player = app.monitor.sources.player
    assert player is not None
    player.seek(at_s)
    app.monitor.pull(True)
    await pilot.pause()


@pytest.mark.parametrize(("asked_s", "shown_s"), [(0.0, 0.0), (1.5, 1.5), (1e300, None)])
async def test_a_replay_at_a_time_is_held_there(
    app_of: Make, log: Path, monkeypatch: pytest.MonkeyPatch, asked_s: float, shown_s: float | None
) -> None:
    opened = list[Parts]()
    monkeypatch.setenv("ECOTUI_HOME", str(log.parents[2]))
    monkeypatch.setattr(application, "check_terminal", lambda *_: None)
    monkeypatch.setattr(application.gc, "disable", lambda: None)  # this process goes on
    monkeypatch.setattr(application, "_open", lambda parts: opened.append(parts) or 0)
    assert cli(["replay", str(log), "--at", str(asked_s)]) == 0
    app = app_of(replay=opened[0].replay, replay_at_s=opened[0].replay_at_s)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        player = app.monitor.sources.player
        assert player is not None and not player.playing
        assert player.at_s == (player.length_s if shown_s is None else shown_s)
        await pilot.press("space")
        assert player.playing


@pytest.mark.parametrize("size", SIZES)
async def test_a_replay_after_a_stop_names_the_phases_of_its_log(
    app_of: Make, tmp_path: Path, log: Path, size: tuple[int, int]
) -> None:
    stopped = factory.write_log(tmp_path / "x" / "log.jsonl", unended())
    with stopped.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        app = app_of(watch=stopped)
        async with app.run_test(size=size) as pilot:
            app.monitor.pull(True)
            await pilot.press("x")
            await pilot.pause()
            assert "stopping" in pane(app)
            app.replay(log)
            await seek(app, pilot, 0.5)
            assert "stopping" not in screen_text(app)
            assert "idle, before the worker" in pane(app)


@pytest.mark.parametrize("size", [(60, 18), (80, 24)])
async def test_the_row_of_a_stop_runs_into_nothing(app_of: Make, tmp_path: Path, size: tuple[int, int]) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", unended())
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        app = app_of(watch=log)
        async with app.run_test(size=size) as pilot:
            app.monitor.pull(True)
            await pilot.press("x")
            await pilot.pause()
            assert pane(app).split("  ") == [" stopping", "3 windows measured, what was measured is kept"]


@pytest.mark.parametrize("size", SIZES)
async def test_the_end_of_a_log_without_an_end_is_said(app_of: Make, tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_of(replay=factory.write_log(tmp_path / "x" / "log.jsonl", unended()))
    async with app.run_test(size=size) as pilot:
        await seek(app, pilot, 3.5)
        assert "breaks off" not in screen_text(app)
        await seek(app, pilot, 1e6)
        assert ENDS in pane(app)
        await seek(app, pilot, 3.5)
        assert "breaks off" not in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_torn_last_line_is_said_at_the_end(app_of: Make, log: Path, size: tuple[int, int]) -> None:
    log.write_bytes(log.read_bytes()[:-20])
    app = app_of(replay=log)
    async with app.run_test(size=size) as pilot:
        await seek(app, pilot, 1e6)
        assert ENDS in pane(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_log_of_nothing_but_its_header_breaks_off_at_once(
    app_of: Make, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = app_of(replay=factory.write_log(tmp_path / "x" / "log.jsonl", islice(unended(), 1)))
    async with app.run_test(size=size) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        assert ENDS in pane(app)


async def test_a_log_that_is_still_written_and_a_whole_one_do_not_break_off(
    app_of: Make, tmp_path: Path, log: Path
) -> None:
    live = factory.write_log(tmp_path / "x" / "log.jsonl", unended())
    with live.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        app = app_of(replay=live)
        async with app.run_test(size=(80, 24)) as pilot:
            await seek(app, pilot, 1e6)
            assert "breaks off" not in words(app)
            app.replay(log)
            await seek(app, pilot, 1e6)
            assert "breaks off" not in words(app) and "completed" in pane(app)
