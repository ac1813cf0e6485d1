"""A bar says its share by the shape of its cells: colour may be missing."""

from __future__ import annotations

from ecotui.ui.screens.monitor_standing import bar as progress
from ecotui.ui.widgets.boards_spark import bar as share
from ecotui.ui.widgets.canvas import Row


def _text(row: Row) -> str:
    return "".join(bit.text for bit in row)


def test_full_and_empty_cells_differ_without_colour() -> None:
    assert _text(share(0.4, 5)) == "▇▇▁▁▁"
    assert _text(share(None, 3)) == "▁▁▁"
    assert _text(progress(0.75, 8)) == "▇▇▇▇▇▇▁▁"
