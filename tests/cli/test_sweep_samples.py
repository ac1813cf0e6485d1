"""The sweeps that came with ecotui: reported, exported and listed as samples, and never gone on with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecotui.cli import main
from ecotui.core.errors import UsageError
from ecotui.recorder.sweep import find_sweep, sample_sweeps
from ecotui.store.home import Home

BATCH = "20261122-051414-2802"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_report_of_a_sample_sweep_says_that_it_is_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = told(capsys, "sweep", "--report", "2802")
    assert code == 0 and out.startswith(
        f"Sweep batch-law ({BATCH}, a sample that came with ecotui)\n12 points: 12 done"
    )
    page = json.loads(told(capsys, "sweep", "--report", BATCH, "--json")[1])
    assert page["origin"] == "sample" and all(point["run"] for point in page["points"])
    told(capsys, "export", "--report", "sweep", BATCH, "-o", str(tmp_path / "sweep.html"))
    assert "a sample that came with ecotui" in (tmp_path / "sweep.html").read_text()


def test_nobody_goes_on_with_a_sample_or_stops_it(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--resume", "--stop"):
        code, _, said = told(capsys, "sweep", option, BATCH)
        assert code == 2 and f"`ecotui sweep --report {BATCH}` shows what it measured" in said
    with pytest.raises(UsageError, match="There is no sweep 'last'"):
        find_sweep(Home.open(), "last", samples=True)


def test_samples_are_listed_below_the_sweeps_of_this_home(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "sweep", "--list")
    assert code == 0 and out.startswith("No sweeps yet.")
    assert [line.split()[2] for line in out.splitlines()[2:]] == ["sample"] * len(sample_sweeps())
    listed = json.loads(told(capsys, "sweep", "--list", "--json")[1])["sweeps"]
    assert [one["sweep"] for one in listed] == sample_sweeps()
    assert {(one["origin"], one["driven"]) for one in listed} == {("sample", False)}
