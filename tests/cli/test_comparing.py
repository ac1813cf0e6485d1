"""`compare`, `gate` and `store rebuild`: what they print, and exit codes that a script can act on."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.cli import main
from ecotui.cli.comparing import compare
from ecotui.core.rows import RunRow, WindowRow
from ecotui.store.files import write_whole
from ecotui.store.home import Home
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, WINDOWS, to_frame
from ecotui.store.store import Store
from tests.analysis.made import SWAY, run, windows
from tests.factory import events, write_log

BASE = run("0")
LESS = run("1", 180.0, 190.0, quantization="nf4")
MORE = run("2", 100.0, 240.0, quantization="int8", decomposition="exercised", outlier_columns_decode=5.1)
UNSURE = run("3", 100.0, 204.0, quantization="int8-pure")
DEPENDS = run("4", 60.0, 140.0, quantization="nf4-dq")
NOISE = run("5", 60.0, 124.0, quantization="nf4-dq")
"""Gross about as much as the baseline, within its windows' noise, and net far less."""
OTHER = run("0", session_id="t", run_id="t.0")
WILD = (1.0, 1.0, 1.06, 1.06, 0.95, 0.95, 1.05, 1.05, 0.96, 0.96)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A paired session of six arms, and a session by itself."""
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    back = tuple(reversed(SWAY))
    sways = [(BASE, SWAY), (LESS, back), (MORE, back), (UNSURE, WILD), (DEPENDS, back), (NOISE, WILD)]
    keep(tmp_path, "s", [r for r, _ in sways], [w for r, sway in sways for w in windows(r, sway)])
    keep(tmp_path, "t", [OTHER], windows(OTHER, SWAY))
    return Home(tmp_path)


def keep(root: Path, session: str, runs: Sequence[RunRow], rows: Sequence[WindowRow]) -> None:
    write_whole(root / "store" / "runs" / f"{session}.parquet", to_bytes(to_frame(runs, RUNS)))
    write_whole(root / "store" / "windows" / f"{session}.parquet", to_bytes(to_frame(rows, WINDOWS)))


@pytest.mark.parametrize(
    ("runs", "code", "says"),
    [
        (("s.0", "s.1"), 0, "LESS energy a token: ×0.528"),
        (("s.0", "s.1", "s.2"), 0, "MORE energy a token: ×1.20"),
        (("s.0", "s.3"), 4, "UNDECIDED"),
        (("s.0", "s.4"), 4, "The sign depends on the accounting"),
        (("s.0", "s.5"), 4, "By point estimates alone the sign"),
        (("t.0", "s.1"), 3, "Not comparable: These are runs of different sessions"),
        (("s.0", "s.1", "s.3"), 4, "LESS energy a token"),
        (("s.0", "t.0", "s.3"), 3, "UNDECIDED"),
    ],
)
def test_the_exit_code_of_compare_tells_a_verdict_from_none(
    runs: tuple[str, ...], code: int, says: str, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *runs]) == code
    assert says in capsys.readouterr().out


def test_a_session_that_was_stopped_by_hand_has_ratios_and_no_verdict(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = {"outcome": "stopped", "blocks": 5, "windows": 6, "windows_planned": 10}
    pair = [replace(it, session_id="h", run_id=f"h.{n}", **ended) for n, it in enumerate((BASE, MORE))]  # type: ignore[arg-type]
    keep(home.root, "h", pair, [w for it in pair for w in windows(it, SWAY[:6])])
    assert main(["compare", "h.0", "h.1"]) == 3
    said = capsys.readouterr().out
    assert "Not comparable: Session h was stopped by hand before its 5 blocks were over: whoever watches" in said
    assert "×1.2000 [1.2000, 1.2000]" in said and "6, 3 of 5 blocks" in said and "did not complete" not in said
    assert main(["gate", "--baseline", "h.0", "--candidate", "h.1", "--max-increase", "2%"]) == 0
    assert capsys.readouterr().out.startswith("CANNOT TELL: Not comparable: Session h was stopped by hand")
    keep(
        home.root,
        "h",
        [replace(it, outcome="unfinished") for it in pair],
        [w for it in pair for w in windows(it, SWAY[:6])],
    )
    assert main(["compare", "h.0", "h.1"]) == 0


def test_the_table_has_all_three_accountings_with_intervals_and_the_break_even(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "s.0", "s.2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split("  ")[0]: line for line in lines}
    for label in ("gross, J/1k", "net of context idle, J/1k", "net of bare idle, J/1k", "throughput, tok/s"):
        assert "×" in rows[label] and "[" in rows[label], label
    assert "70.0 W bare" in rows["break-even idle power"] and "120.0 W context" in rows["break-even idle power"]
    assert not any("%" in line and "[" not in line and "+20" in line for line in lines)
    assert any("int8 against fp16: throughput ×1.0" in line and "5.1 outlier columns" in line for line in lines)


def test_the_same_is_json_with_the_exit_code(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "s.0", "s.1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["exit_code"] == 0 and told["contrasts"][0]["verdict"] == "less"


@pytest.mark.parametrize("how", [[], ["--markdown"]])
def test_a_sentence_of_our_own_is_never_cut(how: list[str], home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    pair = ["20261122-021134-9a84.0", "20261122-021134-9a84.1"]
    main(["compare", *pair, "--json"])
    (contrast,) = json.loads(capsys.readouterr().out)["contrasts"]
    assert len(contrast["verdict_text"]) > 400
    main(["compare", *pair, *how])
    said = " ".join(capsys.readouterr().out.split())
    assert "…" not in said and contrast["quality_sentence"] in said.replace("\\", "")


def test_the_same_is_markdown_whose_table_no_text_can_break(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    keep(home.root, "u", [replace(OTHER, session_id="u", run_id="u.0", model="a|b<i>*")], [])
    assert main(["compare", "s.0", "u.0", "--markdown"]) == 3
    lines = capsys.readouterr().out.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert "a\\|b\\<i\\>\\*" in table[0]
    assert any(line.startswith("- **") and "Not comparable" in line for line in lines)


def test_published_figures_are_printed_below_as_context_and_change_no_verdict(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [replace(it, model="mistralai/Mistral-7B-v0.1", batch_size=8) for it in (BASE, LESS)]
    keep(home.root, "s", runs, [*windows(BASE, SWAY), *windows(LESS, tuple(reversed(SWAY)))])
    asked = {"run": ["s.0", "s.1"], "factor": [], "json": False, "markdown": False, "context": True}
    assert compare(argparse.Namespace(**asked)) == 0
    said = capsys.readouterr().out
    assert "no arm of any verdict" in said and "A800, published · net of 65 W idle" in said
    assert "● mistralai/Mistral-7B-v0.1" in said and "827.0 gross" in said
    assert compare(argparse.Namespace(**asked | {"json": True})) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["batch_size"] for row in told["context"]["rows"]} == {8}
    assert {one["quantization"] for one in told["context"]["ranges"]} == {"nf4"}
    assert "nf4 on T4: begins to save energy at 3.2·10⁹ parameters" in said and "bears no verdict" in said
    assert compare(argparse.Namespace(**asked | {"markdown": True})) == 0
    assert "| A800, published · net of 65 W idle | Mistral-7B int8-pure b8 |" in capsys.readouterr().out


def test_a_factor_may_be_declared_and_an_unknown_one_is_named(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    keep(home.root, "s", [BASE, replace(LESS, batch_size=8)], [*windows(BASE, SWAY), *windows(LESS, SWAY)])
    assert main(["compare", "s.0", "s.1"]) == 3
    assert main(["compare", "s.0", "s.1", "--factor", "quantization,batch_size"]) == 0
    assert main(["compare", "s.0", "s.1", "--factor", "colour"]) == 2
    assert "There is no factor 'colour'." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("baseline", "candidate", "most", "code", "word"),
    [
        ("s.0", "s.2", "2%", 1, "FAILED: a proven increase"),
        ("s.0", "s.2", "25%", 0, "PASSED"),
        ("s.0", "s.2", "20%", 0, "CANNOT TELL: the interval holds the limit"),
        ("s.0", "s.1", "2%", 0, "PASSED"),
        ("s.0", "s.3", "2%", 0, "CANNOT TELL"),
        ("s.0", "s.4", "2%", 0, "CANNOT TELL: The sign depends on the accounting"),
        ("s.0", "s.5", "50%", 0, "CANNOT TELL: UNDECIDED"),
        ("t.0", "s.2", "2%", 0, "CANNOT TELL: Not comparable"),
        ("s.0", "nowhere", "2%", 2, ""),
        ("s.0", "s.2", "two", 2, ""),
    ],
)
def test_the_gate_fails_on_a_proven_increase_and_on_nothing_else(  # noqa: PLR0917
    baseline: str, candidate: str, most: str, code: int, word: str, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "--baseline", baseline, "--candidate", candidate, "--max-increase", most]) == code
    assert capsys.readouterr().out.startswith(word)


@pytest.mark.parametrize("most", ["-3", "-0.1", "nan", "inf", "inf%"])
def test_a_limit_that_nobody_can_mean_is_refused(most: str, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "--baseline", "s.0", "--candidate", "s.2", "--max-increase", most]) == 2
    out, err = capsys.readouterr()
    assert f"'{most}' is nothing that can be allowed; write 0% or more, like 2%" in err and not out
    assert main(["gate", "--baseline", "s.0", "--candidate", "s.2", "--max-increase", "0%"]) == 1


def test_the_gate_says_that_what_depends_on_the_accounting_is_not_proven(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["gate", "--help"])
    assert "sign depends on the accounting, however large" in " ".join(capsys.readouterr().out.split())
    page = (Path(__file__).parents[2] / "docs" / "comparing.md").read_text("utf-8")
    assert "*depends on accounting* is not proven" in page


def test_a_store_that_cannot_be_read_is_no_increase(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (home.store / "runs" / "s.parquet").write_text("this is no Parquet")
    assert main(["gate", "--baseline", "s.0", "--candidate", "t.0"]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_the_gate_is_json_too(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "--baseline", "s.0", "--candidate", "s.2", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["word"] == "FAILED" and told["contrast"]["verdict"] == "more"


def test_the_gate_tells_a_saving_with_its_quality(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "--baseline", "s.0", "--candidate", "s.1", "--max-increase", "2%"]) == 0
    assert capsys.readouterr().out.endswith("Quality not measured.\n")


def test_the_store_is_rebuilt_from_the_command_line(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    session = "20261121-120000-beef"
    write_log(home.session_log(session), events(session))
    assert main(["store", "rebuild"]) == 0
    said = capsys.readouterr().out
    assert said == "1 session made anew from their logs, 2 kept as stored, without a whole log.\n"
    assert {s.row.session_id for s in Store(home).runs()} == {session, "s", "t"}
    assert main(["store", "rebuild", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stored"] == [session]


def test_a_precision_is_a_percentage_and_goes_with_another_arm(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--sensor", "simulated", "--until", "1%"]) == 2
    assert "--until goes with --against." in capsys.readouterr().err
    assert main(["run", "--sensor", "simulated", "--against", "nf4", "--until", "soon"]) == 2
    assert "'soon' is no percentage" in capsys.readouterr().err
    assert main(["run", "--sensor", "simulated", "--against", "nf4", "--until", "1%", "--blocks", "2"]) == 2
    assert "--until needs three blocks or more" in capsys.readouterr().err


def test_an_arm_against_itself_is_said_to_be_one(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    twin = run("0", session_id="u", run_id="u.1")
    keep(
        home.root,
        "u",
        [replace(twin, run_id="u.0"), twin],
        [w for n in "01" for w in windows(run(n, session_id="u", run_id=f"u.{n}"), SWAY)],
    )
    main(["compare", "u.0", "u.1"])
    assert "compared in: an arm against itself" in capsys.readouterr().out


def test_a_p_value_says_no_more_than_a_reader_can_use(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", "s.0", "s.1", "s.2"])
    assert " · p < 0.001 after Holm" in capsys.readouterr().out
