"""Compare's rows of what its runs did not pass after their windows."""

from __future__ import annotations

import pytest

from ecotui.ui.widgets.compare_grid import rows
from ecotui.ui.widgets.compare_look import look
from ecotui.ui.widgets.compare_words import verdict_rows
from tests.analysis.test_not_passed import SAMPLES, against, bad, stored


@pytest.mark.parametrize("width", [60, 140])
@pytest.mark.parametrize("facts", [{}, {"session_id": "t"}])
def test_the_screen_has_a_drift_below_its_verdict_once(width: int, facts: dict[str, object]) -> None:
    shown = [row.plain.strip() for row in verdict_rows(against(bad("b", **facts), per_block=None), False, width)]
    assert " ".join(shown).count("DRIFT") == 1
    assert next(row for row in shown if "DRIFT" in row).startswith("A DRIFT was seen in ◆ nf4: power of")


def test_a_narrow_column_of_the_screen_cuts_no_count_of_what_was_not_passed() -> None:
    shown = [row.plain for row in rows(look(stored(), SAMPLES), 0, 80)]
    place = next(i for i, row in enumerate(shown) if row.startswith("stability"))
    assert [" ".join(row.split()) for row in shown[place : place + 2]] == [
        "stability stable, 2 not stable, 3 not stable, 3 not stable, 5 not",
        "passed passed passed passed",
    ]


def test_the_screen_says_once_a_run_what_it_did_not_pass_and_once_how_the_starts_differ() -> None:
    shown = [row.plain for row in rows(look(stored(), SAMPLES), 0, 200)]
    assert sum("did not pass after its windows" in row for row in shown) == 4
    assert sum("! ■ nf4 did not pass after its windows: power of the second half -9.99 %" in row for row in shown) == 1
    (told,) = [row for row in shown if "temperatures at the start" in row]
    assert told.endswith("● fp16 47 °C, ◆ int8 41 °C, ▲ int8-pure 38 °C, ■ nf4 39 °C.")
