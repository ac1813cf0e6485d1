"""The record of a run, as an operator meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.events import Event
from ecotui.core.reading import Reading
from ecotui.core.rows import RunRow, WindowRow
from ecotui.store.finding import StoredRun
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.record import RecordScreen
from ecotui.ui.widgets import record_facts as facts
from ecotui.ui.widgets.record_windows import blocks, table
from tests.ui.stored_runs import LONG, assert_body, body, failed, keep, made_events, made_plan, press, settle

MakeApp = Callable[..., EcotuiApp]


async def opened(app: EcotuiApp, pilot: object, run_id: str) -> None:
    app.push_screen(RecordScreen(run_id))
    await settle(app, pilot)  # type: ignore[arg-type]


def throttled(made: Iterator[Event]) -> Iterator[Event]:
    for event in made:
        late = isinstance(event, Reading) and event.at_ns > 1_007_000_000_000
        yield replace(event, clock_event_reasons=0x8) if late and isinstance(event, Reading) else event


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 70)])
async def test_all_of_a_run(app_of: MakeApp, tmp_path: Path, size: tuple[int, int]) -> None:
    it = made_plan(model="synthetic:mistral-7b", quantization="int8", label="second night")
    ids = [r.run_id for r in keep(tmp_path, throttled(made_events(3, it, sway=(1, 1.05, 1.1))))]
    app = app_of(first="history")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        await opened(app, pilot, ids[0])
        assert_body(app, f"record-{size[0]}")
        await press(app, pilot, "end")
        assert_body(app, f"record-end-{size[0]}")


def test_what_is_not_known_is_a_dash_and_never_none() -> None:
    row = RunRow(run_id="x.0", session_id="x", simulated=False)
    sections = (facts.arm(row), facts.environment(row), facts.protocol(row), facts.figures(row))
    for label, value in [*facts.identity(StoredRun(row, "here", None)), *(f for s in sections for f in s)]:
        assert "None" not in value, label
        assert value, label


def test_the_exact_quantization_can_be_read_off() -> None:
    row = RunRow(run_id="x.0", session_id="x", simulated=False, quantization="int8-pure", llm_int8_threshold=0.0)
    text = [value for _, value in facts.arm(row)]
    assert "    llm_int8_threshold=0.0," in text and "BitsAndBytesConfig(" in text
    assert any("not known" in v for _, v in facts.arm(replace(row, quantization="fp3")))


@pytest.mark.parametrize("width", [60, 76, 100, 116, 196])
def test_no_block_of_windows_is_wider_than_its_room(width: int) -> None:
    rows = [
        WindowRow(run_id="x.0", session_id="x", window=n, simulated=False, valid=n != 2, cause="no reading" * 20)
        for n in (1, 2)
    ]
    lines = list(table(rows, width))
    assert max(len(line.plain) for line in lines) <= width
    assert "▲ window 2 is INVALID: no reading" in "\n".join(line.plain for line in lines)
    assert sum(len(block) - 1 for block in blocks(width)) == 13


async def test_a_failed_run_says_why_and_has_no_figures(app_of: MakeApp, tmp_path: Path) -> None:
    made = failed(made_events(1, made_plan(measured=True, model=LONG)), "CUDA [bold]out[/bold] of memory.")
    ids = [r.run_id for r in keep(tmp_path, made)]
    app = app_of(first="history")
    async with app.run_test(size=(120, 90)) as pilot:
        await settle(app, pilot)
        await opened(app, pilot, ids[0])
        text = body(app)
        assert "CUDA [bold]out[/bold] of memory." in text
        assert "No window was measured." in text
        assert "gross            – J/1k" in text
        assert "SIMULATED" not in text


async def test_space_marks_the_run_and_escape_goes_back(app_of: MakeApp, tmp_path: Path) -> None:
    ids = [r.run_id for r in keep(tmp_path, made_events(1))]
    app = app_of(first="history")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await opened(app, pilot, ids[0])
        await press(app, pilot, "space")
        assert app.marked == ids and "marked for Compare, 1 of 1" in body(app)
        await press(app, pilot, "space", "escape")
        assert app.marked == [] and not isinstance(app.screen, RecordScreen)


async def test_a_run_that_is_gone_leaves_a_sentence(app_of: MakeApp, tmp_path: Path) -> None:
    keep(tmp_path, made_events(1))
    app = app_of(first="history")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await opened(app, pilot, "20200101-000000-dead.0")
        assert "The store no longer holds 20200101-000000-dead.0" in body(app)
