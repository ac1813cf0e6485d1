"""The History's groups: this machine, imported, samples, and published rows, which are context and no runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import ecotui.analysis.advice_claims
import ecotui.analysis.context  # noqa: F401  # both keep the ranges that they find, and shall not find a test's
from ecotui.core.published import PublishedRow
from ecotui.store.home import Home
from ecotui.store.published import shipped_rows
from ecotui.store.store import Store
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.history import HistoryScreen
from ecotui.ui.screens.history_published import PublishedScreen
from ecotui.ui.widgets import history_look
from ecotui.ui.widgets.history_columns import COLUMNS
from ecotui.ui.widgets.history_detail import detail
from ecotui.ui.widgets.history_entry import NEEDED, Entry, Head
from ecotui.ui.widgets.history_published import published_entries, record_lines
from ecotui.ui.widgets.history_rows import Order, listed, load
from ecotui.ui.widgets.history_table import RunTable
from tests.ui.stored_runs import assert_body, body, keep, made_events, made_plan, press, settle

MakeApp = Callable[..., EcotuiApp]
ROWS = [
    PublishedRow(
        row_id=f"published:study:{number}",
        source="A study, 2026",
        gpu=gpu,
        model="Mistral-7B",
        config=config,
        batch_size=1,
        throughput_tok_s=50.0,
        power_w=watts,
        energy_j_per_1k_tokens=joules,
        idle_power_w=idle,
    )
    for number, (gpu, config, watts, joules, idle) in enumerate(
        [
            ("RTX 4090D", "FP16", 217.0, 4000.0, 17.0),
            ("RTX 4090D", "NF4", 117.0, 2000.0, 17.0),
            ("A800", "INT8_pure", 165.0, 3300.0, 65.0),
            ("Mystery [b]board", "Q5", 100.0, 777.0, None),
        ],
        1,
    )
]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecotui.store.published.published_rows", lambda home: ROWS)
    monkeypatch.setattr("ecotui.store.published.ranges", tuple)


@pytest.fixture
def grouped(tmp_path: Path, published: None) -> list[str]:
    """A run of each group; their ids in the order of the table."""
    made = [
        *keep(tmp_path, made_events(3)),
        *keep(tmp_path / "imported", made_events(2, made_plan(measured=True, quantization="nf4"))),
        *keep(tmp_path / "samples", made_events(1, made_plan(measured=True, quantization="int8"))),
    ]
    return [row.run_id for row in made]


def lines(app: EcotuiApp) -> list[str]:
    table = app.screen.query_one(RunTable)
    return [line.text if isinstance(line, Head) else line.row.run_id for line in table.lines]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_group_stands_under_its_own_heading(
    app_of: MakeApp, grouped: list[str], tmp_path: Path, size: tuple[int, int]
) -> None:
    app = app_of(first="history", samples=tmp_path / "samples")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert lines(app) == [
            "this machine",
            grouped[0],
            "imported",
            grouped[1],
            "samples (recorded on NVIDIA H100 80GB HBM3)",
            grouped[2],
            "published: RTX 4090D · net column: less 17 W idle, stated",
            "published:study:1",
            "published:study:2",
            "published: A800 · net column: less 65 W idle, stated",
            "published:study:3",
            "published: Mystery [b]board · no idle known for a net",
            "published:study:4",
        ]
        await press(app, pilot, *["down"] * 3)
        assert_body(app, f"history-groups-{size[0]}")
        assert not any("✔" in row for row in body(app).splitlines() if "PUBLISHED" in row)


async def test_a_published_row_opens_as_a_small_page_and_has_no_log(app_of: MakeApp, published: None) -> None:
    app = app_of(first="history")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(app, pilot)
        assert "No run is stored yet" in body(app) and "4 published" in body(app)
        assert "net of" in body(app) and "stated" in body(app) and "context" not in body(app), "their net is no other's"
        await press(app, pilot, "enter")
        assert isinstance(app.screen, PublishedScreen)
        assert_body(app, "history-published-80")
        await press(app, pilot, "escape", "v")
        assert isinstance(app.screen, HistoryScreen) and "Enter says where it comes" in body(app)


async def test_published_rows_are_marked_beside_the_runs_and_two_runs_make_a_comparison(
    app_of: MakeApp, grouped: list[str], tmp_path: Path
) -> None:
    app = app_of(first="history", samples=tmp_path / "samples")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "end", "space", "home", "space")
        assert app.marked == ["published:study:4", grouped[0]]
        rows = body(app).splitlines()
        assert any("●" in row and "SIMULATED" in row for row in rows)
        assert any("○" in row and "PUBLISHED" in row for row in rows)
        await press(app, pilot, "c")
        assert "One stored run beside published figures" in body(app)
        await press(app, pilot, "h", "space", "c")
        assert "Only published figures are marked" in body(app)


def test_a_published_row_shows_gross_and_net_side_by_side_with_what_it_was_told_as() -> None:
    first, _, a800, mystery = published_entries(ROWS)
    texts = {key: first.cells[key] for key in ("gross", "net", "bare", "state", "sensor", "when")}
    assert texts == {
        "gross": "4,340",
        "net": "4,000",
        "bare": "–",
        "state": "as net",
        "sensor": "PUBLISHED",
        "when": "–",
    }
    assert a800.cells["word"] == "gross" and mystery.cells["net"] == "–"
    said = detail(first, 300)[1].plain
    assert "PUBLISHED as 4,000 J/1k: net of 17" in said and "gross 4,340" in said and "net of 17.0 W 4,000" in said
    assert "no interval" in said


def test_gross_and_net_of_a_published_row_can_be_read_in_the_line_of_a_narrow_screen() -> None:
    """80 columns leave the line 76 cells; longer figures are told first, and how they were published is cut."""
    slow = [replace(row, throughput_tok_s=5.0, energy_j_per_1k_tokens=row.energy_j_per_1k_tokens * 10) for row in ROWS]
    every = published_entries([*ROWS[:3], *slow[:3]])
    for entry in [*every, *published_entries(shipped_rows())]:
        assert entry.audited is not None
        said = detail(entry, 78)[1].plain
        assert f"gross {entry.cells['gross']} · net of " in said
        assert f" W {entry.cells['net']} " in f"{said} ", said
    long = detail(every[3], 78)[1].plain
    assert len(long) <= 76 and long.startswith("PUBLISHED  gross 43,400 · net of 17.0 W 40,000 · as 40,000 J/1k")


def test_a_published_row_in_milliwatts_is_marked_and_has_neither_gross_nor_net() -> None:
    (odd,) = published_entries([replace(ROWS[2], power_w=156_800.0)])
    shown = [odd.cells[key] for key in ("gross", "net", "state", "word")]
    assert shown == ["–", "–", "unit?", "unit?"]
    assert "gross unknown · net unknown" in detail(odd, 300)[1].plain
    record = "\n".join(f"{label}: {value}" for label, value in record_lines(odd.audited)) if odd.audited else ""
    assert "gross: not known: the unit of its power or throughput cannot be right" in record and "mW" in record


def test_published_rows_are_found_by_board_config_our_label_and_source() -> None:
    loaded = load([], (), published_entries(ROWS))

    def found(words: str) -> list[str]:
        return [line.row.run_id[-1] for line in listed(loaded, words, Order()) if isinstance(line, Entry)]

    assert found("a800") == ["3"] and found("int8-pure") == ["3"] and found("q5") == ["4"]
    assert found("study nf4") == ["2"] and len(found("published")) == 4 and found("b1 fp16") == ["1"]


def test_the_first_look_has_the_newest_of_each_group_under_headings_that_count_all(
    app_of: MakeApp, tmp_path: Path, published: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 5):
        keep(tmp_path, made_events(number))
    monkeypatch.setattr(history_look, "PAGE", 2)
    app = app_of()
    first = history_look.first_look(app)
    head, *rows = listed(first, "", Order())
    whole = history_look.look(app, first)
    assert isinstance(head, Head) and head.count == 4 and first.runs == whole.runs == 4
    every = [entry.row.run_id for entry in whole.entries]
    assert [line.row.run_id for line in rows[:2] if isinstance(line, Entry)] == every[:2]
    assert history_look.look(app, whole) is whole, "what has not changed is not made again"
    keep(tmp_path, made_events(9))
    assert history_look.look(app, whole).runs == 5


def test_the_columns_that_the_history_reads_are_all_that_it_shows(tmp_path: Path) -> None:
    keep(tmp_path, made_events(1, made_plan(label="a night", measured=True), outcome="stopped"))
    store = Store(Home(tmp_path))
    (whole,), (thin,) = load(store.runs(), ()).entries, load(store.page(columns=NEEDED), ()).entries
    assert thin.cells == whole.cells and thin.haystack == whole.haystack
    assert [str(row) for row in detail(thin, 300)] == [str(row) for row in detail(whole, 300)]
    assert all(column.order(thin.row) == column.order(whole.row) for column in COLUMNS.values())


def test_trends_of_folded_sessions_and_of_sessions_whose_file_is_gone_are_the_same(tmp_path: Path) -> None:
    ids = [keep(tmp_path, made_events(n, sway=(1.0, 1.1)))[0].run_id for n in (1, 2)]
    store = Store(Home(tmp_path))
    before = history_look.trends(store, ids)
    next((tmp_path / "store" / "windows").glob(f"{ids[0][:-2]}*")).unlink()
    assert history_look.trends(store, ids) == before and len(before[ids[0]].power_w) > 2
