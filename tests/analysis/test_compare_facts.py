"""What a comparison tells of each run beside its ratios: the same facts in text, Markdown, JSON and on the screen."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from ecotui.analysis.compare_facts import WEAKER, clock_words, facts, own_of, owns
from ecotui.analysis.compare_markdown import comparison_markdown
from ecotui.analysis.compare_rows import lines, sentences
from ecotui.analysis.comparison import compare, to_dict
from tests.analysis.made import SWAY, run, windows

HOT = {"clock_event_reasons": 0x4 | 0x40, "temperature_start_c": 41.0, "temperature_end_c": 52.0}
COOL = {"clock_event_reasons": 0, "temperature_start_c": 39.0, "temperature_end_c": 38.0}
FIRST = run("0", window_s=10.04, blocks=5, **COOL)
SECOND = run("1", 180.0, 190.0, quantization="nf4", window_s=5.75, blocks=5, **HOT)
COMPARED = compare([FIRST, SECOND], {"s.0": windows(FIRST, SWAY), "s.1": windows(SECOND, SWAY[::-1])})
SAID = {
    "length of a window, s": ("10.04", "5.75"),
    "prompt / new tokens": ("16 / 256", "16 / 256"),
    "clock events": ("none", "power cap; BAD: hardware thermal slowdown"),
    "from °C to °C (ΔT while measuring)": ("39 to 38 (-1)", "41 to 52 (+11)"),
    "start against the first run's, ΔT °C": ("", "+2"),
}


def test_a_runs_own_interval_is_students_over_its_windows() -> None:
    rows = windows(FIRST, SWAY)
    values = [w.energy_gross_j_per_1k_tokens or 0.0 for w in rows]
    own = own_of(FIRST, rows)
    low, high = stats.t.interval(0.95, len(values) - 1, sum(values) / len(values), stats.sem(values))
    assert own is not None and own.windows == len(SWAY)
    assert own.half_j_per_1k == pytest.approx((high - low) / 2, rel=1e-9)
    assert own.j_per_1k == FIRST.energy_gross_j_per_1k_tokens


def test_a_single_window_has_no_interval_of_its_own_and_split_windows_are_none_of_it() -> None:
    assert (own := own_of(FIRST, windows(FIRST, SWAY[:1]))) is not None and own.half_j_per_1k is None
    assert own_of(run("0", energy_gross_j_per_1k_tokens=None), ()) is None


def test_every_fact_of_a_run_is_a_line_of_the_text_and_of_the_markdown() -> None:
    told = {line.label: line.values for line in lines(COMPARED)}
    assert {label: told[label] for label in SAID} == SAID
    assert told["own gross ± 95 % over windows (weaker), J/1k"][0].startswith("2,000 ± 2.")
    assert ("note", WEAKER) in list(sentences(COMPARED))
    markdown = "\n".join(comparison_markdown(COMPARED))
    assert all(f"| {label} |" in markdown for label in SAID) and WEAKER in markdown
    assert "gross, block by block: ×0.52" in markdown


def test_the_json_has_windows_clock_events_temperatures_and_every_block() -> None:
    told = to_dict(COMPARED)
    one, other = told["runs"]
    assert (one["windows"], one["window_s"], other["window_s"]) == (10, 10.04, 5.75)
    assert other["clock_events"] == ["power cap", "hardware thermal slowdown"]
    assert (one["clock_events"], other["clock_events_bad"]) == ([], ["hardware thermal slowdown"])
    assert (other["temperature_rise_c"], other["temperature_start_difference_c"]) == (11.0, 2.0)
    assert one["own_gross"]["windows"] == 10 and one["own_gross"]["note"] == WEAKER
    (contrast,) = told["contrasts"]
    assert [it["block"] for it in contrast["blocks"]] == [1, 2, 3, 4, 5]
    centre = math.exp(sum(math.log(it["ratio"]) for it in contrast["blocks"]) / 5)
    assert centre == pytest.approx(contrast["energy"]["gross"]["ratio"]["ratio"], rel=1e-12)


def test_memory_is_told_in_gigabytes_in_text_and_in_bytes_in_json() -> None:
    full = [run(name, memory_used_peak_b=36_149_460_992) for name in "01"]
    told = compare(full, {it.run_id: windows(it, SWAY) for it in full})
    assert next(line.values for line in lines(told) if line.label == "memory, most in use") == ("36.1 GB", "36.1 GB")
    assert to_dict(told)["runs"][0]["memory_used_peak_b"] == 36_149_460_992


def test_a_board_that_was_not_asked_is_not_said_to_have_no_clock_events() -> None:
    assert clock_words(run("0")) == "–" and clock_words(FIRST) == "none"
    found = facts([FIRST, SECOND], owns([FIRST, SECOND], {}))
    assert next(fact.bad for fact in found if fact.name == "clock") == (False, True)


def test_separate_sessions_have_no_blocks() -> None:
    apart = run("0", session_id="t", run_id="t.0")
    (contrast,) = compare([FIRST, apart], {"s.0": windows(FIRST, SWAY), "t.0": windows(apart, SWAY)}).contrasts
    assert contrast.blocks == ()
