"""The axis of ratios and the run order, as rows of letters."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from ecotui.analysis.order import Point
from ecotui.analysis.paired import Ratio
from ecotui.core.clock import NS
from ecotui.core.rows import WindowRow
from ecotui.core.traces import Trace
from ecotui.ui.widgets.canvas import Row, cells, merged
from ecotui.ui.widgets.compare_align import leads_of, token_places
from ecotui.ui.widgets.compare_plot import Held, axis_of, order_rows, ratio_rows
from ecotui.ui.widgets.compare_traces import chart, curve


def text(row: Row) -> str:
    return "".join(bit.text for bit in row)


def held(value: float, low: float | None, high: float | None, *each: float) -> Held:
    return Held(1, "int8", Ratio(value, low, high, 5), each)


RATIOS = [(1.82, 1.7, 1.95), (0.61, 0.6, 0.62), (1.0, 0.999, 1.001), (1.0001, 1.0, 1.0002), (0.02, 0.01, 9.0)]


@pytest.mark.parametrize("ends", RATIOS)
@pytest.mark.parametrize("width", [60, 79, 95])
def test_the_axis_holds_the_whole_whisker_the_points_the_band_and_one(
    ends: tuple[float, float, float], width: int
) -> None:
    value, low, high = ends
    axis = axis_of([held(*ends, value * 1.2)], width)
    for inside in (low, high, value * 1.2, 0.98, 1.02, 1.0):
        assert axis.low < inside < axis.high
    assert 1.0 in axis.ticks()
    rows = ratio_rows([held(*ends, value * 1.2)], "fp16", width)
    assert all(cells(row) <= width for row in rows)
    assert "◆" in text(rows[1]) and "1.0" in text(rows[-1])


def test_the_axis_is_logarithmic() -> None:
    axis = axis_of([held(4.0, 0.25, 4.0)], 81)
    places = [axis.at(2.0**power) for power in range(-2, 3)]
    assert len({b - a for a, b in pairwise(places)}) <= 2
    assert axis.at(1.0) == 40


def test_a_whisker_has_ends_and_blocks_are_points_below_it() -> None:
    rows = ratio_rows([held(1.5, 1.3, 1.7, 1.4, 1.5, 1.6)], "fp16", 79)
    whisker, points = text(rows[1]), text(rows[2])
    assert whisker.index("├") < whisker.index("◆", 2) < whisker.index("┤")
    assert points.count("·") == 3
    assert whisker.rstrip().endswith("×1.50 [1.30, 1.70]")


def test_a_ratio_without_an_interval_is_a_dot_alone() -> None:
    rows = ratio_rows([held(1.5, None, None, 1.5)], "fp16", 79)
    assert "├" not in text(rows[1]) and "◆" in text(rows[1])[2:]


def test_a_ratio_that_is_not_known_leaves_its_row_empty() -> None:
    rows = ratio_rows([Held(1, "int8", None, ())], "fp16", 79)
    assert "×–" in text(rows[1]) and math.isfinite(axis_of([Held(1, "int8", None, ())], 40).high)


def window(run: int, order: int, relative: float, block: int | None = 1, valid: bool = True) -> Point:
    return Point(run, order, float(order), block, relative, relative, valid)


def test_windows_stand_in_the_order_in_which_they_ran_and_a_drift_rises() -> None:
    turns = [(0, 0.97), (1, 0.98), (1, 1.02), (0, 1.03)]
    rows = order_rows([window(r, i, v) for i, (r, v) in enumerate(turns)], ["s", "s"], False, 60)
    found = sorted((row.index(c), y, c) for y, row in enumerate(map(text, rows)) for c in "●◆" if c in row)
    assert "".join(text(row) for row in rows).count("●") == 2
    assert text(rows[1]).rstrip().endswith("●") and "×1.03" in text(rows[1])
    assert "●" in text(rows[5]) and "×0.97" in text(rows[5])
    assert found


def test_blocks_have_a_gap_and_sessions_a_line_between_them() -> None:
    apart = [window(0, 0, 1.0, 1), window(0, 1, 1.0, 2), window(1, 0, 1.0, None)]
    middle = text(order_rows(apart, ["s", "t"], False, 70)[3])
    at = [i for i, letter in enumerate(middle) if letter in "●◆"]
    assert at[1] - at[0] == 6
    assert "│" in middle[at[1] : at[2]]


def test_an_invalid_window_is_in_red_and_many_windows_fit() -> None:
    points = [window(i % 2, i, 1.0 + i / 1000, i // 4, i != 7) for i in range(200)]
    rows = order_rows(points, ["s", "s"], False, 60)
    assert all(cells(row) == 60 for row in rows[1:])
    few = order_rows(points[:8], ["s", "s"], False, 60)
    assert sum(bit.role == "bad" for row in few for bit in row) == 1


def trace_of(run_id: str, *windows: tuple[float, float]) -> Trace:
    at = np.arange(0.0, 40.0, 0.1)
    return Trace(run_id, at, at * 0 + 100.0, at * 0, at, at * 0 + 10.0, windows)


def row(run_id: str, t0_s: float, ttft_ms: float | None) -> WindowRow:
    facts = {"run_id": run_id, "session_id": "s", "window": 1, "simulated": False}
    return WindowRow(t0_ns=round(t0_s * NS), ttft_ms=ttft_ms, **facts)  # type: ignore[arg-type]


def test_the_first_tokens_of_the_nth_windows_stand_together_however_long_the_windows_are() -> None:
    slow, quick = trace_of("a", (0.0, 10.4), (15.0, 25.4)), trace_of("b", (0.0, 10.1), (20.0, 30.1))
    leads = leads_of(slow, [row("a", 3.0, 800.0), row("a", 18.0, 900.0)]), leads_of(quick, [row("b", 5.0, 50.0)])
    assert leads == ((0.8, 0.9), (0.05, 0.0))
    places = token_places([slow, quick, None], [*leads, ()], 1.0)
    assert places == [0.0, 12.0]
    for trace, some in zip((slow, quick), leads, strict=True):
        x, y = curve(trace, "power", some, places)
        assert 0.5 in x and 12.5 in x and set(y.round(9)) == {100.0}
    assert min(curve(slow, "power", leads[0], places)[0]) == -0.5  # the prefill, before the token


@pytest.mark.parametrize("quantity", ["power", "throughput"])
def test_the_axes_of_power_and_throughput_begin_at_zero_however_near_to_their_top_the_curves_lie(quantity: str) -> None:
    found = chart([trace_of("a", (0.0, 10.0)), trace_of("b", (0.0, 12.0)), None], quantity, 12)
    assert found is not None and found.y_range[0] == 0.0 and found.y_ticks[0] == 0.0
    assert found.y_range[1] >= max(float(line.y.max()) for line in found.lines)


def test_without_windows_there_is_no_order() -> None:
    assert order_rows([], [], False, 60) == []


def test_neighbours_of_one_style_are_one_piece_and_say_the_same() -> None:
    for row in ratio_rows([held(1.5, 1.3, 1.7, 1.4, 1.5, 1.6)], "fp16", 79):
        fewer = merged(row)
        assert text(fewer) == text(row)
        assert all(a[1:] != b[1:] for a, b in pairwise(fewer))
        assert [bit[1:] for bit in fewer for _ in bit.text] == [bit[1:] for bit in row for _ in bit.text]
