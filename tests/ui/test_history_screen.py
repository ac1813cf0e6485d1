"""The History, as an operator meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input

from ecotui.core.published import PublishedRow
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.compare import CompareScreen
from ecotui.ui.screens.history import HistoryScreen
from ecotui.ui.screens.record import RecordScreen
from ecotui.ui.widgets.history_entry import Entry
from ecotui.ui.widgets.history_table import RunTable
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import LONG, assert_body, body, failed, keep, made_events, made_plan, press, settle

MakeApp = Callable[..., EcotuiApp]


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> list[PublishedRow]:
    """No published figures, so that the tests of runs are about runs; those about published rows put some in."""
    rows: list[PublishedRow] = []
    monkeypatch.setattr("ecotui.store.published.published_rows", lambda home: rows)
    monkeypatch.setattr("ecotui.store.published.ranges", tuple)
    return rows


@pytest.fixture
def five(tmp_path: Path) -> list[str]:
    """Runs of every kind; their ids, the oldest first."""
    samples = tmp_path / "samples"
    hostile = "evil/[bold]x[/bold]\x1b[31m[red"
    made = [
        *keep(samples, made_events(1, made_plan(measured=True, model="mistralai/Mistral-7B-v0.3"), load_w=350.0)),
        *keep(tmp_path, made_events(2, made_plan(measured=True, quantization="int8", batch_size=8), load_w=154.0)),
        *keep(tmp_path, made_events(3, made_plan(model=LONG, label="[b]second[/b] night"), sway=(1, 1.1, 1.2))),
        *keep(tmp_path, failed(made_events(4, made_plan(model=hostile)), "CUDA out of memory.")),
        *keep(tmp_path, made_events(5, made_plan(quantization="nf4", batch_size=64), outcome="stopped")),
    ]
    return [row.run_id for row in made]


@pytest.fixture
def history(app_of: MakeApp, tmp_path: Path) -> Callable[[], EcotuiApp]:
    return lambda: app_of(first="history", samples=tmp_path / "samples")


def shown(app: EcotuiApp) -> list[str]:
    """Ids of the stored runs that are listed; published rows stand below them."""
    lines = app.screen.query_one(RunTable).lines
    return [line.row.run_id for line in lines if isinstance(line, Entry) and line.stored]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_every_kind_of_run(history: Callable[[], EcotuiApp], five: list[str], size: tuple[int, int]) -> None:
    app = history()
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert_body(app, f"history-{size[0]}")
        assert shown(app) == [five[4], five[3], five[2], five[1], five[0]]
        for line in body(app).splitlines():
            assert ("SIMULATED" in line) or "NVML" in line or not any(w in line for w in ("nf4 ", "fp16 ", "int8 "))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_an_empty_store_says_what_to_do(app_of: MakeApp, size: tuple[int, int]) -> None:
    app = app_of(first="history")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert_body(app, f"history-empty-{size[0]}")


async def test_o_sorts_by_the_next_column_and_shift_o_the_other_way_round(
    history: Callable[[], EcotuiApp], five: list[str]
) -> None:
    app = history()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        assert "UTC▼" in body(app)
        await press(app, pilot, "o")
        assert "model▲" in body(app)
        assert shown(app)[:4] == [five[3], five[2], five[4], five[1]]
        await press(app, pilot, "O")
        assert "model▼" in body(app)
        assert shown(app)[:2] == [five[4], five[1]]  # of one name: still the newer first


async def test_a_click_on_a_heading_sorts_and_a_second_one_turns(
    history: Callable[[], EcotuiApp], five: list[str]
) -> None:
    app = history()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        rows = body(app).splitlines()
        x = rows[2].index("tok/s")
        for arrow in ("tok/s▼", "tok/s▲"):
            await pilot.click(offset=(x, 3))
            await settle(app, pilot)
            assert arrow in body(app)
        assert shown(app)[3] == five[3]  # it failed, so it has no figure and comes last


async def test_the_slash_filters_enter_keeps_it_and_escape_shows_all_again(
    history: Callable[[], EcotuiApp], five: list[str]
) -> None:
    app = history()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        assert "Runs · / filters" in body(app)
        await press(app, pilot, "slash", *"nf4", "space", *"b64")
        assert shown(app) == [five[4]]
        assert "1 of 5 runs" in body(app)
        await press(app, pilot, *"zzz")
        assert "No run matches" in body(app)
        await press(app, pilot, "escape")
        assert len(shown(app)) == 5
        await press(app, pilot, "slash", *"int8", "enter")
        assert shown(app) == [five[1]]
        assert isinstance(app.focused, RunTable)
        assert "Esc clears the filter" in body(app)
        await press(app, pilot, "escape")
        assert len(shown(app)) == 5 and "Runs · / filters" in body(app)


async def test_letters_that_are_no_keys_do_nothing_and_in_the_filter_every_letter_is_text(
    history: Callable[[], EcotuiApp], five: list[str]
) -> None:
    app = history()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, *"hxyz6")
        assert isinstance(app.focused, RunTable) and not app.screen.query_one(Input).display
        typed = "mistral qwen?/Scuvh"
        await pilot.press("slash")
        await press(app, pilot, *({" ": "space", "?": "question_mark", "/": "slash"}.get(c, c) for c in typed))
        assert isinstance(app.screen, HistoryScreen) and app.is_running
        assert app.screen.query_one(Input).value == typed
        assert "⏎ keeps them, Esc clears them" in body(app)
        line_of_keys = screen_text(app).splitlines()[-1]
        assert "esc Clear" in line_of_keys and "/ Filter" not in line_of_keys
        await press(app, pilot, "escape")
        assert len(shown(app)) == 5


async def test_an_empty_filter_is_none(history: Callable[[], EcotuiApp], five: list[str]) -> None:
    app = history()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "slash", "enter")
        assert isinstance(app.focused, RunTable) and not app.screen.query_one(Input).display
        assert "Runs · / filters" in body(app)


async def test_the_keys_that_an_empty_compare_names_end_in_no_filter(
    app_of: MakeApp, five: list[str], tmp_path: Path
) -> None:
    app = app_of(first="compare", samples=tmp_path / "samples")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "escape", "h", "space", "c")
        assert isinstance(app.screen, HistoryScreen)
        assert app.marked == [five[4]] and not app.screen.query_one(Input).display


async def test_runs_of_one_day_are_told_apart_at_eighty_columns(app_of: MakeApp, tmp_path: Path) -> None:
    made = [
        *keep(tmp_path, made_events(1, made_plan(quantization="int8-pure"))),
        *keep(tmp_path, made_events(2, made_plan(quantization="nf4", batch_size=64), outcome="stopped")),
    ]
    assert all(row.started_at is not None for row in made)
    app = app_of(first="history")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        rows = body(app).splitlines()
        for row in made:
            assert row.started_at is not None
            assert sum(f"{row.started_at:%d %H:%M}" in line for line in rows[:-2]) == 1
        assert any("int8-pure" in line and "SIMULATED" in line for line in rows)
        assert f"{made[1].started_at:%Y-%m-%d %H:%M} UTC" in rows[-2]


async def test_an_empty_store_has_nothing_to_filter(app_of: MakeApp) -> None:
    app = app_of(first="history")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "slash")
        assert not app.screen.query_one(Input).display and "filters" not in body(app)


async def test_marks_keep_their_order_and_a_fifth_is_refused(history: Callable[[], EcotuiApp], five: list[str]) -> None:
    app = history()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "c")
        assert isinstance(app.screen, HistoryScreen)
        assert "Mark two to four runs" in body(app)
        await press(app, pilot, "down", "space", "down", "space", "up", "up", "space")
        assert app.marked == [five[3], five[2], five[4]]
        rows = {glyph: next(row for row in body(app).splitlines() if f" {glyph} 11-18" in row) for glyph in "●◆▲"}
        assert "failed" in rows["●"] and "stopped" in rows["▲"]
        await press(app, pilot, "end", "space", "up", "space")
        assert app.marked == [five[3], five[2], five[4], five[0]]
        assert "Compare holds 4 runs" in body(app)
        await press(app, pilot, "home", "space")
        assert app.marked == [five[3], five[2], five[0]]


async def test_c_compares_the_marked_and_enter_opens_the_record(
    history: Callable[[], EcotuiApp], five: list[str]
) -> None:
    app = history()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, RecordScreen) and app.screen.run_id == five[4]
        await press(app, pilot, "escape", "space", "end", "space", "c")
        assert isinstance(app.screen, CompareScreen)
        assert app.screen.run_ids == [five[4], five[0]]


async def test_a_replay_needs_the_log(
    history: Callable[[], EcotuiApp], five: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = history()
    played: list[Path] = []
    monkeypatch.setattr(app, "replay", played.append)
    log = tmp_path / "sessions" / five[4].removesuffix(".0") / "log.jsonl"
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "v")
        assert played == [log]
        log.unlink()
        await press(app, pilot, "v")
        assert played == [log]
        assert "The log of this session is gone" in body(app)


async def test_names_from_outside_are_neither_markup_nor_escapes(
    history: Callable[[], EcotuiApp], five: list[str]
) -> None:
    app = history()
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "down")
        assert "evil/[bold]x[/bold]\N{REPLACEMENT CHARACTER}[31m[red" in body(app)
        assert "\x1b" not in body(app)
        await press(app, pilot, "down")
        assert "[b]second[/b] night" in body(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_broken_file_is_one_warning_that_says_what_to_do_and_the_other_runs_remain(
    history: Callable[[], EcotuiApp], five: list[str], tmp_path: Path, size: tuple[int, int]
) -> None:
    broken = next((tmp_path / "store" / "runs").glob(f"{five[1].removesuffix('.0')}*"))
    broken.write_bytes(b"PAR1 this is no table")
    app = history()
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert shown(app) == [five[4], five[3], five[2], five[0]]
        said = " ".join(body(app).split())
        assert "is not a whole Parquet file and was passed over. Move it away;" in said
        assert "ecotui rebuilds it from that." in said and said.count("passed over") == 1


async def test_new_runs_are_listed_after_r_with_the_cursor_on_its_run(
    history: Callable[[], EcotuiApp], five: list[str], tmp_path: Path
) -> None:
    app = history()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "down", "down")
        made = keep(tmp_path, made_events(9))
        await press(app, pilot, "r")
        entry = app.screen.query_one(RunTable).entry
        assert shown(app)[0] == made[0].run_id
        assert entry is not None and entry.row.run_id == five[2]
