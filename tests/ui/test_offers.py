"""What the start says of what was left: the unfinished sweep, what was recovered, the session that goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from ecotui.core.sweep import SweepPlan, sweep_protocol
from ecotui.core.sweep_events import VERSION, Driven, SweepHeader
from ecotui.log.reader import read_timeline
from ecotui.log.writer import LogWriter
from ecotui.recorder.followed import ended_unseen
from ecotui.recorder.left import left_sweep
from ecotui.recorder.sweep import LOG, sweep_folder
from ecotui.recorder.sweep_log import SweepLog, create
from ecotui.store.home import Home
from ecotui.store.store import Store
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


async def test_the_offer_stays_in_the_notices_and_no_toast_lies_over_it(
    home: Home, app_of: Callable[..., EcotuiApp]
) -> None:
    cut_off(home)
    app = app_of()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await begun(app, pilot)
        app.notify("A notice of several lines " * 6)
        await pilot.pause()
        toasts = [toast.region for toast in app.screen.query(Toast)]
        (offer,) = app.monitor.query("#offer")
        assert len(toasts) == 2 and not any(toast.overlaps(offer.region) for toast in toasts)
        assert "Unfinished sweep: 4 of 4 points missing.  F finishes it  esc not now" in screen_text(app)
        (told,) = [one for one in app.notices if "unfinished: 4 of 4" in one.text]
        assert told.level == "warning" and "F finishes it, esc puts it off" in told.text


async def test_a_recorder_that_dies_is_among_the_notices_once(home: Home, app_of: Callable[..., EcotuiApp]) -> None:
    log = cut_off(home)
    app = app_of(watch=log)
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(3):
            app.monitor.pull()
        await pilot.press("N")
        await pilot.pause()
        told = [one for one in app.notices if one.level == "error"]
        assert len(told) == 1 and f"The recorder of session {log.parent.name} ended without a word" in told[0].text
        assert "ended without a word" in screen_text(app)


async def test_a_session_that_ended_while_no_interface_was_there_is_told_once(
    home: Home, app_of: Callable[..., EcotuiApp]
) -> None:
    log = home.session("20261121-130000-cafe") / "log.jsonl"
    log.parent.mkdir(parents=True)
    made = list(factory.events("20261121-130000-cafe"))
    with LogWriter(log) as writer:
        for event in made[:-30]:
            writer.write(event)
        killed = app_of(watch=log)
        async with killed.run_test(size=(80, 24)):
            killed.monitor.pull()
        again = app_of(watch=log)
        async with again.run_test(size=(80, 24)) as pilot:
            await begun(again, pilot)
            assert not [one for one in again.notices if "ended since" in one.text], "it goes on"
        for event in made[-30:]:
            writer.write(event)
    Store(home).append(read_timeline(log))
    told = []
    for _ in range(2):
        app = app_of()
        async with app.run_test(size=(80, 24)) as pilot:
            await begun(app, pilot)
            told += [one.text for one in app.notices if "ended since" in one.text]
    (words,) = told
    assert words.startswith("Session 20261121-130000-cafe ended since it was last shown: 3 windows of synthetic:tiny")
    assert words.endswith("SIMULATED, completed. h lists it in the History.")


async def test_a_session_whose_end_was_seen_is_not_told_at_the_next_start(
    home: Home, app_of: Callable[..., EcotuiApp]
) -> None:
    log = home.session("20261121-130000-cafe") / "log.jsonl"
    factory.write_log(log, factory.events("20261121-130000-cafe"))
    app = app_of(watch=log)
    async with app.run_test(size=(80, 24)):
        app.monitor.pull()
    assert ended_unseen(home) == []


ATTACHED = "Attached to session 20261121-120000-beef, which has been recorded since 2026-11-21 12:00 UTC."
ENDED = "Session 20261121-110000-beef, synthetic:tiny fp16 b8, ended while nobody looked. h lists it in the History."


@pytest.mark.parametrize(
    ("size", "most", "shown"), [((60, 18), 3, 1), ((70, 30), 3, 1), ((80, 24), 3, 1), ((120, 40), 14, 2)]
)
async def test_notices_of_the_start_leave_a_small_screen_to_be_read(
    app_of: Callable[..., EcotuiApp], size: tuple[int, int], most: int, shown: int
) -> None:
    app = app_of()
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        for words in (ATTACHED, ENDED):
            app.offers._say(words)
        await pilot.pause()
        toasts = app.screen.query(Toast)
        assert len(toasts) == shown and sum(toast.outer_size.height for toast in toasts) <= most
        app.offers._said() if shown == 1 else None
        await pilot.pause()
        told = [notice.text for notice in app.notices]
        assert told == [ATTACHED, ENDED]
