"""What the tables say of a run: both sources, idle states by name, the gate, the cause, the proof of the INT8 path."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from ecotui.analysis.comparison import compare
from ecotui.analysis.kernels import evidence
from ecotui.analysis.run_words import state
from ecotui.cli.arguments import parse, plan_from
from ecotui.cli.compare_text import print_comparison
from ecotui.cli.progress import ProgressLine, gate_words
from ecotui.cli.run_text import paragraphs
from ecotui.cli.tables import print_summary, session_json
from ecotui.core.clock import NS
from ecotui.core.errors import UsageError
from ecotui.core.events import Gate, Phase
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from tests.analysis.profiled import LONG, SHORT, captured, session
from tests.factory import events, fold

RUN = RunRow(
    run_id="s.0",
    session_id="s",
    simulated=False,
    outcome="completed",
    valid=True,
    windows=2,
    model="synthetic:mistral-7b",
    quantization="int8",
    batch_size=1,
    idle_bare_w=74.0,
    idle_bare_s=10.0,
    idle_bare_sd_w=0.4,
    idle_context_w=128.0,
    idle_context_s=20.0,
    idle_context_sd_w=0.6,
    idle_context_before_w=127.8,
    idle_context_before_s=12.0,
    idle_context_before_sd_w=0.5,
    idle_context_after_w=128.2,
    idle_context_after_s=8.0,
    idle_context_after_sd_w=0.7,
    energy_gross_j_per_1k_tokens=17_000.0,
    energy_net_context_j_per_1k_tokens=1_700.0,
    energy_net_bare_j_per_1k_tokens=7_800.0,
    energy_sources_diff_pct=0.3,
    energy_source="counter",
    stability="stable",
    stability_s=153.0,
    stability_drift_pct=0.41,
    stability_tau_s=45.0,
    power_halves_pct=0.1,
    trend_p=0.4,
    llm_int8_threshold=6.0,
    int8_layers=224,
    outlier_columns_decode=4.6,
    outlier_columns_prefill=6.0,
    outlier_recipe="6 channels",
    decomposition="exercised",
    bound="host-bound",
    bound_reason="the GPU works for 12 % of a step",
    gpu_busy_pct=12.0,
    bandwidth_share_pct=3.0,
    peak_bandwidth_gb_s=3350.0,
    memory_forecast_b=8_261_000_000,
    memory_free_b=80_000_000_000,
    memory_peak_b=7_589_000_000,
)
WINDOWS = [
    WindowRow(
        run_id="s.0",
        session_id="s",
        window=i,
        simulated=False,
        valid=True,
        new_tokens=256,
        energy_counter_j=1000.0,
        energy_integral_j=997.0,
        energy_integral_source="ring",
        energy_sources_diff_pct=0.3,
    )
    for i in (1, 2)
]


def text(run: RunRow = RUN, windows: list[WindowRow] = WINDOWS) -> str:
    return "\n".join(paragraphs(run, windows))


def test_both_sources_stand_side_by_side_and_say_whether_they_agree() -> None:
    assert "counter 2,000.0 J · integral of power (ring) 1,994.0 J · +0.3 %: they agree" in text()
    cause = "counter and integral of power differ by +5.0 %, more than 2.4 %"
    apart = [WINDOWS[0], replace(WINDOWS[1], valid=False, cause=cause)]
    assert "they DISAGREE in 1 of 2 windows" in text(windows=apart)


def test_sums_that_stand_beside_each_other_are_of_the_same_windows() -> None:
    some = [*WINDOWS, replace(WINDOWS[0], window=3, energy_counter_j=None, energy_sources_diff_pct=None)]
    said = text(windows=some)
    assert "counter 2,000.0 J · integral of power (ring) 1,994.0 J over 2 of 3 windows · +0.3 %: they agree" in said
    assert "windows · +" not in text()


def test_sources_that_no_window_has_both_of_are_not_held_against_each_other() -> None:
    apart = [replace(WINDOWS[0], energy_integral_j=None), replace(WINDOWS[1], energy_counter_j=None)]
    assert "no window has both" in text(replace(RUN, energy_sources_diff_pct=None), apart)


def test_a_missing_source_is_named_and_never_nought() -> None:
    only = [replace(w, energy_counter_j=None) for w in WINDOWS]
    assert "counter – J" in (said := text(replace(RUN, energy_sources_diff_pct=None), only))
    assert "no second source: counter missing" in said


def test_every_net_figure_names_its_baseline_and_its_watts() -> None:
    assert "net of context idle (128.0 W) 1,700" in text()
    assert "net of bare idle (74.0 W) 7,800" in text()


def test_idle_states_have_their_spread_and_their_length() -> None:
    assert "bare 74.0 W (± 0.4 W over 10 s)" in text()
    assert "context 128.0 W: before 127.8 ± 0.5 W over 12 s, after 128.2 ± 0.7 W over 8.0 s" in text()


def test_a_row_from_before_each_idle_had_its_own_spread_tells_them_together() -> None:
    old = {f"idle_context_{when}_{what}": None for when in ("before", "after") for what in ("s", "sd_w")}
    said = text(replace(RUN, **old))  # type: ignore[arg-type]
    assert "context 128.0 W (± 0.6 W over 20 s), before 127.8 W, after 128.2 W" in said


@pytest.mark.parametrize(
    ("stability", "says"),
    [
        ("stable", "stability: stable after 2 min 33 s of load · up to 0.41 % of power drift may still come · "),
        ("stable", "time constant 45 s (held within 0.67 to 3.3 spans)"),
        ("UNSTABLE", "stability: UNSTABLE, the gate had not passed after 2 min 33 s of load"),
    ],
)
def test_the_gate_is_told_in_words(stability: str, says: str) -> None:
    assert says in text(replace(RUN, stability=stability))


def test_a_gate_that_came_to_no_figure_has_none() -> None:
    said = text(replace(RUN, stability="UNSTABLE", stability_drift_pct=None, stability_tau_s=None))
    assert "2 min 33 s of load\n" in said
    assert "may still come" not in said


def test_a_trend_is_not_looked_for_in_so_few_windows_that_none_could_show() -> None:
    assert "trend – needs 6 windows" in text(replace(RUN, windows=5, trend_p=0.0167))
    assert "trend p 0.4" in text(replace(RUN, windows=6))


def test_a_run_without_windows_tells_of_no_spread() -> None:
    assert "windows" not in text(replace(RUN, windows=0, trend_p=None), [])


def test_time_at_the_power_limit_is_told_where_there_was_any() -> None:
    assert "power limit" not in text(replace(RUN, power_cap_ms=0.0))
    said = text(replace(RUN, power_cap_ms=1234.0, power_limit_w=700.0, power_mean_w=230.0))
    told = "at the power limit for at most 1,234 ms while measuring, by the board's own counter (limit 700.0 W"
    assert f"{told}; its mean is far below: bursts reach the limit)" in said
    assert f"{told})" in text(replace(RUN, power_cap_ms=1234.0, power_limit_w=700.0, power_mean_w=690.0))


def test_a_run_without_a_gate_says_so() -> None:
    assert "stability: not gated" in text(replace(RUN, stability="not gated", stability_s=None))


def test_an_unstable_run_is_so_in_every_list() -> None:
    assert state(replace(RUN, stability="UNSTABLE")) == "valid, UNSTABLE"
    assert state(replace(RUN, valid=False, stability="UNSTABLE")) == "INVALID, UNSTABLE"
    assert state(RUN) == "valid"
    assert state(replace(RUN, outcome="failed", valid=False, stability="UNSTABLE")) == "failed, INVALID, UNSTABLE"
    assert state(replace(RUN, outcome="stopped")) == "stopped"
    assert state(replace(RUN, outcome="failed", valid=None)) == "failed"
    assert state(replace(RUN, valid=None)) == "no windows"


def test_the_int8_path_is_proved_by_threshold_layers_and_columns() -> None:
    assert "INT8: threshold 6.0 · 224 Linear8bitLt · outlier columns a layer 4.6 in a decoding step" in text()
    assert "decomposition not exercised" in text(replace(RUN, decomposition="not exercised"))
    assert "INT8" not in text(replace(RUN, llm_int8_threshold=None))


def test_where_the_time_went_has_its_reason() -> None:
    assert "where the time went: host-bound (the GPU works for 12 % of a step) · GPU busy 12.0 %" in text()


def test_the_forecast_is_held_against_the_allocators_peak() -> None:
    said = next(line for line in text().splitlines() if line.startswith("memory"))
    assert said.startswith("memory: forecast 8.3 GB of 80.0 GB free, 7.6 GB of it in the allocator · ")
    assert said.endswith("allocator's peak 7.6 GB (forecast -0.4 % off)")


def test_prefill_and_decode_have_their_intervals() -> None:
    split = replace(
        RUN,
        prefill_energy_j=12.5,
        prefill_energy_ci_j=0.4,
        decode_energy_j_per_token=3.25,
        decode_energy_ci_j_per_token=0.02,
    )
    assert "prefill 12.50 ± 0.400 J a request · decode 3.250 ± 0.020 J a token" in text(split)


def test_an_empty_run_has_no_made_up_figure() -> None:
    said = "\n".join(paragraphs(RunRow(run_id="s.0", session_id="s", simulated=True), []))
    assert "0.0" not in said and "no window was measured" in said and "tok/s" not in said
    assert "INT8" not in said
    assert "memory" not in said


def test_windows_of_other_lengths_stand_apart(capsys: pytest.CaptureFixture[str]) -> None:
    split = replace(WINDOWS[0], window=3, split=True, new_tokens=32)
    bad = replace(WINDOWS[1], valid=False, cause="hardware slowdown")
    print_summary(Path("log.jsonl"), [RUN], [WINDOWS[0], bad, split])
    out = capsys.readouterr().out
    assert out.index("INVALID: hardware slowdown") < out.index("other output lengths") < out.index(" 32 ")


def test_a_failed_run_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(Path("log.jsonl"), [replace(RUN, outcome="failed", reason="CUDA out of memory.")], WINDOWS)
    assert "failed: CUDA out of memory." in capsys.readouterr().out
    print_summary(Path("log.jsonl"), [RUN], WINDOWS)
    assert "failed" not in capsys.readouterr().out


def test_how_exact_a_boards_energy_is_stands_there_once_and_never_of_a_simulated_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_summary(Path("log.jsonl"), [replace(RUN, sensor="nvml"), replace(RUN, run_id="s.1", sensor="nvml")], WINDOWS)
    assert capsys.readouterr().out.count("about ± 5 % absolute") == 1
    print_summary(Path("log.jsonl"), [replace(RUN, simulated=True, sensor="simulated")], WINDOWS)
    assert "absolute" not in capsys.readouterr().out


def test_a_comparison_has_words_and_no_ratio_of_variations(capsys: pytest.CaptureFixture[str]) -> None:
    other = replace(RUN, run_id="s.1", energy_source="integral", bound="memory-bound", power_cv_pct=2.2)
    print_comparison(compare([replace(RUN, power_cv_pct=0.1), other], {}))
    rows = {line[:30].rstrip(" ·"): line for line in capsys.readouterr().out.splitlines()}
    named = [line for name in ("energy source", "bound", "counter against") for line in rows.values() if name in line]
    assert "counter" in named[0] and "integral" in named[0]
    assert any("host-bound" in line and "memory-bound" in line for line in named)
    assert any("+0.30" in line for line in named)
    assert all("2,100" not in line for line in rows.values())


@pytest.mark.parametrize(
    ("gate", "says"),
    [
        (
            Gate(0, 0, "watching", 60.0, 0.5, 1.234, eta_s=42.0, waiting_for="drift"),
            "drift up to 1.23 %, gate 0.5 %, waiting for drift, stable in about 42 s",
        ),
        (Gate(0, 0, "watching", 20.0, 0.5, None, eta_s=40.0), "drift up to – %, gate 0.5 %, stable in about 40 s"),
        (Gate(0, 0, "stable", 60.0, 0.5, 0.31), "drift up to 0.31 %, gate 0.5 %"),
        (
            Gate(0, 0, "unstable", 60.0, 0.5, 2.0),
            "up to 2.00 % of power drift may still come (gate 0.5 %); time is up: measuring all the same",
        ),
        (
            Gate(0, 0, "unstable", 60.0, 0.5, 0.46, clock_range_pct=1.06, waiting_for="clock"),
            "the SM clock ranged over 1.06 % (gate 1 %), while up to 0.46 % of power drift may still come "
            "(gate 0.5 %); time is up: measuring all the same",
        ),
    ],
)
def test_the_gate_is_shown_while_it_watches(gate: Gate, says: str) -> None:
    assert gate_words(gate) == says


def test_progress_says_each_state_of_the_gate_once_and_again_after_ten_seconds() -> None:
    line, out = Timeline(), StringIO()
    first = next(iter(events()))
    line.apply(first)
    shown = ProgressLine(out)
    begin = line.start_ns
    line.apply(Phase(begin, "stabilizing", 0))
    for second, state_word in ((2, "watching"), (4, "watching"), (13, "watching"), (15, "stable")):
        line.apply(Gate(begin + second * NS, 0, state_word, 5.0, 0.5, 1.0 / second))
        shown.show(line)
    said = [text for text in out.getvalue().splitlines() if "drift" in text]
    assert [text.partition(":")[0] for text in said] == ["watching", "watching", "stable"]


def test_options_reach_the_plan() -> None:
    words = "run --gate-seconds 90 --gate-timeout 300 --split-prefill --peak-bandwidth 3350 --no-outliers"
    plan = plan_from(parse(words.split())).checked()
    assert (plan.protocol.gate_s, plan.protocol.gate_timeout_s) == (90.0, 300.0)
    assert plan.protocol.split_prefill
    assert plan.peak_bandwidth_gb_s == 3350.0
    assert not plan.arms[0].outliers


def test_a_measured_board_has_a_gate_unless_it_is_told_to_go_without() -> None:
    plan = plan_from(parse(["run"]))
    assert plan.protocol.gate_s == 60.0
    assert plan.protocol.examine
    assert plan.protocol.idle_after
    assert plan.arms[0].outliers
    assert plan_from(parse(["run", "--no-gate"])).protocol.gate_s == 0.0
    assert plan_from(parse(["run", "--sensor", "simulated"])).protocol.gate_s == 5.0


def test_the_engine_reaches_the_plan_and_is_eager_unless_it_is_typed() -> None:
    for command in (["run"], ["forecast"], ["demo"], []):
        assert plan_from(parse([*command, "--engine", "graph"])).arms[0].engine == "graph"
        assert plan_from(parse(command)).arms[0].engine == "eager"
    with pytest.raises(UsageError, match="There is no engine 'jit'"):
        plan_from(parse(["run", "--engine", "jit"])).checked()


def test_launches_waits_and_gaps_stand_with_where_the_time_went() -> None:
    (run,), windows = summarize(fold(session()))
    said = text(run, windows)
    assert "310 kernels a step, 1,012 launches, 5.1 µs each, 51.6 % of a step, 29 waits" in said
    assert "gaps of 17.50 of 21.50 ms a step under the profiler on the mean, the longest of any step 0.412 ms" in said
    assert "launches" not in text(replace(RUN, kernels_per_step=310.0))


def test_what_a_step_was_made_of_is_read_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    line = fold(session())
    runs, windows = summarize(line)
    reason = ", ".join(["a reason of many words"] * 12)
    print_summary(Path("log.jsonl"), [replace(runs[0], bound_reason=reason)], windows, [evidence(line, 0)])
    assert "the longest of any step 0.412 ms" in " ".join(capsys.readouterr().out.split())


def test_the_largest_kernels_are_a_table_with_whole_names_that_are_no_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = fold(captured())
    runs, windows = summarize(line)
    print_summary(Path("log.jsonl"), runs, windows, [evidence(line, 0)])
    out = capsys.readouterr().out
    assert "synthetic:tiny fp16 b4 graph" in out and "engine: graph, captured, static cache of 36 slots" in out
    assert "largest kernels of a step" in out and SHORT in out and "[bold red]hsh[/bold red]" in out
    assert "\x1b[31m" not in out and "…" not in out
    assert LONG.replace(" ", "") in "".join(out.split())


def test_a_session_as_json_has_the_profile_of_each_run_that_was_profiled() -> None:
    line = fold(session())
    runs, windows = summarize(line)
    (profile,) = session_json(Path("log.jsonl"), runs, windows, [evidence(line, 0)])["profiles"]
    assert profile["run_id"] == runs[0].run_id and len(profile["kernels"]) == 3
    assert profile["kernels"][0] == {"name": SHORT, "ms_per_step": 2.0, "calls_per_step": 32.0, "share_pct": 50.0}
    assert session_json(Path("log.jsonl"), runs, windows)["profiles"] == []
