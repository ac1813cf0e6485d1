"""A run's figures, against a made-up session whose answers are worked out by hand."""

import itertools
from dataclasses import replace

import pytest

from ecotui.core.clock import NS
from ecotui.core.events import Event, Window
from ecotui.core.reading import Reading
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.core.traces import trace
from tests.factory import events


def fold(made: list[Event]) -> Timeline:
    line = Timeline()
    for event in made:
        line.apply(event)
    return line


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
