"""A run's figures, against a made-up session whose answers are worked out by hand."""

import itertools
from dataclasses import replace

import pytest

from ecotui.core.clock import NS
from ecotui.core.events import Event, Gate, Phase, Window
from ecotui.core.reading import Reading, Tick
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.summary import summarize
from ecotui.core.traces import trace
from tests.factory import EVERYTHING, OUTLIERS, Extras, events, everything, fold, measured_plan, plan


def rows(made: list[Event]) -> tuple[RunRow, list[WindowRow]]:
    (run,), windows = summarize(fold(made))
    return run, windows


def test_the_figures_are_those_worked_out_by_hand() -> None:
    run, windows = rows(list(events()))
    # 4 rows, 20 steps of 10 ms, 5 calls a window of 1 s: 400 tokens at 300 W.
    assert [w.tokens for w in windows] == [400, 400, 400]
    assert run.throughput_tok_s == pytest.approx(400)
    assert run.power_mean_w == pytest.approx(300)
    assert run.energy_gross_j_per_1k_tokens == pytest.approx(750)
    assert run.energy_net_context_j_per_1k_tokens == pytest.approx(450)
    assert run.energy_net_bare_j_per_1k_tokens == pytest.approx(575)
    assert run.energy_gross_j_per_request == pytest.approx(15)
    assert (run.idle_bare_w, run.idle_context_w) == (pytest.approx(70), pytest.approx(120))
    assert (run.ttft_ms, run.tpot_ms) == (pytest.approx(10), pytest.approx(10))
    assert run.valid is True
    assert run.energy_source == "counter"


def test_joules_times_throughput_is_power() -> None:
    run, _ = rows(list(events(load_w=287.3, step_s=0.0137)))
    assert run.energy_gross_j_per_1k_tokens is not None
    assert run.throughput_tok_s is not None
    assert run.energy_gross_j_per_1k_tokens * run.throughput_tok_s / 1000 == pytest.approx(run.power_mean_w, rel=5e-3)


def test_a_board_without_a_counter_is_measured_by_its_power_and_says_so() -> None:
    run, windows = rows([e for e in events() if type(e).__name__ != "Tick"])
    assert run.energy_source == "integral"
    assert run.energy_gross_j == pytest.approx(900, rel=0.01)
    assert windows[0].energy_counter_j is None


def test_what_the_board_lacks_is_none_and_never_0() -> None:
    made = [
        replace(e, temperature_c=None, sm_clock_mhz=None, memory_used_b=None) if isinstance(e, Reading) else e
        for e in events()
    ]
    run, _ = rows(made)
    assert run.temperature_max_c is None
    assert run.sm_clock_mean_mhz is None
    assert run.memory_used_peak_b is None


def test_a_gap_in_the_readings_marks_the_window() -> None:
    made = list(events())
    second = next(e for e in made if isinstance(e, Window) and e.window == 2)
    middle = (second.t0_ns + second.t1_ns) // 2
    made = [e for e in made if not (isinstance(e, Reading) and abs(e.at_ns - middle) < 0.2 * NS)]
    _, windows = rows(made)
    assert [w.valid for w in windows] == [True, False, True]
    assert "no reading for" in (windows[1].cause or "")


def test_sensors_that_stop_answering_are_a_remark_that_says_for_how_long() -> None:
    made = list(events())
    inside = [e for e in made if isinstance(e, Window)][1]
    last_ns = max(e.at_ns for e in made if isinstance(e, Reading) and e.at_ns <= inside.t0_ns + NS // 10)
    silent = [e for e in made if not isinstance(e, Reading | Tick) or e.at_ns <= last_ns]
    run, windows = rows(silent)
    said = (fold(silent).last_ns - last_ns) / NS
    assert said >= 1 and not windows[-1].valid
    assert f"the board's sensors stopped answering: nothing of them in the session's last {said:.1f} s" in (
        run.remarks or ""
    )
    back = [e for e in made if not isinstance(e, Reading) or e.at_ns <= last_ns or e.at_ns > last_ns + 2 * NS]
    assert "nothing was heard of the board's sensors for 2." in (rows(back)[0].remarks or "")
    assert "sensors" not in (rows(made)[0].remarks or "")


@pytest.mark.parametrize(("bit", "words"), [(0x8, "hardware slowdown"), (0x40, "thermal"), (0x80, "brake")])
def test_a_slowdown_marks_the_window_in_words(bit: int, words: str) -> None:
    made = list(events())
    first = next(e for e in made if isinstance(e, Window))
    made = [
        replace(e, clock_event_reasons=bit) if isinstance(e, Reading) and first.t0_ns < e.at_ns < first.t1_ns else e
        for e in made
    ]
    run, windows = rows(made)
    assert windows[0].valid is False
    assert words in (windows[0].cause or "")
    assert run.valid is False
    assert run.windows == 3, "a window is never dropped"


def test_a_power_cap_does_not_spoil_a_window() -> None:
    made = [replace(e, clock_event_reasons=0x4) if isinstance(e, Reading) else e for e in events()]
    assert rows(made)[0].valid is True


def test_a_session_without_an_end_is_unfinished() -> None:
    run, windows = rows(list(events(outcome=None)))
    assert run.outcome == "unfinished"
    assert len(windows) == 3


@pytest.mark.parametrize("count", [1, 2, 30, 60, 90])
def test_any_beginning_of_a_log_can_be_summarized(count: int) -> None:
    (run,), _ = summarize(fold(list(itertools.islice(events(), count))))
    assert run.outcome == "unfinished"


def test_a_trace_counts_from_the_first_window() -> None:
    curve = trace(fold(list(events())), 0)
    assert curve.windows[0] == (0.0, pytest.approx(1.0))
    assert curve.at_s.min() < -4
    assert curve.tok_s[-1] == pytest.approx(400)


def test_counter_and_ring_stand_side_by_side() -> None:
    run, windows = rows(everything())
    for window in windows:
        assert (window.energy_source, window.energy_integral_source) == ("counter", "ring")
        assert window.energy_counter_j == pytest.approx(300, rel=1e-6)
        assert window.energy_integral_j == pytest.approx(300, rel=1e-6)
        assert window.energy_sources_diff_pct == pytest.approx(0, abs=1e-6)
        assert window.energy_edge_error_pct is not None
    assert run.energy_sources_diff_pct == pytest.approx(0, abs=1e-6)


def test_without_a_ring_the_readings_are_integrated() -> None:
    _, windows = rows(list(events()))
    assert {w.energy_integral_source for w in windows} == {"readings"}


def test_a_run_that_passed_every_gate_has_no_remark() -> None:
    run, _ = rows(everything())
    assert run.remarks is None
    assert (run.stability, run.stability_drift_pct, run.stability_tau_s) == ("stable", 0.2, 75.0)
    assert run.stability_s == pytest.approx(0.2)
    assert run.power_halves_pct == pytest.approx(0, abs=1e-6)
    assert run.trend_p is None, "three windows can show no trend"


def test_a_gate_whose_time_was_up_labels_the_run_and_says_what_was_missing() -> None:
    run, _ = rows(everything(extras=replace(EVERYTHING, gate="unstable")))
    assert run.stability == "UNSTABLE" and run.valid is True
    assert run.remarks == "UNSTABLE: up to 1.30 % of power drift may still come (gate 0.5 %)"


def test_windows_that_the_gate_never_let_pass_are_of_an_unstable_run() -> None:
    run, _ = rows([e for e in everything() if not (isinstance(e, Gate) and e.state == "stable")])
    assert run.stability == "UNSTABLE"
    assert run.remarks == "UNSTABLE: the board had not settled before the windows"


def test_a_plan_without_a_gate_says_so_and_one_that_did_not_come_so_far_says_nothing() -> None:
    assert rows(list(events()))[0].stability == "not gated"
    early = [e for e in everything() if not isinstance(e, Gate | Window)]
    assert rows(early)[0].stability is None


def ramp(percent_a_window: float) -> list[Event]:
    """Power, and with it the counter, that grows from window to window; ten of them."""
    it = measured_plan()
    made = everything(the_plan=replace(it, protocol=replace(it.protocol, windows=10)), extras=Extras(gate="stable"))
    begin = next(e.at_ns for e in made if isinstance(e, Phase) and e.name == "measuring")
    out, energy, last = [], 5_000.0, 0
    for e in made:
        grown = 1 + percent_a_window / 100 * max((getattr(e, "at_ns", 0) - begin) / NS, 0)
        if isinstance(e, Reading) and e.power_w:
            out.append(replace(e, power_w=e.power_w * grown))
        elif isinstance(e, Tick):
            energy, last = energy + 300 * grown * (e.at_ns - last) / NS if last else energy, e.at_ns
            out.append(replace(e, energy_j=energy))
        else:
            out.append(e)
    return out


def test_power_that_creeps_up_is_told_by_halves_and_trend() -> None:
    run, _ = rows(ramp(0.3))
    assert run.power_halves_pct == pytest.approx(1.5, abs=0.1)
    assert run.trend_p is not None and run.trend_p < 1e-5
    assert run.remarks is not None and run.valid is True
    assert "power of the second half is +1.4" in run.remarks and "follows a trend" in run.remarks


def test_a_throughput_that_varies_is_a_remark() -> None:
    made = [
        replace(e, tokens=e.tokens * 2, tokens_expected=e.tokens * 2) if isinstance(e, Window) and e.window == 2 else e
        for e in everything()
    ]
    run, _ = rows(made)
    assert run.throughput_cv_pct == pytest.approx(43.3, abs=0.1)
    assert "throughput varies by 43.3 % over windows (gate 2 %)" in (run.remarks or "")


def test_edges_that_may_be_far_off_are_a_remark() -> None:
    it = measured_plan()
    made = everything(the_plan=replace(it, protocol=replace(it.protocol, warmups=0)), extras=Extras(gate="stable"))
    # The first window begins at idle power, and its ticks are stamped to 40 ms.
    run, _ = rows([replace(e, half_width_ns=40_000_000) if isinstance(e, Tick) else e for e in made])
    assert run.energy_edge_error_pct is not None and run.energy_edge_error_pct > 1
    assert "edges may put its energy" in (run.remarks or "")


def test_the_forecast_is_stored_next_to_the_measured_peak() -> None:
    run, _ = rows(everything())
    assert (run.memory_forecast_b, run.memory_free_b) == (710_003_000, 80 * 10**9)
    assert run.memory_peak_b == 123_000_000


@pytest.mark.parametrize(
    ("quantization", "without_pct", "said"),
    [("int8", 3.5, "exercised"), ("int8", 51.0, "not exercised"), ("int8-pure", 3.5, None), ("fp16", 3.5, None)],
)
def test_the_path_of_int8_is_proven(quantization: str, without_pct: float, said: str | None) -> None:
    resident = {"layers": {"Linear8bitLt": 28, "Linear": 1}, "outliers": replace(OUTLIERS, without_pct=without_pct)}
    the_plan = measured_plan(quantization=quantization)
    run, _ = rows(everything(the_plan=the_plan, extras=replace(EVERYTHING, resident=resident)))
    assert (run.decomposition, run.int8_layers) == (said, 28)
    assert (run.outlier_columns_decode, run.outlier_columns_prefill) == (4.5, 6.0)


def test_the_recipe_of_outliers_is_the_loaders_word_and_none_where_none_was_put_in() -> None:
    told = replace(EVERYTHING, resident={"facts": {"outlier_recipe": "6 channels x 20"}})
    assert rows(everything(extras=told))[0].outlier_recipe == "6 channels x 20"
    assert rows(everything(the_plan=measured_plan(outliers=False)))[0].outlier_recipe == "none"
    assert rows(everything(extras=replace(EVERYTHING, resident={"weights": "checkpoint"})))[0].outlier_recipe is None


def test_a_log_of_before_these_columns_is_summarized_with_nulls() -> None:
    old = plan().to_dict()
    for name in ("gate_s", "gate_timeout_s", "split_prefill", "examine", "idle_after"):
        del old["protocol"][name]
    del old["peak_bandwidth_gb_s"], old["arms"][0]["outliers"]
    first, *rest = events()
    run, windows = rows([replace(first, version="1.0", plan=old), *rest])  # type: ignore[call-arg]
    assert (run.stability, run.memory_forecast_b, run.kernel_ms, run.throttle_ms) == ("not gated", None, None, None)
    assert (run.outlier_recipe, run.energy_gross_j, run.valid) == ("none", pytest.approx(900), True)
    assert [w.split for w in windows] == [False] * 3
