"""docs/columns.md says what the rows say."""

from __future__ import annotations

import runpy
from dataclasses import fields
from pathlib import Path

import pytest

from ecotui.core.rows import RunRow, WindowRow

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_columns_is_up_to_date():
    render = runpy.run_path(str(DOCS / "make_columns.py"))["render"]
    assert (DOCS / "columns.md").read_text(encoding="utf-8") == render(), "run: python docs/make_columns.py"


@pytest.mark.parametrize("row", [RunRow, WindowRow])
def test_every_column_has_a_meaning_and_a_unit_where_its_name_ends_in_one(row):
    ends = {"w": "W", "j": "J", "s": "s", "ms": "ms", "b": "B", "c": "°C", "mhz": "MHz", "pct": "%", "ns": "ns"}
    for f in fields(row):
        assert f.metadata["text"], f.name
        rate = next((unit for end, unit in (("_tok_s", "tok/s"), ("_gb_s", "GB/s")) if f.name.endswith(end)), None)
        if rate or (end := f.name.rpartition("_")[2]) in ends:
            assert f.metadata["unit"] == (rate or ends[end]), f.name
