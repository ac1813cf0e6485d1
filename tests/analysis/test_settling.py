"""How far a ratio is from being known: the same words in the Monitor, after a run and in a comparison."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ecotui.analysis.compare_rows import detail_words
from ecotui.analysis.comparison import compare
from ecotui.analysis.paired import TURNS, Ratio, of_logs
from ecotui.analysis.running import running
from ecotui.analysis.settling import TOO_FEW, to_go, to_settle
from ecotui.analysis.verdict import times
from tests.analysis.made import run, windows


def of(middle: float, *off: float) -> Ratio:
    found = of_logs([math.log(middle) + each for each in off])
    assert found is not None
    return found


FAR = of(3.74, 0.05, -0.06, 0.01, 0.02, -0.04)
"""About 3.7 [3.5, 3.9]: beyond the band, and known to no ±2 %."""
NEAR = of(1.01, 0.05, -0.06, 0.01, 0.02, -0.04)
FEW = of(0.988, 0.2, -0.2)
"""Two blocks, [0.08, 12]."""


@pytest.mark.parametrize(
    ("ratio", "until_pct", "says"),
    [
        (FAR, None, "beyond the band already"),
        (of(1.0, 0.001, -0.001, 0.0), None, "within the band already"),
        (NEAR, None, "about 18 blocks to ±2 %"),
        (FAR, 2.0, "about 18 blocks to ±2 %"),
        (FAR, 6.0, "known to ±6 %"),
        (of(1.0, 0.001, -0.001, 0.0), 1.0, "known to ±1 %"),
        (FEW, None, TOO_FEW),
        (FEW, 1.0, TOO_FEW),
    ],
)
def test_blocks_are_counted_to_a_precision_only_while_the_band_has_not_decided(
    ratio: Ratio, until_pct: float | None, says: str
) -> None:
    assert to_go(ratio, until_pct) == says


def test_a_ratio_far_from_the_band_needs_no_two_percent_to_settle() -> None:
    wide = of(1.5, 0.3, -0.3, 0.2, -0.2)
    assert wide.low is not None and wide.low < 1.02
    assert to_settle(wide) == "about 5 blocks in all at this spread would settle the verdict"
    assert to_settle(FEW) == TOO_FEW


def test_where_blocks_are_too_few_no_absurd_figure_is_told() -> None:
    assert FEW.interval_text == "[too few blocks]"
    assert FEW.too_few and not FAR.too_few and not of(1.0, 0.0).too_few
    assert times(FEW) == "×0.99 [too few blocks]"


def test_sessions_in_which_both_took_turns_are_counted_as_such() -> None:
    near, few, wide = (replace(it, evidence=TURNS) for it in (NEAR, FEW, of(1.5, 0.3, -0.3, 0.2, -0.2)))
    assert to_go(near) == "about 18 sessions to ±2 %"
    assert to_go(few) == to_settle(few) == "too few sessions yet to tell" and times(few) == "×0.99 [too few sessions]"
    assert to_settle(wide) == "about 5 sessions in all at this spread would settle the verdict"


def test_a_running_session_and_its_comparison_say_the_same() -> None:
    base, other = run("0"), run("1", 100.0, 210.0, quantization="nf4")
    ours, theirs = windows(base, (1.0,) * 10), windows(other, (1, 1, 1.1, 1.1, 0.9, 0.9, 1.05, 1.05, 0.95, 0.95))
    (contrast,) = compare([base, other], {"s.0": ours, "s.1": theirs}).contrasts
    way = running(ours, theirs).way
    assert way.startswith("about ") and way.endswith(" to ±2 %")
    assert f" · {way} · " in detail_words(contrast)
