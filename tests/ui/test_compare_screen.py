"""Compare, as an operator meets it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.rows import RunRow
from ecotui.log.reader import open_log
from ecotui.store import evidence
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.again import AgainScreen
from ecotui.ui.screens.compare import CompareScreen
from ecotui.ui.screens.history import HistoryScreen
from ecotui.ui.widgets.compare_names import with_glyphs
from tests.ui.conftest import Asked
from tests.ui.paired import EAGER, GRAPH, PACE, PURE, paired_events, paired_plan
from tests.ui.stored_runs import assert_body, body, compared, failed, keep, made_events, made_plan, press, settle

MakeApp = Callable[..., EcotuiApp]
SIZES = [(80, 24), (200, 50)]


def row(app: EcotuiApp, label: str) -> str:
    return next(line for line in body(app).splitlines() if line.strip("│ ■").startswith(label))


NEAR = replace(EAGER, quantization="bf16")
PACE.setdefault(NEAR, (175.5, 0.025))
"""Two percent more power at the same speed: the band's edge."""
SLOWER = replace(EAGER, quantization="nf4")
PACE.setdefault(SLOWER, (155.0, 0.026))
"""Less energy in more time: so it is net of any idle power, too."""
PLANS = {
    "more": lambda: paired_plan(EAGER, PURE),
    "equivalent": lambda: paired_plan(EAGER, EAGER, blocks=10),
    "depends": lambda: paired_plan(EAGER, GRAPH),
    "undecided": lambda: paired_plan(EAGER, EAGER, blocks=2),
    "astride": lambda: paired_plan(EAGER, NEAR),
}
"""Sessions by the word that they earn."""
WORDS = {
    "more": "◆ MORE  ",
    "equivalent": "◆ EQUIVALENT  ",
    "depends": "◆ DEPENDS ON ",
    "undecided": "◆ UNDECIDED  ",
    "astride": "◆ UNDECIDED  ",
}


def taken(root: Path, word: str) -> tuple[str, ...]:
    """Ids of a paired session's runs."""
    return tuple(run.run_id for run in keep(root, paired_events(PLANS[word]())))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("word", PLANS)
async def test_a_paired_session_leads_with_its_verdict(
    app_of: MakeApp, tmp_path: Path, word: str, size: tuple[int, int]
) -> None:
    app = app_of(first="compare", marked=taken(tmp_path, word))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert_body(app, f"compare-{word}-{size[0]}")
        assert WORDS[word] in body(app).splitlines()[2]


@pytest.mark.parametrize("word", PLANS)
async def test_every_ratio_has_its_interval_beside_it(app_of: MakeApp, tmp_path: Path, word: str) -> None:
    app = app_of(first="compare", marked=taken(tmp_path, word))
    async with app.run_test(size=(120, 90)) as pilot:
        await settle(app, pilot)
        for label in ("throughput ", "power ", "gross ", "net of context ", "net of bare "):
            assert re.search(r"×\d+\.\d+ \[\d+\.\d+, \d+\.\d+\]", row(app, label))


async def test_the_log_of_two_arms_is_looked_through_once(
    app_of: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(evidence, "open_log", lambda path: opened.append(path) or open_log(path))
    runs = taken(tmp_path, "more")
    app = app_of(first="compare", marked=runs)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert [app.store.get([run])[run].log for run in runs] == opened * 2


async def test_an_accounting_with_another_sign_is_pointed_at(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="compare", marked=taken(tmp_path, "depends"))
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(app, pilot)
        assert "◀ sign differs" in row(app, "net of context ")
        assert "differs in: engine (declared) · nothing else" in body(app)


PURE_GRAPH = replace(PURE, engine="graph")
PACE.setdefault(PURE_GRAPH, (190.0, 0.012))


async def test_the_panes_have_lengths_clock_events_temperatures_and_each_runs_own_interval(
    app_of: MakeApp, tmp_path: Path
) -> None:
    app = app_of(first="compare", marked=taken(tmp_path, "more"))
    async with app.run_test(size=(80, 150)) as pilot:
        await settle(app, pilot)
        assert re.search(r"J/1k +[\d,.]+ ± [\d.]+ +[\d,.]+ ± [\d.]+", row(app, "own gross ±95 %"))
        assert "weaker than the ratio's" in body(app)
        assert re.search(r"window s +\d\.\d\d +\d\.\d\d", row(app, "window s"))
        assert row(app, "prompt / new tokens").split() == [
            "prompt",
            "/",
            "new",
            "tokens",
            *["16", "/", "20", "16", "/", "20"],
        ]
        assert "none" in row(app, "clock events")
        assert re.search(r"\d+ to \d+ \([+-]?\d+\)", row(app, "from °C to °C"))
        assert "gross, block by block: ×" in body(app)


async def test_four_runs_have_room_for_every_fact_at_eighty_columns(app_of: MakeApp, tmp_path: Path) -> None:
    runs = keep(tmp_path, paired_events(paired_plan(EAGER, GRAPH, PURE, PURE_GRAPH)))
    app = app_of(first="compare", marked=tuple(run.run_id for run in runs))
    async with app.run_test(size=(80, 190)) as pilot:
        await settle(app, pilot)
        for label in ("own gross", "window s", "prompt / new", "clock events", "from °C", "start against"):
            assert "…" not in row(app, label)


@pytest.mark.parametrize("size", SIZES)
async def test_arms_apart_in_two_things_are_led_to_the_arm_of_their_session_that_is_apart_in_one(
    app_of: MakeApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    runs = keep(tmp_path, paired_events(paired_plan(EAGER, GRAPH, PURE, PURE_GRAPH)))
    app = app_of(first="compare", marked=(runs[0].run_id, runs[3].run_id))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert_body(app, f"compare-two-things-{size[0]}")
        said = re.sub(r"[│\s]+", " ", body(app))
        assert f"against fp16 graph ({runs[1].run_id}) or int8-pure eager ({runs[2].run_id}) of their session" in said
        assert "press a" not in said


async def test_a_session_of_arms_apart_in_two_things_gets_the_arm_between_them(
    app_of: MakeApp, tmp_path: Path, asked: Asked
) -> None:
    runs = keep(tmp_path, paired_events(paired_plan(EAGER, PURE_GRAPH)))
    app = app_of(first="compare", marked=tuple(run.run_id for run in runs))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        assert "run both again in one session, fp16 graph among them: press a" in body(app)
        await press(app, pilot, "a", "enter")
        (plan,) = asked.started
        kinds = [(arm.quantization, arm.engine) for arm in plan.arms]
        assert kinds == [("fp16", "eager"), ("int8-pure", "graph"), ("fp16", "graph")]


async def test_a_runs_the_same_arms_in_one_session(app_of: MakeApp, tmp_path: Path, asked: Asked) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)[:2]))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        assert "run both in one session: press a" in body(app)
        await press(app, pilot, "a")
        assert isinstance(app.screen, AgainScreen) and asked.started == []
        for words in ("● synthetic:mistral-7b fp16 b8", "◆ synthetic:mistral-7b int8 b8", "5 blocks by turns"):
            assert words in body(app)
        assert "memory: about 22." in body(app) and "SIMULATED" in body(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, CompareScreen) and asked.started == []
        await press(app, pilot, "a", "enter")
        (plan,) = asked.started
        assert [arm.quantization for arm in plan.arms] == ["fp16", "int8"]
        assert {arm.model for arm in plan.arms} == {"synthetic:mistral-7b"}
        assert plan.protocol.blocks == 5


async def test_again_starts_nothing_that_the_hosts_memory_cannot_hold(
    app_of: MakeApp, tmp_path: Path, asked: Asked
) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)[:2]), host_memory=lambda: 8 * 10**9)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "a")
        assert "Does not fit in 95 % of the 8.0 GB free in this host's memory." in re.sub(r"[│\s]+", " ", body(app))
        await press(app, pilot, "enter")
        assert isinstance(app.screen, AgainScreen) and asked.started == []
        await press(app, pilot, "escape")
        assert isinstance(app.screen, CompareScreen)


async def test_runs_that_no_plan_can_hold_together_offer_no_session(app_of: MakeApp, tmp_path: Path) -> None:
    made = [r.run_id for n in (1, 2) for r in keep(tmp_path, made_events(n, made_plan(batch_size=2 * n)))]
    app = app_of(first="compare", marked=tuple(made))
    async with app.run_test(size=(120, 90)) as pilot:
        await settle(app, pilot)
        assert "press a" not in body(app)
        assert "✖ The batch sizes differ: 2, 4; energy per token falls with it." in body(app)


@pytest.mark.parametrize("size", SIZES)
async def test_three_runs_side_by_side(app_of: MakeApp, tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert_body(app, f"compare-{size[0]}")
        assert row(app, "sensor").count("SIMULATED") == 3
        assert all(line.strip("│ ▁▂▃▄▅▆▇█") != "on" for line in body(app).splitlines())  # no word wraps by itself


async def test_energy_source_and_bound_are_words_and_variations_have_no_ratio(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(120, 115)) as pilot:
        await settle(app, pilot)
        assert row(app, "energy source").count("counter") == 3
        assert "–" in row(app, "bound  ")
        assert row(app, "counter/integr.").count("+0.00") == 3
        for label in ("CV throughput", "CV power", "edges ±"):
            assert not {"▲", "▼"} & set(row(app, label))


async def test_four_runs_fit_eighty_columns_uncut(app_of: MakeApp, tmp_path: Path) -> None:
    ids = compared(tmp_path)
    ids += [r.run_id for r in keep(tmp_path, made_events(7, made_plan(quantization="nf4-dq"), step_s=0.03))]
    app = app_of(first="compare", marked=tuple(ids))
    async with app.run_test(size=(80, 80)) as pilot:
        await settle(app, pilot)
        for label in ("tok/s", "power W", "gross J/1k", "net ctx J/1k", "net bare J/1k"):
            assert "…" not in row(app, label)
        assert "■ nf4-dq" in body(app)
        assert len(re.findall(r"■ .*×\d+\.\d+ \[\d+\.\d+, \d+\.\d+\]", body(app))) >= 5


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


@pytest.mark.parametrize("size", [SIZES[0], SIZES[1]])
async def test_simulated_is_never_compared_with_measured(
    app_of: MakeApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    ids = [
        r.run_id for n, measured in ((1, False), (2, True)) for r in keep(tmp_path, made_events(n, made_plan(measured)))
    ]
    app = app_of(first="compare", marked=tuple(ids))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert_body(app, f"compare-refused-{size[0]}")
        assert "■ Not compared." in body(app)
        assert "×" not in row(app, "gross")
        assert not re.search(r"\d %|\[\d", body(app).replace("own gross ±95 %", ""))


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


async def test_points_of_runs_that_took_no_turns_are_windows(app_of: MakeApp, tmp_path: Path) -> None:
    app = app_of(first="compare", marked=tuple(compared(tmp_path)))
    async with app.run_test(size=(120, 90)) as pilot:
        await settle(app, pilot)
        assert "· one window" in body(app) and "one block" not in body(app)


async def test_a_sign_that_no_idle_power_turns_is_said_in_words(app_of: MakeApp, tmp_path: Path) -> None:
    made = keep(tmp_path, paired_events(paired_plan(EAGER, SLOWER)))
    app = app_of(first="compare", marked=tuple(run.run_id for run in made))
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(app, pilot)
        assert "none  no idle power turns the sign" in row(app, "break-even idle")


async def test_p_puts_published_figures_below_as_context(app_of: MakeApp, tmp_path: Path) -> None:
    runs = compared(tmp_path)
    app = app_of(first="compare", marked=tuple(runs))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert "published, for context" not in body(app)
        await press(app, pilot, "p")
        assert_body(app, "compare-context-80")
        assert "no arm of any verdict" in body(app) and "net of 65 W idle" in body(app)
        await press(app, pilot, "p", "p")
        assert "published, for context" not in body(app)
        assert app.marked == runs


async def test_marked_published_rows_stand_beside_the_runs(app_of: MakeApp, tmp_path: Path) -> None:
    runs = compared(tmp_path)[:2]
    app = app_of(first="compare", marked=("published:ecocompute:16", *runs))
    async with app.run_test(size=(120, 120)) as pilot:
        await settle(app, pilot)
        assert "for context: what was marked" in body(app)
        assert re.search(r"Mistral-7B int8-pure b1 +14\.15 +91\.29 +5,212 net +6,452 +5,250", body(app))
        await press(app, pilot, "b")
        assert app.marked == [runs[1], runs[0], "published:ecocompute:16"]


@pytest.mark.parametrize(("runs", "says"), [(0, "Only published figures are marked."), (1, "One stored run beside")])
async def test_published_rows_alone_are_no_comparison(app_of: MakeApp, tmp_path: Path, runs: int, says: str) -> None:
    ids = [r.run_id for r in keep(tmp_path, made_events(1))][:runs]
    app = app_of(first="compare", marked=("published:ecocompute:16", *ids))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert says in body(app) and "opens the History" in body(app)
        assert ("Mistral-7B int8-pure b1" in body(app)) is bool(runs)


async def test_a_run_that_is_gone_is_said_to_be(app_of: MakeApp, tmp_path: Path) -> None:
    ids = [r.run_id for r in keep(tmp_path, made_events(1))]
    app = app_of(first="compare", marked=(*ids, "20200101-000000-dead.0"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert "The store no longer holds 20200101-000000-dead.0." in body(app)


def test_a_sentence_with_glyphs_is_as_long_as_it_is() -> None:
    run = RunRow(run_id="s.1", session_id="s", simulated=False, quantization="nf4")
    told = with_glyphs(f"s.1: {'a long sentence, ' * 60}", [replace(run, run_id="s.0"), run])
    assert told == f"◆ nf4: {'a long sentence, ' * 60}"


async def test_a_models_name_is_no_markup(app_of: MakeApp, tmp_path: Path) -> None:
    plans = made_plan(model="[red]x[/red]"), made_plan(model="a\x1b[2Jb")
    ids = [r.run_id for n, it in enumerate(plans) for r in keep(tmp_path, made_events(n, it))]
    app = app_of(first="compare", marked=tuple(ids))
    async with app.run_test(size=(120, 90)) as pilot:
        await settle(app, pilot)
        assert "[red]x[/red]" in row(app, "model")
        assert "\x1b" not in body(app)


async def test_where_the_engine_alone_differs_it_is_the_factor(app_of: MakeApp, tmp_path: Path) -> None:
    eager, graph = (made_plan(model="synthetic:mistral-7b", engine=engine) for engine in ("eager", "graph"))
    made = [*keep(tmp_path, made_events(1, eager)), *keep(tmp_path, made_events(2, graph, step_s=0.005))]
    app = app_of(first="compare", marked=tuple(run.run_id for run in made))
    async with app.run_test(size=(120, 70)) as pilot:
        await settle(app, pilot)
        text = body(app)
        assert "◆ fp16 graph" in text and "differs in: engine (declared) · session" in text
        assert "What differs is the engine (eager, graph)" in text
