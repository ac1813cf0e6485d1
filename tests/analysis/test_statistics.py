"""Every statistic against scipy or against published tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from ecotui.analysis.distributions import t_p, t_quantile
from ecotui.analysis.effects import (
    blocks_needed,
    detectable_paired_pct,
    detectable_pct,
    detectable_welch_pct,
    effective_n,
    hedges_g,
    holm,
)
from ecotui.analysis.paired import of_logs
from ecotui.analysis.sessions import Sessions
from ecotui.analysis.unpaired import fieller, welch
from ecotui.core.statistics import t_quantile as cores
from tests.analysis.made import run

RNG = np.random.default_rng(20260)
A = RNG.normal(100, 1.0, 10).tolist()
B = RNG.normal(95, 1.5, 8).tolist()


@pytest.mark.parametrize("df", [*range(1, 31), 5.7, 41.3])
@pytest.mark.parametrize("p", [0.6, 0.8, 0.975, 0.995])
def test_quantiles_of_t_are_scipys_in_the_analysis_and_in_the_recorder(p: float, df: float) -> None:
    assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), abs=1e-9)
    assert cores(p, df) == pytest.approx(stats.t.ppf(p, df), abs=1e-6)


@pytest.mark.parametrize(("df", "table"), [(2, 4.302653), (4, 2.776445), (9, 2.262157), (18, 2.100922), (30, 2.042272)])
def test_quantiles_of_t_are_those_of_the_published_table(df: float, table: float) -> None:
    assert t_quantile(0.975, df) == pytest.approx(table, abs=1e-6)


def test_p_of_t_is_scipys_and_two_sided() -> None:
    assert t_p(-2.5, 7) == pytest.approx(2 * stats.t.sf(2.5, 7), rel=1e-9)
    assert t_p(math.inf, 3) == 0


def test_a_paired_ratio_is_scipys_one_sample_test_of_the_log_ratios() -> None:
    logs = RNG.normal(0.02, 0.01, 7).tolist()
    it, judge = of_logs(logs), stats.ttest_1samp(logs, 0)
    low, high = judge.confidence_interval(0.95)
    assert it is not None and it.low and it.high and it.p is not None
    assert (math.log(it.low), math.log(it.high)) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    assert it.p == pytest.approx(judge.pvalue, rel=1e-6)
    assert it.half_pct == pytest.approx(100 * math.expm1((high - low) / 2))


def test_welch_is_scipys_on_logarithms_with_satterthwaites_degrees_of_freedom() -> None:
    it, judge = welch(A, B), stats.ttest_ind(np.log(B), np.log(A), equal_var=False)
    low, high = judge.confidence_interval(0.95)
    assert it is not None and it.low and it.high
    assert (it.value, it.low, it.high) == tuple(
        pytest.approx(math.exp(v), rel=1e-9) for v in (np.log(B).mean() - np.log(A).mean(), low, high)
    )
    assert (it.df, it.p) == (pytest.approx(judge.df, rel=1e-9), pytest.approx(judge.pvalue, rel=1e-6))
    assert (it.evidence, it.blocks) == ("unpaired", 8)


def test_welch_needs_values_above_zero_and_a_spread_for_an_interval() -> None:
    assert welch([1.0, 0.0], [1.0, 1.0]) is None and welch([], [1.0]) is None
    alone = welch([2.0], [3.0, 3.1])
    assert alone is not None and alone.low is None and alone.value == pytest.approx(math.sqrt(3 * 3.1) / 2)
    equal = welch([2.0, 2.0], [3.0, 3.0])
    assert equal is not None and (equal.low, equal.high, equal.p) == (equal.value, equal.value, 0.0)


def test_fiellers_ends_are_where_the_test_of_b_minus_ratio_times_a_just_rejects() -> None:
    it = fieller(A, B)
    assert it is not None and it.bounded
    va, vb = np.var(A, ddof=1) / len(A), np.var(B, ddof=1) / len(B)
    df = (va + vb) ** 2 / (va**2 / (len(A) - 1) + vb**2 / (len(B) - 1))
    q = stats.t.ppf(0.975, df)

    def beyond(ratio: float) -> float:
        return float(abs(np.mean(B) - ratio * np.mean(A)) - q * math.sqrt(vb + ratio**2 * va))

    assert it.low == pytest.approx(optimize.brentq(beyond, it.value - 0.1, it.value), abs=1e-9)
    assert it.high == pytest.approx(optimize.brentq(beyond, it.value, it.value + 0.1), abs=1e-9)


def test_fieller_is_unbounded_where_the_baseline_cannot_be_told_from_zero() -> None:
    it = fieller([-5.0, 4.0, 3.0, -1.0], [10.0, 11.0, 12.0, 9.0])
    assert it is not None and not it.bounded and (it.low, it.high) == (-math.inf, math.inf)
    assert fieller([1.0, -1.0], B) is None and fieller([1.0], B) is None


def test_hedges_g_is_cohens_d_with_its_correction() -> None:
    pooled = math.sqrt((9 * np.var(A, ddof=1) + 7 * np.var(B, ddof=1)) / 16)
    assert hedges_g(A, B) == pytest.approx((np.mean(B) - np.mean(A)) / pooled * (1 - 3 / (4 * 18 - 9)), rel=1e-9)
    assert hedges_g([1.0], B) is None and hedges_g([1.0, 1.0], [2.0, 2.0]) is None


@pytest.mark.parametrize(
    ("cv", "n", "table"), [(0.5, 3, 1.5), (0.5, 10, 0.66), (1, 5, 2.0), (2, 20, 1.8), (5, 10, 6.6), (5, 5, 10)]
)
def test_the_smallest_detectable_difference_is_that_of_the_table(cv: float, n: int, table: float) -> None:
    exact = (stats.t.ppf(0.975, 2 * n - 2) + stats.t.ppf(0.8, 2 * n - 2)) * cv * math.sqrt(2 / n)
    assert detectable_pct(cv, n) == pytest.approx(exact, rel=1e-6)
    assert detectable_pct(cv, n) == pytest.approx(table, rel=0.05)


def test_nothing_can_be_detected_in_a_single_window_or_block() -> None:
    assert detectable_pct(1.0, 1) is None and detectable_paired_pct(0.01, 1) is None


def test_the_difference_that_blocks_can_detect_falls_with_each_of_them() -> None:
    exact = 100 * math.expm1((stats.t.ppf(0.975, 4) + stats.t.ppf(0.8, 4)) * 0.01 / math.sqrt(5))
    assert detectable_paired_pct(0.01, 5) == pytest.approx(exact, rel=1e-6)
    sizes = [detectable_paired_pct(0.01, k) or 0 for k in range(2, 20)]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(("n", "m", "sa", "sb"), [(10, 10, 0.01, 0.01), (10, 8, 0.01, 0.03), (20, 6, 0.02, 0.02)])
def test_welch_finds_the_smallest_detectable_difference_four_times_in_five(
    n: int, m: int, sa: float, sb: float
) -> None:
    va, vb = sa**2 / n, sb**2 / m
    df = (va + vb) ** 2 / (va**2 / (n - 1) + vb**2 / (m - 1))
    smallest = detectable_welch_pct(math.sqrt(va + vb), df)
    assert smallest is not None
    rng, shift = np.random.default_rng(7), math.log1p(smallest / 100)
    x, y = rng.normal(0, sa, (20_000, n)), rng.normal(shift, sb, (20_000, m))
    found = np.mean(stats.ttest_ind(x, y, axis=1, equal_var=False).pvalue < 0.05)
    assert found == pytest.approx(0.8, abs=0.02)
    beyond, off = stats.t.ppf(0.975, df), shift / math.sqrt(va + vb)
    assert stats.nct.sf(beyond, df, off) + stats.nct.cdf(-beyond, df, off) == pytest.approx(0.8, abs=0.02)


def test_welch_of_stored_runs_carries_its_standard_error_to_what_it_could_find() -> None:
    it = welch(A, B)
    assert it is not None and it.error is not None and it.df is not None and it.low is not None
    ours = (np.var(np.log(A), ddof=1) / len(A) + np.var(np.log(B), ddof=1) / len(B)) ** 0.5
    assert it.error == pytest.approx(ours, rel=1e-9)
    exact = 100 * math.expm1((stats.t.ppf(0.975, it.df) + stats.t.ppf(0.8, it.df)) * ours)
    assert detectable_welch_pct(it.error, it.df) == pytest.approx(exact, rel=1e-6)
    assert detectable_welch_pct(0.0, 8.0) is None


@pytest.mark.parametrize(("spread", "wanted"), [(0.01, 2.0), (0.01, 0.5), (0.03, 1.0), (0.0, 1.0)])
def test_the_blocks_needed_are_the_fewest_that_are_enough(spread: float, wanted: float) -> None:
    def half(k: int) -> float:
        return 100 * math.expm1(float(stats.t.ppf(0.975, k - 1)) * spread / math.sqrt(k))

    k = blocks_needed(spread, wanted)
    assert half(k) <= wanted and (k == 2 or half(k - 1) > wanted)
    assert blocks_needed(5.0, 0.1) == 1000


def test_holm_is_the_step_down_of_the_published_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])  # Holm 1979's procedure by hand
    assert holm([]) == [] and holm([0.7, 0.6]) == [1.0, 1.0]


def test_windows_that_follow_each_other_are_worth_fewer() -> None:
    rising = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    off = np.array(rising) - 3.5
    r = float((off[1:] * off[:-1]).sum() / (off**2).sum())
    assert effective_n(rising) == pytest.approx(6 * (1 - r) / (1 + r), rel=1e-9)
    assert effective_n([1.0, -1.0, 1.0, -1.0]) == 4 and effective_n([2.0] * 5) == 5 and effective_n([1.0, 2.0]) is None


def test_the_spread_between_sessions_needs_three_of_them() -> None:
    joules = (100.0, 110.0, 104.0)
    made = [run(s, session_id=s, energy_gross_j_per_1k_tokens=j) for s, j in zip("abc", joules, strict=True)]
    spread = Sessions(made).spread_pct
    assert spread == pytest.approx(100 * math.expm1(np.log(joules).std(ddof=1)), rel=1e-9)
    assert Sessions(made[:2]).spread_pct is None
