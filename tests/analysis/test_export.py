"""What a report, a table and a figure become in each format."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from ecotui.analysis.export.data import document_json, sheet_csv, sheet_json, sheet_parquet
from ecotui.analysis.export.drawing import figure_inline, figure_png, figure_svg
from ecotui.analysis.export.html import document_html
from ecotui.analysis.export.latex import document_latex, sheet_latex
from ecotui.analysis.export.latex import escaped as latex_escaped
from ecotui.analysis.export.markdown import document_markdown, sheet_markdown
from ecotui.analysis.export.scales import category_names, marked
from ecotui.analysis.export.tables import run_table, window_table
from ecotui.analysis.report import comparison_document, session_document
from ecotui.analysis.report_figures import whiskers
from ecotui.analysis.report_quality import NONE
from ecotui.analysis.report_words import once
from ecotui.analysis.run_words import state
from ecotui.core.document import BOARD_ENERGY, SIMULATED_ENERGY, Document, Section, Sheet
from ecotui.core.errors import UsageError
from ecotui.core.figure import Axis, Figure, Series
from ecotui.store.files import write_whole
from ecotui.store.home import Home
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, WINDOWS, to_frame
from ecotui.store.store import Store
from tests.analysis.made import SWAY, run, windows

ODD = "<script>alert(1)</script> a|b_c $x$ \\input{/etc/passwd} 100 % \x1b[31m"
SHEET = Sheet(
    "odd",
    ("name", "value", "valid", "note"),
    ("name", "value (J)", "valid", "note"),
    ((ODD, 1.0 / 3.0, True, None), ("=1+1", math.nan, False, 'it\'s, "so"'), ("c", 1234567, None, "")),
    "What odd text becomes.",
)
FIGURE = Figure(
    "batch-law",
    "Energy a request against batch size",
    Axis("batch size", log=True, ticks=(1, 8, 64)),
    Axis("energy a request, gross (J)", log=True),
    (
        Series("measured $x$", "candidate", (1, 8, 64), (400, 60, 9), (390, None, 8), (420, None, 10)),
        Series("published", "published", (1, 64), (1768, 75.9), labels=("b1", "b64")),
        Series("fit", "fit", (1, 64), (400, 9), (380, 8), (420, 10)),
        Series("claim", "reference", (1, 64), (400, 6.25)),
    ),
    "A caption.",
)
DOCUMENT = Document(ODD, "It takes ×0.5.", (Section(ODD, (ODD,), (SHEET,), (FIGURE,)),), (("host", ODD),), True)


def test_published_series_of_one_figure_have_marks_of_their_own() -> None:
    series = tuple(Series(f"published {i}", "published", (1.0, 8.0), (9.0 + i, 2.0)) for i in range(3))
    drawn = figure_svg(replace(FIGURE, series=series)).split('id="PathCollection_')[1:4]
    shapes = set()
    for text in drawn:
        (path, *_) = re.findall(r'<path [^>]*d="([^"]+)"', text)
        points = [(float(x), float(y)) for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", path)]
        shapes.add(tuple((round(x - points[0][0], 2), round(y - points[0][1], 2)) for x, y in points))
    assert len(shapes) == 3


def test_csv_has_every_digit_and_a_missing_value_is_nothing() -> None:
    rows = list(csv.reader(io.StringIO(sheet_csv(SHEET))))
    assert rows[0] == list(SHEET.columns)
    assert float(rows[1][1]) == 1.0 / 3.0 and rows[1][2:] == ["true", ""]
    assert rows[2][1] == ""
    assert rows[2][0] == "'=1+1"  # a spreadsheet would carry it out
    assert "\x1b" not in rows[1][0]


def test_json_and_parquet_have_null_for_what_is_no_number() -> None:
    told = json.loads(sheet_json(SHEET))
    assert [row["value"] for row in told["rows"]] == [1.0 / 3.0, None, 1234567]
    frame = pl.read_parquet(sheet_parquet(SHEET))
    assert frame["value"].to_list() == [1.0 / 3.0, None, 1234567.0]
    assert frame["valid"].to_list() == [True, False, None]
    assert json.loads(document_json(DOCUMENT))["limits"] == SIMULATED_ENERGY
    assert json.loads(document_json(replace(DOCUMENT, simulated=False)))["limits"] == BOARD_ENERGY


def test_text_from_outside_is_no_markup_in_any_format() -> None:
    page, plain, paper = document_html(DOCUMENT), document_markdown(DOCUMENT), document_latex(DOCUMENT)
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "\\<script\\>" in plain and "a\\|b\\_c" in plain
    assert "\\input" not in paper and "\\textbackslash{}input\\{/etc/passwd\\}" in paper
    for text in (page, plain, paper):
        assert "\x1b" not in text and "SIMULATED" in text and "NVML" not in text


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_a_list_of_runs_says_how_each_ended_as_the_runs_command_does(form: str) -> None:
    whole = run("0", valid=True, stability="stable")
    rows = [whole, *(replace(whole, outcome=it) for it in (None, "stopped", "failed"))]
    lines = [line for line in run_table(rows, form).decode().splitlines() if "s.0" in line]
    words = ["valid", "unfinished", "stopped", "failed"]
    assert [word in line for word, line in zip(words, lines, strict=True)] == [True] * 4
    assert [state(row) for row in rows] == words


@pytest.mark.parametrize("form", ["markdown", "latex", "json"])
def test_a_table_that_can_hold_a_sentence_says_what_its_joules_are_worth(form: str) -> None:
    measured = run("0")
    modelled = replace(measured, simulated=True)
    for rows, said, other in (
        ([measured], BOARD_ENERGY, SIMULATED_ENERGY),
        ([measured, modelled], BOARD_ENERGY, SIMULATED_ENERGY),
        ([modelled], SIMULATED_ENERGY, BOARD_ENERGY),
    ):
        held = [replace(it, simulated=row.simulated) for row in rows for it in windows(row, SWAY)]
        for data in (run_table(rows, form), window_table(held, form)):
            text = json.loads(data)["caption"] if form == "json" else data.decode()
            words = {it: latex_escaped(it) if form == "latex" else it for it in (said, other)}
            assert words[said] in text and words[other] not in text
            assert ("That of SIMULATED runs is a model's" in text) == (len(rows) == 2)


def test_data_tables_keep_their_columns_and_nothing_else() -> None:
    rows = list(csv.reader(io.StringIO(run_table([run("0")], "csv").decode())))
    assert len(rows) == 2 and "NVML" not in str(rows[0]) and len(rows[0]) == len(rows[1])


def test_a_table_has_its_numbers_on_the_right_and_booktabs_rules() -> None:
    assert sheet_markdown(SHEET).splitlines()[1] == "|---|---:|---|---|"
    assert "| 1,234,567 |" in sheet_markdown(SHEET) and "| – |" in sheet_markdown(SHEET)
    latex = sheet_latex(SHEET)
    assert r"\begin{tabular}{p{0.60\textwidth}rll}" in latex  # a long text is a paragraph, and nothing is cut
    assert [latex.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
    assert re.search(r"100 \\% .*& 0\.333 & yes & -- \\\\", latex)


def test_a_table_wider_than_the_text_is_set_smaller() -> None:
    narrow, wide = (Sheet("n", tuple("abcdefgh"), ("x" * n,) * 8, (("1",) * 8,)) for n in (5, 12))
    assert "resizebox" not in sheet_latex(narrow)
    assert r"\resizebox{\textwidth}" in sheet_latex(wide)


def test_a_table_longer_than_a_page_goes_on_in_another_and_loses_no_row() -> None:
    rows = tuple((f"row {n}", n) for n in range(100))
    latex = sheet_latex(Sheet("n", ("name", "n"), ("name", "n"), rows, "Long."))
    pages = latex.split(r"\clearpage")
    assert len(pages) == 4 and pages[-1].strip() == ""
    assert [page.count(r"\toprule") for page in pages] == [1, 1, 1, 0]
    assert [page.count("row ") for page in pages] == [38, 38, 24, 0] and latex.count(r"\label") == 1
    assert [r"\addtocounter{table}{-1}" in page for page in pages] == [False, True, True, False]
    assert r"\clearpage" not in sheet_latex(Sheet("n", ("name", "n"), ("name", "n"), rows[:38], "Short."))
    long = tuple((f"row {n} " + "word " * 100, n) for n in range(12))  # each twelve lines
    assert sheet_latex(Sheet("n", ("name", "n"), ("name", "n"), long)).count(r"\begin{table}") == 4


def compiled(folder: Path, source: str) -> str:
    """What pdflatex logs of a file that it has to take without an error."""
    (folder / "it.tex").write_text(source)
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "it.tex"]
    done = subprocess.run(words, cwd=folder, check=False, capture_output=True)
    log = (folder / "it.log").read_text(errors="replace")
    assert done.returncode == 0, log[-3000:]
    return log


TEX = pytest.mark.skipif(not shutil.which("pdflatex"), reason="no TeX here")
NAMES = (r"a_b%c&d#e$f~g^h\i{j}k", r"\end{document}", "[x] “y” ‘z’ 好 µ±×–… -- <>|\"`'", "%", "^^M", "$$", "~" * 60)
"""Of models, labels and files, each with what TeX would take for something else."""


@TEX
def test_latex_compiles(tmp_path: Path) -> None:
    compiled(tmp_path, document_latex(DOCUMENT))


@TEX
def test_latex_of_any_name_compiles_and_no_table_is_higher_than_its_page(tmp_path: Path) -> None:
    rows = tuple((name, n, f"{name} " * 9, name) for n in range(30) for name in NAMES)
    sheet = Sheet(NAMES[0], ("a", "b", "c", "d"), NAMES[:4], rows, " ".join(NAMES))
    bare = replace(sheet, columns=("a", "b"), titles=NAMES[:2], rows=tuple((row[0], row[1]) for row in rows))
    section = Section(NAMES[0], NAMES, (sheet, bare), (replace(FIGURE, title=NAMES[0], caption=NAMES[2]),))
    facts = tuple((name, name) for name in NAMES)
    whole = Document(NAMES[0], NAMES[1], (section,), facts)
    for text in (document_latex(whole), document_latex(replace(whole, facts=()))):
        assert "too large for page" not in compiled(tmp_path, text)
    part = (
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{textcomp,booktabs,graphicx}\\begin{document}\n"
    )
    tables = run_table([run("0", model=name, label=name) for name in NAMES] * 30, "latex").decode()
    assert "too large for page" not in compiled(tmp_path, f"{part}{tables}\\end{{document}}\n")


def test_a_figure_is_the_same_bytes_each_time_and_has_no_date() -> None:
    svg = figure_svg(FIGURE)
    assert svg == figure_svg(FIGURE) and "<dc:date>" not in svg
    assert figure_png(FIGURE).startswith(b"\x89PNG")
    ElementTree.fromstring(svg)  # noqa: S314 - our own


def test_an_inline_figure_takes_the_pages_colours_and_has_ids_of_its_own() -> None:
    inline = figure_inline(FIGURE)
    ElementTree.fromstring(inline)  # noqa: S314 - our own
    assert "var(--candidate)" in inline and "var(--published)" in inline and "#0a69b0" not in inline
    ids = set(re.findall(r'\bid="([^"]+)"', inline))
    assert all(name.startswith("batch-law-") for name in ids)
    assert set(re.findall(r'xlink:href="#([^"]+)"', inline)) | set(re.findall(r"url\(#([^)]+)\)", inline)) <= ids
    assert not re.search(r'(?:href|src)="(?!#)', inline)


def test_an_empty_figure_says_so_and_places_are_named_where_an_axis_counts_nothing() -> None:
    assert figure_png(replace(FIGURE, series=())).startswith(b"\x89PNG")
    named = replace(
        FIGURE, x=Axis("arm", ticks=(1, 2)), series=(Series("a", "candidate", (1, 2), (1, 2), labels=("nf4", "int8")),)
    )
    assert category_names(named) == ["nf4", "int8"] and category_names(FIGURE) == []
    assert [marked(v) for v in (0.02, 1.5, 2000, 0)] == ["0.02", "1.5", "2,000", "0"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A paired session of a baseline and two candidates."""
    made = [run("0", blocks=5), run("1", 180.0, 190.0, quantization="nf4", blocks=5, bound="host-bound")]
    made.append(run("2", 100.0, 240.0, quantization="int8", blocks=5, weights="random"))
    sways = SWAY, tuple(reversed(SWAY)), tuple(reversed(SWAY))
    rows = [w for one, sway in zip(made, sways, strict=True) for w in windows(one, sway)]
    for table, values in ((RUNS, made), (WINDOWS, rows)):
        write_whole(tmp_path / "store" / table.name / "s.parquet", to_bytes(to_frame(values, table)))
    return Store(Home(tmp_path))


def test_a_session_has_its_accountings_ratios_method_and_limits(store: Store) -> None:
    it = session_document(store, "s")
    assert [section.heading for section in it.sections] == [
        *("Results", "Against the first arm", "Quality", "How far to trust it", "Where the time goes"),
        *("Every window", "Method", "Limits"),
    ]
    titles = it.sections[0].sheets[0].titles
    assert "net of context idle (J/1k)" in titles and "net of bare idle (J/1k)" in titles
    assert any("LESS energy a token" in said for said in it.sections[1].paragraphs)
    limits = " ".join(it.sections[-1].paragraphs)
    assert BOARD_ENERGY in limits and "nothing is said about accuracy" in limits and "waiting for the host" in limits
    assert dict(it.facts)["Board"] == "H100" and not it.simulated
    with pytest.raises(UsageError, match="No session is called 'nine'"):
        session_document(store, "nine")


def test_a_comparison_has_verdicts_intervals_and_the_idle_power_at_which_the_sign_turns(store: Store) -> None:
    it = comparison_document(store, ["s.0", "s.1", "s.2"])
    assert it.title == "nf4, int8 against fp16"
    assert "nf4: LESS energy a token: ×0.528" in it.summary and "int8: " in it.summary
    verdict, quality, accounting, *_ = it.sections
    gross = [row for row in verdict.sheets[0].rows if row[1] == "gross (J/1k)"]
    assert [row[0] for row in gross] == ["nf4", "int8"]
    assert all(low < ratio < high for _, _, _, _, ratio, low, high, _ in gross)  # type: ignore[operator]
    assert any("both take the same net energy a token at an idle power of" in said for said in accounting.paragraphs)
    assert category_names(verdict.figures[0]) == ["nf4", "int8"]
    assert [row[-1] for row in verdict.sheets[0].rows if row[1] == "quality"] == ["not measured"] * 2
    assert quality.paragraphs == (NONE,) and "Quality not measured." in it.summary


def test_what_is_true_of_several_runs_is_said_once() -> None:
    called = {"s.0": "fp16", "s.1": "nf4"}
    said = [
        "s.0 is UNSTABLE.",
        "s.1 is UNSTABLE.",
        "The engines differ.",
        "s.0 is UNSTABLE.",
        "s.1 is slow beside s.0.",
    ]
    assert list(once(said, called)) == [
        *("Each of fp16 and nf4 is UNSTABLE.", "The engines differ.", "nf4 is slow beside fp16.")
    ]


def test_what_must_not_be_compared_says_why_instead_of_a_verdict(store: Store, tmp_path: Path) -> None:
    other = run("0", 50.0, session_id="t", run_id="t.0", simulated=True)
    for table, values in ((RUNS, [other]), (WINDOWS, windows(other, SWAY))):
        write_whole(tmp_path / "store" / table.name / "t.parquet", to_bytes(to_frame(values, table)))  # type: ignore[arg-type]
    it = comparison_document(Store(Home(tmp_path)), ["s.0", "t.0"])
    assert it.simulated and "Not comparable" in it.summary and "never compared" in it.summary
    assert not it.sections[0].figures and whiskers(()) is None
