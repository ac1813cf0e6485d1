"""`ecotui runs`: stored runs by group, and published rows when they are asked for."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from ecotui.cli.stored import runs
from ecotui.store.compact import compact
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.ui.stored_runs import keep, made_events, made_plan


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A run of this machine and one that was imported; their ids."""
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    monkeypatch.setattr("ecotui.cli.stored.default_samples", lambda: None)
    made = [*keep(tmp_path, made_events(1)), *keep(tmp_path / "imported", made_events(2, made_plan(measured=True)))]
    return [row.run_id for row in made]


def test_json_has_published_rows_only_when_they_are_asked_for(
    stored: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert runs(Namespace(filter=[], json=True, published=False)) == 0
    plain = json.loads(capsys.readouterr().out)
    assert list(plain) == ["runs", "problems"]
    assert {run["run_id"]: run["origin"] for run in plain["runs"]} == {stored[0]: "here", stored[1]: "imported"}
    assert runs(Namespace(filter=["a800", "b64"], json=True, published=True)) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = found["published"]
    assert row["row_id"] == "published:a800-batch:7" and row["accounting"] == "gross"
    assert row["energy_gross_j_per_1k_tokens"] == pytest.approx(1000 * row["power_w"] / row["throughput_tok_s"])
    assert row["energy_net_stated_j_per_1k_tokens"] < row["energy_gross_j_per_1k_tokens"]
    assert found["ranges"] == []


def test_published_ranges_are_listed_as_sentences_without_an_accounting(
    stored: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert runs(Namespace(filter=["int8-pure", "range"], json=True, published=True)) == 0
    (one,) = json.loads(capsys.readouterr().out)["ranges"]
    assert (one["row_id"], one["low"], one["high"], one["accounting"]) == ("published:forum-ranges:4", 2.5, 22.7, None)
    assert one["text"] == "int8-pure on RTX 4090D: perplexity against FP16 +2.5 to +22.7 %"
    assert runs(Namespace(filter=["range"], json=False, published=True)) == 0
    said = capsys.readouterr().out
    assert "energy a request against FP16: +80 to +162 %" in said and "bears no verdict" in said


def test_the_table_has_this_machine_above_what_was_imported_and_published_rows_below(
    stored: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert runs(Namespace(filter=[], json=False, published=True)) == 0
    said = capsys.readouterr().out
    places = [said.index(text) for text in (stored[0], stored[1], "Published by others", "published:ecocompute:1")]
    assert places == sorted(places)
    assert "net of stated idle" in said and "✔" not in said and "doi 10.5281" in said


def test_listing_puts_many_files_together(
    stored: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ecotui.store.store.compact", lambda folder: compact(folder, many=0))
    assert runs(Namespace(filter=[], json=True, published=False)) == 0
    assert [p.name.partition(".")[0] for p in (tmp_path / "store" / "runs").iterdir()] == ["compact"]
    assert len(Store(Home(tmp_path)).runs()) == 2 and len(json.loads(capsys.readouterr().out)["runs"]) == 2
