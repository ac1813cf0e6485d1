"""What kept the gate shut comes first, each figure beside its bar."""

from dataclasses import replace

import pytest

from ecotui.analysis.drift import still_to_come
from ecotui.core.events import Gate
from ecotui.core.gate_words import unpassed_words
from ecotui.core.rows import RunRow
from ecotui.core.summary import summarize
from tests.factory import EVERYTHING, everything, fold

SHUT = Gate(0, 0, "unstable", 60.0, 0.5, 0.46, 0.05, 0.3, 74.0, 1.0, 0.4)
PASSED = ", while up to 0.46 % of power drift may still come (gate 0.5 %)"
CLOCK = "the SM clock ranged over 1.06 % (gate 1 %)"
DRIFT = "up to 3.46 % of power drift may still come (gate 0.5 %)"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"clock_range_pct": 1.06, "waiting_for": "clock"}, CLOCK + PASSED),
        (
            {"temperature_range_c": 3.0, "waiting_for": "temperature"},
            "the temperature ranged over 3 °C (gate 2 °C)" + PASSED,
        ),
        ({"waiting_for": "hardware thermal slowdown"}, "hardware thermal slowdown was seen" + PASSED),
        ({"drift_pct": 3.46, "waiting_for": "drift"}, DRIFT),
        ({"drift_pct": 3.46, "waiting_for": "drift, clock", "clock_range_pct": 1.06}, f"{DRIFT}, {CLOCK}"),
        ({"drift_pct": 3.46, "waiting_for": "a longer look, power is noisy"}, f"{DRIFT}: power is noisy"),
        (
            {"slope_pct_per_min": -0.31, "tau_s": 40.0, "waiting_for": "drift"},
            "beside its warming power drifted by 0.31 % in 60 s (gate 0.25 %)" + PASSED,
        ),
        ({"drift_pct": None, "waiting_for": "power readings"}, "waiting for power readings"),
        ({}, PASSED.removeprefix(", while ")),
    ],
)
def test_what_was_not_passed_stands_first_with_its_figure_and_its_bar(facts: dict[str, object], words: str) -> None:
    assert unpassed_words(replace(SHUT, **facts)) == words  # type: ignore[arg-type]


def test_a_runs_remark_and_every_word_about_it_begin_with_what_was_not_passed() -> None:
    shut = replace(SHUT, clock_range_pct=1.06, waiting_for="clock")
    made = [
        replace(shut, at_ns=e.at_ns) if isinstance(e, Gate) and e.state == "unstable" else e
        for e in everything(extras=replace(EVERYTHING, gate="unstable"))
    ]
    (run,), _ = summarize(fold(made))
    assert run.remarks == f"UNSTABLE: {CLOCK}{PASSED}"
    assert still_to_come(run, 2) == f"{CLOCK}, while up to 0.46 % of power drift may still come"


def test_a_drift_that_kept_the_gate_shut_is_told_once() -> None:
    run = RunRow(run_id="x.0", session_id="x", simulated=False, stability="UNSTABLE", stability_drift_pct=3.46)
    assert still_to_come(replace(run, remarks=f"UNSTABLE: {DRIFT}; power")) == (
        "up to 3.5 % of power drift may still come"
    )
    assert still_to_come(replace(run, stability="stable", remarks="a, while b")).startswith("up to")
