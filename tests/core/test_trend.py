"""Halves and the Mann-Kendall test, against figures worked out by hand and scipy's."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from ecotui.core.remarks import TREND_P
from ecotui.core.stability import halves_pct, mann_kendall_p

RAW = os.environ.get("ECOCOMPUTE_RAW", "")
"""The study's raw rows (batch_size, avg_power_w, …), which do not come with ecotui: doi 10.5281/zenodo.18900289."""


@pytest.mark.parametrize("n", range(3, 11))
def test_mann_kendall_is_exact_up_to_ten_values(n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(20):
        values = rng.permutation(n).astype(float)
        truth = kendalltau(range(n), values, method="exact").pvalue
        assert mann_kendall_p(values.tolist()) == pytest.approx(truth, abs=1e-12)


def test_a_rise_without_a_break_is_as_unlikely_as_one_order_of_all() -> None:
    assert mann_kendall_p([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(2 / 120)
    assert mann_kendall_p([5.0, 4.0, 3.0, 2.0, 1.0]) == pytest.approx(2 / 120)


def test_above_ten_values_the_normal_approximation_is_near_the_exact_test() -> None:
    rng = np.random.default_rng(0)
    for n in (11, 20, 40):
        for slope in (0.0, 0.1):
            values = rng.normal(0, 1, n) + slope * np.arange(n)
            truth = kendalltau(range(n), values, method="exact").pvalue
            assert mann_kendall_p(values.tolist()) == pytest.approx(truth, abs=0.02)


@pytest.mark.skipif(not RAW, reason="ECOCOMPUTE_RAW names no file of the study's raw rows")
@pytest.mark.parametrize(("batch", "drifts"), [(1, True), (2, True), (4, True), (8, False), (64, False)])
def test_the_studys_power_drifted_at_small_batches_and_not_at_large_ones(batch: int, drifts: bool) -> None:
    """Ten repetitions each of Mistral-7B, INT8 without decomposition, on an A800."""
    with Path(RAW).open(encoding="utf-8", newline="") as rows:
        power = [float(row["avg_power_w"]) for row in csv.DictReader(rows) if int(row["batch_size"]) == batch]
    p = mann_kendall_p(power)
    assert len(power) == 10 and p is not None and (p < TREND_P) is drifts


def test_ties_lessen_the_variance() -> None:
    # S = 12, var S = (6·5·17 - 3·2·1·9) / 18 = 25.33: by hand
    assert mann_kendall_p([1.0, 1.0, 2.0, 2.0, 3.0, 3.0]) == pytest.approx(0.02885, abs=1e-5)


def test_without_a_trend_p_is_one() -> None:
    assert mann_kendall_p([3.0, 3.0, 3.0, 3.0]) == 1.0
    assert mann_kendall_p([1.0, 2.0, 2.0, 1.0]) == 1.0


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0]])
def test_two_values_have_no_trend(values: list[float]) -> None:
    assert mann_kendall_p(values) is None


def test_halves_leave_the_middle_one_out() -> None:
    assert halves_pct([100.0, 100.0, 101.0, 101.0]) == pytest.approx(1.0)
    assert halves_pct([100.0, 999.0, 98.0]) == pytest.approx(-2.0)


@pytest.mark.parametrize("values", [[], [100.0], [0.0, 1.0]])
def test_halves_of_too_little_are_unknown(values: list[float]) -> None:
    assert halves_pct(values) is None
