"""A paired session on stdout: every column at every width, and arms that are called by quantization and engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from ecotui.cli import main
from ecotui.cli.pair_text import HEADS

NF4 = "20261122-111848-3fcb"
"""A sample: nf4 eager against its graph."""
SIX = "20261122-075721-4063"
"""A sample of six arms, two of them graphs."""

Told = Callable[..., list[str]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """What a command prints into a pipe that is so many columns wide."""

    def told(columns: int, *words: str) -> list[str]:
        monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
        monkeypatch.setenv("COLUMNS", str(columns))
        main([*words])
        return capsys.readouterr().out.splitlines()

    return told


def ladder(rows: list[str]) -> list[str]:
    """The table of the arms, or the tables."""
    first = next(i for i, row in enumerate(rows) if row.startswith("arm "))
    return rows[first : next(i for i, row in enumerate(rows) if row.startswith("Quality not measured"))]


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 160])
@pytest.mark.parametrize("session", [NF4, SIX])
def test_no_column_of_a_ladder_is_left_out_at_any_width(told: Told, columns: int, session: str) -> None:
    rows = ladder(told(columns, "show", session))
    heads = " ".join(row.removeprefix("arm") for row in rows if row.startswith("arm "))
    assert heads.split() == " ".join(HEADS[1:]).split()
    assert max(map(cell_len, rows)) <= columns


def test_at_80_columns_two_tables_hold_step_share_watts_and_joules_of_both_engines(told: Told) -> None:
    rows = ladder(told(80, "show", NF4))
    assert rows == [
        "arm        tok/s         tok/s × first  ms a step  GPU busy  of peak GB/s      W",
        "nf4 eager   21.3                            46.71      13 %           3 %  151.7",
        "nf4 graph  131.7  6.200 [4.687, 8.201]       6.71      94 %          19 %  316.5",
        "arm        J/1k gross             J × first  net of context idle",
        "nf4 eager       7,138                              1,553 ± 80.78",
        "nf4 graph       2,403  0.333 [0.267, 0.416]        1,502 ± 14.51",
    ]


@pytest.mark.parametrize("session", [NF4, SIX])
def test_a_wide_terminal_has_one_table(told: Told, session: str) -> None:
    assert sum(row.startswith("arm ") for row in told(160, "show", session)) == 1


def test_beside_a_graph_an_eager_arm_says_so_in_its_own_record_too(told: Told) -> None:
    rows = told(120, "show", NF4)
    assert rows[0].startswith("Paired session, 3 of 3 blocks · synthetic:mistral-7b b1;")
    assert f"{NF4}.0  synthetic:mistral-7b nf4 b1 eager  valid" in rows
    assert f"{NF4}.1  synthetic:mistral-7b nf4 b1 graph  valid" in rows


def test_compare_calls_arms_of_different_engines_by_them_and_others_not(told: Told) -> None:
    head, *rest = told(160, "compare", f"{SIX}.0", f"{SIX}.4")
    assert "● synthetic:mistral-7b fp16 b1 eager" in head and "◆ synthetic:mistral-7b fp16 b1 graph" in head
    assert any(row.strip().startswith("fp16 graph against fp16 eager: throughput") for row in rest)
    text = "\n".join(told(160, "compare", f"{SIX}.0", f"{SIX}.1"))
    assert "int8 against fp16: throughput" in text and "fp16 b1 eager" not in text


@pytest.mark.parametrize(
    ("other", "said"),
    [("5", "compared in: quantization, engine"), ("4", "compared in: engine"), ("1", "compared in: quantization")],
)
def test_arms_that_differ_in_quantization_and_engine_are_compared_in_both(told: Told, other: str, said: str) -> None:
    assert said in told(160, "compare", f"{SIX}.0", f"{SIX}.{other}")
