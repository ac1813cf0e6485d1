"""Tables in narrow terminals: columns go before a figure is cut, and it is said which."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from ecotui.cli.narrow import fitting, print_narrowed

HEADS = ("window", "W", "counter J", "")
ROWS = (("1", "401.4", "1,411.2", ""), ("2", "406.0", "1,416.0", "INVALID: the board throttled, and the clock fell"))


def printed(width: int) -> str:
    out = Console(file=StringIO(), width=width)
    print_narrowed(out, HEADS, ROWS, ("counter J", "W"), ("",))
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_columns_go_in_their_order_and_only_as_many_as_must() -> None:
    assert fitting(HEADS, ROWS, 200, ("counter J", "W"), ("",)) == [0, 1, 2, 3]
    assert fitting(HEADS, ROWS, 40, ("counter J", "W"), ("",)) == [0, 1, 3]
    assert fitting(HEADS, ROWS, 10, ("counter J", "W"), ("",)) == [0, 3]


@pytest.mark.parametrize("width", [42, 60])
def test_no_figure_is_cut_and_text_goes_on_below(width: int) -> None:
    said = printed(width)
    assert "…" not in said
    assert all(word in said for word in ("INVALID", "throttled", "fell"))
    assert ("1,411.2" in said) == (width == 60)
    assert ("Too narrow for: counter J" in said) == (width == 42)
