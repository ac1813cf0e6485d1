"""`export` and `import`: what is written where, and that a bundle comes in whole or not at all."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from shutil import copyfile, copytree

import polars as pl
import pytest

from ecotui.cli import main
from ecotui.core.events import Header
from ecotui.core.rows import RunRow, WindowRow
from ecotui.log.lock import hold
from ecotui.log.reader import read_timeline
from ecotui.store.bundle import CARD, MANIFEST
from ecotui.store.bundle_write import write_bundle
from ecotui.store.dataset_card import card
from ecotui.store.home import Home
from ecotui.store.store import Store
from ecotui.ui.widgets.history_detail import detail
from ecotui.ui.widgets.history_entry import Entry
from tests.cli.forging import Change, edited, forged, listed, without
from tests.factory import events, write_log

FIRST, SECOND = "20261121-120000-aaaa", "20261121-130000-bbbb"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two sessions, and a bundle of both beside it."""
    place = tmp_path_factory.mktemp("recorded")
    made = Home(place / "home")
    for session in (FIRST, SECOND):
        log = write_log(made.session(session) / "log.jsonl", events(session))
        Store(made).append(read_timeline(log))
    write_bundle(Store(made), (FIRST, SECOND), place / "both.zip")
    return place


@pytest.fixture
def home(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Those two sessions, and no samples."""
    copytree(recorded / "home", tmp_path / "home")
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("ecotui.cli.stored.default_samples", lambda: None)
    monkeypatch.chdir(tmp_path)
    return Home.open()


@pytest.fixture
def elsewhere(recorded: Path, tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The empty home of another machine, and the bundle in `both.zip`."""
    copyfile(recorded / "both.zip", "both.zip")
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "elsewhere"))
    return Home.open()


def held(home: Home) -> list[Path]:
    """All files of a home."""
    return sorted(path for path in home.root.rglob("*") if path.is_file())


def same(a: RunRow | WindowRow, b: RunRow | WindowRow) -> bool:
    """Whether two rows agree to 1e-9."""
    pairs = [(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)]
    return all(math.isclose(x, y, rel_tol=1e-9) if isinstance(x, float) else x == y for x, y in pairs)


def test_a_table_has_every_column_and_does_not_write_over_a_file(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", FIRST, "-o", "runs.csv"]) == 0
    frame = pl.read_csv("runs.csv")
    assert frame.columns == [f.name for f in fields(RunRow)] and frame["run_id"].to_list() == [f"{FIRST}.0"]
    before = Path("runs.csv").read_bytes()
    assert main(["export", SECOND, "-o", "runs.csv"]) == 2
    assert "runs.csv is there already" in capsys.readouterr().err and Path("runs.csv").read_bytes() == before
    assert main(["export", SECOND, "-o", "runs.csv", "--force"]) == 0
    assert SECOND in Path("runs.csv").read_text()


def test_windows_and_the_other_formats(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", f"{FIRST}.0", "--windows", "-o", "w.parquet"]) == 0
    assert pl.read_parquet("w.parquet")["window"].to_list() == [1, 2, 3]
    capsys.readouterr()
    assert main(["export", FIRST, SECOND, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["session_id"] for row in told["rows"]] == [FIRST, SECOND]
    for form, sign in (("markdown", "|---|"), ("latex", r"\toprule"), ("csv", "run_id,session_id")):
        assert main(["export", FIRST, "--format", form, "-o", "-"]) == 0
        assert sign in capsys.readouterr().out


def test_a_report_and_its_figures(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", FIRST, "-o", "report.html"]) == 0
    assert "SIMULATED" in Path("report.html").read_text()
    assert main(["export", FIRST, "--format", "svg", "-o", "figures", "--json"]) == 0
    written = json.loads(capsys.readouterr().out.splitlines()[-1])["written"]
    assert written and all(Path(path).read_text().startswith("<?xml") for path in written)
    assert main(["export", FIRST, SECOND, "--report", "comparison", "-o", "c.md"]) == 0
    text = Path("c.md").read_text()
    assert "No verdict: not comparable" in text
    pictures = re.findall(r"]\(<([^>]+)>\)", text)
    assert pictures and all(Path(place).read_text().startswith("<?xml") for place in pictures)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Nothing is named to export"),
        (["nobody"], "No run is called 'nobody'"),
        ([FIRST, "-o", "-", "--format", "png"], "png is no text for stdout"),
        ([FIRST, "-o", "missing/there.csv"], "cannot be written"),
        ([FIRST, "-o", "/dev/full"], "No space left on device"),
        ([FIRST, "--bundle", "b.tar"], "A bundle is a .zip"),
        ([FIRST, "--bundle", "missing/b.zip"], "cannot be written"),
        ([FIRST, "--dataset", "home"], "is there already"),
        ([FIRST, "--report", "comparison"], "two to four runs, not 1"),
        ([FIRST, "--report", "session", "--windows"], "--windows is for a table"),
        ([FIRST, "--report", "sweep"], "There is no sweep"),
        ([FIRST, "-o", "a.xyz"], ".xyz is no ending of a format. Use one of .csv, .parquet"),
        (["all", "-o", "a.html"], "up to four runs; --report findings is of everything"),
        ([FIRST, "--report", "session", "--format", "csv", "-o", "a.csv"], "tables, which do not go into one file"),
        ([FIRST, "-o", "a.csv", "--licence", "mit"], "--licence has no effect without"),
        ([FIRST, "--dataset", "d", "--licence", "my own words"], "no identifier of a licence"),
    ],
)
def test_what_cannot_be_exported_is_a_sentence(
    words: list[str], says: str, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *words]) in (1, 2)
    said = capsys.readouterr().err
    assert says in said and "error of its own" not in said


def test_the_words_of_formats_are_endings_and_a_report_tells_of_its_figures(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", FIRST, "-o", "a.latex"]) == 0 and r"\toprule" in Path("a.latex").read_text()
    assert main(["export", FIRST, "-o", "a.markdown"]) == 0 and "|---|" in Path("a.markdown").read_text()
    capsys.readouterr()
    words = ["export", FIRST, "--report", "session"]
    assert main([*words, "-o", "o_s.md"]) == 0
    assert capsys.readouterr().out.split() == ["o_s.md", "o_s-figures"]
    before = {path: path.read_bytes() for path in Path("o_s-figures").iterdir()}
    assert before and main([*words, "-o", "o_s.tex"]) == 0  # its pictures are of another kind
    assert main([*words, "-o", "o_s.markdown"]) == 2 and not Path("o_s.markdown").exists()
    assert "is there already" in capsys.readouterr().err
    assert all(path.read_bytes() == data for path, data in before.items())


def test_a_reader_that_has_gone_is_no_error_of_ecotuis(home: Home) -> None:
    for to in ("/dev/stdout", "-"):
        reader, writer = os.pipe()
        os.close(reader)
        words = ["export", "all", "-o", to]
        done = subprocess.run(
            [sys.executable, "-m", "ecotui", *words], stdout=writer, stderr=subprocess.PIPE, check=False
        )
        os.close(writer)
        assert done.returncode == 1 and done.stderr == b""


def test_a_session_that_is_still_recorded_is_not_bundled(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with home.session_log(FIRST).open("ab") as stream:
        hold(stream)
        assert main(["export", FIRST, "--bundle", "b.zip"]) == 1
    assert "still being recorded" in capsys.readouterr().err and not Path("b.zip").exists()


def test_a_bundle_comes_into_another_home_with_the_same_rows(
    home: Home, elsewhere: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "both.zip"]) == 0
    assert "2 sessions with 2 runs imported" in capsys.readouterr().out
    here, there = Store(home), Store(elsewhere)
    assert [run.origin for run in there.runs()] == ["imported", "imported"]
    for a, b in zip(here.runs(), there.runs(), strict=True):
        assert same(a.row, b.row) and b.log is not None
        pairs = zip(here.windows(a.row.run_id), there.windows(b.row.run_id), strict=True)
        assert all(same(x, y) for x, y in pairs)
        assert len(here.trace(a.row.run_id).at_s) == len(there.trace(b.row.run_id).at_s)
    before = held(elsewhere)
    assert main(["import", "both.zip", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"sessions": [], "runs": 0, "left": [FIRST, SECOND]} and held(elsewhere) == before


def test_a_dataset_folder_has_a_card_and_is_imported_too(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["export", FIRST, SECOND, "--bundle", "b.zip"]) == 0
    assert main(["export", FIRST, SECOND, "--dataset", "data", "--licence", "cc-by-4.0"]) == 0
    card = Path("data/README.md").read_text()
    head = card.split("---")[1]
    assert 'license: "cc-by-4.0"' in head and "data_files: store/runs/*.parquet" in head
    assert (
        "NVML" not in card
        and "stand for no hardware" in card
        and "| `energy_gross_j_per_1k_tokens` | J |" in card
        and "simulated" in card
    )
    assert pl.read_parquet("data/store/runs/*.parquet").height == 2
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "elsewhere"))
    assert main(["import", "data"]) == 0
    assert len(Store(Home.open()).runs()) == 2


def _rows_of_another(files: dict[str, bytes]) -> None:
    del files[LOG]
    without(files, LOG)
    listed(files, f"store/runs/{FIRST}.parquet", files[f"store/runs/{SECOND}.parquet"])


def _manifest(files: dict[str, bytes], **values: object) -> None:
    files[MANIFEST] = json.dumps(json.loads(files[MANIFEST]) | values).encode()


LOG = f"sessions/{FIRST}/log.jsonl"


CHANGES: dict[str, tuple[Change, str]] = {
    "climbs out": (lambda f: listed(f, "sessions/../../evil/log.jsonl", b"x"), "would climb out of its folder"),
    "absolute": (lambda f: f.__setitem__("/etc/cron.d/evil", b"x"), "has an absolute path"),
    "backslashes": (lambda f: f.__setitem__("..\\evil", b"x"), "climb out"),
    "no id": (lambda f: listed(f, "sessions/a b/log.jsonl", b"x"), "'a b' is not the id of a session"),
    "a link": (lambda f: f.__setitem__(f"sessions/{FIRST}/log.jsonl.gz", b"LINK"), "is a link"),
    "another file": (lambda f: f.__setitem__("run.sh", b"x"), "is no file that a bundle holds"),
    "unlisted": (lambda f: f.__setitem__("sessions/other/log.jsonl", b"x"), "which its manifest does not list"),
    "missing": (lambda f: f.pop(LOG), "lacks sessions/"),
    "by hand": (lambda f: f.__setitem__(LOG, f[LOG].replace(b"fp16", b"int8")), "is not the file that the manifest"),
    "the card": (lambda f: f.__setitem__(CARD, f[CARD] + b"more"), "README.md is not the file that the manifest"),
    "grown": (lambda f: f.__setitem__(LOG, f[LOG] + b"{}\n"), "bytes that the manifest says"),
    "cut": (lambda f: f.__setitem__(LOG, f[LOG][:-9]), "it was changed or cut ("),
    "no card": (lambda f: f.pop(CARD), "lacks README.md, which its manifest lists"),
    "unlisted card": (lambda f: _manifest(f, card=None), "holds README.md, which its manifest does not list"),
    "newer": (
        lambda f: f.__setitem__(MANIFEST, f[MANIFEST].replace(b'"version": "1.1"', b'"version": "2.0"')),
        "was made by a newer ecotui",
    ),
    "another's name": (
        lambda f: _manifest(f, sessions=[{"id": "../../x"}, {"id": SECOND}]),
        "names ../../x, and no file",
    ),
    "a session less": (lambda f: _manifest(f, sessions=[{"id": SECOND}]), f"leaves {FIRST} out"),
    "no json": (lambda f: f.__setitem__(MANIFEST, b'{\n "format": nothing\n}'), "damaged at line 2, column 12"),
    "no manifest": (lambda f: f.pop(MANIFEST), "has no manifest.json"),
    "too large": (
        lambda f: f.__setitem__(MANIFEST, f[MANIFEST].replace(b'"bytes": ', b'"bytes": 9999999999')),
        "more than any log has",
    ),
    "damaged log": (lambda f: listed(f, LOG, f[LOG].replace(b'"at_ns"', b'"at_ns', 3)), f"{LOG}"),
    "another's log": (
        lambda f: listed(f, LOG, f[f"sessions/{SECOND}/log.jsonl"]),
        f"that of session '{SECOND}'",
    ),
    "net above gross": (edited(FIRST, "runs", energy_net_bare_j_per_1k_tokens=9999.0), "above gross"),
    "measured, by its flag": (edited(FIRST, "runs", simulated=False), "its sensor is simulated, and the row says"),
    "measured, but the board": (
        edited(FIRST, "runs", simulated=False, sensor="nvml"),
        "its board is 'Simulated board'",
    ),
    "measured, but its windows": (
        edited(FIRST, "runs", simulated=False, sensor="nvml", gpu_name="H100"),
        "do not agree on whether they are simulated",
    ),
    "power": (edited(FIRST, "windows", power_mean_w=100.0), "contradicts itself: window 1 of"),
    "energy a token": (edited(FIRST, "runs", energy_gross_j_per_1k_tokens=999.0), "tokens make"),
    "rows alone, another's": (_rows_of_another, "has rows of another session"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_bundle_that_was_changed_is_refused_and_nothing_is_imported(
    what: str, elsewhere: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, says = CHANGES[what]
    forged(change)
    before = held(elsewhere)
    assert main(["import", "both.zip"]) == 2
    said = capsys.readouterr().err
    assert "e3b0c44298fc" not in said, "the hash of nothing tells nothing"
    assert says in said and "both.zip" in said and "error of its own" not in said and ".import-" not in said
    assert held(elsewhere) == before and not (elsewhere.root / "imported").exists()
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("what", ["by hand", "the card", "another's log", "rows alone, another's", "net above gross"])
def test_a_bundle_that_was_changed_is_refused_where_its_sessions_are_stored_already(
    what: str, elsewhere: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "both.zip"]) == 0
    before = held(elsewhere)
    change, says = CHANGES[what]
    forged(change)
    assert main(["import", "both.zip"]) == 2
    said = capsys.readouterr().err
    assert says in said and "nothing was imported" in said and held(elsewhere) == before


def test_a_bundle_of_version_one_without_a_hash_of_its_card_comes_in(elsewhere: Home) -> None:
    forged(lambda files: _manifest(files, version="1.0", card=None))
    assert main(["import", "both.zip"]) == 0


def test_a_bundle_that_was_cut_is_refused(elsewhere: Home, capsys: pytest.CaptureFixture[str]) -> None:
    data = Path("both.zip").read_bytes()
    Path("both.zip").write_bytes(data[: len(data) // 2])
    assert main(["import", "both.zip"]) == 2
    assert "is no whole zip file" in capsys.readouterr().err and not (elsewhere.root / "imported").exists()


def test_rows_are_made_from_the_log_whatever_the_bundle_says_of_them(elsewhere: Home) -> None:
    def change(files: dict[str, bytes]) -> None:
        name = f"store/runs/{FIRST}.parquet"
        frame = pl.read_parquet(files[name]).with_columns(energy_gross_j_per_1k_tokens=pl.lit(1.0))
        frame.write_parquet("forged.parquet")
        listed(files, name, Path("forged.parquet").read_bytes())

    forged(change)
    assert main(["import", "both.zip"]) == 0
    row = next(run.row for run in Store(elsewhere).runs() if run.row.session_id == FIRST)
    assert row.energy_gross_j_per_1k_tokens != 1.0


def test_rows_without_their_log_come_in_and_stay_marked(elsewhere: Home, capsys: pytest.CaptureFixture[str]) -> None:
    forged(edited(FIRST, "runs"))
    assert main(["import", "both.zip"]) == 0
    assert {run.row.session_id: run.whence for run in Store(elsewhere).runs()} == {
        FIRST: "imported, without its log",
        SECOND: "imported",
    }
    alone = next(run for run in Store(elsewhere).runs() if run.row.session_id == FIRST)
    shown = detail(Entry(alone.row, "imported", "", stored=alone), 200)[1]
    assert "imported, without its log" in shown.plain
    assert main(["export", FIRST, "--report", "session", "--format", "json", "-o", "-"]) == 0
    assert '"Measured on": "imported, without its log"' in capsys.readouterr().out


def test_a_folder_that_is_no_bundle_is_told_so_before_its_files_are_judged(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/link").symlink_to("/etc/passwd")
    assert main(["import", "folder"]) == 2
    assert "folder has no manifest.json" in capsys.readouterr().err


def test_an_import_that_the_disk_does_not_take_leaves_nothing(
    elsewhere: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere.root / ".import-killed").mkdir()  # the next import takes it away
    (elsewhere.root / "imported/store").mkdir(parents=True)
    (elsewhere.root / "imported/store/runs").write_text("in the way of what is moved last")
    before = held(elsewhere)
    assert main(["import", "both.zip"]) == 1
    assert "does not take the import" in capsys.readouterr().err and held(elsewhere) == before
    assert not list(elsewhere.root.glob(".import-*"))


def test_text_of_a_label_is_cleaned_in_a_page(home: Home) -> None:
    session = "20261121-140000-cccc"
    made = (replace(e, plan=e.plan | {"label": "<img src=x>"}) if isinstance(e, Header) else e for e in events(session))
    log = write_log(home.session(session) / "log.jsonl", made)
    Store(home).append(read_timeline(log))
    assert main(["export", session, "-o", "page.html"]) == 0
    page = Path("page.html").read_text()
    assert "<img" not in page and "&lt;img src=x&gt;" in page


@pytest.mark.parametrize(("arms", "told"), [(1, "1 run of 1 session,"), (2, "2 runs of 1 session,")])
def test_a_dataset_card_counts_runs_and_sessions_in_words(arms: int, told: str) -> None:
    rows = [RunRow(run_id=f"s.{n}", session_id="s", simulated=True) for n in range(arms)]
    assert told in card(rows)
    assert "1 runs" not in card(rows) and "1 sessions" not in card(rows)


@pytest.mark.parametrize("ending", ["md", "tex", "json"])
def test_one_session_is_the_table_of_its_runs_or_with_report_its_report_as_the_help_says(
    home: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", FIRST, "-o", f"table.{ending}"]) == 0
    assert main(["export", FIRST, "--report", "session", "-o", f"report.{ending}"]) == 0
    assert "Limits" not in Path(f"table.{ending}").read_text() and "Limits" in Path(f"report.{ending}").read_text()
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "are the table of the runs unless --report asks for a report, html, svg and png are always one" in said
