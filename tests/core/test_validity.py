"""What marks a window INVALID, and what does not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ecotui.core.clock import NS
from ecotui.core.events import Event, Vitals, Window
from ecotui.core.reading import Reading, Tick
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.summary import summarize
from ecotui.core.validity import gained_ms, vitals_around
from tests.factory import Extras, at, board, broken_off, events, everything, fold

FIRST = (at(5.2), at(6.2))
"""Bracket of the first window."""


def rows(made: list[Event]) -> tuple[RunRow, list[WindowRow]]:
    (run,), windows = summarize(fold(made))
    return run, windows


def changed(kind: type, change: Callable[[Event], Event | None], made: list[Event] | None = None) -> list[Event]:
    """The session with every event of a kind changed; None leaves it out."""
    return [e for old in made or everything() if (e := change(old) if isinstance(old, kind) else old) is not None]


def in_first(event: Event) -> bool:
    return FIRST[0] < event.at_ns < FIRST[1]  # type: ignore[union-attr]


def causes(windows: list[WindowRow]) -> list[str | None]:
    return [w.cause for w in windows]


def test_a_good_window_is_valid_and_has_no_cause() -> None:
    run, windows = rows(everything())
    assert run.valid is True and run.cause is None and causes(windows) == [None] * 7
    assert (run.throttle_ms, windows[0].throttle_ms, windows[0].reading_gap_max_ms) == (0, 0, pytest.approx(100))


def test_cumulative_throttle_time_marks_the_windows_that_it_may_have_been_in() -> None:
    made = changed(Vitals, lambda v: replace(v, throttle_ns=40_000_000 * (v.at_ns >= at(7))))
    run, windows = rows(made)
    # Between the looks at 6 s and at 7 s: windows 1 (until 6.2 s) and 2.
    assert [w.valid for w in windows[:3]] == [False, False, True]
    assert windows[0].cause == "clocks held down for 40 ms"
    assert run.throttle_ms == pytest.approx(40)


def test_throttle_time_of_a_thousandth_is_let_pass_and_stays_in_the_row() -> None:
    _, windows = rows(changed(Vitals, lambda v: replace(v, throttle_ns=900_000 * (v.at_ns >= at(7)))))
    assert windows[0].valid is True and windows[0].throttle_ms == pytest.approx(0.9)


def test_time_at_the_power_limit_is_recorded_and_spoils_nothing() -> None:
    run, windows = rows(changed(Vitals, lambda v: replace(v, power_cap_ns=500_000_000 * (v.at_ns >= at(7)))))
    # Between the looks at 6 s and at 7 s: the first window has 200 ms of that second, and can hold no more.
    assert windows[0].power_cap_ms == pytest.approx(200) and run.power_cap_ms == pytest.approx(500)
    assert run.valid is True


def test_a_board_that_does_not_count_its_throttling_leaves_it_null() -> None:
    run, windows = rows(changed(Vitals, lambda v: replace(v, throttle_ns=None, power_cap_ns=None)))
    assert (run.throttle_ms, windows[0].throttle_ms, run.valid) == (None, None, True)


def test_a_foreign_process_is_named() -> None:
    stranger = ["4711 python train.py"]
    _, windows = rows(changed(Vitals, lambda v: replace(v, foreign=stranger) if v.at_ns == at(6) else v))
    assert windows[0].cause == "another process on the board: 4711 python train.py"
    assert windows[2].valid is True


def test_a_foreign_process_in_an_idle_phase_is_a_remark() -> None:
    run, _ = rows(changed(Vitals, lambda v: replace(v, foreign=["4711 x"]) if v.at_ns == at(1) else v))
    assert run.valid is True
    assert run.remarks == "another process was on the board while idle power was watched: 4711 x"


def test_on_mig_energy_is_refused_and_throughput_kept() -> None:
    run, windows = rows(everything(the_board=replace(board("NVIDIA H100 80GB HBM3", "nvml"), mig=True)))
    assert windows[0].cause == "MIG is on: the counter is the whole card's"
    names = [n for n in WindowRow.__dataclass_fields__ if n.startswith("energy_")] + ["power_mean_w"]
    assert {getattr(w, n) for w in windows for n in names} == {None}
    assert (run.energy_gross_j, run.energy_source, run.prefill_energy_j, run.power_mean_w) == (None,) * 4
    assert run.throughput_tok_s == pytest.approx(400) and windows[0].throughput_tok_s == pytest.approx(400)
    assert run.valid is False


def test_a_wrong_number_of_tokens_marks_the_window() -> None:
    _, windows = rows(changed(Window, lambda w: replace(w, tokens=w.tokens - 4) if w.window == 2 else w))
    assert causes(windows[:3]) == [None, "396 tokens where 400 were due", None]


@pytest.mark.parametrize("power", [0.0, None])
def test_a_reading_without_power_marks_the_window_and_does_not_pull_its_mean_down(power: float | None) -> None:
    def blink(r: Event) -> Event:
        return replace(r, power_w=power) if at(5.5) <= r.at_ns <= at(5.65) else r  # type: ignore[union-attr,call-arg]

    _, windows = rows(changed(Reading, blink, [e for e in everything() if type(e).__name__ != "Trace"]))
    assert windows[0].cause == "2 of 10 readings without power"
    assert windows[0].energy_integral_j == pytest.approx(300, rel=0.01)


def test_a_board_that_never_tells_its_power_is_measured_by_its_counter() -> None:
    made = changed(Reading, lambda r: replace(r, power_w=None))
    run, windows = rows([e for e in made if type(e).__name__ != "Trace"])
    assert run.energy_source == "counter" and run.valid is True
    assert run.energy_gross_j == pytest.approx(900, rel=0.01)
    assert windows[0].energy_integral_j is None and windows[0].energy_sources_diff_pct is None
    assert run.energy_net_context_j_per_1k_tokens is None


def test_without_any_power_the_window_says_so() -> None:
    made = changed(Reading, lambda r: replace(r, power_w=None))
    _, windows = rows([e for e in made if type(e).__name__ not in ("Trace", "Tick")])
    assert windows[0].cause == "no power reading in the window" and windows[0].energy_gross_j is None


def test_a_counter_that_went_backwards_gives_way_to_the_integral_and_the_run_says_so() -> None:
    run, windows = rows(changed(Tick, lambda t: replace(t, energy_j=t.energy_j - 5_000 * (t.at_ns >= at(5.7)))))
    assert (windows[0].energy_source, windows[0].energy_counter_j) == ("integral", None)
    assert windows[0].energy_gross_j == pytest.approx(300, rel=0.01)
    assert windows[0].valid is True and windows[1].energy_source == "counter"
    assert run.energy_source == "mixed"
    assert windows[0].energy_counter_doubt == "went back by 4970 J" and windows[1].energy_counter_doubt is None
    assert run.remarks == (
        "the counter was not believed in window 1, where it went back by 4970 J: the integral of power counts there"
    )


def test_sources_that_differ_by_more_than_the_bar_mark_the_window_in_words() -> None:
    # Nine tenths of a window lie between ticks, the rest is the ring's in both sources.
    run, windows = rows(changed(Tick, lambda t: replace(t, energy_j=t.energy_j * 1.1)))
    assert windows[1].cause is not None
    assert windows[1].cause.startswith("counter and integral of power differ by +9.0 %, more than 2.")
    assert windows[1].energy_sources_diff_pct == pytest.approx(9) and run.energy_sources_diff_pct == pytest.approx(9)
    assert windows[1].energy_gross_j == windows[1].energy_counter_j == pytest.approx(327)
    assert run.windows == 3, "a window is never dropped"


def test_the_boards_own_average_never_enters_energy() -> None:
    wild = changed(Reading, lambda r: replace(r, power_average_w=9_999.0))
    assert summarize(fold(wild)) == summarize(fold(everything()))


def test_several_causes_stand_side_by_side() -> None:
    made = changed(Reading, lambda r: replace(r, clock_event_reasons=0x60) if in_first(r) else r)
    made = changed(Window, lambda w: replace(w, tokens=1) if w.window == 1 else w, made)  # type: ignore[attr-defined]
    run, windows = rows(made)
    said = "1 tokens where 400 were due; software thermal slowdown, hardware thermal slowdown"
    assert windows[0].cause == said
    assert run.cause == "; ".join(f"{cause} (window 1)" for cause in said.split("; "))


def test_a_counter_of_time_that_starts_anew_loses_nothing_else() -> None:
    looks = [Vitals(i * NS, t) for i, t in enumerate((5_000_000, 7_000_000, 0, 1_000_000))]
    assert gained_ms(looks, "throttle_ns", np.array([[0, 3 * NS]])) == pytest.approx(3)
    assert gained_ms(looks, "throttle_ns", np.array([[0, NS // 1000]])) == pytest.approx(1)
    assert gained_ms(looks[:1], "throttle_ns", np.array([[0, NS]])) is None


def test_the_looks_around_a_bracket_are_its_own_and_the_nearest() -> None:
    line = fold([])
    line.vitals = [Vitals(i * NS) for i in range(6)]
    assert [v.at_ns // NS for v in vitals_around(line, 3 * NS // 2, 5 * NS // 2)] == [1, 2, 3]
    assert [v.at_ns // NS for v in vitals_around(line, 2 * NS, 3 * NS)] == [2, 3]
    assert [v.at_ns // NS for v in vitals_around(line, 9 * NS // 2, 99 * NS)] == [4, 5]


@pytest.mark.parametrize("ring", [False, True])
def test_a_window_that_its_recorder_did_not_come_to_weigh_is_valid_where_the_readings_reach_past_it(ring: bool) -> None:
    extras = Extras(ring=ring, vitals=True)
    line = fold(broken_off(0.25, events(outcome=None, extras=extras)))
    assert line.break_off() == 1
    (run,), windows = summarize(line)
    _, whole = summarize(fold(events(outcome=None, extras=extras)))
    assert run.windows == 3 and windows[-1].valid is True and windows[-1].cause is None
    assert windows[-1].energy_gross_j == pytest.approx(whole[-1].energy_gross_j, rel=0.02)
    assert windows[-1].tokens == whole[-1].tokens and windows[-1].tpot_ms == whole[-1].tpot_ms


def test_a_window_whose_readings_end_before_it_does_is_invalid_and_says_that_its_recorder_ended() -> None:
    made = [e for e in broken_off(0.0) if not (isinstance(e, Reading | Tick) and e.at_ns > at(7.72))]
    line = fold(made)
    assert line.break_off() == 1
    (run,), windows = summarize(line)
    assert [w.valid for w in windows] == [True, True, False] and run.windows_invalid == 1
    assert windows[-1].cause == (
        "the recorder ended, and its readings end 0.5 s before the window does; no reading for 500 ms"
    )
    assert windows[-1].tokens == windows[0].tokens


def test_a_window_without_any_reading_is_short_of_all_of_them_and_mig_is_a_cause_of_its_own() -> None:
    made = [e for e in broken_off(0.0) if not (isinstance(e, Reading | Tick) and e.at_ns > at(7.1))]
    line = fold(made)
    line.break_off()
    cause = summarize(line)[1][-1].cause or ""
    assert cause.startswith("the recorder ended, and its readings end 1.0 s before the window does; ")
    assert cause.endswith("no power reading in the window")
    mig = fold(broken_off(0.25, events(outcome=None, the_board=replace(board(), mig=True))))
    mig.break_off()
    assert summarize(mig)[1][-1].cause == "MIG is on: the counter is the whole card's"
