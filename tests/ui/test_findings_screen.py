"""Findings and Advice, as an operator meets them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ecotui.analysis import advice_age
from ecotui.analysis.carbon import Workload
from ecotui.core.errors import StoreError
from ecotui.store.store import Store
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.findings import FindingsScreen
from ecotui.ui.screens.findings_workload import WorkloadScreen
from ecotui.ui.screens.record import RecordScreen
from ecotui.ui.widgets.finding_list import FindingList
from ecotui.ui.widgets.finding_table import SheetTable
from ecotui.ui.widgets.finding_workload import ASKED, problems, text_of, wanted
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import assert_body, body, compared, press, settle

MakeApp = Callable[..., EcotuiApp]
SIZES = [(80, 24), (200, 50)]
TEXTS = {asked.name: text_of(Workload(), asked.name) for asked in ASKED}


@pytest.fixture(autouse=True)
def _one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ages of evidence stay what the snapshots say."""
    monkeypatch.setattr(advice_age, "today", lambda: datetime(2026, 11, 21, tzinfo=UTC))


async def open_at(app: EcotuiApp, pilot: Pilot[int], *words: str) -> None:
    """The finding that has these words in its law and subject, opened."""
    screen = app.screen
    assert isinstance(screen, FindingsScreen)
    names = [f"{one.key} {one.subject}" for one in screen._findings]
    place = next(i for i, name in enumerate(names) if all(word in name for word in words))
    listed = screen.query_one(FindingList)
    listed.highlighted = listed.get_option_index(str(place))
    await press(app, pilot, "enter")


def type_in(app: EcotuiApp, **texts: str) -> None:
    """Texts into fields, by their ids."""
    for name, text in texts.items():
        app.screen.query_one(f"#{name.replace('__', '-')}", Input).value = text


@pytest.mark.parametrize("size", SIZES)
async def test_a_fresh_home_shows_what_the_published_rows_support(app_of: MakeApp, size: tuple[int, int]) -> None:
    app = app_of()
    async with app.run_test(size=size) as pilot:
        await press(app, pilot, "f")
        assert_body(app, f"findings-{size[0]}")
        await open_at(app, pilot, "batch-law", "int8-pure", "256")
        assert "batch^−0.76" in body(app)
        assert_body(app, f"findings-law-{size[0]}")
        await press(app, pilot, "escape")
        await open_at(app, pilot, "crossover", "4090D", "int8-pure")
        assert "not determined" in body(app)
        assert_body(app, f"findings-open-{size[0]}")
        await press(app, pilot, "a")
        await pilot.press("q", "d")
        field = app.screen.query_one("#advice-model", Input)
        assert field.value == "qd", "letters are a name, and no keys of the application"
        type_in(app, advice__model="Mistral-7B", advice__board="4090D")
        await press(app, pilot, "enter")
        assert_body(app, f"findings-advice-{size[0]}")
        type_in(app, advice__model="nobody/nothing", advice__board="MI300X")
        await press(app, pilot, "enter")
        assert "No evidence for nobody/nothing on MI300X" in body(app) and "Rests on" not in body(app)
        type_in(app, advice__board="")
        await press(app, pilot, "enter")
        assert "Advice is for a model and a board" in body(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, FindingsScreen)


async def test_one_escape_leaves_advice_and_the_screen_says_so(app_of: MakeApp) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(app, pilot, "f", "a")
        assert "esc Findings" in screen_text(app).splitlines()[-1] and "esc leaves" in body(app)
        await pilot.press("s", "escape")
        assert isinstance(app.screen, FindingsScreen)


@pytest.mark.parametrize("size", [(120, 36), (140, 30)])
async def test_a_figure_keeps_its_rows_and_its_legend_where_a_table_lies_below_it(
    app_of: MakeApp, size: tuple[int, int]
) -> None:
    """The table is low and scrolls, also while it has the keys, and the caveats make room until they are turned to."""
    app = app_of()
    async with app.run_test(size=size) as pilot:
        await press(app, pilot, "f")
        await open_at(app, pilot, "batch-law", "int8-pure", "256")
        await press(app, pilot, "escape")
        rows = [row for row in body(app).splitlines() if row[60:].count("┊") > 2 or "┤" in row]
        assert len(rows) >= 7, "beside its axes"
        assert "○ published   ── fit, 95 % band   ╌╌ batch^−1, the published claim" in body(app)
        assert "energy a request, gross (J a request)" in body(app) and "batch size ─╯" in body(app)
        low = app.screen.query_one(SheetTable).size.height
        await press(app, pilot, "tab")
        table = app.screen.query_one(SheetTable)
        assert app.focused is table and table.size.height == low
        assert "○ published   ── fit, 95 % band   ╌╌ batch^−1, the published claim" in body(app)
        await press(app, pilot, "tab")
        assert "▲ Published figures" in body(app)


@pytest.mark.parametrize("size", [(80, 24), (100, 40)])
async def test_caveats_that_are_turned_to_have_the_rows_below_the_sentence(
    app_of: MakeApp, size: tuple[int, int]
) -> None:
    app = app_of()
    async with app.run_test(size=size) as pilot:
        await press(app, pilot, "f")
        await open_at(app, pilot, "batch-law", "int8-pure", "256")
        await press(app, pilot, "tab", "tab")
        limits = app.screen.query_one("#findings-limits")
        assert limits.has_focus and limits.region.bottom == size[1] - 1


async def test_keys_go_round_and_the_accounting_and_the_board_are_always_named(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(app, pilot, "f", "enter")
        assert "┤" in body(app) and "Points" not in body(app)
        await press(app, pilot, "tab")
        assert "Points" in body(app) and isinstance(app.focused, SheetTable)
        await press(app, pilot, "enter")
        assert "is a published row" in [*app._notifications][-1].message
        await press(app, pilot, "tab")
        assert "▲ Published figures" in body(app)
        await press(app, pilot, "tab", "g")
        assert "net of context idle · all boards" in body(app) and isinstance(app.focused, FindingList)
        assert "net (stated) · " in body(app)
        await press(app, pilot, "end")
        await open_at(app, pilot, "dequantization", "5090")
        await press(app, pilot, "escape")
        assert "    gross · energy ×0.88 to ×1.30" in body(app)
        screen = app.screen
        assert isinstance(screen, FindingsScreen)
        await press(app, pilot, "b")
        boards = {one.subject.partition(" · ")[0] for one in screen._findings}
        assert len(boards) == 1 and f"idle · {boards.pop()}" in body(app)
        await press(app, pilot, "e")
        told = [*app._notifications][-1].message
    assert {path.suffix for path in (tmp_path / "exports").iterdir()} == {".csv", ".md", ".tex", ".svg", ".png"}
    assert str(tmp_path / "exports") in told and "svg" in told


async def test_a_workload_is_checked_and_reckoned_and_a_point_opens_its_record(app_of: MakeApp, tmp_path: Path) -> None:
    ids = compared(tmp_path)
    app = app_of()
    async with app.run_test(size=(200, 50)) as pilot:
        await press(app, pilot, "f")
        await press(app, pilot, "w")
        type_in(app, workload__grid="Atlantis")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, WorkloadScreen) and "no grid 'Atlantis'" in body(app)
        type_in(app, workload__requests_a_day="1,000,000", workload__price_kwh="0.30", workload__grid="fra")
        await press(app, pilot, "enter")
        await open_at(app, pilot, "pareto", "SIMULATED")
        assert "1,000,000 requests a day" in " ".join(body(app).split())
        assert_body(app, "findings-workload-200")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, RecordScreen) and app.screen.run_id in ids


async def test_what_cannot_be_read_is_named_beside_what_is_known_all_the_same(
    app_of: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared(tmp_path)
    next((tmp_path / "store" / "runs").glob("*.parquet")).write_bytes(b"PAR1 no more")
    app = app_of()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(app, pilot, "f")
        assert "▲" in body(app) and ".parquet" in body(app) and "Batch law" in body(app)

        def refuse(store: Store, **_: object) -> None:
            raise StoreError("The folder of runs is gone.", "Put it back.")

        monkeypatch.setattr(Store, "page", refuse)
        await pilot.press("r", "g", "r", "m", "f")  # looks that are overtaken end quietly
        await settle(app, pilot)
        assert app.failure is None
        assert "The folder of runs is gone." in body(app) and "Batch law" in body(app)


BAD = {
    "requests_a_day": ("", "0", "many", "nan", "1e30"),
    "price_kwh": ("0,30", "-1", "inf"),
    "grid": ("", "Atlantis", "-5", "1e9"),
    "pue": ("0.9", "x"),
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, some in BAD.items() for text in some])
def test_a_field_that_cannot_be_meant_says_so(name: str, text: str) -> None:
    found = problems(TEXTS | {name: text})
    assert list(found) == [name] and found[name].endswith(".")


def test_thousands_may_be_set_apart_and_prices_left_out() -> None:
    work = wanted(TEXTS | {"requests_a_day": "1,500,000", "pue": "1.2", "grid": "56"})
    assert (work.requests_a_day, work.price_kwh, work.pue, work.grid) == (1.5e6, None, 1.2, "56")
