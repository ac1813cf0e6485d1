"""`rm`, `undo` and `trash` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecotui.cli import main
from ecotui.log.writer import LogWriter
from ecotui.store.home import Home
from tests.factory import events
from tests.ui.paired import EAGER, GRAPH, SESSION, paired_events, paired_plan
from tests.ui.stored_runs import compared, keep


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three sessions of one run each."""
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    return compared(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def listed(capsys: pytest.CaptureFixture[str]) -> set[str]:
    return {run["run_id"] for run in told(capsys, "runs")["runs"] if run["origin"] == "here"}


def test_rm_moves_undo_restores_and_an_emptied_trash_restores_nothing(
    runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    gone = told(capsys, "rm", "0001", runs[1])["removed"]
    assert [run["run_id"] for run in gone["runs"]] == runs[:2] and listed(capsys) == {runs[2]}
    assert [one["key"] for one in told(capsys, "trash")["removals"]] == [gone["key"]]
    assert told(capsys, "undo")["restored"] == gone and listed(capsys) == set(runs)
    assert main(["rm", "last"]) == 0
    said = capsys.readouterr().out
    assert f"  {runs[2]}  synthetic:mistral-7b int8-pure b8 SIMULATED\n" in said and "ecotui undo" in said
    assert main(["trash"]) == 0 and runs[2] in capsys.readouterr().out
    assert told(capsys, "trash", "--empty")["bytes"] > 1000
    assert "Nothing was removed" in told(capsys, "undo", code=2)["error"] and listed(capsys) == set(runs[:2])


def test_nothing_goes_where_one_of_them_cannot(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "sample" in told(capsys, "rm", runs[0], "20261121-164747-053a.0", code=2)["error"]
    assert "No run is called" in told(capsys, "rm", runs[0], "nothing", code=2)["error"]
    (tmp_path / "sessions" / "20261121-150000-f00d").mkdir()
    with LogWriter(Home(tmp_path).session_log("20261121-150000-f00d")) as writer:
        writer.write(next(iter(events("20261121-150000-f00d"))))
        assert "being recorded" in told(capsys, "rm", "20261121-150000-f00d", code=2)["error"]
    assert listed(capsys) == set(runs)


def test_a_paired_session_goes_as_a_whole_and_says_so(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path, paired_events(paired_plan(EAGER, GRAPH, blocks=2)))
    made = told(capsys, "rm", f"{SESSION}.1")
    assert [run["run_id"] for run in made["removed"]["runs"]] == [f"{SESSION}.0", f"{SESSION}.1"]
    assert made["warnings"] == ["A session goes as a whole: 1 run of the same session goes along."]
    assert listed(capsys) == set(runs)
