"""`compare` is as wide as COLUMNS says, in a pipe too, and leaves nothing out for that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from ecotui.cli import main
from ecotui.cli.narrow import beside, least, widths_of
from ecotui.cli.tables import PIPED, console

SESSION = "20261122-075721-4063"
"""A sample of six arms by turns."""
RUNS = tuple(f"{SESSION}.{arm}" for arm in range(4))

Told = Callable[..., list[str]]


@pytest.fixture
def compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """What `compare` prints into a pipe, with COLUMNS as given."""

    def told(columns: str | None, *words: str) -> list[str]:
        monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
        monkeypatch.delenv("COLUMNS", raising=False)
        if columns is not None:
            monkeypatch.setenv("COLUMNS", columns)
        main(["compare", *words])
        return capsys.readouterr().out.splitlines()

    return told


def squeezed(rows: list[str]) -> str:
    """All letters without the blanks between them, which only the width decides."""
    return "".join("".join(rows).split())


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("arms", [2, 3, 4])
def test_no_row_is_wider_than_columns(compared: Told, columns: int, arms: int) -> None:
    rows = compared(str(columns), "--context", *RUNS[:arms])
    assert max(map(cell_len, rows)) <= columns


def test_eighty_columns_hold_ids_and_ratios_whole_and_every_run_beside_the_baseline(compared: Told) -> None:
    text = "\n".join(compared("80", *RUNS))
    assert text.count(RUNS[0]) == 3 and all(run in text for run in RUNS)
    assert "×0.49 [0.46, 0.52]" in text and "×3.44 [3.19, 3.71]" in text and "×1.14 [0.99, 1.31]" in text
    assert "…" not in text


def test_published_figures_beside_them_keep_their_last_column(compared: Told) -> None:
    rows = compared("80", "--context", *RUNS[:2])
    (at,) = [i for i, row in enumerate(rows) if row.startswith("the runs · net of bare idle")]
    assert rows[at + 1].endswith("net J/1k") and rows[at + 2].endswith("3,635")


@pytest.mark.parametrize("columns", [None, "", "0", "wide"])
def test_a_pipe_without_columns_is_wide(compared: Told, columns: str | None) -> None:
    rows = compared(columns, *RUNS[:2])
    assert PIPED - 20 < max(map(cell_len, rows)) <= PIPED
    assert any(row.startswith("net of context idle, J/1k ") and row.endswith("×0.73 [0.59, 0.90]") for row in rows)


def test_words_are_broken_only_where_no_room_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [["", "a longer label than there is room for"], ["head", "1,234.5 of 2"]]
    assert least(columns) == len("longer") + 1 + len("1,234.5 of 2")
    assert widths_of(columns, 100).each == (37, 12)
    assert sum(widths_of(columns, 30).each) + 1 == 30
    assert max(widths_of(columns, 12).each) < len("1,234.5 of 2")
    monkeypatch.setenv("COLUMNS", "12")
    out = console()
    with out.capture() as caught:
        out.print(beside(columns, widths_of(columns, 12)))
    assert "1,234.5of2" in squeezed([row[-6:] for row in caught.get().splitlines()])
