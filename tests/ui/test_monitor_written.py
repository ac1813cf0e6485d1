"""What the sample model writes stands below its figures."""

from dataclasses import replace

import pytest

from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.screens.monitor_written import written_rows
from tests import factory


def rows(facts: dict[str, str], width: int) -> list[str]:
    line = factory.fold(factory.everything())
    line.residents[0] = replace(line.residents[0], facts=facts)
    return ["".join(bit.text for bit in row) for row in written_rows(Scene(line, line.last_ns, "replay"), width)]


@pytest.mark.parametrize("width", [30, 76, 190])
def test_its_line_takes_one_row_at_any_width(width: int) -> None:
    shown = rows({"writes": "The whale is a \x1b[31mship, " * 5}, width)
    assert len(shown) == 1 and len(shown[0]) <= width
    assert "The whale is a" in shown[0] and "\x1b" not in shown[0]


def test_other_models_have_no_such_row() -> None:
    assert rows({}, 76) == []
