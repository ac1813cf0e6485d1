"""`ecotui audit` as an operator runs it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from ecotui.analysis.audit import audit
from ecotui.analysis.audit_report import pairs_sheet
from ecotui.cli import main
from ecotui.cli.audit_text import print_audit
from ecotui.store.published import shipped_path, shipped_rows
from tests.cli.support import ecotui

STUDY = str(shipped_path("ecocompute"))
HEAD = "model,config,batch_size,throughput_tok_s,power_w,energy_j_per_1k_tokens,energy_j_per_request,new_tokens\n"
RAW = """\
batch_size,total_time_s,throughput_tok_s,avg_power_w,total_energy_j,energy_per_request_j,energy_per_1k_tokens_j,avg_gpu_util_pct,avg_memory_util_pct,peak_memory_gb,tokens_generated
1,13.46712327003479,19.009256458624417,131.26161481481483,1767.7163473349362,1767.7163473349362,6905.141981777095,45.13333333333333,8.718518518518518,8.37603759765625,256
1,13.507758378982544,18.95207130728103,131.35041481481485,1774.2496662976482,1774.2496662976482,6930.662758975188,45.6,8.829629629629629,8.37603759765625,256
1,13.507219314575195,18.95282767221813,131.5220888888889,1776.497699333276,1776.497699333276,6939.444138020609,45.05185185185185,8.725925925925926,8.37603759765625,256
"""
"""Rows of the EcoCompute study's raw batch sweep."""


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """stdout of the command, or stderr where it fails, carried out in this process."""
    assert main(["audit", *words]) == code
    told = capsys.readouterr()
    return told.err if code else told.out


def test_the_studys_table_has_five_pairs_that_depend_on_the_accounting(tmp_path: Path) -> None:
    done = ecotui("audit", STUDY, "--idle", "RTX 5090=22,rtx 4090d=17 W", "--idle", "65", home=tmp_path)
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.startswith(
        "31 of 31 rows classified; 20 pairs against FP16; the sign of 5 depends on the accounting.\n"
    )
    assert done.stdout.count("DEPENDS") == 5 and "no verdict" in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_raw_table_is_exported_with_what_audit_is_told_of_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    path = tmp_path / "raw.csv"
    path.write_text(RAW)
    export = ["export", "--report", "audit", str(path), "--format", "json", "-o", "-"]
    assert main(export) == 2
    assert "--set model=VALUE,config=VALUE" in capsys.readouterr().err
    said = ["--set", "model=Mistral-7B,config=INT8_pure,gpu=A800"]
    assert main([*export, *said, "--idle", "A800=65"]) == 0
    (section,) = json.loads(capsys.readouterr().out)["sections"]
    assert "A800: 3 rows, 3 gross. Idle power given: 65.0 W." in section["paragraphs"]
    (sheet,) = section["sheets"]  # none of the rows is FP16, so there are no pairs
    assert sheet["name"] == "audit-rows"
    assert [row["implied_idle_w"] for row in sheet["rows"]] == [0, 0, 0]
    assert main([*export, *said, "--columns", "power_w=avg_power_w", "--baseline", "bf16"]) == 2
    assert "No row has the configuration bf16. There are INT8_pure" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--report", "findings", "--set", "gpu=A800"], "--set is of --report audit"),
        (["all", "--idle", "65"], "--idle is of --report audit"),
        (["--report", "audit", "--columns", "power_w=W"], "are for a CSV file, and none was named"),
        (["--report", "audit", STUDY, "--idle", "H100=70"], "no board H100"),
        (["--report", "audit", "--baseline", "fp4"], "No row has the configuration fp4"),
    ],
)
def test_what_is_said_of_a_table_is_refused_where_an_export_has_none(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    assert main(["export", *words, "-o", "-"]) == 2
    assert sentence in capsys.readouterr().err


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(capsys, "--published", "--json"))
    assert (told["rows_total"], told["rows_classified"], told["pairs_depending_on_accounting"]) == (38, 38, 5)
    assert told["file"] is None and told["pairs"][0]["break_even_idle_w"] == pytest.approx(59.3, abs=0.1)


def test_no_form_of_an_audit_has_an_idle_power_below_0_where_the_sign_turns(capsys: pytest.CaptureFixture[str]) -> None:
    pairs = json.loads(said(capsys, "--published", "--json"))["pairs"]
    turns = [pair["break_even_idle_w"] for pair in pairs]
    assert None in turns and all(it is None or it > 0 for it in turns)
    shown = pairs_sheet(audit(shipped_rows(), {}))
    place = shown.columns.index("break_even_idle_w")
    assert [row[place] for row in shown.rows] == turns


@pytest.mark.parametrize("width", [80, 200])
def test_no_line_is_cut_or_folded(width: int) -> None:
    stream = io.StringIO()
    print_audit(audit(shipped_rows(), {}), Console(file=stream, width=width, highlight=False, markup=False))
    lines = stream.getvalue().splitlines()
    assert any(" 17  Phi-3-mini" in line and line.rstrip().endswith("net of 17.5 W") for line in lines)
    assert any("Mistral-7B  INT8_default  4   +147.1 %  +147.0 %  +39.0 %    77.1 W  same" in line for line in lines)
    assert not any("…" in line for line in lines)


def test_a_units_doubt_names_its_row_and_what_it_seems_to_be(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "front.csv"
    path.write_text(f"{HEAD}m,FP16,1,36.18,156.81,4334,1109.5,256\n[red]m[/],INT8,1,18.09,104.55,5781,14.16,256\n")
    told = said(capsys, str(path))
    assert "1 with a unit that cannot be right" in told and "[red]m[/]" in told
    assert "! row 2: energy_j_per_request 14.16 cannot be joules a request, 1,480 by the other columns" in told
    assert "seems to be seconds, new_tokens / throughput = 256 / 18.09" in told


def test_a_pair_of_an_energy_in_another_unit_is_marked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "kilo.csv"
    rows = "m,FP16,1,36.18,156.81,4.334,,", "m,NF4,1,36.18,209.15,5781,,"
    path.write_text(HEAD + "\n".join((*rows, "n,FP16,1,36.18,156.81,4334,,", "n,NF4,1,36.18,209.15,5781,,")) + "\n")
    told = said(capsys, str(path))
    assert "+133,287.2 % !" in told and "+33.4 % !" not in told
    assert "! 1 published difference is of an energy whose unit cannot be right." in told
    pairs = json.loads(said(capsys, str(path), "--json"))["pairs"]
    assert [pair["published_unit_doubted"] for pair in pairs] == [True, False]


def test_a_table_without_energy_is_told_so_in_words_that_fit_an_audit(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "nohead.csv"
    path.write_text("a,b\n1,2\n")
    told = said(capsys, str(path), code=2)
    assert "measured energy" in told and "import" not in told


def test_theirs_columns_and_another_baseline(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("net,config,batch_size,T,P,energy_j_per_1k_tokens\nm,INT8,1,10,100,10000\nm,awq,1,20,100,5000\n")
    renamed = ("--columns", "model=net,throughput_tok_s=T", "--columns", "power_w=P")
    told = said(capsys, str(path), *renamed, "--baseline", "AWQ")
    assert "1 pair against AWQ" in told and "net not known" in told and "+100.0 %" in told
    assert "no FP16 row" in said(capsys, str(path), *renamed)


def test_interleaved_boards_have_one_heading_each_and_their_rows_stay_in_order(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    rows = [f"{'AB'[i % 2]},m,{'FP16' if i < 4 else 'NF4'},1,{10 + i},100,{100000 / (10 + i)}" for i in range(8)]
    path.write_text("\n".join((f"gpu,{HEAD.partition(',energy_j_per_r')[0]}", *rows)) + "\n")
    told = said(capsys, str(path), "--idle", "50")
    lines = [line.split() for line in told.splitlines()]
    assert [line[0] for line in lines if line[1:] == ["m", *line[2:]] and line[-1] == "gross"] == [*"13572468"]
    assert [line[0] for line in lines if len(line) == 1] == ["A", "B"] and told.count("row  model") == 2
    assert told.count(", net of 50.0 W, mean of 2 rows and of 2\n") == 2
    assert "the rows of the configuration are counted first" in told


@pytest.mark.parametrize("times", [1, 10])
def test_repetitions_are_counted_in_a_heading_where_all_pairs_of_it_are_alike_and_fit_80_columns(times: int) -> None:
    rows = [row for row in shipped_rows() if row.gpu == "A800" and "ecocompute" in row.row_id for _ in range(times)]
    more = [rows[-1], rows[-1]]
    for some, alike in ((rows, True), ([*rows, *more], False)):
        stream = io.StringIO()
        print_audit(audit(some, {}), Console(file=stream, width=80, highlight=False, markup=False))
        told = stream.getvalue()
        assert (f"A800, net of 65.0 W, mean of {times} rows and of {times}" in told) is (alike and times > 1)
        assert "Mistral-7B  INT8_default  4   +147.1 %  +147.0 %  +39.0 %    77.1 W  same" in told or not alike
        assert f"{times + 2} and {times}" in told or alike


def test_no_pair_against_a_baseline_that_every_row_is_is_explained(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "raw.csv"
    path.write_text(RAW)
    told = said(capsys, str(path), "--set", "model=m,config=INT8_pure", "--baseline", "int8-pure")
    assert "0 pairs against int8-pure" in told
    assert "! Every row is int8-pure: there is no other configuration to hold against it.\n" in told


def test_boards_are_known_by_their_drivers_names(capsys: pytest.CaptureFixture[str]) -> None:
    named = "NVIDIA A800 80GB PCIe=64", "NVIDIA GeForce RTX 4090 D=18", "RTX5090=21"
    told = json.loads(said(capsys, STUDY, "--idle", ",".join(named), "--json"))
    assert {board["gpu"]: board["idle_w"][0] for board in told["boards"]} == {
        "RTX 5090": 21.0,
        "RTX 4090D": 18.0,
        "A800": 64.0,
    }


def test_an_idle_power_that_the_rows_refute_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    warning = (
        "RTX 4090D: the idle power given, 60.0 W, is not what its rows leave out, 17.0 to 17.6 W; the net figures "
        "subtract 60.0 W all the same."
    )
    assert said(capsys, STUDY, "--idle", "RTX 4090D=60").count(f"! {warning}\n") == 1
    told = json.loads(said(capsys, STUDY, "--idle", "RTX 4090D=60", "--json"))
    assert [board["warning"] for board in told["boards"]] == [None, warning, None] and told["remarks"] == [warning]
    assert "leave out" not in said(capsys, STUDY, "--idle", "RTX 4090D=18")


def test_watts_in_mw_are_said_once_and_what_is_not_known_is_a_dash(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{HEAD}m,FP16,1,36,156810,4334,,\nm,NF4,1,18,104550,5781,,\n")
    told = said(capsys, str(path))
    assert told.count("! row 1: ") == 1 and "seems to be mW" in told
    assert "net is known of none" in told and "the 0 whose" not in told and "– %" not in told
    assert not any(line.endswith(" ") for line in told.splitlines())


@pytest.mark.parametrize("words", [("audit", "--published"), ("advise", "--model", "mistral-7b", "--gpu", "A800")])
def test_an_encoding_that_lacks_a_letter_loses_that_letter_alone(words: tuple[str, ...], tmp_path: Path) -> None:
    done = ecotui(*words, home=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and not done.stderr
    assert "?" in done.stdout and done.stdout.isascii() and "A800" in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name one table"),
        ((STUDY, "--published"), "Name one table"),
        ((STUDY, "--idle", "H100=70"), "no board H100. It has RTX 5090, RTX 4090D, A800"),
        ((STUDY, "--idle", "A800=65", "--idle", "a800=66"), "names A800 twice"),
        ((STUDY, "--idle", "A800=warm"), "is no idle power"),
        ((STUDY, "--idle", "A800=65", "--idle", "NVIDIA A800 80GB PCIe=66"), "names A800 twice"),
        ((STUDY, "--idle", "RTX 4090=17"), "no board RTX 4090."),
        ((STUDY, "--idle", "A800=0"), "is no idle power"),
        ((STUDY, "--idle", "A800=6,5"), "'5' in 'A800=6,5' names no board; write watts with a decimal point"),
        ((STUDY, "--idle", "6,5"), "names no board; write watts with a decimal point"),
        ((STUDY, "--idle", "=5"), "names no board; write A800=65, or 65 alone"),
        ((STUDY, "--columns", "model=model,model=gpu"), "'model' is given twice, as 'model' and 'gpu'"),
        ((STUDY, "--columns", "model=model", "--columns", "model=gpu"), "names model twice, as model and gpu"),
        ((STUDY, "--columns", "model=gpu"), "column gpu cannot be both model and gpu"),
        ((STUDY, "--columns", "power_w"), "names no column"),
        ((STUDY, "--columns", "power_w=Watts"), "there is no column Watts"),
        ((STUDY, "--baseline", "gptq"), "No row has the configuration gptq. There are FP16, NF4"),
        (("nowhere.csv",), "cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_said(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    told = said(capsys, *words, code=2)
    assert sentence in told and told.startswith("ecotui: ") and len(told.splitlines()) == 1


def test_the_page_shows_what_the_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "auditing.md").read_text(encoding="utf-8")
    told = {line.rstrip() for line in said(capsys, "--published").splitlines()}
    shown = [line.rstrip() for block in page.split("```")[1::2] for line in block.splitlines() if line.strip()]
    assert len(shown) > 25
    assert [line for line in shown if line not in told and not line.startswith("! row 1: energy_j_per_request")] == []
