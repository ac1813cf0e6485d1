"""What an operator reads of a session whose arms take turns."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecotui.analysis.paired import of_logs
from ecotui.analysis.running import Running
from ecotui.analysis.settling import to_go
from ecotui.core.events import Event, Fault, Phase
from ecotui.core.tally import tally_of
from ecotui.core.timeline import Timeline
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens import monitor_charts, monitor_text, monitor_turns
from ecotui.ui.screens.monitor_arms import arm_rows, ratio_words, standing_rows
from ecotui.ui.screens.monitor_pairs import Pairs, Side
from ecotui.ui.screens.monitor_scene import Figures, Scene
from ecotui.ui.theme import ARM_GLYPHS, ROLES
from ecotui.ui.widgets.canvas import Row, cells
from ecotui.ui.widgets.pane import Pane
from tests import factory
from tests.ui.paired import EAGER, GRAPH, PURE, PURE_GRAPH, paired_events, paired_plan
from tests.ui.screen_text import assert_snapshot, screen_text

Make = Callable[..., EcotuiApp]
SIZES = [(80, 24), (120, 40), (200, 50)]
FOUR = paired_plan(EAGER, GRAPH, PURE, PURE_GRAPH)
AIMED = replace(paired_plan(), protocol=replace(paired_plan().protocol, until_pct=0.1))
"""Goes on until its ratio is known to ±0.1 %, for which it has too few blocks."""
STATES: dict[str, Callable[[], Iterator[Event]]] = {
    "first_block": lambda: paired_events(upto=3, outcome=None),
    "running": lambda: paired_events(upto=7, outcome=None),
    "settling": lambda: paired_events(upto=15, outcome=None),
    "aimed": lambda: paired_events(AIMED, upto=19, outcome=None),
    "four": lambda: paired_events(FOUR, upto=11, outcome=None),
    "finished": lambda: paired_events(FOUR),
}


def scene_of(line: Timeline, **how: Any) -> Scene:
    figures, arm = Figures(), line.spans[-1].phase.arm if line.spans else 0
    figures.update(line, arm)
    return Scene(line, line.last_ns, "replay", figures.run, figures.of(arm), figures.pairs, **how)


def scene(**how: Any) -> Scene:
    return scene_of(factory.fold(paired_events(**how)))


def text(rows: list[Row]) -> str:
    return "\n".join("".join(bit.text for bit in row).rstrip() for row in rows)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STATES)
async def test_a_paired_session_reads_as_it_went(
    app_of: Make, tmp_path: Path, size: tuple[int, int], name: str
) -> None:
    log = factory.write_log(tmp_path / "20261121-120000-abba" / "log.jsonl", STATES[name]())
    app = app_of(replay=log)
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # a moment of a session that goes on, not where a log breaks off
        async with app.run_test(size=size) as pilot:
            player = app.monitor.sources.player
            assert player is not None
            player.seek(player.length_s)
            app.monitor.pull(True)
            await pilot.pause()
            app.monitor.pull(True)  # at the height that the result has taken
            await pilot.pause()
            assert_snapshot(app, f"monitor_paired_{name}_{size[0]}")


def test_the_window_is_counted_over_all_arms_and_the_turn_named_by_glyph_and_words() -> None:
    shown = text(monitor_text.session_rows(scene(upto=7, outcome=None), 36))
    assert "window     7 of 20 · block 2 of 5" in shown and "turn      ◆ fp16 graph" in shown
    row = text([monitor_text.progress_row(scene(upto=7, outcome=None), 78)])
    assert "measuring ◆" in row and "window  7 of 20 · block 2 of 5" in row


@pytest.mark.parametrize("width", [58, 78, 118, 198])
@pytest.mark.parametrize("upto", [1, 3, 20])
def test_the_progress_row_is_never_cut_off(width: int, upto: int) -> None:
    row = monitor_text.progress_row(scene(upto=upto, outcome=None), width)
    assert cells(row) <= width and "left" in text([row]) and f"{upto}" in text([row])


def test_windows_on_the_time_axis_are_named_by_whose_turn_it_was() -> None:
    names = [mark.text for mark in monitor_charts.marks(scene().line, (0.0, 60.0))]
    turns = [name for name in names if name[0] in ARM_GLYPHS]
    assert turns[:8] == ["●1", "◆1", "◆2", "●2", "●3", "◆3", "◆4", "●4"] and len(turns) == 20
    first, last = names.index("●1"), names.index(turns[-1])
    assert names[first : last + 1] == turns  # a turn's few discarded calls have no name of their own


def test_a_turn_to_another_arm_is_no_wait_for_the_gate() -> None:
    line = Timeline()
    for event in paired_events(upto=2, outcome=None):
        line.apply(event)
    line.apply(Phase(line.last_ns + 1, "warm-up", 0))
    it = scene_of(line)
    assert monitor_text.phase_words(it) == ("turning", "text")
    shown = text(monitor_text.session_rows(it, 36))
    assert "window     2 of 20 · block 1 of 5" in shown and "turn      ● fp16 eager" in shown and "✔ windows" in shown


def test_arms_that_are_loaded_by_turns_wait_for_the_gate_each_time() -> None:
    line = Timeline()
    for event in paired_events(together=False, upto=2, outcome=None):
        line.apply(event)
    assert not line.together
    line.apply(Phase(line.last_ns + 1, "loading", 0))
    line.apply(Phase(line.last_ns + 1, "warm-up", 0))
    assert not monitor_turns.turning(line)
    assert "warming up" in monitor_text.phase_words(scene_of(line))[0]


def test_every_arm_has_its_row_and_its_ratio_to_the_first() -> None:
    shown = text(arm_rows(scene(plan=FOUR), 76)).splitlines()
    assert [line[0] for line in shown[1:5]] == ["●", "◆", "▲", "■"]
    assert "fp16 eager        320.0  172.0      537.6   137.6  1.000" in shown[1]
    assert "0.712 [0.707, 0.716]" in shown[2] and "int8-pure graph" in shown[4]
    assert "155.0 waiting for the host" in text(arm_rows(scene(plan=FOUR), 156))


def test_an_interval_needs_two_blocks_and_says_so() -> None:
    shown = text(arm_rows(scene(upto=5, outcome=None), 76))
    assert "needs 2 blocks" in shown and "[" not in shown and "are the work" not in shown
    assert "needs 2 blocks" not in text(arm_rows(scene(upto=9, outcome=None), 76))


def test_before_the_other_arm_has_run_its_row_is_dashes() -> None:
    _, first, second = text(arm_rows(scene(upto=2, outcome=None), 76)).splitlines()
    assert first.startswith("● fp16 eager") and "1.000" in first
    assert second.split() == ["◆", "fp16", "graph", *"––––––"]
    assert text(arm_rows(scene(upto=1, outcome=None), 76)).count("–") == 12


@pytest.mark.parametrize("width", [36, 46, 56, 66, 76, 106, 156])
@pytest.mark.parametrize("plan", [paired_plan(), FOUR])
def test_the_table_is_as_wide_as_it_may_be_and_keeps_energy_and_ratio(width: int, plan: Any) -> None:
    rows = arm_rows(scene(plan=plan), width)
    assert max(cells(row) for row in rows) <= max(width, 42)
    assert "537.6" in text(rows) and "0.712" in text(rows)


def test_gpu_busy_is_there_once_the_profile_is() -> None:
    assert "GPU busy" in text(arm_rows(scene(), 156))
    assert "GPU busy" not in text(arm_rows(scene(upto=9, outcome=None), 156))


@pytest.mark.parametrize(("outcome", "title"), [("stopped", "Result, stopped early"), ("completed", "Result")])
def test_a_session_that_is_over_keeps_its_table_and_says_its_sentences(outcome: str, title: str) -> None:
    it = scene(upto=9, outcome=outcome)
    assert text([monitor_text.result_title(it)]).startswith(title)
    shown = text(monitor_text.result_rows(it, 76))
    assert "◆ fp16 graph" in shown and "fp16 b8: of" in shown
    assert "windows   8 of 20 · 5 blocks" in text(monitor_text.session_rows(it, 36))


def test_a_recorder_that_died_leaves_the_table_below_its_word() -> None:
    it = replace(scene(upto=9, outcome=None), mode="live", died=True)
    shown = text(monitor_text.result_rows(it, 76))
    assert shown.startswith("The recorder ended without a word") and "◆ fp16 graph" in shown
    assert "8 of 20" in text(monitor_text.session_rows(it, 36))


def test_a_failure_before_the_first_window_shows_no_table() -> None:
    line = Timeline()
    for event in paired_events(upto=1, outcome="failed"):
        line.apply(event)
    line.apply(Fault(line.last_ns, "The worker ran out of memory.", "Choose a smaller batch."))
    shown = text(monitor_text.result_rows(scene_of(line), 76))
    assert "out of memory" in shown and "fp16" not in shown


def test_the_checks_are_those_of_all_arms_together() -> None:
    def spoiled() -> Iterator[Event]:
        seen = False
        for event in paired_events(upto=9, outcome=None):
            seen = seen or (isinstance(event, Phase) and event.window == 2 and event.arm == 1)
            if seen and hasattr(event, "throttle_ns"):
                yield replace(event, throttle_ns=40_000_000, foreign=["991 python train.py"])  # type: ignore[call-overload]
            else:
                yield event

    shown = text(monitor_text.session_rows(scene_of(factory.fold(spoiled())), 36))
    assert "of 8 INVALID" in shown and "INVALID: ● " in shown.replace("\n", " ")


def test_an_arms_row_is_made_anew_only_when_its_own_windows_change(monkeypatch: pytest.MonkeyPatch) -> None:
    from ecotui.core import summary

    made: list[int] = []
    real = summary.run_row
    monkeypatch.setattr(summary, "run_row", lambda line, arm, rows: (made.append(arm), real(line, arm, rows))[1])
    figures, line = Figures(), Timeline()
    for event in paired_events(upto=9, outcome=None):
        line.apply(event)
        if isinstance(event, Phase):
            figures.update(line, event.arm)
    figures.update(line, 0)
    assert sorted(made) == [0] * 4 + [1] * 4


def test_a_replay_that_goes_back_forgets_what_came_later() -> None:
    figures = Figures()
    figures.update(factory.fold(paired_events()), 0)
    figures.update(factory.fold(paired_events(upto=1, outcome=None)), 0)
    assert figures.pairs is not None and figures.pairs.whole is None and figures.run is None


def test_six_arms_have_six_glyphs_and_colours() -> None:
    assert len(set(ARM_GLYPHS)) == 6 and all(f"arm-{n}" in ROLES for n in range(6))


async def test_a_stop_is_said_while_the_arms_take_turns(app_of: Make, tmp_path: Path) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", paired_events(upto=7, outcome=None))
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        app = app_of(watch=log)
        async with app.run_test(size=(80, 24)) as pilot:
            app.monitor.pull(True)
            await pilot.press("x")
            await pilot.pause()
            assert "stopping" in screen_text(app) and "6 windows measured, what was measured is kept" in screen_text(
                app
            )


async def test_run_again_takes_the_arms_of_the_session_that_was_followed(app_of: Make, tmp_path: Path) -> None:
    plan = paired_plan(EAGER, PURE_GRAPH, PURE, blocks=3, simulated=True)
    log = factory.write_log(tmp_path / "x" / "log.jsonl", paired_events(plan))
    app = app_of(watch=log)
    async with app.run_test(size=(120, 40)) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        assert app.monitor.plan.form.plan() == plan


def test_a_session_that_goes_on_says_how_well_its_ratio_is_known_and_what_is_left() -> None:
    rows = text(arm_rows(scene(upto=15, outcome=None), 118))
    assert re.search(r"±\d\.\d % now · could find \d\.\d % and more · ", rows)
    assert "beyond the band already" in rows and "block" not in rows.partition("could find")[2].partition("\n")[0]
    assert "could find" in text(arm_rows(scene(upto=15, outcome=None), 60))
    assert "% now" not in text(arm_rows(scene(), 118))
    assert "% now" not in text(arm_rows(scene(upto=3, outcome=None), 118))


def test_a_session_with_a_target_tells_that_target() -> None:
    rows = text(arm_rows(scene(plan=AIMED, upto=19, outcome=None), 118))
    assert re.search(r"about \d+ blocks? to ±0\.1 %, more than the 5 declared", rows)
    assert not re.search(r"[◆▲] ±", rows)  # of two arms there is one ratio
    for width, more in ((76, ", more than the 5 declared"), (56, "")):
        row = text(arm_rows(scene(plan=AIMED, upto=19, outcome=None), width)).splitlines()[3]
        assert re.search(rf"about \d+ blocks? to ±0\.1 %{more}$", row) and len(row) <= width


@pytest.mark.parametrize(("width", "more"), [(76, True), (56, True), (46, False)])
def test_what_could_be_found_and_what_is_left_stand_in_two_rows_where_one_is_too_narrow(width: int, more: bool) -> None:
    it = scene(plan=AIMED, upto=19, outcome=None)
    lower = text(arm_rows(it, width)).splitlines()
    roomy = text(arm_rows(it, width, len(lower) + 1)).splitlines()
    first, second = roomy[3:5]
    assert re.fullmatch(r"±\d\.\d % now · could find \d\.\d % and more", first)
    assert re.fullmatch(rf"about \d+ blocks to ±0\.1 %{', more than the 5 declared' * more}", second)
    assert len(roomy) == len(lower) + 1 and max(map(len, roomy[:5])) <= width
    assert text(arm_rows(it, width, len(lower))).splitlines() == lower, "there is no room for another row"


def test_two_blocks_that_scatter_are_said_to_be_too_few_in_place_of_absurd_figures() -> None:
    wild = of_logs([0.5, -0.5])
    assert wild is not None and (wild.half_pct or 0) > 100
    assert ratio_words(Side(1, None, wild)) == "1.000 too few blocks"
    pairs = Pairs((), (), None, tally_of([]), Running((wild,), 5000.0, 840, to_go(wild)), declared=5)
    assert [text([row]).strip() for row in standing_rows(pairs, 118)] == ["too few blocks yet to tell"]


def test_of_several_arms_the_one_is_named_whose_ratio_is_told() -> None:
    plan = paired_plan(EAGER, PURE_GRAPH, PURE, blocks=3, simulated=True)
    assert "◆ ±" in text(arm_rows(scene(plan=plan, upto=16, outcome=None), 118))


async def test_a_small_terminal_reads_the_result_to_its_end_by_keys(app_of: Make, tmp_path: Path) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", paired_events(FOUR))
    app = app_of(replay=log)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end", "5")
        await pilot.pause()
        app.monitor.pull(True)
        await pilot.pause()
        first = screen_text(app)
        assert "1–16 of 23 pgup pgdn" in first and "80 %" not in first and "tok/s" in first
        await pilot.press("pagedown")
        last = screen_text(app)
        assert "8–23 of 23" in last and "ms a step  GPU busy  of peak GB/s" in last
        assert "Share of the memory's peak: no figure" in last
        await pilot.press("up")
        assert "7–22 of 23" in screen_text(app)
        await pilot.press("pageup")
        assert screen_text(app) == first


async def test_the_arrows_are_the_results_where_the_plan_is_not_seen(app_of: Make, tmp_path: Path) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", paired_events(FOUR))
    app = app_of(watch=log)
    async with app.run_test(size=(80, 22)) as pilot:
        app.monitor.pull(True)
        await pilot.press("5")
        await pilot.pause()
        assert not app.monitor.plan.locked and "1–15 of 23 pgup pgdn" in screen_text(app)
        await pilot.press("down", "down")
        assert "3–17 of 23" in screen_text(app)
        await pilot.press("pageup", "pagedown")
        assert "9–23 of 23" in screen_text(app)
        await pilot.press("pageup")
        assert "1–15 of 23" in screen_text(app)


@pytest.mark.parametrize("size", [(100, 30), (120, 40), (200, 50)])
async def test_every_row_of_the_result_can_be_read_at_every_size(
    app_of: Make, tmp_path: Path, size: tuple[int, int]
) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", paired_events(FOUR))
    app = app_of(replay=log)
    async with app.run_test(size=size) as pilot:
        await pilot.press("end", "5")
        await pilot.pause()
        app.monitor.pull(True)
        await pilot.pause()
        pane = app.monitor.query_one("#result", Pane)
        seen = screen_text(app)
        for _ in range(pane.beyond):
            await pilot.press("down")
            seen += screen_text(app)
        for words in ("ms", "busy", "of peak", "int8-pure b8: of 962.7 J", "62.6 % [62.4, 62.8], gross."):
            assert words in seen


def test_the_result_has_step_time_busy_and_the_share_of_the_peak_of_each_arm() -> None:
    it = scene()
    assert it.pairs is not None
    known = replace(it, pairs=replace(it.pairs, sides=tuple(map(_of_peak, it.pairs.sides))))
    for width in (56, 76, 96, 156):
        rows = text(arm_rows(known, width))
        assert re.search(r"◆ fp16 graph.* 12\.00 .*99 %.* 51 %", rows), width
        assert "255.1" in rows and "382.6" in rows and "no figure" not in rows


def _of_peak(side: Side) -> Side:
    run = side.run
    return replace(side, run=replace(run, gpu_busy_pct=99.0, bandwidth_share_pct=51.0) if run else None)


def test_on_the_cpu_the_result_says_that_there_is_no_figure_of_busy_and_peak() -> None:
    plan = paired_plan(simulated=True)
    rows = text(arm_rows(scene(plan=plan), 156))
    assert "GPU busy and the share of the memory's peak: no figure, the arms ran on the CPU." in rows
    assert "On the CPU no step is captured as a graph" in rows
