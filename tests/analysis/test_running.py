"""A paired session while it goes on, and the order in which its windows were measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecotui.analysis.order import points
from ecotui.analysis.running import running
from tests.analysis.made import NS, SWAY, run, windows

A, B = run("a"), run("b", 100.0, 220.0, quantization="nf4")
OURS, THEIRS = windows(A, SWAY), windows(B, tuple(reversed(SWAY)))


def test_the_interval_is_told_after_every_block() -> None:
    it = running(OURS, THEIRS)
    assert [r.blocks for r in it.ratios] == [1, 2, 3, 4, 5]
    assert it.ratios[0].low is None and it.now is not None and it.now.low is not None
    assert it.now.value == pytest.approx(1.1, rel=0.01)
    assert it.detectable_pct is not None and it.blocks_left == 0


def test_a_block_that_is_not_over_says_nothing_yet() -> None:
    assert running(OURS[:5], THEIRS[:4]).now == running(OURS[:4], THEIRS[:4]).now
    assert running(OURS[:1], []).now is None
    assert running(OURS[:2], THEIRS[:2]).blocks_needed is None


def test_a_narrower_interval_needs_more_blocks() -> None:
    loose, tight = running(OURS, THEIRS, until_pct=1.0), running(OURS, THEIRS, until_pct=0.05)
    assert loose.blocks_needed == 3 and (tight.blocks_needed or 0) > 10
    assert (tight.blocks_left or 0) == (tight.blocks_needed or 0) - 5


def test_windows_of_both_runs_stand_in_the_order_in_which_they_were_measured() -> None:
    theirs = [replace(w, t0_ns=(w.t0_ns or 0) + 5 * NS) for w in THEIRS]
    found = points([A, B], {A.run_id: OURS, B.run_id: theirs})
    assert [p.run for p in found[:4]] == [0, 1, 0, 1] and [p.order for p in found] == list(range(20))
    assert (found[0].at_s, found[1].at_s) == (0.0, 5.0)
    assert sum(p.relative for p in found if p.run == 1) == pytest.approx(10)


def test_windows_of_separate_sessions_are_counted_each_by_itself() -> None:
    apart = replace(B, session_id="t")
    found = points([A, apart], {A.run_id: OURS, apart.run_id: THEIRS})
    assert [p.order for p in found if p.run == 1] == list(range(10))
    assert next(p.at_s for p in found if p.run == 1) == 0.0
