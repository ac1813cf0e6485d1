"""`findings` and `advise`: what they print, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecotui.cli import main
from ecotui.store.files import write_whole
from ecotui.store.home import Home
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, WINDOWS, to_frame
from tests.analysis.made import SWAY, run, windows

MODEL = "synthetic:mistral-7b"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A paired session of fp16 and nf4, and a failed run."""
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    monkeypatch.setattr("ecotui.cli.stored.default_samples", lambda: None)
    rows = [
        run("0", model=MODEL, blocks=5),
        run("1", 60.0, 180.0, model=MODEL, blocks=5, quantization="nf4"),
        run("2", 100.0, 200.0, model="\x1b[31mevil", outcome="failed"),
    ]
    write_whole(tmp_path / "store" / "runs" / "s.parquet", to_bytes(to_frame(rows, RUNS)))
    held = windows(rows[0], SWAY) + windows(rows[1], tuple(reversed(SWAY)))
    write_whole(tmp_path / "store" / "windows" / "s.parquet", to_bytes(to_frame(held, WINDOWS)))
    return Home(tmp_path)


@pytest.mark.usefixtures("home")
def test_findings_of_a_board_are_told_with_interval_points_and_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings", "dequantization", "--gpu", "H100"]) == 0
    said = capsys.readouterr().out

    assert "What de-quantization costs, and through what" in said
    assert "] = ×1.67 of time · ×0.90 of power" in said
    assert "paired: they took turns in one session" in said
    assert "1 stored run stands in no finding" in said
    assert "\x1b" not in said


@pytest.mark.usefixtures("home")
def test_findings_as_json_have_workload_facts_and_what_was_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings", "--json", "--requests-per-day", "1000", "--grid", "NOR", "--price-kwh", "0.3"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert {f["key"] for f in told["findings"]} == {
        "batch-law",
        "crossover",
        "decomposition",
        "dequantization",
        "pareto",
    }
    assert told["workload"]["grid"] == "NOR"
    assert [it["reason"] for it in told["left_out"]] == ["the session is failed"]
    (mine,) = [f for f in told["findings"] if f["key"] == "pareto" and f["kind"] == "measured"]
    assert [row["money_a_day"] is not None for row in mine["rows"]] == [True, True]
    assert mine["facts"]["grid_g_per_kwh"] == 30


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["findings", "luck"], "There is no finding 'luck'."),
        (["findings", "--grid", "mars"], "There is no grid 'mars' in the table."),
        (["findings", "--accounting", "net"], "There is no accounting 'net'."),
        (["findings", "--requests-per-day", "nan"], "--requests-per-day must be above 0"),
        (["advise", "--model", "m", "--gpu", "0"], "0 is no board's name."),
        (["advise", "--model", "m", "--gpu", "H100", "--batch-size", "0"], "--batch-size must be at least 1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_advice_quotes_its_runs_and_says_where_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advise", "--model", "mistral-7b", "--gpu", "H100"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert main(["advise", "--model", "no-such", "--gpu", "T4", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert "Rests on run s.1 against s.0 (this machine, H100)" in said
    assert "int8 against fp16: no evidence for mistral-7b on H100." in said
    assert told["evidence"] is False
    assert {line["evidence"] for line in told["lines"]} == {"no evidence"}
