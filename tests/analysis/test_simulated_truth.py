"""Known truths, simulated with fixed seeds: how often intervals hold them, and how often a difference is made up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from ecotui.analysis.paired import of_logs
from ecotui.analysis.unpaired import welch
from ecotui.core.stopping import LEVEL, precise

TIMES = 4000


def order(design: str, blocks: int, rng: np.random.Generator) -> list[int]:
    """Whose turn it is, two windows an arm and block."""
    if design == "blocked":
        return [0] * 2 * blocks + [1] * 2 * blocks
    if design == "abba":
        return [0, 1, 1, 0] * blocks
    return [int(arm) for _ in range(2 * blocks) for arm in rng.permutation(2)]


def measured(design: str, blocks: int, cv: float, drift: float, rng: np.random.Generator) -> tuple[list[float], ...]:
    """Joules of both arms in order; both truly take the same, and power rises by `drift` as the board warms up."""
    turns = np.array(order(design, blocks, rng))
    values = 100 * (1 + drift * (1 - np.exp(-np.arange(len(turns)) / 6)) + rng.normal(0, cv, len(turns)))
    return values[turns == 0].tolist(), values[turns == 1].tolist()


def logs_of(a: Sequence[float], b: Sequence[float]) -> list[float]:
    """One log ratio a block of two windows an arm."""
    return [math.log((b[i] + b[i + 1]) / (a[i] + a[i + 1])) for i in range(0, len(a), 2)]


@pytest.mark.parametrize("cv", [0.005, 0.05])
@pytest.mark.parametrize("blocks", [5, 10, 20])
def test_the_paired_interval_holds_the_truth_in_93_to_97_of_100_sessions(blocks: int, cv: float) -> None:
    rng, held = np.random.default_rng(7), 0
    for _ in range(TIMES):
        it = of_logs(logs_of(*measured("abba", blocks, cv, 0.0, rng)))
        held += it is not None and (it.low or 0) <= 1 <= (it.high or 0)
    assert 0.93 <= held / TIMES <= 0.97


@pytest.mark.parametrize(("windows", "cv"), [(5, 0.05), (10, 0.02), (20, 0.05)])
def test_welchs_interval_holds_the_truth_in_93_to_97_of_100_pairs(windows: int, cv: float) -> None:
    rng, held = np.random.default_rng(8), 0
    for _ in range(TIMES):
        a, b = rng.normal(100, 100 * cv, windows), rng.normal(100, 60 * cv, windows)
        it = welch(a.tolist(), b.tolist())
        held += it is not None and (it.low or 0) <= 1 <= (it.high or 0)
    assert 0.93 <= held / TIMES <= 0.97


@pytest.mark.parametrize("design", ["abba", "random"])
def test_arms_that_take_turns_are_told_apart_by_a_drift_in_at_most_seven_of_100_sessions(design: str) -> None:
    rng, false = np.random.default_rng(9), 0
    for _ in range(TIMES):
        it = of_logs(logs_of(*measured(design, 5, 0.005, 0.02, rng)))
        false += it is not None and it.p is not None and it.p < 0.05
    assert false / TIMES <= 0.07


def test_one_arm_after_the_other_is_told_apart_by_the_same_drift_in_most_sessions() -> None:
    rng, false = np.random.default_rng(10), 0
    for _ in range(500):
        it = welch(*measured("blocked", 5, 0.005, 0.02, rng))
        false += it is not None and it.p is not None and it.p < 0.05
    assert false / 500 > 0.7


@pytest.mark.parametrize(
    ("spread", "most"), [(0.1, 20), (0.5, 20), (0.7, 20), (1.0, 20), (1.5, 20), (2.0, 20), (1.0, 6)]
)
def test_a_session_that_stops_by_precision_holds_the_truth_in_93_to_97_of_100(spread: float, most: int) -> None:
    """`spread` of the blocks' log ratios in half widths that are asked for: from settled at once to never."""
    rng, held, times = np.random.default_rng(11), 0, 10_000
    until_pct = 1.0
    for logs in (rng.normal(0, spread * math.log1p(until_pct / 100), (times, most))).tolist():
        taken = next((n for n in range(3, most) if precise(logs[:n], until_pct)), most)
        it = of_logs(logs[:taken], LEVEL)
        held += it is not None and (it.low or 0) <= 1 <= (it.high or 0)
    assert 0.93 <= held / times <= 0.97


def test_without_the_wider_interval_stopping_by_precision_would_hold_it_too_seldom() -> None:
    rng, held, times = np.random.default_rng(12), 0, 3000
    for logs in (rng.normal(0, 1.5 * math.log1p(0.01), (times, 20))).tolist():
        halves = ((n, of_logs(logs[:n])) for n in range(3, 20))
        taken = next((n for n, it in halves if it is not None and (it.half_pct or 9) <= 1), 20)
        it = of_logs(logs[:taken])
        held += it is not None and (it.low or 0) <= 1 <= (it.high or 0)
    assert held / times < 0.92
