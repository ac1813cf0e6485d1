"""`import` of a published table: what it keeps, leaves out, doubts and refuses."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from ecotui.cli import main
from ecotui.cli.manual import PAGES
from ecotui.store.home import Home
from ecotui.store.published import published_rows, shipped_path

HEAD = "gpu,model,config,batch_size,throughput_tok_s,power_w,energy_j_per_1k_tokens"
QUALITY = """\
model,config,llm_int8_threshold,perplexity,total_tokens,avg_loss,gpu_memory_gb,elapsed_time_seconds,num_samples,\
max_length,gpu
01-ai/Yi-1.5-6B,fp16,,11.1639,7388,2.4128,12.12,2797.1,50,512,RTX 4090D
01-ai/Yi-1.5-6B,int8_default,6.0,11.2010,7388,2.4161,6.70,13.5,50,512,RTX 4090D
01-ai/Yi-1.5-6B,int8_pure,0.0,13.9972,7388,2.6389,6.70,10.9,50,512,RTX 4090D
"""
"""The EcoCompute study's perplexities, as it published them."""


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
    Path("good.csv").write_text(f"{HEAD}\nA800,m,FP16,1,50,150,3000\n")
    assert main(["import", "good.csv"]) == 0
    assert "1 published row" in capsys.readouterr().out
    before = held(home)
    Path("bad.csv").write_text(f"{HEAD}\nA800,m,FP16,1,50,much,3000\n")
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


def test_the_examples_of_the_help_take_in_tables_with_and_without_a_source_of_their_own(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "A800,m,FP16,1,50,150,3000", "A800,m,NF4,1,50,151,3020"
    Path("results.csv").write_text(f"{HEAD},source\n" + "".join(f"{row},Roe 2025\n" for row in rows))
    Path("without-source.csv").write_text(f"{HEAD}\n" + "".join(f"{row[:-1]}1\n" for row in rows))
    tables = [words for words in PAGES["import"].examples if ".csv" in words]
    assert len(tables) == 2
    for words in tables:
        assert main(shlex.split(words)) == 0, capsys.readouterr().err
    assert [row.source for row in published_rows(home) if row.row_id.startswith("imported:")] == [
        *["Roe 2025"] * 2,
        *["Doe 2026, table 3"] * 2,
    ]


def test_an_import_of_a_table_tells_of_units_that_cannot_be_right_and_lists_mark_them(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    right = "".join(f"A800,m,NF4,{2**i},50,150,3000\n" for i in range(3))
    wrong = "".join(f"A800,m,FP16,{2**i},50,150000,3000\n" for i in range(7))
    Path("odd.csv").write_text(f"{HEAD}\n{right}{wrong}")
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


def test_an_import_of_too_many_rows_is_refused_by_their_count_alone(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("long.csv").write_text(f"{HEAD}\n" + "A800,m,FP16,1,fast,150,3000\n" * 20_001)
    before = held(home)
    assert main(["import", "long.csv"]) == 2 and held(home) == before
    said = capsys.readouterr().err
    assert "long.csv, line 20002: row 20,001 begins here, and 20,000 are the most." in said
    assert "`ecotui audit` reads files of up to 2,000,000 rows" in said and "fast" not in said
    Path("perplexities.csv").write_text("model,config,perplexity\n" + "m,fp16,low\n" * 20_001)
    assert main(["import", "perplexities.csv"]) == 2 and held(home) == before
    assert "perplexities.csv, line 20002: row 20,001 begins here" in capsys.readouterr().err


def test_the_same_rows_under_another_files_name_are_not_kept_twice(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "A800,m,FP16,1,50,150,3000", "A800,m,NF4,1,50,151,3020"
    Path("one.csv").write_bytes(f"{HEAD}\n{rows[0]}\n{rows[1]}\n".encode())
    Path("two.csv").write_bytes(b"\xef\xbb\xbf" + f"{HEAD}\r\n{rows[1]}\r\n{rows[0]}.0\r\n".encode())
    assert main(["import", "one.csv"]) == 0
    before = held(home)
    capsys.readouterr()
    assert main(["import", "two.csv"]) == 0 and held(home) == before
    said = capsys.readouterr().out
    assert "Nothing of two.csv imported: the imported table one has the same 2 published rows" in said
    assert main(["import", "two.csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["table"], told["new"]) == ("one", False)


def test_what_a_raw_sweep_does_not_say_is_said_with_set(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    head = "batch_size,throughput_tok_s,avg_power_w,energy_per_request_j,energy_per_1k_tokens_j,tokens_generated"
    rows = "".join(f"{b},{19 * b}.{i},130.5,{1758 / b},{6868 / b},{256 * b}\n" for b in (1, 2, 4) for i in range(3))
    Path("raw.csv").write_text(f"{head}\n{rows}")
    assert main(["import", "raw.csv"]) == 2 and main(["audit", "raw.csv"]) == 2
    assert capsys.readouterr().err.count("--set model=VALUE,config=VALUE") == 2
    said = ("--set", "model=Mistral-7B,config=INT8_pure", "--set", "gpu=A800")
    assert main(["import", "raw.csv", "--set", "model="]) == 2
    assert "'model=' says no value" in capsys.readouterr().err
    assert main(["audit", "raw.csv", *said]) == 0
    assert "9 of 9 rows classified" in capsys.readouterr().out
    assert main(["import", "raw.csv", *said]) == 0
    assert "9 published rows of raw.csv imported" in capsys.readouterr().out
    assert main(["findings", "batch-law", "--gpu", "A800", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    (law,) = [it for it in found if "published (raw)" in it["subject"]]
    assert [row["batch_size"] for row in law["rows"]] == [1, 2, 4]
    assert main(["import", "--remove", "raw", *said]) == 2


def test_published_perplexities_stand_beside_published_rows_under_their_tables_name(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("theirs.csv").write_text(QUALITY)
    assert main(["import", "theirs.csv"]) == 0
    said = capsys.readouterr().out
    assert "Nothing of theirs.csv imported" in said and "3 rows left out: their figures are those of published:" in said
    other = QUALITY.partition("gpu\n")[2].replace("Yi-1.5-6B", "Qwen2.5-7B").replace("11.", "10.")
    Path("own.csv").write_text(QUALITY + other)
    assert main(["import", "own.csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["published_perplexities"], told["left_as_shipped"]) == (3, {"perplexity": 3})
    assert main(["runs", "--published", "imported:own", "--json"]) == 0
    rated = json.loads(capsys.readouterr().out)["perplexities"]
    assert [(it["config"], it["perplexity"], it["llm_int8_threshold"]) for it in rated] == [
        ("fp16", 10.1639, None),
        ("int8_default", 10.201, 6.0),
        ("int8_pure", 13.9972, 0.0),
    ]
    assert main(["runs", "--published", "qwen2.5-7b", "int8-pure"]) == 0
    assert "imported:own  RTX 4090D  01-ai/Qwen2.5-7B  int8_pure     13.9972" in capsys.readouterr().out
    quality = ["findings", "quality", "--gpu", "4090D", "--model", "qwen", "--json"]
    assert main(quality) == 0
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert {row["quantization"]: row["perplexity_ratio"] for row in found["rows"]} == {
        "fp16": 1.0,
        "int8": 10.2010 / 10.1639,
        "nf4": None,
    }
    assert "The perplexities are those of imported:own" in " ".join(found["caveats"])
    assert main(["import", "--remove", "own"]) == 0 and main(quality) == 0
    assert not json.loads(capsys.readouterr().out.splitlines()[-1])["findings"]
