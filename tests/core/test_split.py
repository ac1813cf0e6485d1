"""Prefill and decode apart: a line through windows of several output lengths, with its intervals."""

import random
from dataclasses import replace

import pytest

from ecotui.core.rows import WindowRow
from ecotui.core.split import prefill_and_decode
from ecotui.core.statistics import incomplete_beta, straight_line, t_quantile
from ecotui.core.summary import summarize
from ecotui.core.tally import tally_of
from tests.factory import EVERYTHING, events, everything, fold


def window(number: int, tokens: int, joules: float | None) -> WindowRow:
    return WindowRow(
        run_id="s.0",
        session_id="s",
        window=number,
        simulated=False,
        new_tokens=tokens,
        energy_gross_j_per_request=joules,
    )


def test_the_prefill_takes_what_its_step_takes_and_a_token_what_a_step_takes() -> None:
    # 300 W over 4 rows: a first step of 50 ms is 3.75 J a request, a later one of 10 ms is 0.75 J.
    (run,), _ = summarize(fold(everything(prefill_s=0.05)))
    assert run.prefill_energy_j == pytest.approx(3.75, rel=0.01)
    assert run.decode_energy_j_per_token == pytest.approx(0.75, rel=0.01)
    assert run.prefill_energy_ci_j == pytest.approx(0, abs=0.05)


def test_windows_of_other_lengths_are_stored_and_enter_no_mean() -> None:
    (run,), windows = summarize(fold(everything(prefill_s=0.05)))
    (alone,), _ = summarize(fold(everything(prefill_s=0.05, extras=replace(EVERYTHING, split=()))))
    assert [(w.new_tokens, w.split) for w in windows] == [(20, False)] * 3 + [(4, True)] * 2 + [(10, True)] * 2
    same = ("windows", "tokens", "energy_gross_j", "throughput_tok_s", "ttft_ms", "tpot_ms", "energy_cv_pct")
    assert [getattr(run, n) for n in same] == pytest.approx([getattr(alone, n) for n in same])
    assert alone.prefill_energy_j is None


def test_without_other_lengths_there_is_no_split() -> None:
    (run,), _ = summarize(fold(list(events())))
    assert (run.prefill_energy_j, run.prefill_energy_ci_j, run.decode_energy_j_per_token) == (None, None, None)
    assert prefill_and_decode(tally_of([window(1, 20, 5.0), window(2, 4, 1.0)])) is None
    assert prefill_and_decode(tally_of([window(i, 20, 5.0) for i in range(5)])) is None


def test_a_window_without_energy_is_left_out_of_the_line() -> None:
    line = prefill_and_decode(
        tally_of([window(1, 11, 6.0), window(2, 21, 11.0), window(3, 31, 16.0), window(4, 41, None)])
    )
    assert line is not None
    assert (line.at_zero, line.slope) == (pytest.approx(1.0), pytest.approx(0.5))


def test_the_interval_is_the_textbooks() -> None:
    # x 1..5, y 2 4 5 4 5: slope 0.6 ± t(3)·0.2828, intercept 2.2 ± t(3)·0.9381.
    line = straight_line([1, 2, 3, 4, 5], [2, 4, 5, 4, 5])
    assert line is not None
    assert (line.slope, line.at_zero) == (pytest.approx(0.6), pytest.approx(2.2))
    assert line.slope_ci == pytest.approx(3.182446 * 0.282843, rel=1e-5)
    assert line.at_zero_ci == pytest.approx(3.182446 * 0.938083, rel=1e-5)


def test_the_interval_covers_the_truth_in_nineteen_of_twenty() -> None:
    rng, lengths, covered = random.Random(7), [20.0] * 5 + [4.0, 4.0, 10.0, 10.0], 0  # noqa: S311
    for _ in range(1000):
        line = straight_line(lengths, [3 + 0.7 * x + rng.gauss(0, 0.2) for x in lengths])
        assert line is not None
        covered += abs(line.slope - 0.7) <= line.slope_ci
    assert 930 <= covered <= 970


@pytest.mark.parametrize(
    ("df", "p", "t"),
    [
        (1, 0.975, 12.7062047362),
        (2, 0.975, 4.3026527297),
        (4, 0.975, 2.7764451052),
        (9, 0.975, 2.2621571628),
        (18, 0.975, 2.1009220402),
        (30, 0.95, 1.6972608866),
        (30, 0.975, 2.0422724563),
        (7, 0.5, 0.0),
    ],
)
def test_students_t_is_that_of_the_tables(df: float, p: float, t: float) -> None:
    assert t_quantile(p, df) == pytest.approx(t, abs=1e-8)


def test_the_incomplete_beta_function_ends_at_0_and_1_and_is_symmetric() -> None:
    assert (incomplete_beta(2, 3, 0.0), incomplete_beta(2, 3, 1.0)) == (0.0, 1.0)
    assert incomplete_beta(2, 3, 0.4) == pytest.approx(1 - incomplete_beta(3, 2, 0.6))
    assert incomplete_beta(1, 1, 0.3) == pytest.approx(0.3)
