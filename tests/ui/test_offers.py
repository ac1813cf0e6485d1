"""What the start says of what was left: the unfinished sweep, what was recovered, the session that goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ecotui.core.sweep import SweepPlan, sweep_protocol
from ecotui.core.sweep_events import VERSION, Driven, SweepHeader
from ecotui.log.writer import LogWriter
from ecotui.recorder.left import left_sweep
from ecotui.recorder.sweep import LOG, sweep_folder
from ecotui.recorder.sweep_log import SweepLog, create
from ecotui.store.home import Home
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.sweep import SweepScreen
from tests import factory
from tests.ui.conftest import Asked
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import settle

SWEEP = "20261121-101500-beef"
PLAN = SweepPlan(
    "night",
    ("synthetic:tiny",),
    ("fp16", "nf4"),
    batch_sizes=(1, 8),
    protocol=sweep_protocol("simulated"),
    sensor="simulated",
    device="cpu",
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """One in which a driver and a recorder were killed."""
    found = Home(tmp_path)
    log = sweep_folder(found, SWEEP) / LOG
    log.parent.mkdir(parents=True)
    create(log, SweepHeader(VERSION, SWEEP, time.time(), PLAN.to_dict()))
    with SweepLog(log) as driven:
        driven.write(Driven(time.time(), [0]))
    return found


def cut_off(home: Home) -> Path:
    """A session whose recorder was killed."""
    log = home.session("20261121-120000-beef") / "log.jsonl"
    return factory.write_log(log, factory.events(outcome=None))


async def begun(app: EcotuiApp, pilot: Pilot[int]) -> None:
    """Until the start has said all that it says."""
    await pilot.pause()
    app.offers.begin()
    await settle(app, pilot)
    await pilot.pause()


async def test_one_key_finishes_the_sweep_that_a_killed_driver_left(
    home: Home, app_of: Callable[..., EcotuiApp], asked: Asked
) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(app, pilot)
        assert "Unfinished sweep: 4 of 4 points missing.  F finishes it  esc not now" in screen_text(app)
        await pilot.press("F")
        await pilot.pause()
        assert asked.swept == [(PLAN, SWEEP, False)]
        assert isinstance(app.screen, SweepScreen)
        assert not app.monitor.query("#offer")


async def test_a_sweep_that_is_put_off_is_not_offered_again(
    home: Home, app_of: Callable[..., EcotuiApp], asked: Asked
) -> None:
    app = app_of()
    async with app.run_test(size=(200, 50)) as pilot:
        await begun(app, pilot)
        words = "The sweep night (SIMULATED) of 2026-11-21 10:15 UTC is unfinished: 4 of 4 points missing."
        assert f"{words}  F finishes it" in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "unfinished" not in screen_text(app)
        await pilot.press("F")
        assert asked.swept == []
    assert left_sweep(home) is None


async def test_what_was_recovered_of_a_killed_session_is_said(home: Home, app_of: Callable[..., EcotuiApp]) -> None:
    cut_off(home)
    app = app_of()
    async with app.run_test(size=(200, 50)) as pilot:
        await begun(app, pilot)
        (told,) = [one.text for one in app.notices if "Recovered" in one.text]
        assert told.startswith("Recovered session 20261121-120000-beef: 3 windows of ")
        assert "unfinished (the log has no end)" in told


async def test_a_session_that_goes_on_is_shown_and_said(home: Home, app_of: Callable[..., EcotuiApp]) -> None:
    log = home.session("20261121-130000-cafe") / "log.jsonl"
    log.parent.mkdir(parents=True)
    with LogWriter(log) as writer:
        for event in factory.events("20261121-130000-cafe", outcome=None):
            writer.write(event)
        app = app_of(watch=log)
        async with app.run_test(size=(80, 24)) as pilot:
            app.monitor.pull()
            await begun(app, pilot)
            (told,) = [one.text for one in app.notices if "Attached" in one.text]
            assert "20261121-130000-cafe, which has been recorded since 20" in told
            assert "x stops it, q leaves it going" in told
