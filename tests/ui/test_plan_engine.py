"""The engine in the plan: turned by keys and the mouse, refused where it cannot be, remembered with the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ecotui.core.arm import Arm
from ecotui.core.plan import Plan, Protocol
from ecotui.ui.app import EcotuiApp
from ecotui.ui.widgets.canvas import cells
from ecotui.ui.widgets.plan_form import FIELDS, PlanForm
from ecotui.ui.widgets.plan_memory import dimensions_at_once, memory_rows, outlook
from ecotui.ui.widgets.plan_pane import ROWS
from ecotui.ui.widgets.plan_rows import PHRASES, row
from tests import factory
from tests.analysis.profiled import captured
from tests.ui.conftest import Asked
from tests.ui.screen_text import assert_snapshot, screen_text

Make = Callable[..., EcotuiApp]
INT8 = Plan((Arm("synthetic:mistral-7b", "int8", 8),), Protocol.for_sensor("nvml"))
SIZES = [(80, 24), (120, 40), (200, 50)]


def form_of(plan: Plan, name: str = "engine") -> PlanForm:
    form = PlanForm.of(plan)
    return form.move(FIELDS.index(name) - form.at)


def text(form: PlanForm, focused: bool) -> str:
    return "".join(bit.text for bit in row(form, ("engine",), focused))


def test_the_engine_stands_beside_the_quantization_and_turns_either_way() -> None:
    assert FIELDS.index("engine") == FIELDS.index("quant") + 1
    form = form_of(factory.plan())
    assert form.turn(1).plan().arms[0].engine == form.turn(-1).plan().arms[0].engine == "graph"
    assert form.turn(1).turn(1).plan() == factory.plan()


def test_a_plan_of_either_engine_comes_back_from_its_form() -> None:
    plan = factory.plan(engine="graph")
    assert PlanForm.of(plan).plan() == plan


def test_the_key_turns_the_engine_and_leaves_the_field_that_takes_keys() -> None:
    form = form_of(factory.plan(), "batch")
    after = form.other_engine()
    assert (after.text("engine"), after.field, after.fresh) == ("graph", "batch", True)
    assert after.type("7").text("batch") == "7"


def test_int8_cannot_be_captured_and_only_then_eager_is_offered() -> None:
    form = form_of(INT8).turn(1)
    assert form.wants_eager and "reads a flag back to the host" in form.problem
    assert not form_of(INT8).wants_eager
    assert not form.put("batch", "0").wants_eager  # another engine would not mend that
    assert not form.put("quant", "int8-pure").wants_eager


def test_the_row_says_what_each_engine_is_within_the_pane() -> None:
    form = form_of(factory.plan())
    assert "eager generate() itself" in text(form, False) and "graph captured step" in text(form.turn(1), False)
    assert "‹ graph ›" in text(form.turn(1), True)
    assert max(cells(row(f, ("engine",), at)) for f in (form, form.turn(1)) for at in (True, False)) <= 36


def test_the_captured_graphs_pool_is_told_with_the_memory() -> None:
    arm = Arm("synthetic:mistral-7b", "fp16", 8, engine="graph")
    found = outlook(replace(INT8, arms=(arm,)), {arm.model: dimensions_at_once(arm)}, 80 * 10**9)
    rows = ["".join(bit.text for bit in r) for r in memory_rows(found, 36)]
    assert rows[-1].startswith("  captured graph's pool ") and len(rows[-1]) <= 36
    assert len(PHRASES) + 1 + len(rows) <= ROWS


@pytest.mark.parametrize("size", SIZES)
async def test_int8_with_a_graph_is_refused_in_the_pane_before_anything_starts(
    app_of: Make, asked: Asked, size: tuple[int, int]
) -> None:
    app = app_of(plan=INT8)
    async with app.run_test(size=size) as pilot:
        if size[0] < 110:
            await pilot.press("p")
        await pilot.press("e")
        await pilot.press("r")
        await pilot.pause()
        assert asked.started == []
        shown = screen_text(app)
        for words in (
            "int8 cannot be captured",
            "threshold, LLM.int8",
            "linear layer.",
            "e takes engine eager instead",
        ):
            assert words in shown
        assert_snapshot(app, f"monitor_engine_refused_{size[0]}")
        await pilot.press("e")
        await pilot.press("r")
        await pilot.pause()
        assert asked.started == [INT8] and "cannot be captured" not in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_graph_in_the_plan_is_run_as_one(app_of: Make, asked: Asked, size: tuple[int, int]) -> None:
    plan = replace(INT8, arms=(replace(INT8.arms[0], quantization="int8-pure"),))
    app = app_of(plan=plan)
    async with app.run_test(size=size) as pilot:
        if size[0] < 110:
            await pilot.press("p")
        # a single run has no blocks to stop at
        await pilot.press(*["up"] * (len(FIELDS) - 2 - FIELDS.index("engine")), "enter")
        await pilot.pause()
        assert asked.started == []  # enter turns a switch
        assert_snapshot(app, f"monitor_engine_graph_{size[0]}")
        await pilot.press("r")
        await pilot.pause()
        assert [p.arms[0].engine for p in asked.started] == ["graph"]


async def test_a_click_on_the_engine_turns_it(app_of: Make) -> None:
    app = app_of(plan=factory.plan())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.click("#plan", offset=(15, 1 + PHRASES.index(("engine",))))
        await pilot.pause()
        assert app.monitor.plan.form.text("engine") == "graph"


async def test_a_replay_shows_the_engine_that_ran_and_takes_no_keys_for_it(app_of: Make, asked: Asked) -> None:
    log = factory.write_log(asked.log, iter(captured()))
    app = app_of(replay=log)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        await pilot.pause()
        assert "engine   graph" in screen_text(app)
        assert "synthetic:tiny fp16 b4 graph" in screen_text(app)


async def test_run_again_takes_the_engine_of_the_session_that_was_followed(app_of: Make, asked: Asked) -> None:
    log = factory.write_log(asked.log, iter(captured()))
    app = app_of(watch=log)
    async with app.run_test(size=(120, 40)) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        assert app.monitor.plan.form.text("engine") == "graph"


async def test_the_configuration_names_the_engine_and_what_it_is(app_of: Make) -> None:
    app = app_of(plan=factory.plan(engine="graph"))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        await pilot.pause()
        assert "engine graph" in screen_text(app) and "captured as a CUDA graph" in screen_text(app)


def test_a_plan_on_the_cpu_has_no_pool_in_its_memory() -> None:
    arm = Arm("synthetic:mistral-7b", "fp16", 8, engine="graph")
    found = outlook(replace(INT8, arms=(arm,)), {arm.model: dimensions_at_once(arm)}, 80 * 10**9, 60 * 10**9)
    assert found is not None and found.parts.graph_pool_b == 0


@pytest.mark.parametrize("keys", [("p", "p"), ("p", "2"), ("p", "tab"), ("p", "4"), ("5",)])
async def test_a_key_of_the_plan_shows_it_however_it_went_out_of_sight(app_of: Make, keys: tuple[str, ...]) -> None:
    app = app_of(plan=factory.plan())
    async with app.run_test(size=(80, 24)) as pilot:
        for key in (*keys, "e"):
            await pilot.press(key)
            await pilot.pause()
        assert "engine   eager generate() itself" in screen_text(app)  # nothing is edited unseen
        await pilot.press("e")
        await pilot.pause()
        assert "engine   graph captured step" in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("rows", "offer"),
    [
        ({"engine": "graph"}, "e takes engine eager; int8-pure in the row 'quant' can be captured."),
        (
            {"against": "graph"},
            "'none' in the row 'against' leaves it alone; int8-pure in the row 'quant' can be captured.",
        ),
        (
            {"quant": "fp16", "engine": "graph", "against": "int8"},
            "e takes engine eager; 'none' in the row 'against' leaves it alone; int8-pure in the row 'against' can be "
            "captured.",
        ),
        (
            {"quant": "fp16", "engine": "graph", "against": "graph"},
            "e takes engine eager; 'none' in the row 'against' leaves it alone.",
        ),
        ({"quant": "nf4", "against": "nf4"}, "'none' in the row 'against' leaves it alone."),
    ],
)
async def test_what_a_refused_plan_offers_is_in_keys_and_rows_and_not_in_options(
    app_of: Make, asked: Asked, size: tuple[int, int], rows: dict[str, str], offer: str
) -> None:
    app = app_of(plan=INT8)
    async with app.run_test(size=size) as pilot:
        for name, text in rows.items():
            app.monitor.plan.form = app.monitor.plan.form.put(name, text)
        await pilot.press("r")
        await pilot.pause()
        (notice,) = app._notifications
        assert notice.message.endswith(f". {offer}")
        assert asked.started == [] and "--" not in notice.message + screen_text(app)
