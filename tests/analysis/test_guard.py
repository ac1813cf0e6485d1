"""The guard: each difference between two arms is found, and forbids what its table says."""

from __future__ import annotations

import pytest

from ecotui.analysis.comparison import compare
from ecotui.analysis.guard import FACTS, FORBIDS, NAMES, REFUSES, STATES, WARNS, red_list
from ecotui.core.errors import UsageError
from tests.analysis.made import SWAY, run, windows

OTHER: dict[str, object] = {
    "simulated": True,
    "session_id": "t",
    "quantization": "nf4",
    "engine": "graph",
    "dtype": "bfloat16",
    "model": "n",
    "prompt_tokens": 32,
    "new_tokens": 64,
    "batch_size": 8,
    "weights": "random",
    "gpu_name": "A800",
    "gpu_uuid": "GPU-2",
    "sensor": "simulated",
    "host": "other",
    "power_limit_w": 350.0,
    "driver_version": "570",
    "torch_version": "2.14",
    "transformers_version": "5.18",
    "bitsandbytes_version": "0.49",
    "device": "cpu",
    "python_version": "3.12",
    "ecotui_version": "0.2",
    "energy_source": "integral",
    "outlier_recipe": "none",
    "warmups": 0,
    "window_s": 30.0,
    "temperature_start_c": 52.5,
    "sm_clock_mean_mhz": 1700.0,
}
KNOWN = {"device": "cuda", "outlier_recipe": "6 channels", "window_s": 10.0, "temperature_start_c": 50.0}
HAND = {"outcome": "stopped", "blocks": 5, "windows": 6, "windows_planned": 10}
"""Of a paired session that somebody stopped after three of its five blocks."""
SAME = KNOWN | {"sm_clock_mean_mhz": 1755.0, "host": "here"}


@pytest.mark.parametrize("name", [f.name for f in FACTS if f.name in OTHER])
def test_every_fact_of_the_table_is_found_and_has_its_effect(name: str) -> None:
    found = red_list(run("a", **SAME), run("b", **SAME | {name: OTHER[name]}), factor=("none",))
    (finding,) = [f for f in found if f.name == name]
    (fact,) = [f for f in FACTS if f.name == name]
    assert finding.effect == fact.effect and finding.text.startswith(fact.says)
    assert finding.values[1] == OTHER[name]


def test_an_arm_at_the_power_cap_beside_one_that_is_not_is_said() -> None:
    capped, free = run("a", **SAME, clock_event_reasons=0x5), run("b", **SAME, clock_event_reasons=0x1)
    (finding,) = red_list(capped, free)
    assert finding.text == ("The clock events differ: power cap, none; an arm at a limit is slowed, another is not.")
    assert finding.effect == WARNS
    assert red_list(capped, run("b", **SAME, clock_event_reasons=0x4)) == red_list(capped, run("b", **SAME)) == ()


def test_a_session_without_a_gate_has_a_verdict_and_is_said_to_be_without() -> None:
    a, b = (run(name, **SAME, stability="not gated", quantization=q) for name, q in (("a", "fp16"), ("b", "nf4")))
    (finding,) = red_list(a, b)
    assert finding.text == "The board was not gated: whether it had settled was not asked."
    assert finding.effect == WARNS
    (it,) = compare([a, b], {r.run_id: windows(r, SWAY) for r in (a, b)}).contrasts
    assert it.verdict.decided and finding in it.red


def test_values_that_were_measured_have_their_unit_and_few_digits() -> None:
    found = red_list(run("a", **SAME | {"window_s": 6.01359}), run("b", **SAME | {"window_s": 11.91}))
    assert [f.text for f in found] == ["The windows' lengths differ by more than half: 6.01 s, 11.9 s."]
    found = red_list(run("a", **SAME), run("b", **SAME | {"sm_clock_mean_mhz": 1700.4}))
    assert "differ by more than 1 %: 1755 MHz, 1700 MHz;" in found[0].text


def test_equal_arms_have_an_empty_red_list() -> None:
    assert red_list(run("a", **SAME), run("b", **SAME)) == ()


def test_the_table_names_each_fact_once_and_knows_no_fourth_effect() -> None:
    names = [it.name for it in (*FACTS, *STATES)]
    assert len(names) == len(set(names))
    assert {it.effect for it in (*FACTS, *STATES)} == {REFUSES, FORBIDS, WARNS}
    asked = {"gpu_uuid", "host", "driver_version", "torch_version", "transformers_version", "bitsandbytes_version"}
    asked |= {"dtype", "compiled", "attention", "engine", "prompt_tokens", "new_tokens", "batch_size", "model", "gated"}
    asked |= {"warmups", "window_s", "power_limit_w", "temperature_start_c", "sm_clock_mean_mhz", "session_id"}
    assert asked | {"sensor", "stability", "validity", "simulated"} <= set(names)


@pytest.mark.parametrize("name", ["attention", "compiled"])
def test_what_only_the_log_tells_counts_where_both_logs_are_at_hand(name: str) -> None:
    a, b = run("a"), run("b")
    both = {a.run_id: {name: "x"}, b.run_id: {name: "y"}}
    assert [f.name for f in red_list(a, b, (), both)] == [name]
    assert red_list(a, b, (), {a.run_id: {name: "x"}}) == ()


@pytest.mark.parametrize(("name", "value"), [("temperature_start_c", 51.9), ("sm_clock_mean_mhz", 1738.0)])
def test_a_difference_within_its_tolerance_is_none(name: str, value: float) -> None:
    assert red_list(run("a", **SAME), run("b", **SAME | {name: value})) == ()


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"windows": 3}, "few_windows"),
        ({"windows_invalid": 1, "cause": "hot"}, "validity"),
        ({"stability": "UNSTABLE"}, "stability"),
        ({"energy_sources_diff_pct": 5.0}, "sources"),
        ({"outcome": "stopped"}, "outcome"),
        (HAND, "by_hand"),
        ({"stability": "not gated"}, "gated"),
    ],
)
def test_what_an_arm_fails_by_itself_is_found_in_either_place(facts: dict[str, object], name: str) -> None:
    for pair in ((run("a", **facts), run("b")), (run("a"), run("b", **facts))):
        assert [f.name for f in red_list(*pair)] == [name]


def test_a_session_whose_end_somebody_chose_forbids_a_verdict_and_its_ratio_is_told() -> None:
    a, b = run("a", **HAND), run("b", 180.0, 190.0, quantization="nf4", **HAND)
    (it,) = compare([a, b], {r.run_id: windows(r, SWAY[:6]) for r in (a, b)}).contrasts
    assert it.verdict.word == "not comparable" and it.energy is not None and it.energy.value < 0.6
    assert [(f.name, f.effect) for f in it.red] == [("by_hand", FORBIDS)]
    assert it.verdict.text == (
        "Not comparable: Session s was stopped by hand before its 5 blocks were over: whoever watches a ratio can stop "
        "where it pleases. Run it again to its end, or to a precision with --until."
    )


@pytest.mark.parametrize(
    ("ended", "names"),
    [
        ({"outcome": "unfinished"}, ["outcome"] * 2),
        ({"outcome": "failed"}, ["outcome"] * 2),
        ({"windows": 10}, ["outcome"] * 2),
        ({"stopped_by": "precision"}, ["outcome"] * 2),
        ({"outcome": "completed", "stopped_by": "precision"}, []),
        ({"blocks": None}, ["outcome"] * 2),
    ],
)
def test_an_end_that_nobody_chose_by_a_watched_ratio_forbids_none(ended: dict[str, object], names: list[str]) -> None:
    a, b = run("a", **HAND | ended), run("b", 180.0, 190.0, quantization="nf4", **HAND | ended)
    (it,) = compare([a, b], {r.run_id: windows(r, SWAY[:6]) for r in (a, b)}).contrasts
    assert it.verdict.word == "less" and [f.name for f in it.red] == names


@pytest.mark.parametrize(("labels", "forbidden"), [(("fp16", "bf16"), False), (("bf16", "nf4"), True)])
def test_the_dtype_is_another_word_for_the_factor_only_where_nothing_is_quantized(
    labels: tuple[str, str], forbidden: bool
) -> None:
    dtypes = {"fp16": "float16", "bf16": "bfloat16", "nf4": "float16"}
    a, b = (run(q, quantization=q, dtype=dtypes[q]) for q in labels)
    assert any(f.name == "dtype" for f in red_list(a, b)) is forbidden


def test_quantization_and_engine_at_once_need_to_be_declared() -> None:
    base, other = run("a"), run("b", 180.0, 190.0, quantization="nf4", engine="graph")
    ours = {r.run_id: windows(r, SWAY) for r in (base, other)}
    (it,) = compare([base, other], ours).contrasts
    assert it.factor == ("quantization",) and it.verdict.word == "not comparable"
    (declared,) = compare([base, other], ours, factor=("quantization", "engine")).contrasts
    assert declared.verdict.word == "less"


def test_a_factor_that_the_table_does_not_know_is_named() -> None:
    with pytest.raises(UsageError, match="There is no factor 'colour'"):
        compare([run("a"), run("b")], {}, factor=("colour",))
    assert "simulated" not in NAMES and "session_id" not in NAMES


def test_what_forbids_a_verdict_comes_first() -> None:
    found = red_list(run("a", **SAME), run("b", **SAME | {"warmups": 9, "driver_version": "1", "host": "there"}))
    assert [f.effect for f in found] == [FORBIDS, FORBIDS, WARNS]
