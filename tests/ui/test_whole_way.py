"""The Monitor with the command's own parts: a key starts the real recorder, and the run ends in History and Compare."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ecotui.cli.application import _parts, under_way
from ecotui.core.arm import Arm
from ecotui.core.plan import Plan, Protocol
from ecotui.log import is_running
from ecotui.recorder.launch import request_stop, wait_until_gone
from ecotui.store.home import Home
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.monitor import MonitorScreen
from tests.ui.screen_text import screen_text

TINY = Plan(
    (Arm("synthetic:tiny", batch_size=2, new_tokens=12),),
    Protocol(idle_s=0.4, warmups=1, windows=2, window_s=0.3),
    "simulated",
    0,
    "cpu",
)
SHAPE = Plan(
    (Arm("synthetic:tinyllama-1.1b", "nf4", batch_size=4, new_tokens=32),),
    Protocol(idle_s=2, warmups=1, windows=2, window_s=5),
)


async def until(pilot: Pilot[int], true: Callable[[], bool], timeout_s: float = 120) -> None:
    """Let the application go on until it is so."""
    async with asyncio.timeout(timeout_s):
        while not true():
            await pilot.pause(0.05)


async def the_whole_way(home: Home, plan: Plan, then: Callable[[Pilot[int]], Awaitable[None]]) -> None:
    app = EcotuiApp(_parts(home, plan, ""))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("r")
        await until(pilot, lambda: "measuring" in screen_text(app))
        assert under_way(home) is not None
        await until(pilot, lambda: "completed" in screen_text(app))
        await then(pilot)


async def on_the_embedded_default(pilot: Pilot[int]) -> None:
    app = pilot.app
    shown = screen_text(app)
    assert "SIMULATED" in shown
    assert "2 of 2" in shown
    await until(pilot, lambda: isinstance(app, EcotuiApp) and not under_way_of(app))
    await pilot.press("h")
    await until(pilot, lambda: "synthetic:tiny" in screen_text(app) and "valid" in screen_text(app))
    assert "SIMULATED" in screen_text(app)


def under_way_of(app: EcotuiApp) -> Path | None:
    return under_way(app.parts.home)


async def test_a_key_runs_the_embedded_default_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    await the_whole_way(Home.open(), TINY, on_the_embedded_default)


async def test_two_arms_take_turns_to_their_end_and_the_result_is_a_table_of_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    arms = (*TINY.arms, replace(TINY.arms[0], engine="graph"))
    plan = replace(TINY, arms=arms, protocol=replace(TINY.protocol, blocks=2))

    async def both(pilot: Pilot[int]) -> None:
        shown = screen_text(pilot.app)
        assert "8 of 8 · 2 blocks" in shown and "paired, 2 blocks" in shown
        assert "● fp16 eager" in shown and "◆ fp16 graph" in shown and "On the CPU no step is captured" in shown

    await the_whole_way(Home.open(), plan, both)


async def test_closing_the_screen_stops_nothing_and_opening_it_again_finds_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    home = Home.open()
    long = replace(TINY, protocol=replace(TINY.protocol, windows=500))
    app = EcotuiApp(_parts(home, long, ""))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("r")
        await until(pilot, lambda: under_way(home) is not None)
    log = under_way(home)
    assert log is not None
    again = EcotuiApp(replace(_parts(home, TINY, ""), watch=log))
    async with again.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "of 500" in screen_text(again))
        assert isinstance(again.screen, MonitorScreen)
        await pilot.press("x")
        await until(pilot, lambda: not is_running(log))
        await until(pilot, lambda: "stopped" in screen_text(again))
    request_stop(log)
    wait_until_gone(log)


@pytest.mark.gpu
@pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="no NVIDIA driver on this host")
def test_a_key_measures_a_published_shape_on_the_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    home = Home.open()

    async def measured(pilot: Pilot[int]) -> None:
        shown = screen_text(pilot.app)
        assert "SIMULATED" not in shown
        assert "2 of 2" in shown
        await until(pilot, lambda: under_way(home) is None)
        (row,) = [s.row for s in EcotuiApp(_parts(home, SHAPE, "")).store.runs() if s.origin == "here"]
        assert row.energy_source == "counter"
        assert row.power_mean_w is not None
        assert row.power_mean_w > 60
        assert row.valid

    asyncio.run(the_whole_way(home, SHAPE, measured))
