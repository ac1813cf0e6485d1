"""Runs that took turns in one session, as the History and a run's own record tell of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.store.home import Home
from ecotui.store.store import Store
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.record import RecordScreen
from ecotui.ui.widgets.history_detail import detail
from ecotui.ui.widgets.history_entry import Entry
from ecotui.ui.widgets.history_pairs import order_of
from ecotui.ui.widgets.history_rows import Order, listed, load
from tests.ui import stored_runs
from tests.ui.paired import EAGER, GRAPH, PURE, paired_events, paired_plan
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A paired session between two single runs, an hour apart each."""
    stored_runs.keep(tmp_path, stored_runs.made_events(1))
    plan = paired_plan(EAGER, GRAPH, PURE, blocks=2)
    stored_runs.keep(tmp_path, paired_events(plan, session=stored_runs.session(2)))
    stored_runs.keep(tmp_path, stored_runs.made_events(3))
    return tmp_path


def entries(root: Path, words: str = "") -> list[Entry]:
    store = Store(Home(root))
    return [e for e in listed(load(store.runs(), ()), words, Order()) if isinstance(e, Entry)]


def test_the_runs_of_a_paired_session_stand_next_to_each_other(kept: Path) -> None:
    sessions = [entry.row.session_id for entry in entries(kept)]
    places = [i for i, session in enumerate(sessions) if session == stored_runs.session(2)]
    assert places == list(range(places[0], places[0] + 3))


def test_the_line_below_the_table_names_the_blocks_and_the_other_arms(kept: Path) -> None:
    paired = [entry for entry in entries(kept) if entry.row.blocks]
    said = {e.row.run_id[-1]: "\n".join(row.plain for row in detail(e, 198)) for e in paired}
    assert "4 windows · paired, 2 blocks, with fp16 graph and int8-pure" in said["0"]
    assert "paired, 2 blocks, with fp16 and int8-pure" in said["1"]
    assert all("paired" not in row.plain for e in entries(kept) if not e.row.blocks for row in detail(e, 198))


def test_at_eighty_columns_the_pair_is_told_before_what_gives_way(kept: Path) -> None:
    entry = next(e for e in entries(kept) if e.row.run_id.endswith(".0") and e.row.blocks)
    assert "paired, 2 blocks, with fp16 graph" in detail(entry, 78)[1].plain


def test_a_filter_finds_paired_runs(kept: Path) -> None:
    assert len(entries(kept, "paired")) == 3


def test_the_order_is_read_from_the_windows_as_they_ran(kept: Path) -> None:
    store = Store(Home(kept))
    windows = [w for n in range(3) for w in store.windows(f"{stored_runs.session(2)}.{n}")]
    assert order_of(windows) == "ABBA"
    swapped = [replace(w, t0_ns=-(w.t0_ns or 0)) if w.block == 1 and w.run_id[-1] != "0" else w for w in windows]
    assert order_of(swapped) == "in random order"
    assert order_of([]) == "" == order_of(windows[:1])


async def test_the_record_tells_of_the_paired_session(kept: Path, app_of: Make) -> None:
    app = app_of(home=Home(kept))
    async with app.run_test(size=(200, 90)) as pilot:
        app.push_screen(RecordScreen(f"{stored_runs.session(2)}.1"))
        await stored_runs.settle(app, pilot)
        shown = " ".join(screen_text(app).split())
        assert "paired session 2 blocks, ABBA, with fp16 and int8-pure" in shown


async def test_a_run_by_itself_has_no_such_fact(kept: Path, app_of: Make) -> None:
    app = app_of(home=Home(kept))
    async with app.run_test(size=(200, 90)) as pilot:
        app.push_screen(RecordScreen(f"{stored_runs.session(1)}.0"))
        await stored_runs.settle(app, pilot)
        assert "paired session" not in screen_text(app)
