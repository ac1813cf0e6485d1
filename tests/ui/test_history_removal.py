"""Runs removed and restored from the History, and what else `u` brings back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_state import DONE, GroupState, PointState, SweepState
from ecotui.store.home import Home
from ecotui.store.store import Store
from ecotui.store.trash import removals, remove, undo
from ecotui.ui.app import EcotuiApp
from ecotui.ui.keys import keyed
from ecotui.ui.screens import history_view
from ecotui.ui.screens.history_remove import RemoveScreen
from ecotui.ui.widgets.history_entry import Entry
from ecotui.ui.widgets.history_table import RunTable
from ecotui.ui.widgets.sweep_figures import REMOVED, Measured
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import compared, keep, made_events, made_plan, press, settle

MakeApp = Callable[..., EcotuiApp]


@pytest.fixture(autouse=True)
def no_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecotui.store.published.published_rows", lambda home: [])
    monkeypatch.setattr("ecotui.store.published.ranges", tuple)


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    """Three of this machine, the newest first, and a sample."""
    keep(tmp_path / "samples", made_events(9, made_plan(measured=True)))
    return compared(tmp_path)[::-1]


def shown(app: EcotuiApp) -> list[str]:
    return [line.row.run_id for line in app.screen.query_one(RunTable).lines if isinstance(line, Entry)]


def under_the_cursor(app: EcotuiApp) -> str:
    entry = app.screen.query_one(RunTable).entry
    return entry.row.run_id if entry else ""


async def test_a_session_that_ends_while_the_history_is_in_front_joins_the_list(
    app_of: MakeApp, runs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_view, "STORED_S", (0.01,))
    app = app_of(first="history", samples=tmp_path / "samples")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        before = shown(app)
        (row,) = keep(tmp_path, made_events(7, made_plan()))
        app.facts = replace(app.facts, state="measuring")
        app.facts = replace(app.facts, state="ended")
        for _ in range(50):
            await settle(app, pilot)
            if shown(app) != before:
                break
        assert set(shown(app)) == {*before, row.run_id}


async def test_d_asks_what_goes_and_u_brings_it_back_the_last_first(
    app_of: MakeApp, runs: list[str], tmp_path: Path
) -> None:
    app = app_of(first="history", samples=tmp_path / "samples")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        every = shown(app)
        await press(app, pilot, "down", "d")
        assert isinstance(app.screen, RemoveScreen)
        said = screen_text(app)
        assert runs[1] in said and "int8 b8 SIMULATED" in said and "1 run of 1 session" in said
        await press(app, pilot, "escape")
        assert shown(app) == every
        await press(app, pilot, "d")
        await press(app, pilot, "enter")
        assert runs[1] not in shown(app) and len(removals(app.parts.home)) == 1
        assert under_the_cursor(app) == runs[2], "the next below"
        await press(app, pilot, "d")
        await press(app, pilot, "enter")
        assert shown(app) == [runs[0], every[3]]
        await press(app, pilot, "u")
        assert shown(app) == [runs[0], runs[2], every[3]] and under_the_cursor(app) == runs[2]
        await press(app, pilot, "u")
        assert shown(app) == every and not removals(app.parts.home)
        assert under_the_cursor(app) == runs[1]
        assert [told.text.partition(":")[0] for told in app.notices] == ["Removed", "Removed", "Restored", "Restored"]


async def test_all_marked_runs_go_at_once_and_come_back_with_their_marks(app_of: MakeApp, runs: list[str]) -> None:
    app = app_of(first="history")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "space", "down", "space", "down", "d", "a", "enter")
        assert shown(app) == [runs[2]] and app.marked == []
        await press(app, pilot, "u")
        assert shown(app) == runs and app.marked == runs[:2]
        assert under_the_cursor(app) == runs[0], "the first of what came back"


async def test_what_came_back_is_what_y_copies_and_where_the_filter_hides_it_the_cursor_stays(
    app_of: MakeApp, runs: list[str]
) -> None:
    app = app_of(first="history")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "d", "enter", "end", "u", "y")
        assert runs[0] in app.clipboard
        await press(app, pilot, "d", "enter", "slash", *"fp16", "enter", "u")
        assert shown(app) == [runs[2]] and under_the_cursor(app) == runs[2]
        await press(app, pilot, "escape")
        assert shown(app) == runs and under_the_cursor(app) == runs[2]


async def test_a_sample_stays_and_what_an_earlier_start_removed_can_be_restored(
    app_of: MakeApp, runs: list[str], tmp_path: Path
) -> None:
    for _ in range(2):  # two starts
        app = app_of(first="history", samples=tmp_path / "samples")
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(app, pilot)
            await press(app, pilot, "end", "d")
            assert not isinstance(app.screen, RemoveScreen)
            if removals(app.parts.home):
                await press(app, pilot, "u")
                assert set(runs) < set(shown(app))
                return
            await press(app, pilot, "home", "d")
            await press(app, pilot, "enter")
            assert runs[0] not in shown(app)
    raise AssertionError("nothing was removed")


async def test_u_restores_a_filter_that_was_cleared_and_a_mark_that_was_taken_away(
    app_of: MakeApp, runs: list[str]
) -> None:
    app = app_of(first="history")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "space", "space", "slash", *"int8-pure", "escape")
        assert app.marked == [] and len(shown(app)) == 3
        await press(app, pilot, "u")
        assert app.screen.query_one(Input).value == "int8-pure" and shown(app) == [runs[0]]
        await press(app, pilot, "u")
        assert app.marked == [runs[0]]


async def test_a_run_taken_out_of_compare_comes_back(app_of: MakeApp, runs: list[str]) -> None:
    app = app_of(first="compare", marked=tuple(runs))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "d")
        assert app.marked == runs[:2]
        await press(app, pilot, "u")
        assert app.marked == runs


def test_a_sweep_says_of_a_removed_run_that_it_was_removed_until_it_is_back(tmp_path: Path) -> None:
    store, home = Store(Home(tmp_path)), Home(tmp_path)
    (row,) = keep(tmp_path, made_events(1))
    plan = SweepPlan("made", ("synthetic:tiny",), ("fp16",))
    group = plan.groups()[0]
    point = PointState(group.points[0], DONE, "", row.run_id)
    state = SweepState("20261121-110000-01d0", plan, 0.0, (GroupState(group, (point,)),))
    measured = Measured(store)
    remove(home, {row.session_id: [row.run_id]})
    assert measured.look(state)[row.run_id].problem == keyed(REMOVED)
    undo(home)
    assert measured.look(state)[row.run_id].gross_j == row.energy_gross_j_per_1k_tokens


async def test_a_word_that_filters_nothing_is_named(app_of: MakeApp, runs: list[str]) -> None:
    app = app_of(first="history")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "slash", *"int8 w")
        assert "filters nothing" not in screen_text(app)
        await press(app, pilot, *">[")
        assert "w>[ filters nothing yet" in screen_text(app)
        await press(app, pilot, "backspace", *"1")
        assert "filters nothing" not in screen_text(app)
