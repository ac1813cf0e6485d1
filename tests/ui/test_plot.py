"""Charts as rows of letters."""

from __future__ import annotations

import numpy as np

from ecotui.ui.plot import Chart, Level, Line, cell_of, curve, decimate, draw, nice_range
from ecotui.ui.theme import ROLES
from ecotui.ui.widgets.canvas import strip_of
from ecotui.ui.widgets.chart import Curve, Mark
from ecotui.ui.widgets.chart import Level as Named
from ecotui.ui.widgets.chart import draw as draw_ribbon


def letters(shown: Curve, width: int, height: int) -> list[str]:
    return [strip_of(row).text for row in draw_ribbon(shown, width, height)]


def shown(marks: tuple[Mark, ...] = (), levels: tuple[Named, ...] = (), values: float = 50.0) -> Curve:
    x = np.linspace(0, 10, 50)
    return Curve("power", x, np.full(50, values), (0.0, 10.0), 0.0, 100.0, marks, levels)


def test_ranges_are_round_and_hold_their_values() -> None:
    assert nice_range(0, 333) == ((0, 400), [0, 100, 200, 300, 400])
    assert nice_range(float("nan"), 1)[0] == (0.0, 1.0)


def test_no_peak_is_lost_where_points_are_left_out() -> None:
    x = np.arange(10_000.0)
    y = np.zeros(10_000)
    y[4_321] = 7.0
    _, kept = decimate(x, y, 50)
    assert kept.max() == 7.0 and len(kept) <= 100


def test_a_curve_fills_its_box_and_breaks_at_gaps() -> None:
    x = np.array([0.0, 1, 2, 8, 9, 10])
    rows = curve(x, np.full(6, 5.0), (0, 10), (0, 10), width=40, height=5, gap=2)
    assert [len(r) for r in rows] == [40] * 5
    middle = rows[2].replace("\u2800", " ")
    assert middle[0] != " " and middle[20] == " " and middle[39] != " "


def test_curves_that_share_their_letters_take_turns_with_the_colour() -> None:
    x = np.linspace(0.0, 10.0, 400)
    roles = ("arm-1", "arm-2")
    lines = [Line(x, np.full_like(x, watts), role) for watts, role in zip((140.0, 150.0), roles, strict=True)]
    text = draw(Chart(lines, (0.0, 10.0), (0.0, 1000.0), [0.0, 1000.0]), 60, 6)
    colours = [str(span.style) for span in text.spans]
    shown = [sum(ROLES[role] in colour for colour in colours) for role in roles]
    assert min(shown) >= 3, shown
    # A curve by itself keeps its colour, and what is drawn is the same.
    apart = draw(Chart(lines[:1], (0.0, 10.0), (0.0, 1000.0), [0.0, 1000.0]), 60, 6)
    assert sum(ROLES[roles[0]] in str(span.style) for span in apart.spans) == 1


def test_nothing_is_a_case() -> None:
    none = np.array([])
    assert curve(none, none, (0, 1), (0, 1), width=20, height=3, gap=1.0) == [" " * 20] * 3
    assert draw(Chart([Line(none, none, "power")], (0, 1), (0, 1), [0, 1], levels=[Level(0.5)]), 5, 2).plain == ""


def test_phases_stand_at_their_starts_and_are_left_out_where_they_would_collide() -> None:
    marks = (Mark(0, "bare"), Mark(2, "loading"), Mark(2.4, "context"), Mark(5, "1"), Mark(5.2, "2", True))
    ribbon = letters(shown(marks), 56, 6)[-1]
    assert "bare" in ribbon and "context" in ribbon and "2" in ribbon
    assert "loading" not in ribbon
    many = tuple(Mark(i / 20, str(i)) for i in range(200))
    assert all(len(row) == 56 for row in letters(shown(many), 56, 6))


def test_a_level_is_named_where_the_curve_leaves_room() -> None:
    rows = letters(shown(levels=(Named(100.0, "limit 100 W"),)), 56, 9)
    assert "limit 100 W" in rows[0]
    assert not any("idle" in row for row in letters(shown(levels=(Named(55.0, "idle"),), values=55.0), 56, 9))


def test_scale_and_curve_agree_on_cells() -> None:
    for share in (0.0, 0.1, 0.3, 0.45, 0.62, 0.8, 0.97, 1.0):
        rows = curve(np.array([0.0, 9.0]), np.full(2, share), (0, 10), (0, 1), width=20, height=7, gap=99)
        (there,) = [y for y, row in enumerate(rows) if row.strip(" \u2800")]
        assert there == 6 - cell_of(share, (0, 1), 7)
        at = curve(np.array([share]), np.array([0.5]), (0, 1), (0, 1), width=30, height=3, gap=1.0)
        (column,) = {x for row in at for x, letter in enumerate(row) if letter not in " \u2800"}
        assert column == cell_of(share, (0, 1), 30)
