"""Two operators, one board: the second is told who has it and watches; two screens on one session stop nothing."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.glass import Glass
from benchmarks.terminal import Terminal
from ecotui.cli.application import _parts
from ecotui.recorder.board_lock import SIMULATED
from ecotui.recorder.launch import Recording, launch, request_stop
from ecotui.store.home import Home
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.sweep import SweepScreen
from tests.faults.sessions import SWEEP
from tests.recorder.following import LONG, ended, until
from tests.ui import test_whole_way
from tests.ui.screen_text import screen_text


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    """A session of the first operator, in its windows, on a board that is locked as a real one is."""
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "one"))
    monkeypatch.setenv(SIMULATED, f"two-interfaces-{os.getpid()}")  # both tests may run at once
    monkeypatch.setenv("ECOTUI_SCRIPT", json.dumps({"step_s": 0.004, "load_s": 0.1}))
    board = replace(LONG, protocol=replace(LONG.protocol, windows=5_000))
    begun = launch(Home.open(), board, "scripted")
    try:
        until(begun, lambda line: bool(line.windows))
        yield begun
    finally:
        begun.process.kill()
        begun.process.wait()


async def test_a_session_that_was_begun_elsewhere_in_this_home_is_what_the_monitor_returns_to(
    recording: Recording,
) -> None:
    app = EcotuiApp(_parts(Home.open(), LONG, ""))
    async with app.run_test(size=(120, 40)) as pilot:
        await test_whole_way.until(pilot, lambda: app.monitor._drawn_at is not None, 20)
        await pilot.press("h", "m")
        await test_whole_way.until(pilot, lambda: app.monitor.recording, 20)
        assert app.monitor.sources.log == recording.log
        assert recording.log.parent.name in list(app.notices)[-1].text


def shown(terminal: Terminal, glass: Glass, words: str) -> None:
    """Waits until they stand on the terminal; what is painted comes in pieces."""
    deadline = time.monotonic() + 60
    while words not in glass.text:
        assert time.monotonic() < deadline, glass.text
        glass.feed(terminal.read(0.1).decode(errors="replace"))


async def test_who_is_refused_a_board_can_watch_it_and_two_screens_stop_nothing(
    recording: Recording, tmp_path: Path
) -> None:
    home = Home(tmp_path / "two")
    home.sessions.mkdir(parents=True)
    app = EcotuiApp(_parts(home, LONG, ""))
    watch = [sys.executable, "-m", "ecotui", "watch", recording.log.parent.name[-4:]]
    with Terminal(watch, 120, 40, {"NO_COLOR": "1"}) as second:
        async with app.run_test(size=(120, 40)) as pilot:
            app.monitor.plan.run_plan()
            await test_whole_way.until(pilot, lambda: "the board is taken" in screen_text(app))
            assert f"process {recording.process.pid} of" in screen_text(app)
            await pilot.press("escape", "s")
            assert isinstance(app.screen, SweepScreen)
            app.screen._begin(SWEEP)
            await test_whole_way.until(pilot, lambda: "the board is taken" in screen_text(app))
            assert not list(home.sessions.iterdir()) and not home.sweeps.exists(), "nothing was started"
            await pilot.press("w")
            await test_whole_way.until(pilot, lambda: "· read-only" in screen_text(app))
            glass = Glass(120, 40)
            shown(second, glass, "read-only")
            second.type("x")
            shown(second, glass, "Watching is read-only")
            second.process.kill()
            seen = len(app.monitor.sources.timeline.windows)
            await test_whole_way.until(pilot, lambda: len(app.monitor.sources.timeline.windows) > seen)
            assert app.monitor.recording
            request_stop(recording.log)
            await test_whole_way.until(pilot, lambda: not app.monitor.recording)
    assert ended(until(recording, ended))
