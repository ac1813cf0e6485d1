"""`import` of a published table: what it keeps, leaves out, doubts and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecotui.cli import main
from ecotui.store.home import Home
from ecotui.store.published import shipped_path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home, and no samples."""
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("ecotui.cli.stored.default_samples", lambda: None)
    monkeypatch.chdir(tmp_path)
    return Home.open()


def held(home: Home) -> list[Path]:
    """All files of a home."""
    return sorted(path for path in home.root.rglob("*") if path.is_file())


def test_a_published_table_comes_in_and_a_bad_one_names_line_and_column(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "gpu,model,config,batch_size,throughput_tok_s,power_w,energy_j_per_1k_tokens"
    Path("good.csv").write_text(f"{head}\nA800,m,FP16,1,50,150,3000\n")
    assert main(["import", "good.csv"]) == 0
    assert "1 published row" in capsys.readouterr().out
    before = held(home)
    Path("bad.csv").write_text(f"{head}\nA800,m,FP16,1,50,much,3000\n")
    assert main(["import", "bad.csv"]) == 2
    said = capsys.readouterr().err
    assert "line 2" in said and "power_w" in said and held(home) == before
    Path("notes.pdf").write_bytes(b"%PDF")
    assert main(["import", "notes.pdf"]) == 2 and main(["import", "missing.zip"]) == 2
    said = capsys.readouterr().err
    assert "neither a bundle" in said and "cannot be read" in said


def test_an_import_of_a_table_says_what_it_left_out_and_what_became_of_source(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = shipped_path("ecocompute").read_text()
    Path("both.csv").write_text(f'{shipped}A800,m,FP16,1,50,150,3000,,,"me"\n')
    assert main(["import", "both.csv"]) == 0
    said = capsys.readouterr().out
    assert "1 published row of both.csv imported" in said and "ecotui import --remove both" in said
    assert "31 rows left out: their figures are those of published:ecocompute" in said
    assert main(["import", "both.csv"]) == 0
    assert "had been imported already; nothing changed" in capsys.readouterr().out
    before = held(home)
    assert main(["import", "both.csv", "--source", "You"]) == 2 and held(home) == before
    assert "names a source in each row" in capsys.readouterr().err
    assert main(["rm", "imported:both:1"]) == 2
    assert "ecotui import --remove imported:both:1" in capsys.readouterr().err
    assert main(["import", "--remove", "both", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"removed": "both", "published_rows": 1}
    Path("some.csv").write_text(
        f"{shipped.splitlines()[0]}\nA800,m,FP16,1,50,150,3000,,,\nA800,m,NF4,1,50,151,3020,,,me\n"
    )
    assert main(["import", "some.csv", "--source", "You"]) == 0
    assert "--source stands in 1 row;" in capsys.readouterr().out
    assert main(["import", "some.csv", "--remove", "some"]) == 2 and main(["import"]) == 2


def test_an_import_of_a_table_tells_of_units_that_cannot_be_right_and_lists_mark_them(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "gpu,model,config,batch_size,throughput_tok_s,power_w,energy_j_per_1k_tokens"
    right = "".join(f"A800,m,NF4,{2**i},50,150,3000\n" for i in range(3))
    wrong = "".join(f"A800,m,FP16,{2**i},50,150000,3000\n" for i in range(7))
    Path("odd.csv").write_text(f"{head}\n{right}{wrong}")
    assert main(["import", "odd.csv"]) == 0
    said = capsys.readouterr().out
    assert "7 rows have a unit that cannot be right" in said
    assert "! row 4: power_w 150,000 is no board's power in watts: seems to be mW." in said
    assert "and 2 more; `ecotui audit odd.csv` tells of all" in said
    assert main(["import", "odd.csv", "--json"]) == 0
    assert [it["row"] for it in json.loads(capsys.readouterr().out)["doubts"]] == [4, 5, 6, 7, 8, 9, 10]
    assert main(["runs", "--published", "imported:odd", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["published"]
    assert [row["energy_gross_j_per_1k_tokens"] for row in rows] == [3000.0] * 3 + [None] * 7
    assert not rows[0]["doubts"] and "mW" in rows[3]["doubts"][0]
    assert main(["runs", "--published", "imported:odd"]) == 0
    said = capsys.readouterr().out
    assert said.count("unit?") == 7 and "3,000,000" not in said
    assert main(["findings", "pareto", "--gpu", "A800", "--model", "m", "--json"]) == 0
    points = [it for it in json.loads(capsys.readouterr().out)["findings"] if "odd" in it["subject"]]
    assert all(row["quantization"] == "nf4" for it in points for row in it["rows"])
