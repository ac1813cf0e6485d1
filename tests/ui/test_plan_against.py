"""The arms that a plan's own takes turns with: turned by arrows, named on the command line, refused in the pane."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.against import words_of
from ecotui.core.plan import Plan
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens import monitor_view
from ecotui.ui.widgets.canvas import cells
from ecotui.ui.widgets.plan_form import FIELDS, PlanForm
from ecotui.ui.widgets.plan_memory import dimensions_at_once, forecast_of, memory_rows, outlook
from ecotui.ui.widgets.plan_pane import ROWS
from ecotui.ui.widgets.plan_rows import PHRASES, row
from tests import factory
from tests.ui.conftest import Asked
from tests.ui.paired import EAGER, GRAPH, PURE, PURE_GRAPH, paired_events, paired_plan
from tests.ui.screen_text import assert_snapshot, screen_text

Make = Callable[..., EcotuiApp]
SIZES = [(80, 24), (120, 40), (200, 50)]
SINGLE = replace(paired_plan(EAGER, GRAPH, simulated=True), arms=(EAGER,))
SINGLE = replace(SINGLE, protocol=replace(SINGLE.protocol, blocks=0))
PAIR = paired_plan(EAGER, GRAPH, simulated=True)
SEVERAL = paired_plan(EAGER, replace(EAGER, quantization="nf4", engine="graph"), PURE, simulated=True)
INT8 = replace(SINGLE, arms=(replace(EAGER, quantization="int8"),))


def at(plan: Plan, name: str) -> PlanForm:
    form = PlanForm.of(plan)
    return form.move(FIELDS.index(name) - form.at)


def against_row(form: PlanForm, focused: bool = False) -> str:
    return "".join(bit.text for bit in row(form, ("against", "blocks"), focused))


def test_the_arrows_go_round_engines_and_quantizations_but_the_arms_own() -> None:
    form, seen = at(SINGLE, "against"), []
    for _ in range(8):
        seen.append(form.text("against"))
        form = form.turn(1)
    assert seen[:3] == ["none", "graph", "bf16"] and "fp16" not in seen and "eager" not in seen
    assert at(SINGLE, "against").turn(1).plan().arms == (EAGER, GRAPH)
    assert at(PAIR, "against").turn(-1).plan().protocol.blocks == 0


def test_blocks_take_digits_and_tell_how_many_windows_that_is() -> None:
    form = at(PAIR, "blocks").type("3")
    assert form.plan().protocol.blocks == 3
    assert "".join(bit.text for bit in row(form, ("windows", "seconds", "warm-ups"), False)).startswith(
        "  windows  6 ×"
    )
    assert at(SINGLE, "against").move(1).field == "gate"  # a single run has no blocks


@pytest.mark.parametrize("focused", [False, True])
@pytest.mark.parametrize("plan", [SINGLE, PAIR, SEVERAL, paired_plan(EAGER, GRAPH, PURE, PURE_GRAPH, blocks=12)])
def test_the_row_fits_the_pane_and_always_tells_the_blocks(plan: Plan, focused: bool) -> None:
    form = at(plan, "against")
    assert cells(row(form, ("against", "blocks"), focused)) <= 36
    assert (f"× {plan.protocol.blocks}" in against_row(form, focused)) is (plan.protocol.blocks > 0)


def test_several_words_of_the_command_line_are_shown_kept_and_come_back() -> None:
    form = PlanForm.of(SEVERAL)
    assert form.plan() == SEVERAL
    assert "nf4+graph int8-pure × 5" in against_row(form)
    there = form.move(FIELDS.index("against") - form.at)
    assert there.turn(1).turn(-1).text("against") == "nf4+graph int8-pure"
    assert form.move(FIELDS.index("batch") - form.at).type("4").plan().arms[1].batch_size == 4


def test_the_same_arm_twice_and_int8_as_a_graph_are_refused_in_the_plans_own_words() -> None:
    assert "The first arm is fp16 already" in PlanForm.of(SINGLE).set_against("fp16").problem
    assert "int8 cannot be captured" in PlanForm.of(INT8).set_against("graph").problem


def test_where_the_row_against_names_fp16_that_is_the_first_arm() -> None:
    pure = replace(EAGER, quantization="int8-pure")
    form = PlanForm.of(replace(SINGLE, arms=(pure,))).set_against("fp16")
    assert form.plan().arms == (EAGER, pure)
    assert PlanForm.of(form.plan()).plan().arms == (EAGER, pure)


def test_arms_that_came_with_the_plan_keep_their_order() -> None:
    form = PlanForm.of(paired_plan(PURE, EAGER, simulated=True))
    assert form.plan().arms == (PURE, EAGER)
    assert form.put("batch", "4").plan().arms[0].quantization == "int8-pure"


def test_memory_is_that_of_all_arms_beside_each_other_with_shared_weights_once() -> None:
    known = {EAGER.model: dimensions_at_once(EAGER)}
    alone, pair, four = (
        outlook(plan, known, 80 * 10**9)
        for plan in (SINGLE, PAIR, paired_plan(EAGER, GRAPH, PURE, PURE_GRAPH, simulated=True))
    )
    assert alone is not None and pair is not None and four is not None
    assert alone.beside is None and pair.beside is not None and four.beside is not None
    assert pair.beside.weights_b == alone.parts.weights_b
    assert alone.parts.weights_b < four.beside.weights_b < 2 * alone.parts.weights_b
    rows = ["".join(bit.text for bit in r) for r in memory_rows(four, 36)]
    assert rows[-1] == "  all arms beside each other" and len(PHRASES) + 1 + len(rows) <= ROWS


def test_arms_that_do_not_fit_beside_each_other_are_told_to_go_by_turns_and_are_not_refused() -> None:
    known = {EAGER.model: dimensions_at_once(EAGER)}
    seen = outlook(paired_plan(EAGER, PURE, simulated=True), known, 20 * 10**9)
    assert seen is not None and not seen.refusal
    rows = ["".join(bit.text for bit in r) for r in memory_rows(seen, 36)]
    assert rows[-1].startswith("  by turns; together ") and "✔" in rows[0] and max(map(len, rows)) <= 36


def test_a_session_tells_the_memory_of_all_arms_that_are_resident_together() -> None:
    line = factory.fold(paired_events(upto=1))
    told = forecast_of(line, 0)
    assert told is not None and told == forecast_of(line, 1)
    assert told.weights_b == line.forecasts[0].weights_b and told.cache_b == 2 * line.forecasts[0].cache_b
    apart = factory.fold(paired_events(together=False, upto=3))
    assert forecast_of(apart, 1) == apart.forecasts[1]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "plan"), [("against", PAIR), ("several", SEVERAL)])
async def test_the_plan_with_arms_that_take_turns(
    app_of: Make, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], name: str, plan: Plan
) -> None:
    monkeypatch.setattr(monitor_view, "free_b", lambda scene: 80 * 10**9)  # the screen asks at every look
    app = app_of(plan=plan)
    async with app.run_test(size=size) as pilot:
        if size[0] < 110:
            await pilot.press("p")
        await pilot.press(*["up"] * (len(FIELDS) - 1 - FIELDS.index("against")))
        app.monitor.pull(True)
        await pilot.pause()
        assert_snapshot(app, f"monitor_plan_{name}_{size[0]}")


@pytest.mark.parametrize("size", SIZES)
async def test_a_refused_pair_is_read_in_whole_at_every_size(app_of: Make, asked: Asked, size: tuple[int, int]) -> None:
    app = app_of(plan=INT8)
    async with app.run_test(size=size) as pilot:
        if size[0] < 110:
            await pilot.press("p")
        # a single run has no blocks to stop at
        await pilot.press(*["up"] * (len(FIELDS) - 2 - FIELDS.index("against")), "right", "r")
        await pilot.pause()
        assert asked.started == []
        assert "int8 cannot be captured" in screen_text(app) and "linear layer." in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_ladder_that_cannot_be_leaves_the_plan_and_says_what_can(
    app_of: Make, asked: Asked, size: tuple[int, int]
) -> None:
    app = app_of(plan=INT8)
    async with app.run_test(size=size) as pilot:
        await pilot.press("l")
        await pilot.pause()
        assert asked.started == [] and app.monitor.plan.form.plan() == INT8
        (notice,) = app._notifications
        assert notice.message.startswith("int8 cannot be captured") and notice.message.endswith(
            "in every linear layer. The plan is as it was: r runs it eager; int8-pure can be captured: with it in the "
            "row 'quant' l runs eager against graph."
        )
        await pilot.press("r")
        await pilot.pause()
        assert asked.started == [INT8]


async def test_a_ladder_of_a_graph_that_cannot_be_offers_its_engine(app_of: Make, asked: Asked) -> None:
    plan = replace(INT8, arms=(replace(INT8.arms[0], engine="graph"),))
    app = app_of(plan=plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l")
        await pilot.pause()
        (notice,) = app._notifications
        assert "e takes engine eager; int8-pure can be captured" in notice.message
        assert asked.started == [] and app.monitor.plan.form == PlanForm.of(plan)


@pytest.mark.parametrize("size", SIZES)
async def test_a_notice_about_the_plan_goes_when_the_plan_changes(app_of: Make, size: tuple[int, int]) -> None:
    app = app_of(plan=INT8)
    async with app.run_test(size=size) as pilot:
        if size[0] < 110:
            await pilot.press("p")
        await pilot.press("l", "down")
        await pilot.pause()
        assert len(app._notifications) == 1  # another field is no other plan
        await pilot.press("e")
        await pilot.pause()
        assert len(app._notifications) == 0 and "r runs it eager" not in screen_text(app)
        assert any("r runs it eager" in told.text for told in app.notices)
        assert "takes engine eager instead" in screen_text(app)


async def test_another_notice_stays_when_the_plan_changes(app_of: Make) -> None:
    app = app_of(plan=INT8)
    async with app.run_test(size=(120, 40)) as pilot:
        app.notify("Copied the run.", markup=False)
        await pilot.press("l", "e")
        await pilot.pause()
        assert [notice.message for notice in app._notifications] == ["Copied the run."]


async def test_a_ladder_of_int8_pure_runs(app_of: Make, asked: Asked) -> None:
    plan = replace(INT8, arms=(replace(INT8.arms[0], quantization="int8-pure"),))
    app = app_of(plan=plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l")
        await pilot.pause()
        assert [[arm.engine for arm in it.arms] for it in asked.started] == [["eager", "graph"]]


async def test_a_runs_the_plan_against_fp16_and_the_form_keeps_it(app_of: Make, asked: Asked) -> None:
    app = app_of(plan=INT8)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("a")
        await pilot.pause()
        (plan,) = asked.started
        assert [arm.quantization for arm in plan.arms] == ["fp16", "int8"] and plan.protocol.blocks == 5
        assert words_of(PlanForm.of(plan).plan().arms) == ["int8"]
        assert app.monitor.plan.form.text("against") == "int8"


async def test_a_runs_a_plan_again_that_holds_fp16_first_already(app_of: Make, asked: Asked) -> None:
    app = app_of(plan=SEVERAL)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("a")
        await pilot.pause()
        assert [plan.arms for plan in asked.started] == [SEVERAL.arms]


@pytest.mark.parametrize("key", ["a", "r"])
@pytest.mark.parametrize("size", SIZES)
async def test_a_and_r_say_what_can_be_done_while_a_session_goes_on(
    app_of: Make, asked: Asked, tmp_path: Path, size: tuple[int, int], key: str
) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", paired_events(upto=3, outcome=None))
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # a session that goes on
        app = app_of(watch=log, plan=INT8)
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            assert app.monitor.recording
            await pilot.press(key)
            await pilot.pause()
            assert asked.started == []
            (notice,) = app._notifications
            assert "x stops it" in notice.message
            assert "When it is over, r runs the plan, a holds it against fp16." in notice.message


async def test_a_keeps_the_engine_for_both(app_of: Make, asked: Asked) -> None:
    app = app_of(plan=replace(SINGLE, arms=(PURE_GRAPH,)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("a")
        await pilot.pause()
        assert [p.arms for p in asked.started] == [(GRAPH, PURE_GRAPH)]


@pytest.mark.parametrize("size", SIZES)
async def test_of_fp16_itself_a_goes_to_the_row_that_names_the_other_arm(
    app_of: Make, asked: Asked, size: tuple[int, int]
) -> None:
    app = app_of(plan=SINGLE)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.press("a")
        await pilot.pause()
        assert asked.started == [] and app.monitor.plan.form.text("against") == "none"
        (notice,) = app._notifications
        assert "in its row 'against' ← → name what is held against it" in notice.message
        await pilot.press("right", "right", "right", "enter")
        await pilot.pause()
        assert [words_of(plan.arms) for plan in asked.started] == [["nf4"]]


async def test_a_replay_takes_neither_key(app_of: Make, asked: Asked, tmp_path: Path) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", paired_events())
    app = app_of(replay=log, plan=INT8)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("a", "l")
        await pilot.pause()
        assert asked.started == [] and not app._notifications
