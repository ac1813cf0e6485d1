"""Ranges that a source tells without rows: a group of the History, context in Compare, and no arm of a verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ecotui.analysis.ranges import claim
from ecotui.store.published import ranges
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.history_published import PublishedScreen
from ecotui.ui.widgets.history_draw import CLAIM, SHORT_LABEL
from ecotui.ui.widgets.history_entry import Entry
from ecotui.ui.widgets.history_ranges import range_entries
from ecotui.ui.widgets.history_rows import Order, listed, load
from tests.ui.stored_runs import assert_body, body, compared, keep, made_events, press, settle

MakeApp = Callable[..., EcotuiApp]
FIRST, BELOW = "published:forum-ranges:1", "published:forum-ranges:9"


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_ranges_stand_last_under_their_own_heading_as_sentences(
    app_of: MakeApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    keep(tmp_path, made_events(1))
    app = app_of(first="history")
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "end", *["up"] * 9, "space")
        assert app.marked == [FIRST]
        assert_body(app, f"history-ranges-{size[0]}")
        if size[0] == 80:
            await press(app, pilot, "v")
            assert "A published range has no log" in body(app)


async def test_a_range_opens_as_a_small_page_that_says_why_it_bears_no_verdict(app_of: MakeApp) -> None:
    app = app_of(first="history")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "end", "up", "enter")
        assert isinstance(app.screen, PublishedScreen)
        assert_body(app, "history-range-80")


def test_ranges_are_found_by_board_configuration_and_words_and_stay_in_order() -> None:
    loaded = load([], (), range_entries(ranges()))

    def found(words: str, order: Order = Order()) -> list[str]:  # noqa: B008
        return [line.row.run_id.rpartition(":")[2] for line in listed(loaded, words, order) if isinstance(line, Entry)]

    assert found("") == found("", Order("throughput")) == [str(n) for n in range(1, 11)]
    assert found("int8-pure") == ["4"] and found("rtx throughput") == ["2"] and found("below") == ["9"]
    assert found("b8") == [] and len(found("published range nf4")) == 6


def test_every_sentence_fits_the_cells_that_the_table_keeps_for_it() -> None:
    assert max(len(claim(one)) for one in ranges()) == CLAIM
    assert max(len(entry.cells["quantization"]) for entry in range_entries(ranges())) == SHORT_LABEL


async def test_marked_ranges_stand_below_the_runs_as_sentences_and_p_names_those_of_the_arms(
    app_of: MakeApp, tmp_path: Path
) -> None:
    runs = compared(tmp_path)[:2]
    app = app_of(first="compare", marked=(BELOW, *runs))
    async with app.run_test(size=(80, 60)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "end")
        assert_body(app, "compare-ranges-80")
        assert "nf4 on several boards: energy against FP16 below that size +25 to +55 %" in body(app)
        await press(app, pilot, "p")
        assert "int8 on RTX 4090D: energy a request against FP16 +80 to +162 %" in body(app)
        assert "nf4 on" not in body(app) and app.marked == [BELOW, *runs]
