"""Figures as rows of letters: scales, whiskers, fits, claims, names."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from ecotui.core.figure import Axis, Figure, Series
from ecotui.ui.widgets.canvas import Row, cells
from ecotui.ui.widgets.figure_axis import scale_of, words
from ecotui.ui.widgets.figure_look import looks
from ecotui.ui.widgets.figure_plot import draw

BATCH = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
JOULES = (1768.3, 934.55, 494.82, 283.74, 205.37, 100.46, 75.89)
LAW = Figure(
    "batch-law",
    "Energy a request",
    Axis("batch size", log=True, ticks=BATCH),
    Axis("energy a request, gross (J)", log=True),
    (
        Series("A800 int8-pure", "published", BATCH, JOULES),
        Series("fit", "fit", (1.0, 64.0), (1600.0, 68.0), (1300.0, 55.0), (1900.0, 84.0), line=True),
        Series("batch^−1", "reference", BATCH, tuple(JOULES[0] / b for b in BATCH), line=True),
    ),
)


def text(rows: list[Row]) -> list[str]:
    return ["".join(bit.text for bit in row) for row in rows]


def ratios(*series: Series, log: bool = False) -> Figure:
    return Figure("ratios", "", Axis("model"), Axis("ratio", log=log), series)


@pytest.mark.parametrize("size", [(24, 7), (76, 14), (140, 35), (300, 80)])
@pytest.mark.parametrize("figure", [LAW, ratios(Series("a", "candidate", (1.0, 2.0), (0.0, -3.0)), log=True)])
def test_a_figure_fits_its_room(figure: Figure, size: tuple[int, int]) -> None:
    rows = draw(figure, *size)
    assert 0 < len(rows) <= size[1]
    assert all(cells(row) <= size[0] for row in rows)


def test_a_law_shows_its_names_its_ticks_every_point_and_a_legend() -> None:
    shown = text(draw(LAW, 110, 28))
    assert shown[0].startswith("energy a request, gross (J)")
    assert "\n".join(shown[1:24]).count("○") == len(BATCH)
    assert shown[-3].split() == ["1", "2", "4", "8", "16", "32", "64"]
    assert "batch size" in shown[-2]
    assert all(name in shown[-1] for name in ("○ A800 int8-pure", "── fit", "╌╌ batch^−1"))


def test_a_law_is_straight_on_logarithmic_axes() -> None:
    claim = Figure("c", "", LAW.x, LAW.y, (Series("p", "published", BATCH, tuple(64 / b for b in BATCH)),))
    found = [(row.index("○"), y) for y, row in enumerate(text(draw(claim, 110, 28))[:-1]) if "○" in row]
    steps = {b[1] - a[1] for a, b in pairwise(found)}
    assert len(found) == len(BATCH) and max(steps) - min(steps) <= 1


def test_whiskers_have_ends_and_an_unbounded_one_leaves_the_points_their_room() -> None:
    one = Series("a", "baseline", (1.0, 2.0, 3.0), (1.0, 1.1, 0.9), (0.5, None, 0.0001), (1.5, None, 1e9))
    shown = "\n".join(text(draw(ratios(one, log=True), 60, 24)))
    assert shown.count("●") == 4  # one of them in the legend
    assert "┬" in shown and "┴" in shown and "1,000" not in shown


def test_published_points_are_hollow_and_unlike_each_other() -> None:
    series = [Series(str(i), "published", (1.0,), (1.0,)) for i in range(4)]
    made = looks([Series("own", "baseline", (1.0,), (1.0,)), *series])
    assert made[0].glyph == "●" and len({look.glyph for look in made}) == 5
    assert not {look.glyph for look in made[1:]} & set("●◆▲■")


def test_a_legend_cuts_names_before_it_leaves_one_out() -> None:
    series = [Series(f"{i} {'long ' * 12}", "published", (1.0,), (1.0,)) for i in range(4)]
    shown = "\n".join(text(draw(ratios(*series), 80, 12))[-2:])
    assert all(f"{glyph} {i} long" in shown for i, glyph in enumerate("○◇△□"))


def test_points_carry_their_names_where_there_is_room() -> None:
    one = Series("p", "published", (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), labels=("first", "mid\x1b[31mdle", "last"))
    shown = "\n".join(text(draw(ratios(one), 70, 20)))
    assert "○ first" in shown and "last ○" in shown and "\x1b" not in shown


def test_places_that_count_nothing_are_named_below_the_axis() -> None:
    axis = Axis("part", ticks=(1.0, 2.0))
    one = Series("p", "candidate", (1.0, 2.0), (0.5, 2.0), labels=("time", "power"))
    shown = text(draw(Figure("f", "", axis, Axis("factor", log=True), (one,)), 60, 16))
    assert any(row.split() == ["time", "power"] for row in shown)


def test_no_points_are_a_sentence() -> None:
    assert text(draw(ratios(Series("a", "baseline", (), ())), 40, 10))[1] == "no points to draw"
    assert draw(LAW, 10, 3) == []


@pytest.mark.parametrize(
    ("low", "high", "log"), [(1, 64, True), (0.98, 1.02, True), (3.3, 3.3, True), (0, 1e6, False), (-5, 5, False)]
)
def test_a_scale_holds_its_values_and_marks_two_round_ones_at_least(low: float, high: float, log: bool) -> None:
    scale = scale_of(Axis("x", log=log), [low, high, math.nan], 6)
    assert scale.low <= low and high <= scale.high
    assert 2 <= len(scale.ticks) <= 12 and len(set(words(scale.ticks))) == len(scale.ticks)
