"""`findings` and `advise`: what they print, as text and as JSON."""

from __future__ import annotations

import io
import json
import re
from itertools import groupby
from pathlib import Path

import pytest
from rich.console import Console

from ecotui.cli import finding_text, main
from ecotui.store.files import write_whole
from ecotui.store.home import Home
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, WINDOWS, to_frame
from ecotui.ui.widgets.finding_table import words
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
    assert "1 stored run stands in no finding: the session is failed; --json names it." in said
    assert "\x1b" not in said


def test_runs_that_stand_in_no_finding_are_told_with_the_reasons_that_there_are(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = [run(f"9{i}", model=MODEL, outcome=None) for i in range(2)] + [run("98", model=MODEL, valid=False)]
    write_whole(home.root / "store" / "runs" / "odd.parquet", to_bytes(to_frame(odd, RUNS)))
    assert main(["findings", "pareto"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    reasons = "2 (the session is unfinished), 1 (the session is failed), 1 (a window is INVALID)"
    assert f"4 stored runs stand in no finding: {reasons}; --json names them." in said
    assert "stopped" not in said


def test_runs_that_stand_in_no_finding_are_those_of_the_boards_and_models_that_were_asked_for(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = [run("90", model=MODEL, valid=False), run("91", model="other", outcome=None)]
    odd.append(run("92", model="other", outcome="failed", gpu_name="A800"))
    write_whole(home.root / "store" / "runs" / "odd.parquet", to_bytes(to_frame(odd, RUNS)))

    def told(*words: str) -> tuple[str, set[str]]:
        assert main(["findings", "pareto", *words]) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert main(["findings", "pareto", *words, "--json"]) == 0
        left = json.loads(capsys.readouterr().out)["left_out"]
        return said, {it["point_id"] for it in left}

    said, left = told("--gpu", "H100", "--model", MODEL)
    assert "1 stored run stands in no finding: a window is INVALID; --json names it." in said and len(left) == 1
    said, left = told("--gpu", "a800")
    assert "1 stored run stands in no finding: the session is failed; --json names it." in said and len(left) == 1
    said, left = told("--gpu", "RTX")
    assert "no finding" not in said and not left


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--gpu", "NOSUCH"), "No board's name holds 'NOSUCH'. There are: A800, H100, RTX 4090D, RTX 5090."),
        (("--model", "NOSUCH"), "No model's name holds 'NOSUCH'. There are: Mistral-7B, "),
        (("--gpu", "5090", "--model", "Yi"), "No point is of 'Yi' on '5090'. The models there: Qwen2-1.5B, "),
        (("crossover", "--model", "Yi"), "No finding: crossover needs a quantization and fp16 of two models, "),
        (("batch-law", "--model", "Yi"), "The 4 points chosen have none."),
    ],
)
def test_where_nothing_is_found_it_says_what_there_is_or_would_have_to_be(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["findings", *words]) == 0
    assert says in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("home")
def test_a_narrow_table_keeps_x_y_and_the_run_and_a_minus_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Console(width=60, file=io.StringIO())
    monkeypatch.setattr(finding_text, "console", lambda: out)
    assert main(["findings", "crossover", "--gpu", "5090"]) == 0
    told = out.file.getvalue()  # type: ignore[attr-defined]
    assert re.search(r"^model +parameters +energy × +run +$", told, re.MULTILINE)
    assert re.search(r"^Qwen2-7B +7\.62·10⁹ +0\.885 +published:ecocompute:8$", told, re.MULTILINE)
    assert (words(-0.91), words(-3), words(145.35), words(-0.0004)) == ("−0.910", "−3", "145.4", "−0.0004")


@pytest.mark.usefixtures("home")
def test_findings_as_json_have_workload_facts_and_what_was_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings", "--json", "--requests-per-day", "1000", "--grid", "NOR", "--price-kwh", "0.3"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert {f["key"] for f in told["findings"]} == {
        "batch-law",
        "crossover",
        "decomposition",
        "dequantization",
        "quality",
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
        (["findings", "--grid", "DE"], "Did you mean DEU?"),
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


def test_what_waiting_costs_is_told_of_the_samples_and_at_80_columns_keeps_its_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    out = Console(width=80, file=io.StringIO())
    monkeypatch.setattr(finding_text, "console", lambda: out)
    assert main(["findings", "waiting", "--gpu", "H100"]) == 0
    told = out.file.getvalue()  # type: ignore[attr-defined]
    said = " ".join(told.split())
    assert "What waiting for the host costs, and what the dtype" in said
    assert "Waiting for the host, of J a 1,000 tokens eager, gross: at batch 1, " in said
    assert "Against fp16 the dtype costs, as graphs and with the waiting, −" in said
    assert re.search(r"\d+ more pairs of these configurations, weaker or older, are not shown\.", said)
    assert re.search(r"^model +batch .*graph saves % +.*run +$", told, re.MULTILINE)
    assert max(map(len, told.splitlines())) <= 80


def test_boards_stand_together_and_a_sample_model_speaks_of_quality_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    assert main(["findings", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]

    laws = [it for it in found if it["key"] == "batch-law"]
    boards = [it["subject"].split(" · ")[0] for it in laws]
    assert len(list(groupby(boards))) == len(set(boards)) > 2
    energy = [it for it in found if it["key"] in ("batch-law", "crossover", "decomposition", "dequantization")]
    assert not any("whale-1m" in json.dumps([it["subject"], it["rows"]]) for it in energy)
    assert any("a sample model leaves the board idle" in str(it["left_out"]) for it in energy)
    (quality,) = (it for it in found if it["key"] == "quality" and "whale-1m" in it["subject"])
    assert "fp16" in quality["sentence"]
    (random,) = (
        it for it in found if it["key"] == "quality" and "H100" in it["subject"] and "mistral" in it["subject"]
    )
    assert re.search(r"\d+ are beaten by another; the table has them\.", random["sentence"])
