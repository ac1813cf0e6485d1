"""Compare, as an operator meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.compare import CompareScreen
from ecotui.ui.screens.history import HistoryScreen
from ecotui.ui.widgets.compare_names import difference_text
from tests.ui.stored_runs import assert_body, body, compared, failed, keep, made_events, made_plan, press, settle

MakeApp = Callable[..., EcotuiApp]


def row(app: EcotuiApp, label: str) -> str:
    return next(line for line in body(app).splitlines() if label in line)


@pytest.mark.parametrize(
    ("percent", "words", "text"),
    [
        (82.16, True, "▲ 82.2 % more"),
        (-28.6, True, "▼ 28.6 % less"),
        (-28.6, False, "▼28.6%"),
        (1093.0, False, "▲1093%"),
        (0.01, True, "= the same"),
        (0.0, False, "="),
        (None, True, "–"),
    ],
)
def test_a_difference_says_its_direction_by_glyph_and_word(percent: float | None, words: bool, text: str) -> None:
    assert difference_text(percent, words) == text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_three_runs_side_by_side(app_of: MakeApp, tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert_body(app, f"compare-{size[0]}")
        assert row(app, "sensor").count("SIMULATED") == 3
        assert all(line.strip("│ ▁▂▃▄▅▆▇█") != "on" for line in body(app).splitlines())  # no word wraps by itself


async def test_energy_source_and_bound_are_words_and_variations_have_no_ratio(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(120, 90)) as pilot:
        await settle(app, pilot)
        assert row(app, "energy source").count("counter") == 3
        assert "–" in row(app, "bound  ")
        assert row(app, "counter/integr.").count("+0.00") == 3
        for label in ("CV throughput", "CV power", "edges ±"):
            assert not {"▲", "▼"} & set(row(app, label))


async def test_a_short_terminal_turns_between_figures_and_charts(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "t")
        assert_body(app, "compare-charts-80")
        assert body(app).count("SIMULATED") == 2
        await press(app, pilot, "tab")
        assert "net of context" in body(app)


async def test_four_runs_fit_eighty_columns_uncut(app_of: MakeApp, tmp_path: Path) -> None:
    ids = compared(tmp_path)
    ids += [r.run_id for r in keep(tmp_path, made_events(7, made_plan(quantization="nf4-dq"), step_s=0.03))]
    app = app_of(first="compare", marked=tuple(ids))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        for label in ("throughput", "power", "gross", "net of context", "net of bare", "break-even idle"):
            assert "…" not in row(app, label)
        assert "■ nf4-dq" in body(app)


async def test_b_makes_the_next_run_the_baseline_and_d_takes_the_chosen_out(app_of: MakeApp, tmp_path: Path) -> None:
    first, second, third = compared(tmp_path)
    app = app_of(first="compare", marked=(first, second, third))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "b")
        assert app.marked == [second, third, first]
        assert "● int8" in body(app) and "▲ fp16" in body(app)
        await press(app, pilot, "left", "d")
        assert app.marked == [second, first]
        await press(app, pilot, "delete")
        assert "two to four runs; one is marked" in body(app)
        await press(app, pilot, "h")
        assert isinstance(app.screen, HistoryScreen)


async def test_simulated_is_never_compared_with_measured(app_of: MakeApp, tmp_path: Path) -> None:
    ids = [
        r.run_id for n, measured in ((1, False), (2, True)) for r in keep(tmp_path, made_events(n, made_plan(measured)))
    ]
    app = app_of(first="compare", marked=tuple(ids))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert_body(app, "compare-refused-80")
        assert "■ Not compared." in body(app)
        assert row(app, "gross").rstrip().endswith("–")
        assert "%" not in body(app)


async def test_a_run_without_windows_is_refused_with_the_reason(app_of: MakeApp, tmp_path: Path) -> None:
    ids = [r.run_id for r in keep(tmp_path, made_events(1))]
    ids += [r.run_id for r in keep(tmp_path, failed(made_events(2), "CUDA out of memory."))]
    app = app_of(first="compare", marked=tuple(ids))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        assert "Without a measured window there is nothing to compare: ◆ fp16." in body(app)
        assert "✖ failed" in row(app, "windows")


@pytest.mark.parametrize(("marked", "says"), [(0, "none is marked"), (1, "one is marked")])
async def test_fewer_than_two_marks_say_how_to_choose(app_of: MakeApp, tmp_path: Path, marked: int, says: str) -> None:
    ids = [r.run_id for r in keep(tmp_path, made_events(1))]
    app = app_of(first="compare", marked=tuple(ids[:marked]))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert isinstance(app.screen, CompareScreen)
        assert says in body(app) and "opens the History" in body(app)


async def test_a_run_that_is_gone_is_said_to_be(app_of: MakeApp, tmp_path: Path) -> None:
    ids = [r.run_id for r in keep(tmp_path, made_events(1))]
    app = app_of(first="compare", marked=(*ids, "20200101-000000-dead.0"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert "The store no longer holds 20200101-000000-dead.0." in body(app)


async def test_a_models_name_is_no_markup(app_of: MakeApp, tmp_path: Path) -> None:
    plans = made_plan(model="[red]x[/red]"), made_plan(model="a\x1b[2Jb")
    ids = [r.run_id for n, it in enumerate(plans) for r in keep(tmp_path, made_events(n, it))]
    app = app_of(first="compare", marked=tuple(ids))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        assert "[red]x[/red]" in row(app, "model")
        assert "\x1b" not in body(app)


async def test_where_the_engine_alone_differs_it_is_the_factor(app_of: MakeApp, tmp_path: Path) -> None:
    eager, graph = (made_plan(model="synthetic:mistral-7b", engine=engine) for engine in ("eager", "graph"))
    made = [*keep(tmp_path, made_events(1, eager)), *keep(tmp_path, made_events(2, graph, step_s=0.005))]
    app = app_of(first="compare", marked=tuple(run.run_id for run in made))
    async with app.run_test(size=(120, 60)) as pilot:
        await settle(app, pilot)
        text = body(app)
        assert "◆ fp16 graph" in text
        assert "What differs is the engine; nothing else of the arm." in text
        assert "What differs is the engine (eager, graph)" in text
