"""A net ratio's interval holds how far its idle baseline may be off: together of one baseline, apart of two."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from ecotui.analysis.baselines import BARE, CONTEXT, Baseline, baseline, of_runs, shift
from ecotui.analysis.compare_markdown import comparison_markdown
from ecotui.analysis.compare_rows import sentences
from ecotui.analysis.comparison import Comparison, compare, to_dict
from ecotui.analysis.contrast import Contrast
from ecotui.analysis.distributions import t_p
from ecotui.analysis.export.drawing import figure_svg
from ecotui.analysis.ladder import ladder
from ecotui.analysis.paired import Ratio, paired_ratio
from ecotui.analysis.points import Point, point_of
from ecotui.analysis.taxes_pairs import Intervals, Pair
from ecotui.analysis.unpaired import welch
from ecotui.analysis.verdict import times
from ecotui.cli import main
from ecotui.core.figure import Axis, Figure, Series
from ecotui.core.pairs import JOULES
from ecotui.core.rows import RunRow
from ecotui.ui.widgets.figure_plot import draw
from ecotui.ui.widgets.sweep_cells import Times
from tests.analysis.made import SWAY, run, windows

ONE_LOOK: dict[str, object] = {
    "idle_bare_sd_w": 3.0,
    "idle_context_s": 16.0,
    "idle_context_sd_w": 1.2,
    "idle_context_before_w": 119.0,
    "idle_context_after_w": 121.0,
}
"""A context idle of 120 W that moved by 2 W, so that it may be 1 W off."""
OTHER = tuple(reversed(SWAY))


def apart(power: float = 180.0) -> tuple[RunRow, RunRow]:
    """Two sessions: nets of 800 J in 10 s and 1,000 J in 20 s of 1,000 tokens, baselines 1 and 2 W off.

    power: of the candidate (W); at 132 W 40 J of it are left in those 20 s, which may be 40 J off.
    """
    mine: dict[str, object] = {"session_id": "t", "run_id": "t.b", "quantization": "int8", "idle_context_w": 130.0}
    mine |= {"idle_context_before_w": 128.0, "idle_context_after_w": 132.0}
    return run("a", 100.0, 200.0, **ONE_LOOK), run("b", 50.0, power, **ONE_LOOK | mine)


def turns(**facts: object) -> tuple[RunRow, RunRow]:
    """One paired session, one look at the idle board: nets of 800 J in 10 s and 1,200 J in 20 s of 1,000 tokens."""
    mine: dict[str, object] = {"quantization": "int8", "blocks": 5}
    return run("a", 100.0, 200.0, **ONE_LOOK, blocks=5), run("b", 50.0, 180.0, **ONE_LOOK | mine | facts)


def compared(runs: tuple[RunRow, RunRow]) -> Comparison:
    per_block = 2 if runs[0].session_id == runs[1].session_id else None
    of = {it.run_id: windows(it, sway, per_block=per_block) for it, sway in zip(runs, (SWAY, OTHER), strict=True)}
    return compare(runs, of)


def ratio_of(comparison: Comparison, column: str) -> Ratio:
    (one,) = comparison.contrasts
    found = next(it.ratio for it in one.accounts.each if it.name == column)
    assert found is not None
    return found


def scatter(runs: tuple[RunRow, RunRow], column: str) -> Ratio:
    """The ratio with what the windows scatter and nothing else."""
    a, b = (windows(it, sway) for it, sway in zip(runs, (SWAY, OTHER), strict=True))
    if runs[0].session_id == runs[1].session_id:
        found = paired_ratio(a, b, column)
    else:
        found = welch([getattr(w, column) for w in a], [getattr(w, column) for w in b])
    assert found is not None
    return found


def half(ratio: Ratio) -> float:
    assert ratio.low is not None and ratio.high is not None
    return math.log(ratio.high / ratio.low) / 2


def test_baselines_of_two_sessions_are_off_independently() -> None:
    runs = apart()
    assert (runs[0].energy_net_context_j_per_1k_tokens, runs[1].energy_net_context_j_per_1k_tokens) == (800.0, 1000.0)
    # 1 W · 10 s / 800 J and 2 W · 20 s / 1,000 J
    off = math.hypot(0.0125, 0.04)
    it, alone = ratio_of(compared(runs), CONTEXT), scatter(runs, CONTEXT)
    assert half(it) == pytest.approx(math.hypot(half(alone), off), rel=1e-12)
    assert half(it) > 3 * half(alone) and it.value == alone.value
    # 3 W · 10 s / 1,300 J and 3 W · 20 s / 2,200 J: the spread of the bare readings, watched once a session
    bare = math.hypot(30 / 1300, 60 / 2200)
    assert half(ratio_of(compared(runs), BARE)) == pytest.approx(math.hypot(half(scatter(runs, BARE)), bare), rel=1e-12)


def test_one_baseline_moves_both_arms_of_a_session_and_mostly_leaves_their_ratio() -> None:
    runs = turns()
    # |20 s / 1,200 J - 10 s / 800 J| · 1 W, and |20 s / 2,200 J - 10 s / 1,300 J| · 3 W
    for column, off in ((CONTEXT, 1 / 240), (BARE, 3 * abs(20 / 2200 - 10 / 1300))):
        it, alone = ratio_of(compared(runs), column), scatter(runs, column)
        assert half(it) == pytest.approx(math.hypot(half(alone), off), rel=1e-12)
        assert it.evidence == "paired"


def test_arms_that_were_loaded_by_turns_share_the_bare_board_and_have_each_their_context_idle() -> None:
    a, b = turns(idle_context_before_w=119.1, idle_context_after_w=120.9)
    nets = a.energy_net_context_j_per_1k_tokens, b.energy_net_context_j_per_1k_tokens
    ours, theirs = baseline(a, CONTEXT, nets[0]), baseline(b, CONTEXT, nets[1])
    assert ours is not None and theirs is not None
    assert shift((ours,), (theirs,)) == pytest.approx(math.hypot(10 / 800, 0.9 * 20 / 1200), rel=1e-12)
    bare = [baseline(it, BARE, it.energy_net_bare_j_per_1k_tokens) for it in (a, b)]
    assert bare[0] is not None and bare[1] is not None and bare[0].watched == bare[1].watched


def test_means_of_sessions_are_off_by_each_baseline_over_their_number_together_where_it_is_one_and_the_same() -> None:
    mine, both = Baseline(800.0, 10.0, 1.0, "t"), Baseline(900.0, 10.0, 2.0, "s")
    beside = Baseline(1000.0, 20.0, 2.0, "s")
    # of A half of 1 W · 10 s / 800 J, and half of 2 W · 10 s / 900 J in the session whose baseline B has, too
    assert shift((mine, both), (beside,)) == pytest.approx(math.hypot(0.0125 / 2, 0.04 - 20 / 900 / 2), rel=1e-12)
    assert shift((mine, replace(both, error_w=90.0)), (beside,)) is None, "a net figure may be 0"


@pytest.mark.parametrize("runs", [apart(), turns()], ids=["apart", "turns"])
def test_a_gross_ratio_owes_nothing_to_an_idle_baseline(runs: tuple[RunRow, RunRow]) -> None:
    it, alone = ratio_of(compared(runs), JOULES), scatter(runs, JOULES)
    assert (it.value, it.low, it.high, it.p) == pytest.approx((alone.value, alone.low, alone.high, alone.p), rel=1e-12)


def test_p_follows_the_interval() -> None:
    it, alone = ratio_of(compared(turns()), CONTEXT), scatter(turns(), CONTEXT)
    assert alone.p is not None and it.p is not None and it.df is not None and it.p > alone.p
    error = half(it) / (half(alone) / (_error(alone)))
    assert it.p == pytest.approx(t_p(math.log(it.value) / error, it.df), rel=1e-9)


def _error(alone: Ratio) -> float:
    assert alone.spread is not None
    return alone.spread / math.sqrt(alone.blocks)


def test_where_a_net_figure_may_be_0_the_interval_is_unbounded_and_says_so() -> None:
    a, b = apart(132.0)
    assert b.energy_net_context_j_per_1k_tokens == pytest.approx(40.0)
    flat = [windows(it, (1.0, 1.0005, 0.9995, 1.0, 1.0), per_block=None) for it in (a, b)]
    it = compare([a, b], {a.run_id: flat[0], b.run_id: flat[1]})
    ratio = ratio_of(it, CONTEXT)
    assert (ratio.bounded, ratio.ends, ratio.half_pct, ratio.p) == (False, (None, None), None, None)
    assert times(ratio) == "×0.05 [unbounded]"
    (one,) = it.contrasts
    assert not next(each for each in one.accounts.each if each.name == CONTEXT).shown
    told = " ".join(text for _, text in sentences(it))
    assert "net of context idle the interval is unbounded: what is left may be 0" in told
    assert "\\[unbounded\\]" in "\n".join(comparison_markdown(it))
    said = to_dict(it)["contrasts"][0]["energy"]["net of context idle"]["ratio"]
    assert (said["low"], said["high"], said["bounded"]) == (None, None, False)
    assert json.loads(json.dumps(to_dict(it), allow_nan=False))["contrasts"]
    assert Times(1.0, ratio.low, ratio.high, 5).interval == "[unbounded]"


def test_an_unbounded_interval_is_drawn_from_edge_to_edge() -> None:
    ends = (-math.inf, 1.5), (math.inf, 2.5)
    both = Series("int8", "candidate", (1.0, 2.0), (1.0, 2.0), *ends)
    figure = Figure("net", "Net", Axis("batch size"), Axis("×", log=True), (both,), "H100")
    rows = ["".join(ink.text for ink in row) for row in draw(figure, 40, 12)]
    assert "".join(row[4] for row in rows[1:8]) == "││││││◆"
    assert "<svg" in figure_svg(figure)


def test_a_sign_that_the_baseline_may_turn_is_not_shown_by_its_net_ratio() -> None:
    """Gross within 0.1 %, net of context 4 % less: real only as long as the baseline is."""
    sure = run("b", 96.0, 192.1, quantization="nf4", idle_context_w=120.0, idle_bare_w=None)
    base = run("a", 100.0, 200.0, idle_bare_w=None)

    def contrasted(**look: object) -> Contrast:
        pair = [replace(it, **look) for it in (base, sure)]  # type: ignore[arg-type]
        pair[1] = replace(pair[1], idle_context_s=17.0)  # loaded by itself: a baseline of its own
        of = {it.run_id: windows(it, sway) for it, sway in zip(pair, (SWAY, OTHER), strict=True)}
        (one,) = compare(pair, of).contrasts
        return one

    steady = contrasted(idle_context_before_w=120.0, idle_context_after_w=120.0)
    assert steady.accounts.each[1].shown and steady.accounts.each[1].sign == -1
    moved = contrasted(idle_context_before_w=116.0, idle_context_after_w=124.0)
    assert not moved.accounts.each[1].shown
    assert moved.accounts.gross.ratio == steady.accounts.gross.ratio


def test_findings_and_the_ladder_tell_the_same_net_intervals_as_a_comparison() -> None:
    a, b = turns()
    of = {a.run_id: windows(a, SWAY), b.run_id: windows(b, OTHER)}
    points = [point_of(it) for it in (a, b)]
    assert isinstance(points[0], Point) and isinstance(points[1], Point)
    reads = Intervals(lambda run_id: of[run_id])
    for name, column in (("net-context", CONTEXT), ("net-bare", BARE), ("gross", JOULES)):
        assert reads.of(Pair(points[0], points[1]), name) == ratio_of(compared((a, b)), column)
    graph = replace(b, quantization="fp16", engine="graph")
    found = ladder([a, graph], of)
    assert found is not None and found.rungs[0].net == ratio_of(compared((a, b)), CONTEXT)


def test_a_row_that_does_not_tell_how_far_its_baseline_may_be_off_keeps_the_windows_interval() -> None:
    a, b = (run("a"), run("b", 50.0, 180.0))
    ratio = scatter((a, b), CONTEXT)
    assert of_runs(ratio, a, b, CONTEXT) is ratio


def test_the_samples_int8_of_another_session_is_as_wide_net_as_its_baseline_moved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["compare", "20261121-081038-3b3a.0", "20261121-081418-c33f.0"])
    said = capsys.readouterr().out
    assert "×0.89 [0.82, 0.97]" in said and "×3.57 [3.53, 3.61]" in said
