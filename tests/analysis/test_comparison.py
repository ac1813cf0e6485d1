"""Runs side by side: the published sign flips come out, and what must not be compared is refused."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace

import pytest

from ecotui.analysis import gates
from ecotui.analysis.comparison import compare, to_dict
from ecotui.analysis.sources import sums
from ecotui.core.errors import UsageError
from ecotui.core.remarks import TREND_P, TREND_WINDOWS
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.stability import mann_kendall_p
from tests.analysis import made

A800_IDLE_W = 65.0
"""The idle power that the published A800 rows go with (table 6.1 of the measurement notes)."""

# Batch size: throughput (tok/s) and power (W) of fp16 and of pure int8, A800, Mistral-7B; from
# github.com/hongping-zh/ecocompute-dynamic-eval and bitsandbytes issue 1867.
A800 = {
    1: ((36.18, 156.81), (18.09, 104.55)),
    4: ((145.35, 159.95), (72.96, 115.26)),
    8: ((290.59, 182.45), (144.32, 119.32)),
}


def run(name, rate=100.0, power=200.0, context=120.0, bare=70.0, **facts):
    """A run with the figures that follow from its rate and power, and the software it was made with."""
    told = {"driver_version": "580", "torch_version": "2.13.0", "outlier_recipe": "4 channels"}
    return made.run(name, rate, power, **{"idle_context_w": context, "idle_bare_w": bare} | told | facts)


def a800(batch):
    arms = zip(("fp16", "int8-pure"), A800[batch], strict=True)
    return [run(q, *figures, context=None, bare=A800_IDLE_W, quantization=q, batch_size=batch) for q, figures in arms]


def said(comparison, text):
    return [w for w in comparison.warnings if text in w]


@pytest.mark.parametrize(
    ("batch", "gross", "net", "even", "flips"),
    [(1, 33.3, -13.8, 52.3, True), (8, 31.7, -6.9, 57.0, True), (4, 43.6, 5.5, 70.2, False)],
)
def test_the_published_a800_runs_change_sign_with_the_accounting(batch, gross, net, even, flips):
    it = compare(a800(batch), {})
    assert it.figure("energy_gross_j_per_1k_tokens").differences_pct[1] == pytest.approx(gross, abs=0.1)
    assert it.figure("energy_net_bare_j_per_1k_tokens").differences_pct[1] == pytest.approx(net, abs=0.1)
    assert it.break_even_idle_w[0] is None and it.break_even_idle_w[1] == pytest.approx(even, abs=0.1)
    assert it.contrasts[0].accounts.depends is flips
    assert it.differs_in == ("quantization",)


def test_a_change_of_sign_is_said_once_with_signed_figures():
    it = compare(a800(1), {})
    assert it.contrasts[0].verdict.text.startswith(
        "The sign depends on the accounting (it turns at an idle power of 52.3 W; measured: 65.0 to 65.0 W): "
        "s.int8-pure +33.3 % [–] gross, -13.8 % [–] net of bare idle, against s.fp16."
    )
    assert not said(it, "depends on the accounting")


def test_where_another_reason_forbids_the_verdict_the_caution_has_no_percentage_without_an_interval():
    first, second = a800(1)
    (text,) = said(compare([first, replace(second, driver_version="570")], {}), "depends on the accounting")
    assert text == (
        "The sign of the difference depends on the accounting (the sign turns at an idle power of 52.3 W): "
        "s.int8-pure takes more gross, but less net of bare idle, than s.fp16."
    )


def test_published_energy_is_power_over_throughput():
    it = compare(a800(1), {})
    assert it.figure("energy_gross_j_per_1k_tokens").values == pytest.approx((4334, 5781), abs=2)


def test_every_figure_is_a_column_with_its_unit_and_net_names_its_baseline():
    it = compare([run("a"), run("b")], {})
    units = {f.name: f.metadata["unit"] for f in fields(RunRow)}
    for figure in it.figures:
        assert figure.unit == units[figure.name] and figure.better in ("lower", "higher", None)
        assert len(figure.values) == len(figure.differences_pct) == 2 and figure.differences_pct[0] is None
    labels = {f.name: f.label for f in it.figures}
    assert "net of context idle" in labels["energy_net_context_j_per_1k_tokens"]
    assert "net of bare idle" in labels["energy_net_bare_j_per_1k_tokens"]
    with pytest.raises(KeyError):
        it.figure("colour")


def test_differences_are_against_the_first_and_missing_stays_missing():
    it = compare([run("a"), run("b", rate=150.0, ttft_ms=5.0), run("c", rate=50.0)], {})
    rate = it.figure("throughput_tok_s")
    assert rate.differences_pct == (None, pytest.approx(50.0), pytest.approx(-50.0))
    assert it.figure("ttft_ms").values == (None, 5.0, None)
    assert it.figure("ttft_ms").differences_pct == (None, None, None)


def test_no_percentage_of_celsius_nor_of_a_baseline_at_or_below_zero():
    it = compare([run("a", context=250.0, temperature_max_c=40.0), run("b", temperature_max_c=44.0)], {})
    assert it.figure("temperature_max_c").differences_pct == (None, None)
    assert it.figure("energy_net_context_j_per_1k_tokens").values[0] < 0
    assert it.figure("energy_net_context_j_per_1k_tokens").differences_pct == (None, None)
    (less,) = compare([run("a", context=250.0), run("b", rate=99.0, power=150.0)], {}).contrasts
    assert re.search(r"\+\d+\.\d J \[–\] net of context idle", less.verdict.text)


@pytest.mark.parametrize("name", ["throughput_cv_pct", "power_cv_pct", "energy_edge_error_pct"])
def test_a_small_error_twenty_times_another_is_no_difference_in_percent(name):
    figure = compare([run("a", **{name: 0.1}), run("b", **{name: 2.2})], {}).figure(name)
    assert figure.values == (0.1, 2.2) and figure.differences_pct == (None, None)


def test_energy_source_and_bound_stand_beside_the_figures():
    it = compare([run("a", bound="host-bound"), run("b", energy_source="counter")], {})
    assert {w.name: w.values for w in it.words} == {"energy_source": (None, "counter"), "bound": ("host-bound", None)}
    first, second = to_dict(it)["runs"]
    assert first["bound"] == "host-bound" and first["energy_source"] is None and second["energy_source"] == "counter"


def test_both_sources_are_summed_over_the_windows_that_have_both():
    def window(number, counter, integral):
        facts = {"energy_counter_j": counter, "energy_integral_j": integral}
        return WindowRow(run_id="s.a", session_id="s", window=number, simulated=False, **facts)

    it = sums([window(1, 10.0, 11.0), window(2, None, 12.0), window(3, 20.0, 21.0)])
    assert (it.counter_j, it.integral_j, it.over) == (30.0, 32.0, "over 2 of 3 windows")
    alone = sums([window(1, None, 11.0), window(2, None, 12.0)])
    assert (alone.counter_j, alone.integral_j, alone.over) == (None, 23.0, "")
    assert sums([]).over == sums([window(1, 1.0, 1.0)]).over == ""


@pytest.mark.parametrize(("windows", "trend_p", "level"), [(5, 0.0167, None), (6, 0.0028, False), (6, 0.3, True)])
def test_a_trend_can_only_show_in_six_windows(windows, trend_p, level):
    assert gates.level(run("a", windows=windows, trend_p=trend_p)) is level


def test_no_order_of_five_values_is_unlikely_enough_to_be_a_trend():
    assert mann_kendall_p(range(TREND_WINDOWS - 1)) > TREND_P > mann_kendall_p(range(TREND_WINDOWS))


def test_equal_times_have_no_break_even():
    assert compare([run("a"), run("b", power=210.0)], {}).break_even_idle_w == (None, None)


def test_simulated_is_never_compared_with_measured():
    it = compare([run("a"), run("b", simulated=True, rate=50.0)], {})
    assert not it.comparable and it.refusal == ("Simulated and measured energy are never compared: s.b is simulated.")
    assert it.figure("throughput_tok_s").values == (100.0, 50.0)
    assert all(d is None for f in it.figures for d in f.differences_pct)
    assert it.break_even_idle_w == (None, None)


def test_a_run_without_windows_is_refused():
    it = compare([run("a"), run("b", windows=0), run("c", windows=None)], {})
    assert it.refusal == "Without a measured window there is nothing to compare: s.b, s.c."


@pytest.mark.parametrize("number", [0, 1, 5])
def test_two_to_four_runs_are_compared(number):
    with pytest.raises(UsageError, match=f"takes 2 to 4 runs, not {number}"):
        compare([run(str(i)) for i in range(number)], {})


def test_a_run_is_not_compared_with_itself():
    with pytest.raises(UsageError, match=r"s\.a is named twice"):
        compare([run("a"), run("a")], {})


def test_equal_runs_of_one_session_have_no_warning():
    assert compare([run("a"), run("b"), run("c"), run("d")], {}).warnings == ()


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"model": "n"}, "The models differ: m, n."),
        ({"prompt_tokens": 32}, "The prompts' lengths differ: 16, 32."),
        ({"new_tokens": 32}, "The numbers of new tokens differ: 256, 32; energy per token depends on it."),
        ({"batch_size": 8}, "The batch sizes differ: 1, 8; energy per token falls with it."),
        ({"gpu_name": "A800", "gpu_uuid": "GPU-2"}, "The GPUs differ: H100, A800."),
        ({"gpu_uuid": "GPU-2"}, "The runs are of different cards: GPU-1, GPU-2; cards of one name differ."),
        ({"power_limit_w": 350.0}, "The power limits differ: unknown, 350."),
        ({"driver_version": "570"}, "The driver versions differ: 580, 570."),
        ({"torch_version": None}, "The torch versions differ: 2.13.0, unknown."),
        ({"energy_source": "integral"}, "The energies come from different sources: unknown, integral."),
        (
            {"session_id": "t"},
            "These are runs of different sessions: day-to-day gaps can exceed the difference.",
        ),
        ({"windows": 3}, "s.b has 3 windows; 5 or more are needed to know its spread."),
        ({"windows": 1}, "s.b has 1 window; 5 or more are needed to know its spread."),
        ({"windows_invalid": 1, "cause": "hot"}, "s.b has 1 INVALID window (hot); the means hold them."),
        (
            {"stability": "UNSTABLE", "stability_drift_pct": 1.34},
            "s.b is UNSTABLE: the gate had not passed when its windows began, "
            "up to 1.3 % of power drift may still come.",
        ),
        ({"stability": "UNSTABLE"}, "s.b is UNSTABLE: the gate had not passed when its windows began."),
        (
            {"stability": "not gated"},
            "The stability gates differ: s.b was measured without one, the rest with.",
        ),
        (
            {"energy_sources_diff_pct": 3.1, "energy_edge_error_pct": 0.5},
            "The energy sources of s.b disagree: the counter tells +3.1 % against the integral of power.",
        ),
        (
            {"outlier_recipe": "none"},
            "The outlier channels of the weights differ: 4 channels, none; what LLM.int8 decomposes depends on them.",
        ),
        (
            {"decomposition": "not exercised"},
            "LLM.int8's decomposition was not exercised (s.b): "
            "with a trained model's outliers it takes more time and energy.",
        ),
        ({"outcome": "stopped"}, "s.b is of a session that did not complete (stopped)."),
    ],
)
def test_one_difference_gives_one_warning(facts, text):
    assert compare([run("a"), run("b", **facts)], {}).warnings == (text,)


def test_sources_may_differ_by_two_percent_and_the_edges() -> None:
    it = compare([run("a"), run("b", energy_sources_diff_pct=-2.4, energy_edge_error_pct=0.5)], {})
    assert it.warnings == ()


def test_runs_that_were_all_measured_without_a_gate_do_not_differ_in_it() -> None:
    assert compare([run("a", stability="not gated"), run("b", stability="not gated")], {}).warnings == ()


def test_outliers_that_nobody_counted_are_no_difference() -> None:
    assert compare([run("a"), run("b", outlier_recipe=None)], {}).warnings == ()


def test_random_weights_and_simulated_watts_are_said():
    it = compare([run("a", weights="random", simulated=True), run("b", simulated=True)], {})
    assert said(it, "Random weights (s.a)") and said(it, "The watts are simulated")
    assert it.comparable


def test_invalid_windows_are_named_with_their_cause():
    def window(number, **facts):
        return WindowRow(run_id="s.b", session_id="s", window=number, simulated=False, **facts)

    rows = [window(1, valid=True), window(2, valid=False, cause="power brake"), window(3, valid=False, cause="hot")]
    it = compare([run("a"), run("b", windows_invalid=2, cause="power brake; hot")], {"s.b": rows})
    assert it.warnings == ("s.b has 2 INVALID windows (window 2: power brake; window 3: hot); the means hold them.",)


def test_the_arm_fields_that_differ_are_listed():
    it = compare([run("a"), run("b", quantization="bf16", dtype="bfloat16", batch_size=2)], {})
    assert it.differs_in == ("quantization", "dtype", "batch_size")


def test_the_comparison_is_json_under_the_names_of_the_columns():
    it = compare(a800(1), {})
    out = json.loads(json.dumps(to_dict(it), allow_nan=False))
    assert list(out) == ["comparable", "refusal", "baseline", "runs", "warnings", "differs_in", "contrasts"]
    assert out["comparable"] is True and out["refusal"] is None and out["baseline"] == "s.fp16"
    first, second = out["runs"]
    assert first["run_id"] == "s.fp16" and first["break_even_idle_w"] is None
    assert second["throughput_tok_s"] == 18.09
    assert second["differences_pct"]["throughput_tok_s"] == pytest.approx(-50.0)
    assert set(second["differences_pct"]) <= {f.name for f in fields(RunRow)}
    refused = to_dict(compare([run("a"), replace(run("b"), simulated=True)], {}))
    assert refused["comparable"] is False and "never compared" in refused["refusal"]


def test_the_engine_as_the_factor_is_said_and_is_no_reason_to_refuse():
    found = compare([run("a"), run("b", rate=300.0, engine="graph")], {})
    assert found.comparable and found.differs_in == ("engine",)
    assert found.warnings == (
        "What differs is the engine (eager, graph): a step's arithmetic is the same, "
        "how long the board waits for the host is not.",
    )


def test_quantization_and_engine_at_once_cannot_be_told_apart():
    runs = [
        run("a"),
        run("b", quantization="nf4"),
        run("c", engine="graph"),
        run("d", quantization="nf4", engine="graph"),
    ]
    (said,) = [w for w in compare(runs, {}).warnings if "engine" in w]
    assert said.startswith("s.d differs from s.a in quantization and engine") and "cannot be told apart" in said


def test_launches_stand_beside_the_figures():
    found = compare([run("a", launches_per_step=1012.0), run("b", launches_per_step=1.0)], {})
    assert found.figure("launches_per_step").values == (1012.0, 1.0)
