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
from ecotui.ui.widgets.record_energy import energy, idle
from ecotui.ui.widgets.record_time import decomposition, memory, time
from ecotui.ui.widgets.record_trust import stability, trust
from ecotui.ui.widgets.record_windows import blocks, table
from tests.ui import gated
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
    sections = (facts.arm(row), facts.environment(row), energy(row), idle(row), trust(row), time(row), memory(row))
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
    assert sum(len(block) - 1 for block in blocks(width)) == 16


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


@pytest.mark.parametrize("size", [(80, 130), (120, 90), (200, 70)])
async def test_all_of_a_run_under_the_full_protocol(app_of: MakeApp, tmp_path: Path, size: tuple[int, int]) -> None:
    ids = [r.run_id for r in keep(tmp_path, gated.finished())]
    app = app_of(first="history")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        await opened(app, pilot, ids[0])
        assert_body(app, f"record-full-{size[0]}")


def test_both_sources_stand_side_by_side_and_say_whether_they_agree() -> None:
    row = RunRow(run_id="x.0", session_id="x", simulated=False, energy_sources_diff_pct=0.4, energy_edge_error_pct=0.1)
    window = WindowRow(run_id="x.0", session_id="x", window=1, simulated=False, energy_counter_j=1004.0)
    window = replace(window, energy_integral_j=1000.0, energy_integral_source="ring")
    said = dict(energy(row, [window]))
    assert said["by counter"] == "1,004.0 J" and said["by integral"] == "1,000.0 J, 20 ms samples"
    assert said["difference"] == "✔ +0.40 %, they agree"
    assert "DISAGREE" in dict(energy(replace(row, energy_sources_diff_pct=-2.5)))["difference"]
    assert "one source only" in dict(energy(replace(row, energy_sources_diff_pct=None)))["difference"]
    lacking = replace(window, window=2, energy_counter_j=None)
    said = dict(energy(row, [window, lacking]))
    assert said["by counter"] == "1,004.0 J, over 1 of 2 windows"
    assert said["by integral"] == "1,000.0 J, over 1 of 2 windows, 20 ms samples"
    bad = replace(window, cause="counter and integral of power differ by +5.0 %, more than 2.4 %")
    assert dict(energy(row, [bad, window]))["difference"].endswith("DISAGREE in 1 of 2 windows")


def test_how_exact_nvml_is_stands_beside_a_boards_energy_only() -> None:
    row = RunRow(run_id="x.0", session_id="x", simulated=False, sensor="nvml")
    assert "absolute" in dict(energy(row))["accuracy"]
    assert "accuracy" not in dict(energy(replace(row, simulated=True, sensor="simulated")))


def test_the_gate_and_the_checks_after_the_windows_are_words() -> None:
    row = RunRow(run_id="x.0", session_id="x", simulated=False, stability="UNSTABLE", stability_drift_pct=1.3)
    assert stability(row).startswith("≈ UNSTABLE: up to 1.30 % of power drift may still come, gate 0.5 %")
    assert "time constant 1 min 15 s (held within 0.67 to 3.3 spans)" in stability(replace(row, stability_tau_s=75.0))
    assert stability(replace(row, stability="not gated")) == "not gated"
    bad = replace(
        row, windows=6, power_halves_pct=0.9, trend_p=0.003, throughput_cv_pct=2.5, power_cv_pct=1.0, throttle_ms=30.0
    )
    said = dict(trust(bad))
    assert said["halves"].startswith("▲") and "TREND" in said["trend"] and said["CV throughput"].startswith("▲")
    assert dict(trust(replace(bad, windows=5, trend_p=0.0167)))["trend"] == "– needs 6 windows"
    assert said["CV power"].startswith("✔") and said["throttled"].startswith("▲ 30 ms")


def test_a_decomposition_that_found_nothing_to_take_out_is_said() -> None:
    row = RunRow(run_id="x.0", session_id="x", simulated=False, decomposition="not exercised")
    assert decomposition(row) == "▲ decomposition not exercised"
    assert decomposition(replace(row, decomposition="exercised")) == "✔ exercised"


def test_the_forecast_is_held_against_what_the_allocator_held() -> None:
    row = RunRow(run_id="x.0", session_id="x", simulated=False, memory_peak_b=10_000_000_000)
    said = dict(memory(replace(row, memory_forecast_b=10_900_000_000, memory_free_b=80_000_000_000)))
    assert said["forecast"] == "10.9 GB of 80.0 GB free" and said["peak, torch"].endswith(
        "the forecast of it +2.0 % off"
    )
