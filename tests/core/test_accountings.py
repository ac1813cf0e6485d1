"""Idle power by name, and the three accountings that follow from it."""

import math
from dataclasses import replace

import pytest

from ecotui.core.accountings import bare_idle, context_idle, idle_power, per_1k
from ecotui.core.clock import NS
from ecotui.core.events import Event, Header, Phase
from ecotui.core.reading import Reading
from ecotui.core.remarks import of_net_pct
from ecotui.core.rows import WindowRow
from ecotui.core.summary import summarize
from ecotui.core.tally import tally_of
from ecotui.core.timeline import Timeline
from tests.factory import EVERYTHING, at, events, everything, fold


def after(watts: float | None) -> list[Event]:
    return everything(extras=replace(EVERYTHING, after_w=watts))


def test_both_idle_states_have_power_length_and_spread() -> None:
    line = fold(everything())
    assert (bare_idle(line).power_w, bare_idle(line).seconds) == (pytest.approx(70), pytest.approx(2))
    context = context_idle(line, 0)
    assert (context.before.power_w, context.after.power_w) == (pytest.approx(120), pytest.approx(122))
    assert (context.both.power_w, context.both.seconds) == (pytest.approx(121), pytest.approx(4))
    assert context.both.sd_w == pytest.approx(1.0, rel=0.05)
    assert idle_power(line, 0, "context") == (context.both.power_w, context.both.seconds)


def test_idle_before_and_after_have_each_their_own_length_and_spread_without_the_step_between_them() -> None:
    (run,), _ = summarize(fold(after(130.0)))
    each = (run.idle_context_before_s, run.idle_context_after_s)
    assert each == (pytest.approx(2), pytest.approx(2))
    assert (run.idle_context_before_sd_w, run.idle_context_after_sd_w) == (pytest.approx(0), pytest.approx(0))
    assert run.idle_context_sd_w == pytest.approx(5.0, rel=0.05)
    (without,), _ = summarize(fold(list(events())))
    assert (without.idle_context_before_s, without.idle_context_after_s) == (pytest.approx(2), None)
    assert without.idle_context_after_sd_w is None


def test_net_of_context_takes_the_mean_of_before_and_after_off() -> None:
    (run,), windows = summarize(fold(after(124.0)))
    assert (run.idle_context_before_w, run.idle_context_after_w) == (pytest.approx(120), pytest.approx(124))
    assert run.idle_context_w == pytest.approx(122)
    assert run.energy_net_context_j_per_1k_tokens == pytest.approx(1000 * (300 - 122) / 400)
    assert windows[0].energy_net_context_j_per_1k_tokens == pytest.approx(1000 * (300 - 122) / 400)
    assert run.energy_net_bare_j_per_1k_tokens == pytest.approx(1000 * (300 - 70) / 400)


def test_a_net_figure_states_how_far_its_edges_and_its_idle_power_may_put_it_off() -> None:
    (run,), every = summarize(fold(after(124.0)))
    windows = [w for w in every if not w.split]
    edges_j = (run.energy_gross_j or 0) * max(w.energy_edge_error_pct or 0 for w in windows) / 100
    half_a_move_j = 2.0 * sum(w.window_s or 0 for w in windows)
    assert run.energy_net_context_error_j_per_1k_tokens == pytest.approx(
        1000 * math.hypot(edges_j, half_a_move_j) / (run.tokens or 0), rel=1e-6
    )
    spread_j = (run.idle_bare_sd_w or 0) * sum(w.window_s or 0 for w in windows)
    assert run.energy_net_bare_error_j_per_1k_tokens == pytest.approx(
        1000 * math.hypot(edges_j, spread_j) / (run.tokens or 0), rel=1e-6
    )


def test_without_an_idle_after_the_one_before_stands_alone() -> None:
    (run,), _ = summarize(fold(list(events())))
    assert (run.idle_context_w, run.idle_context_after_w) == (pytest.approx(120), None)
    assert run.idle_context_s == pytest.approx(2)


@pytest.mark.parametrize(("watts", "apart"), [(122.9, False), (123.1, True), (None, False)])
def test_idle_before_and_after_agree_to_two_percent_or_three_watts(watts: float | None, apart: bool) -> None:
    line = fold(after(watts))
    assert context_idle(line, 0).apart is apart
    (run,), _ = summarize(line)
    assert ("idle power moved from 120.0 W before to 123.1 W after" in (run.remarks or "")) is apart


def test_a_reading_of_no_power_is_not_idle_power() -> None:
    made = [replace(e, power_w=0.0) if isinstance(e, Reading) and e.at_ns < at(1) else e for e in events()]
    assert bare_idle(fold(made)).power_w == pytest.approx(70)


def test_a_net_figure_without_its_baseline_is_none() -> None:
    assert per_1k(100.0, 10, 1.0, None) is None
    assert per_1k(None, 10, 1.0, 0.0) is None
    assert per_1k(100.0, 0, 1.0, 0.0) is None
    assert per_1k(100.0, 50, 2.0, 20.0) == 1200


def test_what_a_request_takes_times_the_batch_is_the_energy_of_its_call() -> None:
    (run,), windows = summarize(fold(everything()))
    for window in windows:
        assert window.energy_gross_j_per_request is not None and window.calls is not None
        assert window.energy_gross_j_per_request * 4 * window.calls == pytest.approx(window.energy_gross_j)
    assert run.power_mean_w is not None and run.energy_gross_j_per_1k_tokens is not None
    assert run.energy_gross_j_per_1k_tokens * (run.throughput_tok_s or 0) == pytest.approx(1000 * run.power_mean_w)


def test_the_first_second_of_the_bare_board_is_left_out_unless_the_phase_is_short() -> None:
    """A process that has just ended may hold the board at the power of a context for a while."""

    def watched(seconds: int) -> Timeline:
        line = Timeline()
        line.apply(Phase(0, "bare", 0))
        for i in range(1, 10 * seconds):
            line.apply(Reading(at_ns=i * NS // 10, power_w=123.0 if i < 8 else 70.0))
        line.apply(Phase(seconds * NS, "loading", 0))
        return line

    whole, short = bare_idle(watched(10)), bare_idle(watched(2))
    assert (whole.power_w, whole.seconds, whole.sd_w) == (70.0, 9.0, 0.0)
    assert short.seconds == 2.0
    assert (short.power_w or 0) > 70


def test_a_bare_board_that_was_not_at_rest_is_remarked_upon() -> None:
    def restless(event: Event) -> Event:
        early = isinstance(event, Reading) and event.at_ns < at(1)
        return replace(event, power_w=90.0) if early and isinstance(event, Reading) else event

    (run,), _ = summarize(fold([restless(e) for e in everything()]))
    assert "the bare board was not at rest" in (run.remarks or "")


def test_idle_that_moved_by_much_of_what_is_net_of_it_is_remarked_upon() -> None:
    windows = [WindowRow(run_id="a.0", session_id="a", window=1, simulated=True, power_mean_w=130.0)]
    assert of_net_pct(tally_of(windows), 117.0, 119.0) == pytest.approx(100 * 1 / 12)
    assert of_net_pct(tally_of(windows), 131.0, 132.0) is None
    assert of_net_pct(tally_of([]), 117.0, 119.0) is None


def test_on_mig_no_idle_power_is_told() -> None:
    line = fold([replace(e, board=replace(e.board, mig=True)) if isinstance(e, Header) else e for e in everything()])
    assert bare_idle(line).power_w is None
    assert context_idle(line, 0).both.power_w is None


def test_a_board_whose_readings_lack_power_idles_by_its_ring() -> None:
    blind = [replace(e, power_w=None) if isinstance(e, Reading) else e for e in everything()]
    assert bare_idle(fold(blind)).power_w == pytest.approx(70, abs=1)
