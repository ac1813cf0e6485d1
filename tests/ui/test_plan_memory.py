"""The memory forecast in the plan: as it is edited, before anything is started."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.arm import Arm
from ecotui.core.clock import now_ns
from ecotui.core.models import Listing
from ecotui.core.plan import Plan, Protocol
from ecotui.core.quality import Quality
from ecotui.core.reading import BoardInfo, Reading
from ecotui.recorder.catalogue import synthetic
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens import monitor_view
from ecotui.ui.screens.picker import ModelPicker
from ecotui.ui.widgets.canvas import Row, cells
from ecotui.ui.widgets.plan_form import FIELDS, PlanForm
from ecotui.ui.widgets.plan_memory import Outlook, dimensions_at_once, memory_rows, outlook
from ecotui.ui.widgets.plan_rows import PHRASES, field_at, row
from tests import factory
from tests.ui import gated
from tests.ui.conftest import Asked
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]
PLAN = Plan((Arm("synthetic:mistral-7b", "int8", 8),), replace(Protocol.for_sensor("nvml")))


class Still:
    """A board at rest with 84 GB free."""

    info: BoardInfo = gated.BOARD

    def read(self) -> Reading:
        return Reading(now_ns(), 74.0, 74.0, None, 34.0, 345.0, 0.0, 900_000_000, 1)

    def close(self) -> None:
        pass


def seen(batch: int, free_b: int | None) -> Outlook:
    arm = replace(PLAN.arms[0], batch_size=batch)
    found = outlook(replace(PLAN, arms=(arm,)), {arm.model: dimensions_at_once(arm)}, free_b)
    assert found is not None
    return found


def text(rows: list[Row]) -> str:
    return " ".join("".join(bit.text for bit in r) for r in rows)


def test_what_fits_is_told_by_its_parts() -> None:
    shown = text(memory_rows(seen(8, 80 * 10**9), 36))
    assert "largest batch that fits: 1,7" in shown
    assert "✔" in shown and "/80.0 GB" in shown and "weights 7." in shown and "cache 0." in shown


def test_what_does_not_fit_names_the_largest_batch_that_does() -> None:
    found = seen(4096, 80 * 10**9)
    assert found.largest is not None and not seen(found.largest, 80 * 10**9).refusal
    assert seen(found.largest + 1, 80 * 10**9).refusal
    assert f"The largest batch size that fits is {found.largest:,}." in found.refusal
    assert "No batch size does." in seen(1, 4 * 10**9).refusal


def test_without_a_board_the_forecast_judges_nothing() -> None:
    found = seen(4096, None)
    assert not found.refusal and "✔" not in text(memory_rows(found, 36)) and "forecast" in text(memory_rows(found, 36))


def test_a_model_that_nobody_knows_is_a_dash() -> None:
    assert outlook(PLAN, {}, 80 * 10**9) is None
    assert "not known" in text(memory_rows(None, 36)) and "reading" in text(memory_rows(None, 36, looking=True))


def test_rows_are_as_wide_as_the_pane() -> None:
    for batch in (8, 2048, 4096, 1_000_000):
        assert max(cells(r) for r in memory_rows(seen(batch, 80 * 10**9), 36)) <= 36


def test_every_field_stands_in_one_row_and_is_found_by_a_click() -> None:
    form = PlanForm.of(PLAN)
    assert [name for names in PHRASES for name in names] == list(FIELDS[:-1])
    for asked in (None, Quality(text="/a/long-name-of-a-text.txt", decode_path=True, alone=True)):
        quality, split = (
            "".join(bit.text for bit in row(PlanForm.of(replace(PLAN, quality=asked)), (name,), True)).strip()
            for name in ("quality", "split")
        )
        assert split == "split    off: prefill not apart" and len(split) <= 34 >= len(quality)
        assert quality == ("quality  off: not scored" if asked is None else "quality  long-name- alone, decode")
    place = PHRASES.index(("windows", "seconds", "warm-ups"))
    line = "".join(bit.text for bit in row(form, PHRASES[place], False))
    for letter, name in (("10", "windows"), ("× 10", "seconds"), ("3", "warm-ups")):
        assert field_at(form, place, line.index(letter)) == name
    assert field_at(form, 99, 0) is None


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (200, 50)])
async def test_a_plan_that_does_not_fit_is_red_in_words_and_is_not_started(
    app_of: Make, asked: Asked, size: tuple[int, int]
) -> None:
    app = app_of(plan=PLAN, board_problem="", open_board=lambda plan: Still())
    async with app.run_test(size=size) as pilot:
        app.monitor.clock = lambda: factory.START
        if size[0] < 110:
            await pilot.press("p")
        # a single run has no blocks to stop at
        await pilot.press(*["up"] * (len(FIELDS) - 2 - FIELDS.index("batch")), *"4096")
        app.monitor.plan.room(80 * 10**9)
        app.monitor.plan.run_plan()
        await pilot.pause()
        assert asked.started == [] and "Does not fit" in screen_text(app)
        app.monitor.plan.set_plan(PLAN)
        app.monitor.plan.run_plan()
        await pilot.pause()
        assert asked.started == [PLAN]


async def test_a_refusal_is_said_where_the_plan_is_not_in_sight(app_of: Make, asked: Asked) -> None:
    app = app_of(plan=replace(PLAN, arms=(replace(PLAN.arms[0], batch_size=1_000_000),)))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        app.monitor.plan.room(80 * 10**9)
        app.monitor.plan.run_plan()
        await pilot.pause()
        assert asked.started == []
        assert [n.title for n in app._notifications] == ["Not started"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("key", ["r", "enter"])
async def test_a_key_that_starts_nothing_for_want_of_memory_is_answered_where_the_plan_is_in_sight(
    app_of: Make, asked: Asked, size: tuple[int, int], key: str
) -> None:
    plan = replace(PLAN, arms=(replace(PLAN.arms[0], batch_size=1_000_000),))
    app = app_of(plan=plan, board_problem="", open_board=lambda plan: Still())
    async with app.run_test(size=size, notifications=True) as pilot:
        if size[0] < 110:
            await pilot.press("p")
        while app.monitor.room() is None:
            app.monitor.pull(True)
            await pilot.pause()
        assert app.monitor.plan.is_on_screen and not app._notifications
        await pilot.press(key)
        await pilot.press(key)
        await pilot.pause()
        (said,) = app._notifications  # once, however often the key was pressed
        assert asked.started == [] and "Not started" in said.title + said.message
        assert "Does not fit in 95 % of the 84.1 GB free. The largest batch size that fits is" in said.message


async def test_dimensions_of_a_local_model_are_read_beside_the_screen(app_of: Make, tmp_path: Path) -> None:
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 4, "vocab_size": 1000}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", "num_hidden_layers": 2} | sizes))
    app = app_of(plan=replace(PLAN, arms=(Arm(str(tmp_path)),)))
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.monitor.plan.outlook is not None
        assert "weights" in screen_text(app)


async def test_gate_split_and_outliers_are_turned_by_keys(app_of: Make, asked: Asked) -> None:
    app = app_of(plan=PLAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("up", "up", "enter", "up", "right", "up", "up", "0", "r")
        await pilot.pause()
        (plan,) = asked.started
        assert (plan.protocol.gate_s, plan.protocol.split_prefill, plan.arms[0].outliers) == (0.0, True, False)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_plan_with_a_forecast_on_a_small_and_a_wide_screen(
    app_of: Make, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(monitor_view, "free_b", lambda scene: 80 * 10**9)  # the screen asks at every look
    app = app_of(plan=PLAN)
    async with app.run_test(size=size) as pilot:
        if size[0] < 110:
            await pilot.press("p")
        await pilot.press("up")
        app.monitor.pull(True)
        await pilot.pause()
        rows = screen_text(app)
        assert "memory" in rows and "GB ✔" in rows


async def test_a_plan_on_the_cpu_is_held_against_the_hosts_memory_and_refused_beyond_it(
    app_of: Make, asked: Asked
) -> None:
    plan = replace(PLAN, protocol=Protocol.for_sensor("simulated"), sensor="simulated", device="cpu")
    app = app_of(plan=plan, host_memory=lambda: 6 * 10**9)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await pilot.pause()
        shown = " ".join(screen_text(app).split())
        assert asked.started == [] and "/6.0 GB" in shown and "in this host's memory" in shown
    cuda = app_of(plan=PLAN, host_memory=lambda: 6 * 10**9)
    async with cuda.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await pilot.pause()
        assert asked.started == [PLAN]


async def test_the_picker_and_the_plan_pane_hold_a_load_on_the_cpu_against_the_same_memory(app_of: Make) -> None:
    arm = Arm("synthetic:qwen2-1.5b")
    plan = replace(PLAN, arms=(arm,), protocol=Protocol.for_sensor("simulated"), sensor="simulated", device="cpu")
    free = [20 * 10**9]
    app = app_of(plan=plan, host_memory=lambda: free[0], models=lambda: Listing(synthetic()))
    async with app.run_test(size=(200, 50)) as pilot:
        app.monitor.pull(True)
        free[0] = 18 * 10**9
        await pilot.press("slash", *"qwen2-1.5b")
        await pilot.pause()
        assert isinstance(app.screen, ModelPicker)
        shown, seen = screen_text(app), app.monitor.plan.outlook
        assert seen is not None and seen.on_host and seen.parts.free_b == 18 * 10**9
        assert f"largest batch that fits: {seen.largest:,}" in shown
        assert "/18.0 GB" in shown and "this host's memory" in shown and "SIMULATED board" not in shown
