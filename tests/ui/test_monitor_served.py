"""What an operator reads of a watched server."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

from ecotui.ui.app import EcotuiApp
from ecotui.ui.widgets.plan_pane import PlanPane
from tests import factory, served
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]


def recorded(folder: Path, **facts: object) -> Path:
    """The log of a made-up watched session."""
    log = folder / "sessions" / "20261121-130000-a1b2" / "log.jsonl"
    return factory.write_log(log, served.events(**facts))  # type: ignore[arg-type]


async def test_the_monitor_shows_traffic_and_joules_a_token_beside_power(app_of: Make, tmp_path: Path) -> None:
    log = recorded(tmp_path, outcome=None)
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # as its recorder would
        app = app_of(watch=log)
        app.monitor.clock = lambda: factory.at(30.5)
        async with app.run_test(size=(120, 40)) as pilot:
            app.monitor.pull(True)
            await pilot.pause()
            text = screen_text(app)
            assert "● watching" in text and "vLLM, 2 engines summed" in text
            assert "100.0 tok/s out" in text and "25.0 in · 3.00 J/token over 5 s" in text
            assert "4 running · 1 waiting" in text and "3 of 10 s" in text
            assert "2.30 J/tok" in text and "never compared" in text
            assert not app.screen.query_one(PlanPane).display  # there is no plan: nothing of this was ours to choose
            app.monitor.clock = lambda: factory.at(45)
            app.monitor.pull(True)
            await pilot.pause()
            assert "no answer for 15 s" in screen_text(app)


async def test_a_small_screen_has_a_silent_servers_moment_without_a_division(app_of: Make, tmp_path: Path) -> None:
    app = app_of(watch=recorded(tmp_path, quiet_s=0.0, watched=served.late()))
    async with app.run_test(size=(80, 24)) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        text = screen_text(app)
        assert "0.0 tok/s" in text and "– J/token" in text and "inf" not in text and "nan" not in text
        await pilot.press("4")
        assert "the server counts a request's tokens when it ends" in screen_text(app)


async def test_history_marks_a_watched_session(app_of: Make, tmp_path: Path) -> None:
    recorded(tmp_path)
    app = app_of(first="history")
    async with app.run_test(size=(200, 50)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        text = screen_text(app)
        assert "watched vllm" in text and "mistralai/Mistral-7B-v0.1" in text and "None" not in text
