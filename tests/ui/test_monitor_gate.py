"""What an operator reads while the gate decides, and of what it decided."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.events import Event, Gate, Phase
from ecotui.core.gate_words import NOISY
from ecotui.core.timeline import Timeline
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens import monitor_charts, monitor_gate, monitor_text
from ecotui.ui.screens.monitor_scene import Figures, Scene
from ecotui.ui.widgets.canvas import Row, cells
from tests import factory
from tests.ui import gated
from tests.ui.screen_text import assert_snapshot, screen_text

Make = Callable[..., EcotuiApp]
SIZES = [(80, 24), (120, 40), (200, 50)]
STATES = {
    "watching": lambda: gated.settling(121.0),
    "stable": lambda: gated.settling(141.0, gated.look(141.0, "stable", 0.32), 4),
    "unstable": lambda: gated.settling(141.0, gated.look(141.0, "unstable", 1.31), 4),
    "invalid": lambda: gated.spoiled(gated.finished()),
    "finished": gated.finished,
}


def scene(events: Iterable[Event]) -> Scene:
    line = factory.fold(events)
    figures = Figures()
    arm = line.spans[-1].phase.arm if line.spans else 0
    figures.update(line, arm)
    return Scene(line, line.last_ns, "replay", figures.run, figures.of(arm))


def text(rows: Iterable[Row]) -> str:
    return "\n".join("".join(bit.text for bit in row) for row in rows)


def said(gate: Gate) -> str:
    return text(monitor_gate.gate_rows(scene(gated.settling(120.0, replace(gate, at_ns=factory.at(119.0)))), 36))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STATES)
async def test_every_outcome_of_the_gate_and_the_windows(
    app_of: Make, tmp_path: Path, size: tuple[int, int], name: str
) -> None:
    log = factory.write_log(tmp_path / "20261121-120000-beef" / "log.jsonl", iter(list(STATES[name]())))
    app = app_of(replay=log)
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # a moment of a session that goes on, not where a log breaks off
        async with app.run_test(size=size) as pilot:
            player = app.monitor.sources.player
            assert player is not None
            player.seek(player.length_s)
            app.monitor.pull(True)
            await pilot.pause()
            assert_snapshot(app, f"monitor_{name}_{size[0]}")


def test_drift_is_told_with_its_error_and_both_come_to_what_the_gate_compares() -> None:
    gate = gated.look(100.0, drift_pct=0.74)
    assert monitor_gate.drift_words(gate) == "0.37 ± 0.37 %"
    assert monitor_gate.drift_words(replace(gate, tau_s=None)) == "0.74 %"
    assert monitor_gate.drift_words(None) == monitor_gate.drift_words(replace(gate, drift_pct=None)) == "– %"


@pytest.mark.parametrize(
    ("state", "words"),
    [("watching", "stable in about 28 s"), ("stable", "passed"), ("unstable", "time is up")],
)
def test_every_state_has_its_words(state: str, words: str) -> None:
    shown = said(gated.look(119.0, state))
    assert words in shown and {"watching": "◌ watching", "stable": "✔ STABLE", "unstable": "≈ UNSTABLE"}[state] in shown
    assert ("waits for" in shown, "missed" in shown) == (state == "watching", state == "unstable")
    assert "up to 0.73 % of power drift may still come" in " ".join(shown.split())


def test_a_gate_that_only_the_clock_kept_shut_is_told_by_the_clock_and_not_by_the_drift_that_had_passed() -> None:
    shut = replace(gated.look(119.0, "unstable", 0.46), temperature_range_c=1.0, clock_range_pct=1.06)
    shut = replace(shut, waiting_for="clock")
    assert "missed the SM clock ranged over 1.06 % (gate 1 %)" in " ".join(said(shut).split())
    it = scene(gated.settling(121.0, shut, 2))
    assert text([monitor_gate.verdict_row(it)]) == "≈ gate     UNSTABLE clock 1.06 > 1 %"
    warm = replace(shut, temperature_range_c=3.0, clock_range_pct=0.4, waiting_for="temperature")
    it = scene(gated.settling(121.0, warm, 2))
    assert text([monitor_gate.verdict_row(it)]) == "≈ gate     UNSTABLE range 3 > 2 °C"


def test_a_gate_that_cannot_tell_when_says_so_and_shows_dashes() -> None:
    young = Gate(0, 0, "watching", 4.0, 0.5, waiting_for="60 s under load")
    shown = said(young)
    assert "not known yet" in shown and "60 s under load" in shown and "– °C" in shown and "None" not in shown


def test_the_meter_is_as_wide_as_it_is_asked_to_be_and_marks_the_gate() -> None:
    for drift in (None, 0.0, 0.2, 0.5, 0.73, 9.0):
        row = monitor_gate.meter(replace(gated.look(1.0), drift_pct=drift), 26)
        assert cells(row) == 26 and text([row])[13] == "┃"


def test_the_narrow_screen_tells_the_gate_within_its_width() -> None:
    it = scene(gated.settling(121.0))
    rows = [*monitor_text.number_rows(it, 78), monitor_text.progress_row(it, 78)]
    assert max(cells(row) for row in rows) <= 78
    shown = text(rows)
    for word in (
        "stabilizing",
        "watching",
        "stable in about",
        "up to 0.73 % drift may come",
        "gate 0.5 %",
        "clock 0.40 %",
        "τ 74 s",
    ):
        assert word in shown


@pytest.mark.parametrize(
    "waiting_for", ["drift, temperature", "drift, temperature, clock", "a longer look, power is noisy"]
)
@pytest.mark.parametrize("eta_s", [9.0, 88.0, 608.0, None])
def test_what_the_gate_waits_for_is_never_cut_off_at_eighty_columns(waiting_for: str, eta_s: float | None) -> None:
    gate = replace(gated.look(121.0), waiting_for=waiting_for, eta_s=eta_s)
    row = monitor_text.progress_row(scene(gated.settling(121.0, gate)), 78)
    assert cells(row) <= 78 and text([row]).endswith(f"waits: {waiting_for}")


@pytest.mark.parametrize("eta_s", [9.0, 608.0, None])
@pytest.mark.parametrize("phase", ["warm-up", "stabilizing"])
def test_all_that_a_noisy_board_is_waited_for_is_named_in_few_words(eta_s: float | None, phase: str) -> None:
    gate = replace(gated.look(121.0), waiting_for=f"{NOISY}, temperature, clock", eta_s=eta_s)
    it = scene([*gated.settling(121.0, gate), Phase(factory.at(121.0), phase, 0)])
    row = monitor_text.progress_row(it, 78)
    assert cells(row) <= 78 and text([row]).endswith("waits: noisy power, temp., clock")
    slow = replace(gate, waiting_for=f"{gate.waiting_for}, hardware thermal slowdown")
    it = scene(gated.settling(121.0, slow))
    assert text([monitor_text.progress_row(it, 78)]).endswith("waits: noisy power, temp., clock +1")
    assert cells(monitor_text.progress_row(it, 58)) <= 58


@pytest.mark.parametrize("clock_pct", [1.06, 9.99, 88.8])
def test_what_the_gate_ended_by_fits_the_pane_of_the_session(clock_pct: float) -> None:
    shut = replace(gated.look(119.0, "unstable", 0.46), temperature_range_c=1.0, clock_range_pct=clock_pct)
    row = monitor_gate.verdict_row(scene(gated.settling(121.0, shut, 2)))
    assert cells(row) <= 36 and text([row]).endswith(" > 1 %")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_noisy_boards_gate_is_told_to_its_end_on_the_screen(
    app_of: Make, tmp_path: Path, size: tuple[int, int]
) -> None:
    noisy = replace(gated.look(119.0), waiting_for=f"{NOISY}, temperature, clock", eta_s=608.0)
    shut = replace(gated.look(119.0, "unstable", 0.46), temperature_range_c=1.0, clock_range_pct=1.06)
    for gate, windows in ((noisy, 0), (shut, 2)):
        log = factory.write_log(tmp_path / gate.state / "log.jsonl", gated.settling(121.0, gate, windows))
        app = app_of(watch=log)
        with log.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            async with app.run_test(size=size) as pilot:
                if windows and size[0] < 110:
                    await pilot.press("4")
                app.monitor.pull(True)
                await pilot.pause()
                rows = screen_text(app).splitlines()
        left = " ".join(" ".join(row[1:39] for row in rows).split())
        if windows:
            assert "≈ gate UNSTABLE clock 1.06 > 1 %" in left
        elif size[0] < 110:
            assert "waits: noisy power, temp., clock" in rows[3]
        else:
            assert f"waits for {NOISY}, temperature, clock" in left


def test_a_plan_without_a_gate_is_not_gated() -> None:
    assert "not gated" in text(monitor_text.session_rows(scene(factory.events()), 36))


def test_two_energies_that_disagree_are_told_in_words() -> None:
    it = scene(gated.finished())
    assert it.run is not None
    apart = replace(it, run=replace(it.run, energy_sources_diff_pct=-3.4, energy_edge_error_pct=0.2))
    assert "✘ sources  DISAGREE -3.40 %" in text(monitor_text.session_rows(apart, 36))
    alone = replace(it, run=replace(it.run, energy_sources_diff_pct=None, energy_source="integral"))
    assert "▲ sources  integral alone" in text(monitor_text.session_rows(alone, 36))


THREE = (
    "throughput varies by 29.9 % over windows (gate 2 %); power of the second half is +1.30 % off the first "
    "(gate 0.5 %); energy per token follows a trend (Mann-Kendall p = 0.002)"
)


@pytest.mark.parametrize(
    ("width", "told"), [(78, "3 windows measured  ▲ 3 remarks: press 4"), (50, "▲ 3 remarks: press 4")]
)
def test_a_session_that_is_over_counts_its_remarks_and_names_the_key_to_them(width: int, told: str) -> None:
    it = scene(gated.finished())
    assert it.run is not None and it.run.remarks is None
    assert "remark" not in text([monitor_text.progress_row(it, width), *monitor_text.session_rows(it, 36)])
    it = replace(it, run=replace(it.run, remarks=THREE))
    row = monitor_text.progress_row(it, width)
    assert cells(row) <= width and text([row]).endswith(f"✔ STABLE  {told}")
    assert f"3 remarks: {THREE}" in " ".join(text(monitor_text.session_rows(it, 36)).split())


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_remarks_of_a_finished_session_are_counted_and_shown(
    app_of: Make, tmp_path: Path, size: tuple[int, int]
) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", iter(list(gated.spoiled(gated.finished()))))
    app = app_of(watch=log)
    async with app.run_test(size=size) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        if size[0] < 110:
            assert "▲ 1 remark: press 4" in screen_text(app)
            await pilot.press("4")
            await pilot.pause()
        assert "1 remark: another process was on" in screen_text(app)


@pytest.mark.parametrize("name", ["stabilizing", "splitting", "context-after", "examining"])
def test_every_phase_has_a_name_in_words_and_on_the_time_axis(name: str) -> None:
    line = Timeline()
    for event in gated.settling(60.0):
        line.apply(event)
    line.apply(Phase(factory.at(61.0), name, 0, 7 if name == "splitting" else None))
    it = Scene(line, factory.at(62.0), "live", running=True)
    assert monitor_text.phase_words(it)[0] in monitor_text.PHASES.values()
    assert monitor_charts.marks(line, (0.0, 90.0))[-1].text == ("s7" if name == "splitting" else name)


async def test_the_gate_is_reached_on_the_smallest_screen(app_of: Make, tmp_path: Path) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", gated.settling(121.0))
    app = app_of(watch=log)
    async with app.run_test(size=(60, 18)) as pilot:
        await pilot.press("4")
        await pilot.pause()
        assert "waits for" in screen_text(app)


def test_a_window_that_splits_prefill_from_decode_is_not_counted_among_the_windows() -> None:
    line = factory.fold(gated.settling(60.0))
    line.apply(Phase(factory.at(61.0), "splitting", 0, 11))
    it = Scene(line, factory.at(62.0), "live", running=True)
    shown = text([monitor_text.progress_row(it, 78), *monitor_text.session_rows(it, 36)])
    assert "prefill from decode" in shown and "of 10" not in shown
